import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { html } from 'hono/html'
import { SignInError } from './sign-in-error.ts'
import { SIGN_IN_PAGE_POLICY, signInPage } from './sign-in-page.ts'

/** Where the browser comes back to (RFC 8252 §7.3). */
export interface LoopbackRedirect {
  /** `http://127.0.0.1:<port>/callback` */
  uri: string
  /** The address the browser came back with. Rejects with {@link SignInError} where it doesn't in time. */
  arrival: Promise<URL>
  close(): void
}

/**
 * Listens for one redirect on a port the system chooses. Only the one that carries `state` counts: any page in any
 * browser on this machine can send others, and they neither end the wait nor learn anything.
 */
export async function listenForRedirect(state: string, timeoutMs: number): Promise<LoopbackRedirect> {
  const { promise: arrival, resolve, reject } = Promise.withResolvers<URL>()
  // Whoever waits for it is told; whoever gave up before need not be.
  arrival.catch(() => {})
  let base = ''
  const server = createServer((request, response) => {
    const url = URL.parse(request.url ?? '', base)
    const isIt = request.method === 'GET' && url?.pathname === '/callback' && url.searchParams.get('state') === state
    if (!url || !isIt) return answer(request, response, 404, 'Nobody waits for this here')
    const failed = url.searchParams.has('error')
    answer(request, response, 200, failed ? 'You are not signed in' : 'Your browser is done')
    resolve(url)
  })
  await new Promise<void>((ready, failed) => {
    server.once('error', (cause) => failed(new SignInError('Cannot listen on 127.0.0.1: try --device.', { cause })))
    server.listen(0, '127.0.0.1', ready)
  })
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const timer = setTimeout(
    () => reject(new SignInError(`Nobody signed in within ${Math.round(timeoutMs / 60_000)} minutes.`)),
    timeoutMs,
  )
  return {
    uri: `${base}/callback`,
    arrival,
    close() {
      clearTimeout(timer)
      server.close()
      server.closeIdleConnections()
    },
  }
}

/** Nothing of the request is repeated, and the code in the address goes no further by a referrer. */
function answer(request: IncomingMessage, response: ServerResponse, status: number, title: string): void {
  request.resume()
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `${SIGN_IN_PAGE_POLICY}; form-action 'none'`,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    connection: 'close',
  })
  const content = html`<p>Go back to your terminal: it says how it went on. This page can be closed.</p>`
  response.end(String(signInPage(title, { content })))
}
