import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { embeddedControlPlane } from '../../lib/embedded/control-plane.ts'
import { seedDemo } from '../../lib/embedded/control-plane-demo.ts'
import { memoryState } from '../../lib/embedded/control-plane-state.ts'
import { startSystem } from '../../lib/embedded/system.ts'
import { scriptedUpstream, type UpstreamFault } from '../support/upstream-faults.ts'

/** One request as it came to the gate's door, and what it was answered. */
export interface Seen {
  method: string
  path: string
  userAgent: string
  status: number
  requestId: string
}

/** The whole gate in front of a control plane that can be made to fail, and a listener that counts who knocks. */
export interface GuardedUpstream {
  url: string
  home: string
  seen: Seen[]
  /** How the next calls of the gate to API Gateway go wrong, one each. */
  failNext(...faults: UpstreamFault[]): void
  close(): Promise<void>
}

export async function guardUpstream(env: Record<string, string> = {}): Promise<GuardedUpstream> {
  const home = await mkdtemp(join(tmpdir(), 'sallyport-conformance-'))
  const state = memoryState()
  seedDemo(state)
  const upstream = scriptedUpstream(embeddedControlPlane({ state, now: Date.now }).fetch)
  const upstreamServer = createServer(getRequestListener(upstream.fetch))
  const gate = await startSystem({
    env: { PORT: '0', SALLYPORT_HOME: home, AWS_ENDPOINT_URL_API_GATEWAY: await listen(upstreamServer), ...env },
    aws: false,
    say: () => {},
  })
  const seen: Seen[] = []
  const door = createServer((incoming, outgoing) => passOn(gate.url, incoming, outgoing, seen))
  return {
    url: await listen(door),
    home,
    seen,
    failNext: upstream.script,
    async close() {
      await gate.close()
      for (const server of [door, upstreamServer]) {
        server.close()
        server.closeAllConnections()
      }
      await rm(home, { recursive: true, force: true })
    },
  }
}

/** Byte for byte in both directions; only the connection is another. */
function passOn(to: string, incoming: IncomingMessage, outgoing: ServerResponse, seen: Seen[]): void {
  const { method = '', url = '', headers, rawHeaders } = incoming
  const onward = request(to, { method, path: url, headers: rawHeaders.slice() as never, setHost: false }, (answer) => {
    const { statusCode = 0, rawHeaders: answered } = answer
    const requestId = String(answer.headers['x-amzn-requestid'] ?? '')
    seen.push({ method, path: url, userAgent: headers['user-agent'] ?? '', status: statusCode, requestId })
    outgoing.writeHead(statusCode, answered)
    answer.pipe(outgoing)
  })
  onward.on('error', () => outgoing.destroy())
  incoming.pipe(onward)
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
