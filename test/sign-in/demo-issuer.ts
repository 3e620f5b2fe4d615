import { rm } from 'node:fs/promises'
import { Hono } from 'hono'
import { type HttpServer, listen } from '../../lib/embedded/http-server.ts'
import { type EmbeddedIssuer, openIssuer } from '../../lib/embedded/issuer.ts'
import { signInRoutes } from '../../lib/embedded/issuer-sign-in.ts'

export const TEAMS = {
  payments: { identity: { claim: 'groups', anyOf: ['payments-dev', 'payments-ci'] } },
  billing: { identity: { claim: 'sub', anyOf: ['svc-billing-ci'] } },
  unreachable: { identity: { claim: 'iss', anyOf: ['https://idp.acme.example'] } },
}

export interface DemoIssuer {
  /** Where a client signs in: `http://127.0.0.1:<port>/issuer` */
  url: string
  issuer: EmbeddedIssuer
  /** Requests by verb and path, in order. */
  requests: string[]
  /** What every path answers from now on; `undefined` puts the issuer back. */
  failWith(response: (() => Response | Promise<Response>) | undefined): void
  close(): Promise<void>
}

/** The embedded issuer with its sign-in pages, served over HTTP on loopback. */
export async function startDemoIssuer(home: string, options: { lifetimeSeconds?: number } = {}): Promise<DemoIssuer> {
  const issuer = await openIssuer(home)
  const requests: string[] = []
  let failure: (() => Response | Promise<Response>) | undefined
  const app = new Hono()
  app.use(async (c, next) => {
    requests.push(`${c.req.method} ${c.req.path}`)
    return failure ? failure() : next()
  })
  app.route('/issuer', signInRoutes(issuer, { now: Date.now, teams: () => TEAMS, intervalSeconds: 1, ...options }))
  app.route('/issuer', issuer.routes)
  const server: HttpServer = await listen(app, 0)
  return {
    url: `${server.url}/issuer`,
    issuer,
    requests,
    failWith(response) {
      failure = response
    },
    async close() {
      await server.close()
      await rm(home, { recursive: true, force: true })
    },
  }
}

/** What a person does on the page: opens it, chooses, sends the form, and follows the redirect. */
export async function choose(url: string, answers: Record<string, string> = { team: 'payments' }): Promise<Response> {
  const page = await fetch(url)
  const form = new URLSearchParams({ answer: 'allow', ...answers })
  for (const [, name = '', value = ''] of (await page.text()).matchAll(
    /<input type="hidden" name="(\w+)" value="([^"]*)"/g,
  ))
    form.append(name, unescaped(value))
  return fetch(new URL(url).origin + new URL(url).pathname, { method: 'POST', body: form })
}

function unescaped(html: string): string {
  return html.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<')
}
