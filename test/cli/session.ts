import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../lib/cli/program.ts'

export const NOW = Date.parse('2026-12-01T09:00:00Z')
export const POLICY = 'examples/policy.yaml'

export interface Ran {
  code: number
  out: string
  err: string
}

/** Runs a command line as a person at a terminal without colours, at a clock that stands still. */
export async function sallyport(args: readonly string[], { stdin = '', isColoured = false } = {}): Promise<Ran> {
  const ran = { out: '', err: '' }
  const code = await run(args, {
    stdin: chunksOf(stdin),
    async out(text) {
      ran.out += text
    },
    err(text) {
      ran.err += `${text}\n`
    },
    isColoured,
    now: () => NOW,
  })
  return { code, ...ran }
}

/** In pieces that end anywhere, as pipes deliver them. */
async function* chunksOf(text: string): AsyncIterable<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100)
}

/** Writes files into a new folder and gives their paths. */
export async function files<Name extends string>(texts: Record<Name, string>): Promise<Record<Name, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-'))
  const paths: [string, string][] = []
  for (const [name, text] of Object.entries<string>(texts)) {
    await writeFile(join(folder, name), text)
    paths.push([name, join(folder, name)])
  }
  return Object.fromEntries(paths) as Record<Name, string>
}

/** A request that the example policy allows the team payments. */
export const good = {
  team: 'payments',
  restApiId: 'a1b2c3d4e5',
  resourceId: '9x8y7z',
  method: 'POST',
  body: {
    type: 'HTTP_PROXY',
    httpMethod: 'POST',
    uri: 'https://core.payments.acme.internal/v1/orders',
    connectionType: 'VPC_LINK',
    connectionId: 'vl-pay01',
    timeoutInMillis: 9000,
  },
}

export function bodyWith(members: Record<string, unknown>) {
  return { ...good, body: { ...good.body, ...members } }
}

export const typo = bodyWith({ uri: 'https://core.paymnets.acme.internal/v1/orders' })
