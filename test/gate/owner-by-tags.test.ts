import { describe, expect, it } from 'vitest'
import { OPERATIONS } from '../../lib/apigateway/operation-table.ts'
import type { UpstreamAnswer } from '../../lib/control-plane/control-plane.ts'
import { WRITE_OPERATIONS } from '../../lib/control-plane/write-operations.ts'
import { sharedQuota } from '../../lib/fairness/quota.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import { mint, NOW } from '../identity/minting.ts'
import {
  API,
  body,
  catalogue,
  done,
  example,
  INTEGRATION,
  lookUps,
  mine,
  refused,
  silent,
  story,
  tagged,
} from '../support/catalogue.ts'
import { faultyStore } from '../support/faulty-store.ts'
import { PATH, send, type TestGate, testGate, tokens } from '../support/gate.ts'

const both = mint({ claims: { groups: ['catalogue', 'search'], sub: 'two' } })

describe('an API whose tags are those of a team', () => {
  it('is written to by that team, and its record says what that rests on', async () => {
    const gate = await testGate()
    gate.controlPlane.answers.push(tagged({ ...mine, owner: 'ana' }))
    const sent = await send(gate, 'PUT', INTEGRATION, { token: catalogue, body })
    expect(sent.status).toBe(201)
    expect(gate.controlPlane.calls).toMatchObject([{ operation: 'GetRestApi', path: API }])
    expect(gate.controlPlane.changes).toHaveLength(1)
    const ownership = { tags: mine, from: 'GetRestApi', readAt: gate.clock.now }
    expect((await story(gate, sent)).json).toMatchObject({
      team: 'catalogue',
      records: [{ kind: 'I', team: 'catalogue', ownership }, { kind: 'O' }],
    })
    expect(JSON.stringify((await story(gate, sent)).json)).not.toContain('ana')
  })

  it.each<[string, UpstreamAnswer, number, string]>([
    ['with another value', tagged({ ...mine, team: 'search' }), 404, 'not_owner'],
    ['with one of two tags', tagged({ team: 'catalogue' }), 404, 'not_owner'],
    ['without tags', done({ id: 'cata10gue1' }), 404, 'not_owner'],
    ['that is not there', refused(404, 'NotFoundException'), 404, 'not_owner'],
    ['that the gate may not read', refused(403, 'AccessDeniedException'), 503, 'owner_unread'],
    ['of which nothing is heard', silent, 503, 'owner_unread'],
    ['of which nonsense is heard', done('<html>'), 503, 'owner_unread'],
    ['of which API Gateway says 429', refused(429, 'TooManyRequestsException', '3'), 429, 'throttled'],
  ])("is nobody's %s", async (_, answer, status, reason) => {
    for (const [verb, path, sent] of [
      ['GET', INTEGRATION, undefined],
      ['PUT', INTEGRATION, body],
      ['DELETE', INTEGRATION, undefined],
      ['GET', `${API}/stages`, undefined],
      ['POST', `${API}/resources/r1`, { pathPart: 'x' }],
      ['DELETE', API, undefined],
    ] as const) {
      const gate = await testGate()
      gate.controlPlane.answers.push(answer, answer)
      const got = await send(gate, verb, path, { token: catalogue, ...(sent && { body: sent }) })
      expect({ verb, path, status: got.status }).toEqual({ verb, path, status })
      if (status === 429) expect(got.headers.get('retry-after')).toBe('3')
      expect(got.json.message).not.toContain('arn:aws')
      expect(gate.controlPlane).toMatchObject({ changes: [], reads: [] })
      expect(gate.controlPlane.calls.map(({ operation }) => operation)).toEqual(['GetRestApi'])
      const { json } = await story(gate, got)
      expect(json).toMatchObject({ status: 'refused', refusal: { reason } })
      expect(json).not.toHaveProperty('team')
    }
  })

  it('lets no operation through while its tags are not known', async () => {
    const operations = example.replace(
      '[CreateRestApi, CreateResource, PutMethod, DeleteRestApi]',
      `[${WRITE_OPERATIONS.join(', ')}]`,
    )
    for (const [operation, verb, template] of OPERATIONS) {
      const gate = await testGate({ text: operations })
      gate.controlPlane.answers.push(silent, silent)
      const path = template
        .replace('{restapi_id}', 'cata10gue1')
        .replace('{http_method}', 'GET')
        .replace('{status_code}', '200')
        .replaceAll(/\{[A-Za-z_]+\}/g, 'abc123')
      const got = await send(gate, verb, path, { token: catalogue, ...(verb !== 'GET' && { body: {} }) })
      const asked = gate.controlPlane.calls.map((call) => call.operation)
      expect({ operation, isRefused: got.status >= 400, changes: gate.controlPlane.changes }).toEqual({
        operation,
        isRefused: true,
        changes: [],
      })
      // GetRestApis has the tags in its own answer.
      expect(['GetRestApi', 'GetRestApis', undefined]).toContain(asked[0])
      expect(asked.length).toBeLessThanOrEqual(1)
      expect(gate.controlPlane.reads).toEqual([])
    }
  })

  it('answers to others like one that is not there, whoever has it', async () => {
    const gate = await testGate()
    const ask = async (id: string, answer: UpstreamAnswer) => {
      gate.controlPlane.answers.push(answer)
      const before = lookUps(gate).length
      const { status, json } = await send(gate, 'PUT', INTEGRATION.replace('cata10gue1', id), {
        token: catalogue,
        body,
      })
      return { status, json, lookUps: lookUps(gate).length - before }
    }
    const unknown = await ask('n0such0api', refused(404, 'NotFoundException'))
    expect(unknown).toMatchObject({ status: 404, lookUps: 1 })
    expect(await ask('0thers0api', tagged({ team: 'x', stage: 'y' }))).toEqual(unknown)
    // The policy lists this one for the team payments: that it isn't looked up would tell so.
    expect(await ask('a1b2c3d4e5', tagged(mine))).toEqual(unknown)
  })

  it('costs no call where the answer does not depend on it', async () => {
    const gate = await testGate()
    for (const [token, path] of [
      [tokens.payments, PATH],
      [tokens.search, '/restapis/s9s8s7s6s5/resources/5q4r3s/methods/GET/integration'],
      [both, '/restapis/s9s8s7s6s5/resources/5q4r3s/methods/GET/integration'],
      [tokens.search, INTEGRATION],
      [tokens.nobody, INTEGRATION],
      [undefined, INTEGRATION],
    ] as const) {
      await send(gate, 'GET', path, { ...(token && { token }) })
    }
    for (const [verb, path, sent] of [
      ['PUT', INTEGRATION, '{"type":'],
      ['PUT', INTEGRATION, {}],
      ['GET', `${API}/stages?mode=x`, undefined],
      ['PUT', API, {}],
      ['POST', `${API}/authorizers`, {}],
      ['GET', `${API}/nothing/here`, undefined],
    ] as const) {
      const got = await send(gate, verb, path, { token: catalogue, ...(sent !== undefined && { body: sent }) })
      expect(got.status).toBeGreaterThanOrEqual(400)
    }
    expect(gate.controlPlane.calls).toEqual([])
  })

  it('is asked for its tags by changes every five seconds, by reads once a minute', async () => {
    const gate = await testGate()
    const at = async (ms: number, verb: 'GET' | 'PUT', want: number, tags = mine) => {
      gate.clock.now = NOW * 1000 + ms
      gate.controlPlane.answers.splice(0, gate.controlPlane.answers.length, tagged(tags))
      const { status } = await send(gate, verb, INTEGRATION, { token: catalogue, ...(verb === 'PUT' && { body }) })
      return { status, lookUps: lookUps(gate).length, want }
    }
    expect(await at(0, 'PUT', 1)).toMatchObject({ status: 201, lookUps: 1 })
    expect(await at(4_999, 'PUT', 1)).toMatchObject({ status: 201, lookUps: 1 })
    // Given to another team: a read may still be answered, a change not.
    const others = { ...mine, team: 'search' }
    expect(await at(5_000, 'GET', 1, others)).toMatchObject({ status: 200, lookUps: 1 })
    expect(await at(5_000, 'PUT', 2, others)).toMatchObject({ status: 404, lookUps: 2 })
    expect(await at(6_000, 'GET', 2)).toMatchObject({ status: 404, lookUps: 2 })
    // Given back: who doesn't own it is told so for five seconds at most.
    expect(await at(10_000, 'GET', 3)).toMatchObject({ status: 200, lookUps: 3 })
  })

  it('is not changed more than fifteen seconds after its tags were read', async () => {
    let gate: TestGate
    const slow = faultyStore(memoryStore(), ({ sk }) => {
      if (sk.endsWith('#I')) gate.clock.now += 15_000
      return undefined
    })
    gate = await testGate({ store: slow, callMs: 29_000 })
    gate.controlPlane.answers.push(tagged(mine))
    const sent = await send(gate, 'PUT', INTEGRATION, { token: catalogue, body })
    expect(sent.status).toBe(503)
    expect(gate.controlPlane.changes).toEqual([])
    expect((await story(gate, sent)).json).toMatchObject({ status: 'aborted_not_sent' })
  })

  it('is looked up in the turn of the team, which it can use up', async () => {
    const gate = await testGate({ quota: sharedQuota(memoryStore(), () => NOW * 1000) })
    let lookedUp = 0
    for (; ; lookedUp++) {
      gate.controlPlane.answers.push(refused(404, 'NotFoundException'))
      const path = INTEGRATION.replace('cata10gue1', `n0such${lookedUp}`)
      const { status, headers } = await send(gate, 'GET', path, { token: catalogue })
      if (status !== 429) continue
      expect(headers.get('retry-after')).toBe('1')
      break
    }
    expect(lookedUp).toBe(32)
    expect(gate.controlPlane.calls).toHaveLength(32)
  })

  it('is as unknown as any to others without a turn, also just after its team has used it', async () => {
    const two = example.replace('apis: { restApiIds: [s9s8s7s6s5] }', 'apis: { tags: { team: search } }')
    const gate = await testGate({ text: two, quota: sharedQuota(memoryStore(), () => NOW * 1000) })
    gate.controlPlane.answers.push(tagged(mine))
    expect((await send(gate, 'PUT', INTEGRATION, { token: catalogue, body })).status).toBe(201)
    const ask = async (id: string, answer: UpstreamAnswer) => {
      gate.controlPlane.answers.splice(0, Infinity, answer)
      return (await send(gate, 'GET', INTEGRATION.replace('cata10gue1', id), { token: tokens.search })).status
    }
    let other = 0
    while ((await ask(`n0such${other}`, refused(404, 'NotFoundException'))) === 404) other++
    expect(await ask(`n0such${other}`, refused(404, 'NotFoundException'))).toBe(429)
    expect(await ask('cata10gue1', tagged(mine))).toBe(429)
  })

  it('is not looked up while the quota cannot be read', async () => {
    const store = faultyStore(memoryStore(), ({ pk }) => (pk.startsWith('RATE#') ? 'fails' : undefined))
    const gate = await testGate({ store, quota: sharedQuota(store, () => NOW * 1000) })
    expect((await send(gate, 'GET', INTEGRATION, { token: catalogue })).status).toBe(503)
    expect(gate.controlPlane.calls).toEqual([])
  })

  it('is in the list of its team without a call for each', async () => {
    const gate = await testGate()
    const item = [
      { id: 'cata10gue1', tags: mine },
      { id: 'cata10gue2', tags: { team: 'catalogue' } },
      { id: 'a1b2c3d4e5', tags: mine },
      { id: 'n0tags0000' },
    ]
    gate.controlPlane.answers.push(done({ item }), done({ item }))
    expect((await send(gate, 'GET', '/restapis', { token: catalogue })).json).toEqual({ item: [item[0]] })
    expect((await send(gate, 'GET', '/restapis', { token: tokens.payments })).json).toEqual({ item: [item[2]] })
    expect(lookUps(gate)).toEqual([])
  })
})

