import { describe, expect, it } from 'vitest'
import { callerLimit } from '../../lib/fairness/caller-limit.ts'
import { MAX_DRY_RUN_BODY } from '../../lib/gate/dry-run.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import { faultyStore } from '../support/faulty-store.ts'
import { good, PATH, type Sent, send, type TestGate, testGate, tokens } from '../support/gate.ts'

const { payments } = tokens
const asked = { restApiId: 'a1b2c3d4e5', resourceId: '9x8y7z', method: 'POST', body: good }
const typo = { ...asked, body: { ...good, uri: 'https://core.paymnets.acme.internal/v1/orders' } }

function judge(gate: TestGate, body: unknown, token: string | undefined = payments): Promise<Sent> {
  return send(gate, 'POST', '/v1/decisions', { ...(token !== '' && { token }), body })
}

/** What the trail holds of the newest request that isn't the reading of it. */
async function newest(gate: TestGate): Promise<Record<string, unknown>> {
  const { json } = await send(gate, 'GET', '/v1/trail?limit=10', { token: tokens.admin })
  const entries = json.entries as Record<string, unknown>[]
  const entry = entries.find(({ action }) => action !== 'ListTrail' && action !== 'ReadTrail') ?? {}
  const story = await send(gate, 'GET', `/v1/trail/${entry.id}`, { token: tokens.admin })
  // A dry run has two: that it was asked, and behind it what it found.
  const [first, verdicts] = story.json.records as Record<string, unknown>[]
  return { ...verdicts, ...first }
}

