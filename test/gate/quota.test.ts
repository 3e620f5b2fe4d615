import { describe, expect, it } from 'vitest'
import { quotaPartition, sharedQuota } from '../../lib/fairness/quota.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import { NOW } from '../identity/minting.ts'
import { faultyStore } from '../support/faulty-store.ts'
import { good, PATH, policyWith, send, type TestGate, testGate, tokens } from '../support/gate.ts'

const { payments, search } = tokens
const SEARCH = '/restapis/s9s8s7s6s5/resources/5q4r3s/methods/GET/integration'
const here = { account: '111111111111', region: 'eu-west-1' }

function limited(store = memoryStore()): Promise<TestGate> {
  const quota = sharedQuota(store, () => NOW * 1000)
  return testGate({ store, quota, text: policyWith(['CreateResource']) })
}

/** Uses the team's share up. */
async function exhaust(gate: TestGate): Promise<number> {
  for (let sent = 0; ; sent++) {
    if ((await send(gate, 'GET', PATH, { token: payments })).status === 429) return sent
  }
}

describe('the quota of API Gateway', () => {
  it('is kept before API Gateway would say so, in its words, with a time to come back', async () => {
    const gate = await limited()
    expect(await exhaust(gate)).toBe(32)
    const { status, headers, json } = await send(gate, 'PUT', PATH, { token: payments, body: good })
    expect({ status, type: headers.get('x-amzn-errortype') }).toEqual({ status: 429, type: 'TooManyRequestsException' })
    expect(headers.get('retry-after')).toBe('1')
    expect(json.message).toMatch(/^Too Many Requests/)
    expect(gate.controlPlane).toMatchObject({ changes: [], reads: { length: 32 } })
    const story = await send(gate, 'GET', `/v1/trail/${headers.get('x-amzn-requestid')}`, { token: tokens.admin })
    expect(story.json).toMatchObject({ status: 'refused', refusal: { reason: 'throttled' } })
  })

  it('covers operations beside integrations', async () => {
    const gate = await limited()
    await exhaust(gate)
    const api = '/restapis/a1b2c3d4e5'
    for (const [verb, path, body] of [
      ['GET', `${api}/stages`, undefined],
      ['GET', '/restapis', undefined],
      ['POST', `${api}/resources/9x8y7z`, { pathPart: 'x' }],
    ] as const) {
      expect((await send(gate, verb, path, { token: payments, ...(body && { body }) })).status).toBe(429)
    }
    expect(gate.controlPlane.calls).toEqual([])
  })

  it('is used up by nobody who is refused anyway', async () => {
    const gate = await limited()
    const bad = { ...good, uri: 'https://evil.example.org/' }
    for (let times = 0; times < 20; times++) {
      await send(gate, 'PUT', PATH, { body: good })
      await send(gate, 'PUT', PATH, { token: tokens.nobody, body: good })
      await send(gate, 'PUT', PATH, { token: search, body: good })
      await send(gate, 'PUT', PATH, { token: payments, body: bad })
      await send(gate, 'DELETE', '/restapis/a1b2c3d4e5', { token: payments })
    }
    expect(await gate.store.read(quotaPartition(here), '-')).toBeUndefined()
    expect(await exhaust(gate)).toBe(32)
  })

  it("leaves another team its share of what is left, and isn't a way to learn of its APIs", async () => {
    const gate = await limited()
    for (let sent = 0; sent < 20; sent++) await send(gate, 'GET', PATH, { token: payments })
    expect((await send(gate, 'GET', SEARCH, { token: search })).status).toBe(404)
    expect(gate.controlPlane.reads).toHaveLength(21)
    // With two teams, each share is sixteen calls: who had twenty waits.
    const statuses = [
      await send(gate, 'GET', SEARCH, { token: search }),
      await send(gate, 'GET', PATH, { token: search }),
    ]
    expect(statuses.map(({ status }) => status)).toEqual([404, 404])
  })

  it('is taken for used up when API Gateway says so', async () => {
    const gate = await limited()
    gate.controlPlane.answers.push({
      kind: 'refused',
      status: 429,
      errorType: 'TooManyRequestsException',
      message: 'Too Many Requests',
      retryAfter: '3',
      upstream: { latencyMs: 1 },
    })
    expect((await send(gate, 'GET', '/restapis/a1b2c3d4e5/stages', { token: payments })).status).toBe(429)
    expect((await send(gate, 'GET', PATH, { token: payments })).status).toBe(429)
    expect(gate.controlPlane.reads).toEqual([])
  })

  it('forwards nothing where it cannot be read', async () => {
    const store = faultyStore(memoryStore(), ({ pk }) => (pk === quotaPartition(here) ? 'fails' : undefined))
    const gate = await limited(store)
    expect((await send(gate, 'GET', PATH, { token: payments })).status).toBe(503)
    expect((await send(gate, 'PUT', PATH, { token: payments, body: good })).status).toBe(503)
    expect(gate.controlPlane).toMatchObject({ changes: [], reads: [] })
  })
})