describe('the trail of an API that was owned by its tags', () => {
  it('is read by the team that owned it then, and not by the next one', async () => {
    const two = example.replace('apis: { restApiIds: [s9s8s7s6s5] }', 'apis: { tags: { team: search } }')
    const gate = await testGate({ text: two })
    gate.controlPlane.answers.push(tagged(mine))
    const first = await send(gate, 'PUT', INTEGRATION, { token: catalogue, body })
    gate.clock.now += 60_000
    gate.controlPlane.answers.push(tagged({ team: 'search' }))
    const second = await send(gate, 'GET', INTEGRATION, { token: tokens.search })
    expect([first.status, second.status]).toEqual([201, 200])
    const calls = gate.controlPlane.calls.length
    expect((await story(gate, first, catalogue)).status).toBe(200)
    expect((await story(gate, first, tokens.search)).status).toBe(404)
    expect((await story(gate, second, tokens.search)).status).toBe(200)
    expect((await story(gate, second, catalogue)).status).toBe(404)
    expect((await story(gate, first, tokens.payments)).status).toBe(404)
    expect(gate.controlPlane.calls).toHaveLength(calls)
  })
})

it("says by which tags APIs are the team's: whoami, allowed", async () => {
  const gate = await testGate()
  const tags = { team: ['catalogue'], stage: ['test', 'prod'] }
  const who = await send(gate, 'GET', '/v1/whoami', { token: catalogue })
  expect(who.json.teams).toMatchObject([{ team: 'catalogue', restApiIds: [], tags }])
  const allowed = await send(gate, 'GET', '/v1/allowed', { token: catalogue })
  expect(allowed.json.teams).toMatchObject([{ team: 'catalogue', restApiIds: [], tags }])
})
