import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import { faultyStore, type StoreFault } from '../support/faulty-store.ts'
import { send, testGate } from '../support/gate.ts'

const ok = { policy: 'ok', table: 'ok', issuerKeys: 'ok' }

describe('GET /healthz', () => {
  it('answers while nothing else does', async () => {
    const gate = await testGate({ store: faultyStore(memoryStore(), () => 'fails') })
    expect(await send(gate, 'GET', '/healthz')).toMatchObject({ status: 200, json: { status: 'ok' } })
  })
})

describe('GET /readyz', () => {
  it('is ready with a policy, a table and the keys of its issuers', async () => {
    const { status, headers, json } = await send(await testGate(), 'GET', '/readyz')
    expect({ status, json }).toEqual({ status: 200, json: { status: 'ready', checks: ok } })
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it.each<StoreFault>(['fails', 'throttles'])('is not where the table %s', async (fault) => {
    const gate = await testGate({ store: faultyStore(memoryStore(), () => fault) })
    expect(await send(gate, 'GET', '/readyz')).toMatchObject({
      status: 503,
      json: { status: 'not-ready', checks: { ...ok, table: 'failing' } },
    })
    expect(gate.lines).toMatchObject([{ status: 503 }])
  })

  it.each([
    { it: 'are not there', issuerKeys: async () => false },
    { it: 'fail', issuerKeys: async () => Promise.reject(new Error('down')) },
  ])('is not where the keys of an issuer $it', async ({ issuerKeys }) => {
    const { status, json } = await send(await testGate({ issuerKeys }), 'GET', '/readyz')
    expect({ status, json }).toEqual({
      status: 503,
      json: { status: 'not-ready', checks: { ...ok, issuerKeys: 'failing' } },
    })
  })

  it('does not wait for a part that does not answer', async () => {
    const gate = await testGate({ issuerKeys: () => new Promise<boolean>(() => {}) })
    expect((await send(gate, 'GET', '/readyz')).status).toBe(503)
  })

  it('looks once in five seconds, however often it is asked', async () => {
    const store = faultyStore(memoryStore(), () => undefined)
    const gate = await testGate({ store })
    await Promise.all(Array.from({ length: 50 }, () => send(gate, 'GET', '/readyz')))
    gate.clock.now += 4_999
    await send(gate, 'GET', '/readyz')
    const looks = store.calls.length
    gate.clock.now += 1
    await send(gate, 'GET', '/readyz')
    expect(store.calls.length).toBeGreaterThan(looks)
    // The first look at a table also makes sure of its shards.
    expect(looks).toBeLessThanOrEqual(4)
  })
})
