import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { failureOf } from '../observe/failure.ts'
import { apiTagsReader } from './api-tags.ts'
import { awsError } from './aws-answer.ts'
import { serveControlPlane } from './control-plane-routes.ts'
import type { Gate, Invocation } from './gate.ts'
import { healthRoutes } from './health.ts'
import { openApiRoutes } from './openapi-routes.ts'
import { problem } from './problem.ts'
import { whoamiRoutes } from './whoami.ts'

/** Bytes. Three templates of the largest size API Gateway takes fit. */
export const MAX_BODY = 1024 * 1024

/**
 * The gate as an HTTP application. `/`, `/healthz`, `/readyz`, `/docs`, `/openapi.json`, `/problems/…` and `/v1/…` are its
 * own; every other path is API Gateway's and answered in API Gateway's form, so that an AWS client needs another endpoint and
 * nothing else.
 *
 * @param invocationOf reads what the surroundings say of a request from the adapter's `c.env`.
 */
export function createApp(gate: Gate, invocationOf: (env: unknown) => Invocation): Hono {
  const app = new Hono()
  const tags = apiTagsReader(gate.now)

  app.route('/', healthRoutes(gate))
  app.route('/', openApiRoutes(gate))
  const noSuchPath = () => problem(gate.ledger.newId(), 'not-found', 'The native API has no such path.')
  const trail = whenAsked(noSuchPath, async () => {
    const { trailRoutes } = await import('./trail-routes.ts')
    return trailRoutes(gate, invocationOf)
  })
  app.on('GET', ['/v1/trail', '/v1/trail/follow', '/v1/trail/:id', '/v1/trail/:id/proof'], trail)
  app.post('/v1/trail/lookup', trail)
  const log = whenAsked(noSuchPath, async () => {
    const { logRoutes } = await import('./log-routes.ts')
    return logRoutes(gate, invocationOf)
  })
  app.on('GET', ['/v1/log/checkpoint', '/v1/log/vkey', '/v1/log/tile/*', '/v1/log/records/*'], log)
  app.post('/v1/log/cosignature', log)
  const decisions = whenAsked(noSuchPath, async () => {
    const { decisionRoutes } = await import('./decision-routes.ts')
    return decisionRoutes(gate, tags, invocationOf)
  })
  app.get('/v1/allowed', decisions)
  app.post('/v1/decisions', decisions)
  app.route('/v1', whoamiRoutes(gate, invocationOf))
  app.all('/v1/*', noSuchPath)

  const tooLarge = () => awsError(gate.ledger.newId(), TOO_LARGE)
  const counted = bodyLimit({ maxSize: MAX_BODY, onError: tooLarge })
  app.use(async (c, next) => {
    const length = declaredLength(c.req.raw)
    if (length === undefined) return counted(c, next)
    return length > MAX_BODY ? tooLarge() : next()
  })
  app.all('*', (c) => serveControlPlane(gate, tags, c.req.raw, invocationOf(c.env)))

  app.onError((error, c) => {
    const id = gate.ledger.newId()
    gate.log('request_failed', { id, error: failureOf(error) })
    return c.req.path.startsWith('/v1/')
      ? problem(id, 'internal', `It has been logged as ${id}.`)
      : awsError(id, { type: 'InternalFailure', status: 500, message: `The gate failed; it has been logged as ${id}.` })
  })
  return app
}

/**
 * Serves routes below `/v1` that most instances never serve. They are loaded with the first request for one of them, so
 * that no other first answer waits for them. A route is served where the application names it, and nowhere else.
 */
function whenAsked(noSuchPath: () => Response, load: () => Promise<Hono>): (c: Context) => Promise<Response> {
  let loaded: Promise<Hono> | undefined
  return async ({ req, env }) => {
    loaded ??= load().then((routes) =>
      new Hono()
        .route('/v1', routes)
        .notFound(noSuchPath)
        // The application answers for failures.
        .onError((error) => {
          throw error
        }),
    )
    return (await loaded).fetch(req.raw, env)
  }
}

/**
 * Bytes of a body whose sender was held to its `content-length`; `undefined` where they have to be counted as they come,
 * for which a whole `Request` and a stream have to be made.
 */
function declaredLength({ method, headers }: Request): number | undefined {
  if (method === 'GET' || method === 'HEAD') return 0
  const declared = headers.get('content-length')
  return declared === null || headers.has('transfer-encoding') ? undefined : Number(declared)
}

const TOO_LARGE = {
  type: 'RequestEntityTooLargeException',
  status: 413,
  message: `The request body is larger than ${MAX_BODY} bytes.`,
} as const
