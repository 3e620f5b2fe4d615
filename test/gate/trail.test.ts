import { describe, expect, it } from 'vitest'
import { good, PATH, send, testGate, tokens } from '../support/gate.ts'

describe('GET /v1/trail', () => {
  it('lists every attempt once, newest first, a page at a time', async () => {
    const gate = await testGate()
    for (const timeoutInMillis of [1000, 2000, 400_000, 3000]) {
      gate.clock.now += 1000
      await send(gate, 'PUT', PATH, { token: tokens.payments, body: { ...good, timeoutInMillis } })
    }
    gate.clock.now += 1000
    const first = await send(gate, 'GET', '/v1/trail?limit=2&team=payments', { token: tokens.auditor })
    expect(first.json.entries).toMatchObject([{ status: 'succeeded' }, { status: 'refused' }])
    await send(gate, 'PUT', PATH, { token: tokens.payments, body: good })
    const second = await send(gate, 'GET', `/v1/trail?limit=2&team=payments&cursor=${first.json.next}`, {
      token: tokens.auditor,
    })
    expect(second.json.entries).toMatchObject([{ status: 'succeeded' }, { status: 'succeeded' }])
    const times = [first, second].flatMap(({ json }) => (json.entries as { at: string }[]).map(({ at }) => at))
    expect(times).toEqual([...times].sort().reverse())
    expect(new Set(times).size).toBe(4)
  })

  it.each([
    { who: 'a team', token: tokens.payments },
    { who: 'nobody in particular', token: tokens.nobody },
  ])('is not for $who', async ({ token }) => {
    const { status, json } = await send(await testGate(), 'GET', '/v1/trail', { token })
    expect({ status, type: json.type }).toEqual({ status: 403, type: '/problems/denied' })
  })

  it.each(['limit=0', 'limit=201', 'limit=1&limit=2', 'taem=payments', 'from=yesterday', 'decision=maybe', 'cursor=x'])(
    'refuses ?%s with a sentence',
    async (query) => {
      const { status, json } = await send(await testGate(), 'GET', `/v1/trail?${query}`, { token: tokens.admin })
      expect({ status, type: json.type }).toEqual({ status: 400, type: '/problems/invalid-request' })
      expect(json.detail).toEqual(expect.any(String))
    },
  )

  it('records who read it', async () => {
    const gate = await testGate()
    await send(gate, 'GET', '/v1/trail', { token: tokens.admin })
    gate.clock.now += 1000
    const { json } = await send(gate, 'GET', '/v1/trail?actor=root', { token: tokens.auditor })
    expect(json.entries).toMatchObject([{ status: 'read', action: 'ListTrail', actor: { sub: 'root' } }])
  })
})

describe('GET /v1/trail/{id}', () => {
  it('shows the whole story to admins, auditors and the team, and to nobody else', async () => {
    const gate = await testGate()
    const { headers } = await send(gate, 'PUT', PATH, { token: tokens.payments, body: good })
    const path = `/v1/trail/${headers.get('x-amzn-requestid')}`
    for (const token of [tokens.admin, tokens.auditor, tokens.payments]) {
      expect(await send(gate, 'GET', path, { token })).toMatchObject({
        status: 200,
        json: {
          status: 'succeeded',
          records: [
            { kind: 'I', decision: 'allow' },
            { kind: 'O', result: 'SUCCEEDED' },
          ],
        },
      })
    }
    const foreign = await send(gate, 'GET', path, { token: tokens.search })
    const unknown = await send(gate, 'GET', '/v1/trail/01ARZ3NDEKTSV4RRFFQ69G5FAV', { token: tokens.search })
    expect(foreign.status).toBe(404)
    expect({ ...unknown.json, instance: '' }).toEqual({ ...foreign.json, instance: '' })
  })

  it('holds neither the token nor a secret of the request', async () => {
    const gate = await testGate()
    const secret = 'Basic c2VjcmV0LWNhbmFyeQ=='
    const body = { ...good, requestParameters: { 'integration.request.header.X-Key': `'${secret}'` } }
    const { headers } = await send(gate, 'PUT', PATH, { token: tokens.payments, body })
    const story = await send(gate, 'GET', `/v1/trail/${headers.get('x-amzn-requestid')}`, { token: tokens.admin })
    expect(story.status).toBe(200)
    const text = JSON.stringify([story.json, gate.log])
    expect(text).not.toContain(secret)
    expect(text).not.toContain(tokens.payments)
  })
})

describe('an unknown native path', () => {
  it('is a problem, not an AWS error', async () => {
    const { status, headers, json } = await send(await testGate(), 'GET', '/v1/nothing')
    expect({ status, type: json.type }).toEqual({ status: 404, type: '/problems/not-found' })
    expect(headers.get('content-type')).toBe('application/problem+json')
  })
})
