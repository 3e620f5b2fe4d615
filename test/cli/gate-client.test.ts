import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type GateRefused, gateClient } from '../../lib/cli/gate-client.ts'

let close: (() => void) | undefined
afterEach(() => close?.())

/** A gate that is too busy for the first requests. */
async function busyGate(answers: { status: number; retryAfter?: string }[]) {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    const { status, retryAfter } = answers.shift() ?? { status: 200 }
    const headers = { 'content-type': 'application/json', ...(retryAfter && { 'retry-after': retryAfter }) }
    response.writeHead(status, headers).end('{"detail":"Too many."}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  close = () => server.close()
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const surroundings = { env: { SALLYPORT_TOKEN: 't' }, home: '/nonexistent' }
  return { seen, client: await gateClient({ endpoint }, { now: Date.now }, surroundings) }
}

describe('the client of the command line', () => {
  it('waits for as long as it is told, and asks again', async () => {
    const { seen, client } = await busyGate([
      { status: 429, retryAfter: '0' },
      { status: 429, retryAfter: '1' },
    ])
    const started = performance.now()
    expect((await client.get('/v1/log/vkey')).status).toBe(200)
    expect(seen).toHaveLength(3)
    expect(performance.now() - started).toBeGreaterThan(950)
  })

  it.each([
    { it: 'a gate that never has time', answers: Array(20).fill({ status: 429, retryAfter: '0' }), requests: 6 },
    { it: 'a wait longer than a minute', answers: [{ status: 429, retryAfter: '61' }], requests: 1 },
    { it: 'a 429 that says no time', answers: [{ status: 429 }], requests: 1 },
    { it: 'another refusal', answers: [{ status: 403, retryAfter: '0' }], requests: 1 },
  ])('gives up on $it', async ({ answers, requests }) => {
    const { seen, client } = await busyGate(answers)
    const error = await client.post('/v1/trail/lookup', '{}').catch((refused: GateRefused) => refused)
    expect(error).toMatchObject({ message: expect.stringMatching(/refuses \(4(29|03)\). Too many\./) })
    expect(seen).toHaveLength(requests)
  })
})