describe('POST /v1/decisions', () => {
  it('answers what the gate would decide, and sends nothing', async () => {
    const gate = await testGate()
    const { status, headers, json } = await judge(gate, typo)
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(json).toMatchObject({
      decision: 'deny',
      policyRevision: 7,
      violations: [{ rule: 'payments.uri', part: 'host', nearest: 'core.payments.acme.internal' }],
    })
    const put = await send(gate, 'PUT', PATH, { token: payments, body: typo.body })
    expect(json.violations).toEqual(put.json.violations)
    expect(json.decisionId).toMatch(/^[0-9A-Z]{26}$/)
    expect(gate.controlPlane).toMatchObject({ changes: [], reads: [] })
    expect((await judge(gate, asked)).json).toMatchObject({ decision: 'allow', violations: [] })
  })

  it('answers a batch in its order, each under an id of its own', async () => {
    const gate = await testGate()
    const { json } = await judge(gate, { requests: [asked, typo, asked] })
    const decisions = json.decisions as Record<string, unknown>[]
    expect(decisions.map(({ decision }) => decision)).toEqual(['allow', 'deny', 'allow'])
    expect(new Set(decisions.map(({ decisionId }) => decisionId)).size).toBe(3)
  })

  it('keeps rules that are only being tried out from the caller', async () => {
    const gate = await testGate()
    const body = {
      ...good,
      type: 'HTTP',
      uri: 'https://billing.acme.internal/x',
      connectionId: 'vl-bill',
      cacheNamespace: 'legacy-billing-x',
    }
    const { json } = await judge(gate, { ...asked, restApiId: 'zz99yy88xx', body }, tokens.billing)
    expect(json.decision).toBe('allow')
    expect(JSON.stringify(json)).not.toContain('legacy-billing.cache')
  })

  it.each([
    { it: "another team's API", token: tokens.search },
    { it: 'an API that does not exist', token: payments, restApiId: 'nobodys' },
    { it: 'an API that nobody owns, spelt as none can be', token: payments, restApiId: 'A1B2/..' },
  ])('says of $it what it says of one that does not exist', async ({ token, restApiId = asked.restApiId }) => {
    const gate = await testGate()
    const { json } = await judge(gate, { ...typo, restApiId }, token)
    const { decisionId: _, ...told } = json
    expect(told).toEqual({
      decision: 'deny',
      policyRevision: 7,
      policyDigest: expect.any(String),
      evaluatorVersion: expect.any(String),
      evaluatedAt: expect.any(String),
      violations: [{ rule: 'intrinsic.owner', mode: 'enforce', field: '', message: 'The team has no such API.' }],
      warnings: [],
      exceptionsUsed: [],
    })
  })

  it('judges by what would be replaced where it is told', async () => {
    const gate = await testGate()
    const mock = { ...asked, method: 'OPTIONS', body: { type: 'MOCK' } }
    expect((await judge(gate, mock)).json.decision).toBe('allow')
    expect((await judge(gate, { ...mock, before: null })).json.decision).toBe('allow')
    expect((await judge(gate, { ...mock, before: good })).json).toMatchObject({
      violations: [{ rule: 'payments.mock' }],
    })
  })

  it('leaves one record, with counts and without a value of the request', async () => {
    const gate = await testGate()
    const secret = { ...asked, body: { ...good, requestParameters: { 'integration.request.header.X': "'s3cret'" } } }
    await judge(gate, { requests: [asked, typo, secret, typo] })
    const record = await newest(gate)
    expect(record).toMatchObject({
      kind: 'R',
      action: 'JudgeRequests',
      team: 'payments',
      judged: {
        requests: 4,
        denied: 3,
        rules: [
          { rule: 'payments.uri', requests: 2 },
          { rule: 'payments.mapping', requests: 1 },
        ],
      },
    })
    expect(JSON.stringify(record)).not.toMatch(/s3cret|paymnets/)
  })

  it('names the method in the record of a single request', async () => {
    const gate = await testGate()
    await judge(gate, asked)
    expect(await newest(gate)).toMatchObject({
      target: { restApiId: 'a1b2c3d4e5', resourceId: '9x8y7z', httpMethod: 'POST' },
      judged: { requests: 1, denied: 0, rules: [] },
    })
  })

  it.each([
    { it: 'no JSON', body: '{', detail: 'not valid JSON' },
    { it: 'a member twice', body: '{"requests":[],"requests":[]}', detail: 'occurs more than once' },
    { it: 'a list', body: [asked], detail: 'A request is an object, not a list.' },
    { it: 'an empty batch', body: { requests: [] }, detail: '1 to 1000' },
    { it: 'a batch beyond the limit', body: { requests: Array(1001).fill(asked) }, detail: '1 to 1000' },
    { it: 'members beside a batch', body: { requests: [asked], team: 'search' }, detail: 'nothing may stand' },
    { it: 'a team, which the token names', body: { ...asked, team: 'search' }, detail: 'no member "team"' },
    { it: 'claims, which the token holds', body: { ...asked, claims: {} }, detail: 'no member "claims"' },
    { it: 'a Region, which the gate knows', body: { ...asked, region: 'us-east-1' }, detail: 'no member "region"' },
    { it: 'a misspelt member', body: { ...asked, resourceID: 'x' }, detail: 'Did you mean "resourceId"?' },
    {
      it: 'no verb',
      body: { requests: [asked, { ...asked, method: 'FETCH' }] },
      detail: 'requests[1]: method is one of',
    },
  ])('refuses $it with 400, and records it', async ({ body, detail }) => {
    const gate = await testGate()
    const { status, headers, json } = await judge(gate, body)
    expect({ status, type: json.type }).toEqual({ status: 400, type: '/problems/invalid-request' })
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(json.detail).toContain(detail)
    expect(await newest(gate)).toMatchObject({ kind: 'D', refusal: { reason: 'invalid' } })
  })

  it('takes a thousand at once', async () => {
    const gate = await testGate()
    const { status, json } = await judge(gate, { requests: Array(1000).fill(asked) })
    expect({ status, count: (json.decisions as unknown[]).length }).toEqual({ status: 200, count: 1000 })
  })

  it('is recorded before anything is judged, and tells nothing that is not', async () => {
    const seen: string[] = []
    const plan = ({ sk }: { sk: string }) => {
      if (/#[DRV]$/.test(sk)) seen.push(sk.slice(-1))
      return sk.endsWith('#V') ? ('fails' as const) : undefined
    }
    const gate = await testGate({ store: faultyStore(memoryStore(), plan) })
    const { status, json } = await judge(gate, typo)
    expect({ status, type: json.type }).toEqual({ status: 503, type: '/problems/trail-unavailable' })
    expect(seen).toEqual(['R', 'V'])
    expect(JSON.stringify(json)).not.toContain('payments')
    expect(await newest(gate)).toMatchObject({ kind: 'R', team: 'payments', asked: { requests: 1 } })
  })

  it('has a bound on what it may hold, since each member can be found fault with', async () => {
    const gate = await testGate()
    const wide = (entries: number) => ({
      ...asked,
      body: { ...good, requestTemplates: Object.fromEntries(Array.from({ length: entries }, (_, i) => [i, ''])) },
    })
    expect((await judge(gate, { requests: Array(100).fill(wide(100)) })).status).not.toBe(400)
    gate.clock.now += 1
    const large = { ...asked, body: { ...good, requestTemplates: { a: 'x'.repeat(1_100_000) } } }
    for (const [body, detail] of [
      [{ requests: Array(60).fill(wide(999)) }, 'A dry run has at most 50000 members and entries'],
      [{ requests: [asked, wide(1_000)] }, 'requests[1]: A request has at most 1000 members and entries.'],
      [wide(1_000), 'A request has at most 1000 members and entries.'],
      [large, 'A request has at most 1048576 bytes.'],
    ] as const) {
      const { status, json } = await judge(gate, body)
      expect({ status, detail: json.detail }).toEqual({ status: 400, detail: expect.stringContaining(detail) })
    }
    expect(await newest(gate)).toMatchObject({ kind: 'D', refusal: { reason: 'invalid' } })
  })

  it('takes a turn of its caller for each 64 KB, and is counted where there is none left', async () => {
    const gate = await testGate({ callers: callerLimit(() => 0, { perSecond: 1, burst: 10 }) })
    const large = {
      requests: Array(100).fill({ ...asked, body: { ...good, uri: `https://x.example/${'x'.repeat(3_900)}` } }),
    }
    expect((await judge(gate, large)).status).toBe(200)
    const { status, headers, json } = await judge(gate, large)
    expect({ status, type: json.type }).toEqual({ status: 429, type: '/problems/throttled' })
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await judge(gate, asked)).status).toBe(200)
  })

  it('tells the first hundred findings of a request, and counts the others', async () => {
    const gate = await testGate()
    const body = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`unknown${i}`, 1]))
    const { json } = await judge(gate, { ...asked, body: { ...good, ...body } })
    const more = Object.values((json.more ?? {}) as Record<string, number>).reduce((sum, count) => sum + count, 0)
    expect({ told: (json.violations as unknown[]).length, more }).toEqual({ told: 100, more: 200 })
    expect(json).not.toHaveProperty('moreDryRun')
  })

  it('answers no more than can be sent', async () => {
    const gate = await testGate()
    // Each static value is repeated by the violations about it.
    const values = Array.from({ length: 11 }, (_, index) => [
      `integration.request.header.x-amz-${index}`,
      `'${'x'.repeat(990)}'`,
    ])
    const wordy = { ...asked, body: { ...good, requestParameters: Object.fromEntries(values) } }
    const { status, json } = await judge(gate, { requests: Array(300).fill(wordy) })
    expect({ status, type: json.type }).toEqual({ status: 413, type: '/problems/too-large' })
    expect(await newest(gate)).toMatchObject({ judged: { requests: 300, denied: 300 } })
  })

  it('refuses a body beyond the limit before it reads it', async () => {
    const gate = await testGate()
    const { status, json } = await judge(gate, ' '.repeat(MAX_DRY_RUN_BODY + 1))
    expect({ status, type: json.type }).toEqual({ status: 413, type: '/problems/too-large' })
  })
})

