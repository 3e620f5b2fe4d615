import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shardKey } from '../../lib/trail/item-key.ts'
import { type HttpAnswer, httpAnswer, httpEvent } from './http-event.ts'
import { type Lambda, startLambda } from './lambda.ts'
import { type Surroundings, startSurroundings } from './surroundings.ts'

/** The very files that `npm run package` ships, under the client that runs them in AWS. */
const BUNDLE = 'dist/api'
const PATH = '/restapis/a1b2c3d4e5/resources/9x8y7z/methods/POST/integration'
const ALLOWED = {
  type: 'HTTP_PROXY',
  httpMethod: 'POST',
  uri: 'https://core.payments.acme.internal/v1/orders',
  connectionType: 'VPC_LINK',
  connectionId: 'vl-pay01',
  timeoutInMillis: 9000,
}

let around: Surroundings
let lambda: Lambda
let token: string

beforeAll(async () => {
  around = await startSurroundings()
  token = await around.token({ sub: 'alice', groups: ['payments-dev'] })
  // Powertools' own switch for logging whole events, tokens and all: whoever throws it must not get them here.
  lambda = await startLambda({ bundleDir: BUNDLE, env: { ...around.env, POWERTOOLS_LOGGER_LOG_EVENT: 'true' } })
})
afterAll(async () => {
  await lambda?.stop()
  await around?.close()
})

interface Call {
  method: string
  url: string
  headers?: Record<string, string>
  body?: unknown
}

async function call({
  method,
  url,
  headers = {},
  body,
}: Call): Promise<HttpAnswer & { json: Record<string, unknown> }> {
  const event = httpEvent({
    method,
    url,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const answer = httpAnswer(await lambda.invoke(event))
  return { ...answer, json: answer.body ? JSON.parse(answer.body) : {} }
}
const signedIn = (one: Call) => call({ ...one, headers: { authorization: `Bearer ${token}`, ...one.headers } })

describe('the bundle that is deployed', () => {
  it('says that it is ready', async () => {
    expect(await call({ method: 'GET', url: '/healthz' })).toMatchObject({ status: 200 })
  })

  it('refuses whoever brings no token', async () => {
    const { status, headers, json } = await call({ method: 'PUT', url: PATH, body: ALLOWED })
    expect(status).toBeGreaterThanOrEqual(401)
    expect(status).toBeLessThanOrEqual(403)
    expect(headers['x-amzn-errortype']).toBeDefined()
    expect(json.message).toEqual(expect.any(String))
  })

  it('refuses what the policy does not allow, and changes nothing', async () => {
    const uri = 'https://core.paymnets.acme.internal/v1/orders'
    const denied = await signedIn({ method: 'PUT', url: PATH, body: { ...ALLOWED, uri } })
    expect(denied).toMatchObject({ status: 403, headers: { 'x-amzn-errortype': 'AccessDeniedException' } })
    expect(denied.json.message).toContain('core.paymnets.acme.internal')
    expect(await signedIn({ method: 'GET', url: PATH })).toMatchObject({ status: 404 })
  })

  it('forwards what the policy allows', async () => {
    const put = await signedIn({ method: 'PUT', url: PATH, body: ALLOWED })
    expect(put.json).toMatchObject(ALLOWED)
    expect(put.status).toBe(201)
    const { status, json } = await signedIn({ method: 'GET', url: PATH })
    expect({ status, json }).toMatchObject({ status: 200, json: ALLOWED })
  })

  it('says at start which policy and which exceptions are in force', () => {
    expect(lambda.log()).toMatch(/policy_in_force.*EX-2026-0117/)
  })

  it('takes the token from an unmodified AWS client', async () => {
    const headers = { 'x-amz-security-token': token, authorization: 'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/…' }
    expect(await call({ method: 'GET', url: PATH, headers })).toMatchObject({ status: 200, json: ALLOWED })
  })

  it('updates by what the operations come to', async () => {
    const patchOperations = [{ op: 'replace', path: '/timeoutInMillis', value: '5000' }]
    const patched = await signedIn({ method: 'PATCH', url: PATH, body: { patchOperations } })
    expect(patched).toMatchObject({ status: 200, json: { ...ALLOWED, timeoutInMillis: 5000 } })
    const tooSlow = [{ op: 'replace', path: '/timeoutInMillis', value: '25000' }]
    expect(await signedIn({ method: 'PATCH', url: PATH, body: { patchOperations: tooSlow } })).toMatchObject({
      status: 403,
    })
  })

  it('deletes', async () => {
    expect(await signedIn({ method: 'DELETE', url: PATH })).toMatchObject({ status: 204, body: '' })
    expect(await signedIn({ method: 'GET', url: PATH })).toMatchObject({ status: 404 })
  })

  it.each([
    ['an operation that is not served', { method: 'POST', url: '/restapis', body: {} }],
    ['a path that is nowhere', { method: 'GET', url: '/nowhere?x=%zz' }],
    ['a body that is no JSON', { method: 'PUT', url: PATH, body: '{"type":' }],
  ])('answers JSON to %s', async (_, request) => {
    const { status, json } = await signedIn(request)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    expect(json.message).toEqual(expect.any(String))
  })

  it('left the whole story in the table, and the token neither there nor in its log', async () => {
    const shards = await Promise.all(
      Array.from({ length: 64 }, (_, shard) => around.store.list({ pk: shardKey(shard) })),
    )
    const records = shards.flatMap(({ items }) => items)
    const kinds = records.map(({ sk }) => sk.split('#')[1])
    expect(kinds.filter((kind) => kind === 'I')).toHaveLength(3)
    expect(kinds.filter((kind) => kind === 'O')).toHaveLength(3)
    expect(kinds).toContain('D')
    const signature = token.split('.')[2] ?? token
    expect(JSON.stringify(records)).not.toContain(signature)
    expect(lambda.log()).not.toContain(signature)
  })
})

describe('the keeper', () => {
  it('runs under the same client', async () => {
    const keeper = await startLambda({ bundleDir: 'dist/keeper', env: around.env })
    await keeper.invoke({ source: 'aws.events', 'detail-type': 'Scheduled Event' })
    expect(keeper.log()).toContain('keeper_run')
    await keeper.stop()
  })
})

describe('a function that cannot start', () => {
  it.each([
    ['without issuers', { SALLYPORT_ISSUERS: '[]' }],
    ['without a policy', { SALLYPORT_POLICY: 'missing.json' }],
  ])('says so at once: %s', async (_, env) => {
    await expect(startLambda({ bundleDir: BUNDLE, env: { ...around.env, ...env } })).rejects.toThrow()
  })
})
