import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type GateClient, gateClient } from '../../lib/cli/gate-client.ts'
import type { Terminal } from '../../lib/cli/terminal.ts'
import { listen } from '../../lib/embedded/http-server.ts'
import { tokens } from '../support/gate.ts'
import { type TrailService, trailService } from '../support/trail-service.ts'

/** A gate that listens, somebody who may read its trail, and a terminal that keeps what is written. */
export interface TrailGate {
  service: TrailService
  url: string
  gate: GateClient
  terminal: Terminal & { text: string; messages: string[] }
  /** A new folder. */
  folder: string
  clientOf(token: string): Promise<GateClient>
  close(): Promise<void>
}

export async function trailGate(options = {}): Promise<TrailGate> {
  const service = await trailService(options)
  const server = await listen(service.app, 0)
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-trail-'))
  const terminal: TrailGate['terminal'] = {
    text: '',
    messages: [],
    stdin: (async function* () {})(),
    async out(text) {
      terminal.text += text
    },
    err: (text) => void terminal.messages.push(text),
    isColoured: false,
    now: () => service.clock.now,
  }
  const clientOf = (token: string) =>
    gateClient({ endpoint: server.url }, terminal, { env: { SALLYPORT_TOKEN: token }, home: folder })
  return {
    service,
    url: server.url,
    gate: await clientOf(tokens.auditor),
    terminal,
    folder,
    clientOf,
    close: () => server.close(),
  }
}