describe('GET /v1/allowed', () => {
  it("says what the caller's team may do, within the bounds", async () => {
    const gate = await testGate()
    const { status, headers, json } = await send(gate, 'GET', '/v1/allowed', { token: payments })
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(json).toMatchObject({ policyRevision: 7, teams: [{ team: 'payments', timeout: { maxMillis: 10000 } }] })
    expect(JSON.stringify(json)).not.toMatch(/search|legacy/)
    expect(await newest(gate)).toMatchObject({ kind: 'R', action: 'ReadAllowed', team: 'payments' })
  })

  it('keeps quiet about rules that are only being tried out', async () => {
    const gate = await testGate()
    const { json } = await send(gate, 'GET', '/v1/allowed', { token: tokens.billing })
    expect(json).toMatchObject({ teams: [{ team: 'legacy-billing', softened: [] }] })
  })
})

describe.each([
  { method: 'POST', path: '/v1/decisions', body: asked },
  { method: 'GET', path: '/v1/allowed', body: undefined },
])('$method $path', ({ method, path, body }) => {
  it('takes a token', async () => {
    const { status, headers, json } = await send(await testGate(), method, path, { body })
    expect({ status, type: json.type }).toEqual({ status: 401, type: '/problems/unauthenticated' })
    expect(headers.get('www-authenticate')).toBe('Bearer')
  })

  it('takes a team, and records who has none', async () => {
    const gate = await testGate()
    const { status, json } = await send(gate, method, path, { token: tokens.nobody, body })
    expect({ status, type: json.type }).toEqual({ status: 403, type: '/problems/denied' })
    expect(await newest(gate)).toMatchObject({ kind: 'D', refusal: { reason: 'no_team' } })
  })

  it('answers nothing while the trail cannot be written', async () => {
    const gate = await testGate({
      store: faultyStore(memoryStore(), ({ sk }) => (sk.endsWith('#R') ? 'fails' : undefined)),
    })
    const { status, json } = await send(gate, method, path, { token: payments, body })
    expect({ status, type: json.type }).toEqual({ status: 503, type: '/problems/trail-unavailable' })
    expect(JSON.stringify(json)).not.toContain('payments')
  })
})
