import { APIGatewayClient, GetIntegrationCommand } from '@aws-sdk/client-api-gateway'
import { describe, expect, it } from 'vitest'
import { listen } from '../../lib/embedded/http-server.ts'
import { callerLimit } from '../../lib/fairness/caller-limit.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import type { Store } from '../../lib/trail/store.ts'
import { mint, NOW, stranger } from '../identity/minting.ts'
import { good, PATH, send, type TestGate, testGate, tokens } from '../support/gate.ts'

const { payments, auditor } = tokens
const search = mint({ claims: { groups: ['search'], sub: 'somebody in search' } })
const colleague = mint({ claims: { sub: 'a colleague in payments' } })

/** A store that counts what it is asked. */
function countingStore(): { store: Store; calls: () => number } {
  let calls = 0
  const memory = memoryStore()
  const counted =
    <Asked extends unknown[], Answer>(ask: (...asked: Asked) => Answer) =>
    (...asked: Asked) => {
      calls++
      return ask(...asked)
    }
  const store = {
    create: counted(memory.create),
    read: counted(memory.read),
    list: counted(memory.list),
    replace: counted(memory.replace),
    remove: counted(memory.remove),
  }
  return { store, calls: () => calls }
}

/** A gate that answers each caller three requests, and one more each second. */
async function limited(): Promise<TestGate & { calls: () => number }> {
  const { store, calls } = countingStore()
  const clock = { now: NOW * 1000 }
  const gate = await testGate({ store, callers: callerLimit(() => clock.now, { perSecond: 1, burst: 3 }) })
  // Both clocks are one.
  Object.defineProperty(gate.clock, 'now', { get: () => clock.now, set: (now: number) => (clock.now = now) })
  return { ...gate, calls }
}

async function exhaust(gate: TestGate, token: string): Promise<void> {
  for (let sent = 0; sent < 3; sent++) await send(gate, 'GET', '/v1/whoami', { token })
}

describe('the limit of one caller', () => {
  it('is told on the AWS paths as API Gateway tells it, with a time to come back', async () => {
    const gate = await limited()
    await exhaust(gate, payments)
    const { status, headers, json } = await send(gate, 'PUT', PATH, { token: payments, body: good })
    expect({ status, type: headers.get('x-amzn-errortype') }).toEqual({ status: 429, type: 'TooManyRequestsException' })
    expect(headers.get('retry-after')).toBe('1')
    expect(json.message).toMatch(/^Too Many Requests/)
    expect(gate.controlPlane).toMatchObject({ changes: [], reads: [] })
    gate.clock.now += 1_000
    expect((await send(gate, 'PUT', PATH, { token: payments, body: good })).status).toBe(201)
  })

  it.each([
    ['GET', '/v1/whoami'],
    ['GET', '/v1/allowed'],
    ['POST', '/v1/decisions'],
    ['GET', '/v1/trail'],
    ['GET', '/v1/trail?format=csv'],
    ['GET', '/v1/trail/follow'],
    ['POST', '/v1/trail/lookup'],
    ['GET', '/v1/trail/01JD8N0000000000000000000A'],
    ['GET', '/v1/trail/01JD8N0000000000000000000A/proof'],
    ['GET', '/v1/log/checkpoint'],
    ['GET', '/v1/log/vkey'],
    ['GET', '/v1/log/tile/0/000'],
    ['GET', '/v1/log/records/000'],
    ['POST', '/v1/log/cosignature'],
  ])('is told of %s %s as a problem that has a page', async (method, path) => {
    const gate = await limited()
    await exhaust(gate, auditor)
    const before = gate.calls()
    const body = method === 'POST' ? { body: {} } : {}
    const { status, headers, json } = await send(gate, method, path, { token: auditor, ...body })
    expect({ status, ...json }).toMatchObject({ status: 429, type: '/problems/throttled', title: 'Too many requests' })
    expect(headers.get('retry-after')).toBe('1')
    expect((await send(gate, 'GET', String(json.type))).status).toBe(200)
    expect(gate.calls()).toBe(before)
  })

  it('leaves colleagues and other teams theirs', async () => {
    const gate = await limited()
    for (let sent = 0; sent < 50; sent++) await send(gate, 'GET', PATH, { token: payments })
    expect((await send(gate, 'PUT', PATH, { token: colleague, body: good })).status).toBe(201)
    expect((await send(gate, 'GET', '/v1/allowed', { token: search })).status).toBe(200)
  })

  it('is one for all tokens of an identity', async () => {
    const gate = await limited()
    await exhaust(gate, payments)
    const renewed = mint({ claims: { jti: 'another' } })
    expect(renewed).not.toBe(payments)
    expect((await send(gate, 'GET', '/v1/whoami', { token: renewed })).status).toBe(429)
  })

  it('is spent by nobody else: not by who has no token, nor by who forges one', async () => {
    const gate = await limited()
    const forged = mint({ key: stranger })
    for (let sent = 0; sent < 100; sent++) {
      await send(gate, 'PUT', PATH, { body: good })
      await send(gate, 'PUT', PATH, { token: forged, body: good })
      await send(gate, 'GET', '/v1/trail', { token: `${payments}x` })
    }
    expect(gate.calls()).toBe(0)
    expect((await send(gate, 'PUT', PATH, { token: payments, body: good })).status).toBe(201)
  })

  it('costs the table one record a minute, which says who and how often', async () => {
    const gate = await limited()
    await send(gate, 'GET', '/v1/trail', { token: tokens.admin })
    await exhaust(gate, payments)
    const before = gate.calls()
    for (let sent = 0; sent < 100; sent++) {
      expect((await send(gate, 'GET', PATH, { token: payments })).status).toBe(429)
    }
    expect(gate.calls()).toBe(before)
    gate.clock.now += 60_000
    await send(gate, 'GET', PATH)
    expect(gate.calls()).toBe(before + 1)
    const { json } = await send(gate, 'GET', '/v1/trail', { token: tokens.admin })
    const [counted] = (json.entries as { id: string; status: string }[]).filter(({ status }) => status === 'aggregate')
    const story = await send(gate, 'GET', `/v1/trail/${counted?.id}`, { token: tokens.admin })
    expect(JSON.stringify(story.json)).toContain('"reason":"throttled","count":100')
    expect(JSON.stringify(story.json)).not.toContain(payments)
  })

  it('is reported as a refusal of its team', async () => {
    const gate = await limited()
    await exhaust(gate, payments)
    await send(gate, 'GET', PATH, { token: payments })
    expect(gate.lines.at(-1)).toMatchObject({ verdict: 'refuse', reason: 'throttled', team: 'payments', status: 429 })
  })
})

it('makes an unmodified SDK wait and succeed', async () => {
  const gate = await testGate({ callers: callerLimit(Date.now, { perSecond: 2, burst: 1 }) })
  const server = await listen(gate.app, 0)
  const client = new APIGatewayClient({
    endpoint: server.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'LOCAL', secretAccessKey: 'local', sessionToken: payments },
  })
  try {
    await send(gate, 'GET', '/v1/whoami', { token: payments })
    const get = new GetIntegrationCommand({ restApiId: 'a1b2c3d4e5', resourceId: '9x8y7z', httpMethod: 'POST' })
    await expect(client.send(get)).rejects.toMatchObject({
      name: 'NotFoundException',
      message: 'Invalid Integration identifier specified',
    })
    expect(gate.lines.map(({ status }) => status)).toEqual([200, 429, 404])
  } finally {
    client.destroy()
    await server.close()
  }
})
