import { describe, expect, it } from 'vitest'
import { requestEmf } from '../../lib/observe/emf.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import { mint, stranger } from '../identity/minting.ts'
import { faultyStore } from '../support/faulty-store.ts'
import { PATH, send, type TestGate, testGate, tokens } from '../support/gate.ts'

/** Looks like nothing that a policy, a vocabulary or a clock would say. */
let planted: string[] = []
function secret(where: string): string {
  const canary = `cnry${where}${planted.length}Zq8Xw`
  planted.push(canary)
  return canary
}

/** Headers that a client, a proxy or a browser puts secrets into, and one that nobody knows. */
const headers = () => ({
  cookie: `session=${secret('cookie')}`,
  'x-api-key': secret('key'),
  'proxy-authorization': `Basic ${secret('proxy')}`,
  'x-amz-date': secret('date'),
  'x-forwarded-for': secret('forwarded'),
  'idempotency-key': secret('idem'),
  'amz-sdk-request': `attempt=1; ${secret('sdk')}`,
  traceparent: `00-${secret('trace')}-00f067aa0ba902b7-01`,
  tracestate: `v=${secret('state')}`,
  baggage: `k=${secret('baggage')}`,
  referer: `https://x.example/?t=${secret('referer')}`,
  'x-unknown': secret('unknown'),
  accept: `text/${secret('accept')}`,
})

/** A token of the team payments whose other claims are nobody's business. */
const secretive = (recipe: Parameters<typeof mint>[0] = {}) =>
  mint({
    ...recipe,
    claims: {
      email: `${secret('email')}@x.example`,
      note: secret('note'),
      jti: secret('jti'),
      address: { street: secret('street') },
      groups: ['payments-dev', secret('group')],
    },
  })

/** An integration with a secret in every place that isn't kept in clear. */
const integration = (members: object = {}) => ({
  type: 'HTTP',
  httpMethod: 'POST',
  uri: `https://core.payments.acme.internal/v1/orders?sig=${secret('query')}`,
  connectionType: 'VPC_LINK',
  connectionId: 'vl-pay01',
  timeoutInMillis: 9000,
  requestParameters: { 'integration.request.header.X-Key': `'${secret('static')}'` },
  requestTemplates: { 'application/json': `{"password":"${secret('template')}"}` },
  passthroughBehavior: 'NEVER',
  ...members,
})

const WAYS: { it: string; status: number; store?: 'down'; send: (gate: TestGate) => Promise<unknown> }[] = [
  { it: 'an allowed change', status: 201, send: (gate) => put(gate, { token: secretive(), body: plain() }) },
  {
    it: 'a change that is judged',
    status: 403,
    send: (gate) => put(gate, { token: secretive(), body: integration() }),
  },
  {
    it: 'the same while the table is down',
    status: 403,
    store: 'down',
    send: (gate) => put(gate, { token: secretive(), body: integration() }),
  },
  {
    it: 'a URI with a password',
    status: 403,
    send: (gate) =>
      put(gate, {
        token: secretive(),
        body: integration({
          uri: `https://user:${secret('password')}@core.payments.acme.internal/`,
        }),
      }),
  },
  {
    it: 'a member that there is not',
    status: 400,
    send: (gate) => put(gate, { token: secretive(), body: { ...plain(), [secret('member')]: 1 } }),
  },
  {
    it: 'a member of the wrong type',
    status: 400,
    send: (gate) => put(gate, { token: secretive(), body: { ...plain(), timeoutInMillis: secret('number') } }),
  },
  {
    it: 'a body that is not JSON',
    status: 400,
    send: (gate) => put(gate, { token: secretive(), body: `{"type": ${secret('json')}` }),
  },
  {
    it: 'a patch',
    status: 403,
    send: async (gate) => {
      await put(gate, { token: tokens.payments, body: plain() })
      const patchOperations = [{ op: 'add', path: '/requestTemplates/application~1json', value: secret('patched') }]
      return send(gate, 'PATCH', PATH, { token: secretive(), headers: headers(), body: { patchOperations } })
    },
  },
  {
    it: 'a query',
    status: 404,
    send: (gate) => send(gate, 'GET', `${PATH}?token=${secret('param')}`, { token: secretive(), headers: headers() }),
  },
  {
    it: 'a path of nothing',
    status: 404,
    send: (gate) =>
      send(gate, 'POST', `/${secret('segment')}?x=${secret('param')}`, { token: secretive(), headers: headers() }),
  },
  {
    it: 'a dry run',
    status: 200,
    send: (gate) =>
      send(gate, 'POST', '/v1/decisions', {
        token: secretive(),
        headers: headers(),
        body: { restApiId: 'a1b2c3d4e5', resourceId: 'r', method: 'GET', body: integration() },
      }),
  },
  {
    it: 'a dry run of nothing',
    status: 400,
    send: (gate) =>
      send(gate, 'POST', '/v1/decisions', {
        token: secretive(),
        headers: headers(),
        body: { restApiId: 'a', resourceId: 'b', method: secret('verb'), body: {} },
      }),
  },
  {
    it: 'a forged token',
    status: 401,
    send: (gate) => put(gate, { token: secretive({ key: stranger }), body: integration() }),
  },
  {
    it: 'a token that is none',
    status: 401,
    send: (gate) => put(gate, { token: secret('token'), body: integration() }),
  },
  {
    it: 'two tokens',
    status: 401,
    send: (gate) =>
      send(gate, 'PUT', PATH, {
        token: secretive(),
        headers: { ...headers(), 'x-amz-security-token': secretive() },
        body: plain(),
      }),
  },
  {
    it: 'whoami',
    status: 200,
    send: (gate) => send(gate, 'GET', `/v1/whoami?x=${secret('param')}`, { token: secretive(), headers: headers() }),
  },
  {
    it: 'a listing that is misspelt',
    status: 400,
    send: (gate) =>
      send(gate, 'GET', `/v1/trail?${secret('name')}=${secret('param')}`, { token: tokens.admin, headers: headers() }),
  },
  {
    it: 'a cursor of nobody',
    status: 400,
    send: (gate) =>
      send(gate, 'GET', `/v1/trail?cursor=${secret('cursor')}`, { token: tokens.admin, headers: headers() }),
  },
  {
    it: 'a bug that quotes the body',
    status: 500,
    send: (gate) => {
      gate.controlPlane.getIntegration = async () => JSON.parse(secret('bug'))
      return send(gate, 'GET', PATH, { token: secretive(), headers: headers() })
    },
  },
]

