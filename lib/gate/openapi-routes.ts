import { Hono } from 'hono'
import type { Gate } from './gate.ts'
import type { Document } from './openapi-page.ts'
import { problem } from './problem.ts'

/**
 * What the native API is, for programs and for people: `GET /openapi.json`, `GET /docs`, and a page for each problem's
 * `type`. For anybody: nothing of them depends on who asks, on the policy or on the trail. None of it is loaded before
 * it is asked for.
 */
export function openApiRoutes(gate: Gate): Hono {
  const routes = new Hono()
  routes.get('/openapi.json', async (c) => {
    c.header('cache-control', 'public, max-age=300')
    return c.json(await document())
  })
  routes.get('/docs', async () => {
    const [{ documentPage }, read] = await Promise.all([import('./openapi-page.ts'), document()])
    return documentPage(read)
  })
  routes.get('/problems', async () => {
    const { problemsPage } = await import('./problems-page.ts')
    return problemsPage()
  })
  // The addresses as they are also typed: API Gateway has nothing there.
  routes.get('/', (c) => c.redirect('/docs', 308))
  routes.get('/docs/', (c) => c.redirect('/docs', 308))
  routes.get('/problems/', (c) => c.redirect('/problems', 308))
  routes.get('/problems/:code', async (c) => {
    const { problemPage } = await import('./problems-page.ts')
    return problemPage(c.req.param('code')) ?? problem(gate.ledger.newId(), 'not-found', 'There is no such problem.')
  })
  return routes
}

async function document(): Promise<Document> {
  const { default: read } = await import('../../schemas/openapi.json', { with: { type: 'json' } })
  return read as unknown as Document
}
