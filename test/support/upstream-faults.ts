import { setTimeout as sleep } from 'node:timers/promises'

/** A fetch handler as Hono apps have one; `env` holds the socket when @hono/node-server calls it. */
export type FetchHandler = (request: Request, env?: unknown) => Response | Promise<Response>

/** What goes wrong with one request. `applied`: whether the handler behind had its effect all the same. */
export type UpstreamFault =
  | { kind: 'none' }
  /** 429 TooManyRequestsException; nothing is applied. `retryAfter` in seconds. */
  | { kind: 'throttle'; retryAfter?: number }
  | { kind: 'status'; status: 500 | 502 | 503 | 504; applied: boolean }
  /** The true answer, late. */
  | { kind: 'delay'; ms: number }
  /** The connection breaks; the caller sees a reset instead of an answer. */
  | { kind: 'drop'; applied: boolean }

export interface ScriptedUpstream {
  fetch: FetchHandler
  /** Takes effect on the next requests, one each; after the last the upstream is well again. */
  script(...faults: UpstreamFault[]): void
  /** `PUT /path` of every request so far, answered or not. */
  requests: string[]
}

/** Puts scripted faults in front of a handler. In process a dropped connection rejects, served it closes the socket. */
export function scriptedUpstream(upstream: FetchHandler): ScriptedUpstream {
  const faults: UpstreamFault[] = []
  const requests: string[] = []

  async function fetch(request: Request, env?: unknown): Promise<Response> {
    requests.push(`${request.method} ${new URL(request.url).pathname}`)
    const fault = faults.shift() ?? { kind: 'none' }
    switch (fault.kind) {
      case 'none':
        return upstream(request, env)
      case 'throttle':
        return failure(429, 'TooManyRequestsException', 'Too Many Requests', fault.retryAfter)
      case 'status':
        if (fault.applied) await upstream(request, env)
        return failure(fault.status, 'InternalFailure', 'The scripted upstream failed')
      case 'delay':
        await sleep(fault.ms)
        return upstream(request, env)
      case 'drop':
        if (fault.applied) await upstream(request, env)
        return dropConnection(env)
    }
  }
  return { fetch, script: (...more) => void faults.push(...more), requests }
}

function failure(status: number, type: string, message: string, retryAfter?: number): Response {
  const headers: Record<string, string> = { 'content-type': 'application/json', 'x-amzn-errortype': type }
  if (retryAfter !== undefined) headers['retry-after'] = String(retryAfter)
  return new Response(JSON.stringify({ message }), { status, headers })
}

function dropConnection(env: unknown): Response {
  const socket = Object(env).incoming?.socket
  if (typeof socket?.destroy !== 'function') {
    throw new TypeError('fetch failed', { cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }) })
  }
  socket.destroy()
  return new Response(null, { status: 502 })
}