const plain = () => ({
  ...integration(),
  type: 'HTTP_PROXY',
  uri: 'https://core.payments.acme.internal/v1/orders',
  requestParameters: {},
  requestTemplates: {},
})

function put(gate: TestGate, { token, body }: { token: string; body: unknown }) {
  return send(gate, 'PUT', PATH, { token, body, headers: headers() })
}

/** Whether a text holds a canary, as it is or in one of the spellings that logs and tokens use. */
function leaks(text: string): string[] {
  return planted.filter((canary) =>
    [canary, encodeURIComponent(canary), Buffer.from(canary).toString('base64').replace(/=+$/, '')].some((spelling) =>
      text.includes(spelling),
    ),
  )
}

describe.each(WAYS)('$it', ({ status, store, send: ask }) => {
  it('leaves no secret in a log, a metric or the trail, and no token in its answer', async () => {
    planted = []
    const items = memoryStore()
    const gate = await testGate({
      store: store ? faultyStore(items, ({ method }) => (method === 'create' ? 'fails' : undefined)) : items,
    })
    const answer = (await ask(gate)) as { status: number; headers: Headers; json: object }
    expect(answer.status).toBe(status)
    expect(planted.length).toBeGreaterThan(0)

    const kept = planted
    const told = JSON.stringify([gate.log, gate.lines, gate.lines.flatMap((line) => requestEmf('gate', line))])
    expect(gate.lines.length).toBeGreaterThan(0)
    expect(leaks(told)).toEqual([])

    const listing = await send(gate, 'GET', '/v1/trail?limit=200', { token: tokens.admin })
    const entries = listing.json.entries as { id: string }[] | undefined
    const stories = await Promise.all(
      (entries ?? []).map(({ id }) => send(gate, 'GET', `/v1/trail/${id}`, { token: tokens.admin })),
    )
    expect(leaks(JSON.stringify([listing.json, stories.map(({ json }) => json)]))).toEqual([])

    // What they sent, callers may be shown again; what they proved themselves with, and whatever a proxy added, not.
    planted = kept.filter((canary) =>
      /^cnry(cookie|key|proxy|date|forwarded|idem|sdk|trace|state|baggage|referer|unknown|accept|jku|email|note|jti|street|group|token|bug)/.test(
        canary,
      ),
    )
    expect(leaks(JSON.stringify([[...answer.headers], answer.json]))).toEqual([])
  })
})

describe('the canary itself', () => {
  it('is found where something leaks', () => {
    planted = []
    const canary = secret('x')
    expect(leaks(`a ${canary} b`)).toEqual([canary])
    expect(leaks(Buffer.from(canary).toString('base64'))).toEqual([canary])
  })
})
