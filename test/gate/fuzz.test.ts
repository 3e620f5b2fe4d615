import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { recordKey } from '../../lib/trail/item-key.ts'
import type { RecordItem } from '../../lib/trail/ledger.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import type { Store } from '../../lib/trail/store.ts'
import { mint, stranger } from '../identity/minting.ts'
import { faultyStore, type StoreFault } from '../support/faulty-store.ts'
import { good, type TestGate, testGate, tokens } from '../support/gate.ts'

interface Shot {
  verb: string
  path: string
  headers: Record<string, string>
  token: string | undefined
  body: string | Uint8Array | undefined
}

const SHARDS = 8

/** Counts what is forwarded, and fails where it is before its decision is on record. */
function guarded(gate: TestGate, store: Store): { forwards: number; unrecorded: string[] } {
  const seen = { forwards: 0, unrecorded: [] as string[] }
  const { change, perform } = gate.controlPlane
  const check = async (tag: string) => {
    seen.forwards++
    const id = tag.slice(0, 26)
    const { pk, sk } = recordKey(id, 'I', SHARDS)
    const item = (await store.read(pk, sk)) as RecordItem | undefined
    if (item?.record.kind !== 'I' || item.record.decision !== 'allow') seen.unrecorded.push(tag)
  }
  gate.controlPlane.change = async (asked, options) => {
    await check(options.tag)
    return change(asked, options)
  }
  gate.controlPlane.perform = async (call, options) => {
    await check(options.tag)
    return perform(call, options)
  }
  return seen
}

async function fire({ app }: TestGate, { verb, path, headers, token, body }: Shot) {
  const hasBody = body !== undefined && verb !== 'GET' && verb !== 'HEAD'
  const request = new Request(`http://gate.example${path}`, {
    method: verb,
    headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    ...(hasBody && { body: body as NonNullable<RequestInit['body']> }),
  })
  const response = await app.request(request)
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

/** An answer that any AWS client or portal can read. */
function isReadable({ status, type, text }: Awaited<ReturnType<typeof fire>>, verb: string): boolean {
  if (status === 204 || verb === 'HEAD') return text === ''
  if (!/^application\/(problem\+)?json/.test(type ?? '')) return false
  const body: unknown = JSON.parse(text)
  return typeof body === 'object' && body !== null
}

const word = fc.oneof(
  fc.constantFrom(
    'a1b2c3d4e5',
    '9x8y7z',
    'POST',
    'GET',
    'ANY',
    'restapis',
    'methods',
    'integration',
    'resources',
    'stages',
    'targets',
    '*',
    '..',
    '%2e%2e',
    '%2F',
    '%00',
    '%',
    '%ff',
    '',
    ' ',
    "'",
    'A1B2C3D4E5',
    'a1b2c3d4e5;x',
    'é',
  ),
  fc.string({ maxLength: 12 }),
)
/** The root, however it is written, leads people to the pages. */
const isRoot = (text: string) => new URL(`http://gate${text}`).pathname === '/'
const anyPath = fc.oneof(
  { weight: 4, arbitrary: fc.constant('/restapis/a1b2c3d4e5/resources/9x8y7z/methods/POST/integration') },
  {
    weight: 2,
    arbitrary: fc
      .tuple(word, word, word)
      .map(
        ([api, resource, verb]) =>
          `/restapis/${safe(api)}/resources/${safe(resource)}/methods/${safe(verb)}/integration`,
      ),
  },
  { weight: 2, arbitrary: fc.array(word, { maxLength: 9 }).map((words) => `/${words.map(safe).join('/')}`) },
  { weight: 1, arbitrary: fc.webPath().map((text) => `/${text}`) },
)
const path = anyPath.filter((text) => !isRoot(text))
const query = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  fc.webQueryParameters().map((text) => `?${text}`),
  fc.constantFrom(
    '?mode=overwrite',
    '?embed=methods',
    '?limit=x',
    '?position=%',
    '?a&a&a',
    '?operation=PutIntegration',
  ),
)

/** Leaves percent signs as they come, wrong ones included; only what no URL can hold is encoded. */
function safe(text: string): string {
  return text.replace(/[\s#?\\/\p{C}]|[^\x21-\x7e]/gu, (char) => encodeURIComponent(char.isWellFormed() ? char : '?'))
}

const leaf = fc.oneof(
  fc.constantFrom<unknown>(
    'HTTP',
    'HTTP_PROXY',
    'AWS',
    'AWS_PROXY',
    'MOCK',
    'POST',
    'VPC_LINK',
    'vl-pay01',
    null,
    true,
    0,
    -1,
    1.5,
    1e308,
    29_000,
    [],
    {},
    '',
  ),
  fc.constantFrom(
    good.uri,
    'https://${stageVariables.x}/',
    'http://169.254.169.254/',
    'arn:aws:iam::111111111111:role/apigw/payments-x',
    'arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/f/invocations',
    "'static'",
    'method.request.header.X',
  ),
  fc.string(),
  fc.integer(),
)
const member = fc.constantFrom(
  'type',
  'httpMethod',
  'uri',
  'connectionType',
  'connectionId',
  'credentials',
  'requestParameters',
  'requestTemplates',
  'passthroughBehavior',
  'cacheNamespace',
  'cacheKeyParameters',
  'contentHandling',
  'timeoutInMillis',
  'tlsConfig',
  'responseTransferMode',
  'integrationTarget',
  '__proto__',
  'constructor',
  'x',
)
const integration = fc
  .array(fc.tuple(member, fc.oneof(leaf, fc.dictionary(fc.string(), leaf), fc.array(leaf))), { maxLength: 3 })
  .map((changes) => JSON.stringify({ ...good, ...Object.fromEntries(changes) }))
const patch = fc
  .array(
    fc.record(
      {
        op: fc.constantFrom('add', 'replace', 'remove', 'copy', 'move', 'test', 'x'),
        path: fc.oneof(
          member.map((name) => `/${name}`),
          fc.string(),
          fc.constant('/requestParameters/integration.request.header.a~1b'),
        ),
        value: leaf,
      },
      { requiredKeys: [] },
    ),
    { maxLength: 4 },
  )
  .map((patchOperations) => JSON.stringify({ patchOperations }))
const body = fc.oneof(
  { weight: 5, arbitrary: integration },
  { weight: 2, arbitrary: patch },
  fc.json(),
  fc.uint8Array({ maxLength: 64 }),
  fc.constantFrom(
    JSON.stringify(good),
    '',
    '{',
    '{"type":"HTTP","type":"AWS"}',
    '['.repeat(5_000),
    '{"a":'.repeat(2_000),
    '\ufeff{}',
    '{"type":"\\ud800"}',
  ),
  fc.constant(undefined),
)
/** Tokens are minted before: signing is slow, and what is tried is the gate. */
const callers = [
  ...Object.values(tokens),
  mint({ key: stranger }),
  mint({ header: { alg: 'none' } }),
  mint({ claims: { exp: 1 } }),
  mint({ claims: { groups: { a: 1 } } }),
]
const token = fc.oneof(
  { weight: 5, arbitrary: fc.constant(tokens.payments) },
  { weight: 3, arbitrary: fc.constantFrom(...callers) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...callers), fc.nat(400), fc.constantFrom('', 'A', '.', '=', '%'))
      .map(([text, at, by]) => text.slice(0, at) + by + text.slice(at + 1)),
  },
  { weight: 1, arbitrary: fc.constantFrom('', '.', '..', 'a.b.c', 'x'.repeat(20_000)) },
  { weight: 1, arbitrary: fc.constant(undefined) },
)
const headers = fc.dictionary(
  fc.constantFrom(
    'content-type',
    'accept',
    'idempotency-key',
    'amz-sdk-invocation-id',
    'x-amz-security-token',
    'x-amz-date',
    'user-agent',
    'traceparent',
    'x-http-method-override',
    'content-encoding',
    'x-forwarded-for',
    'range',
    'if-match',
    'origin',
  ),
  fc.oneof(
    fc.stringMatching(/^[\x20-\x7e]{0,40}$/),
    fc.constantFrom('gzip', 'application/json', 'PUT', '*', 'k'),
    fc.constant(tokens.search),
  ),
  { maxKeys: 4 },
)
const verb = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('PUT', 'PATCH', 'GET', 'DELETE') },
  { weight: 1, arbitrary: fc.constantFrom('POST', 'HEAD', 'OPTIONS', 'PROPFIND', 'put', 'X') },
)
const anything: fc.Arbitrary<Shot> = fc
  .record({ verb, path, query, headers, token, body })
  .map(({ path, query, ...rest }) => ({ ...rest, path: path + query }))
/** What a team would send, with one thing changed in its body, or nothing. */
const nearly: fc.Arbitrary<Shot> = fc.record({
  verb: fc.constantFrom('PUT', 'PUT', 'GET', 'DELETE'),
  path: fc.constant('/restapis/a1b2c3d4e5/resources/9x8y7z/methods/POST/integration'),
  headers: fc.constant({}),
  token: fc.constant(tokens.payments),
  body: fc.oneof(fc.constant(JSON.stringify(good)), integration),
})
const shot = fc.oneof({ weight: 3, arbitrary: anything }, { weight: 1, arbitrary: nearly })

describe('whatever is sent to the AWS paths', () => {
  let forwarded = 0
  const statuses = new Set<number>()

  it('is answered in JSON, never by a 5xx, and forwarded only behind a recorded decision that allows it', async () => {
    const store = memoryStore()
    const gate = await testGate({ store })
    const seen = guarded(gate, store)
    await fc.assert(
      fc.asyncProperty(shot, async (each) => {
        gate.clock.now += 1
        const answer = await fire(gate, each)
        statuses.add(answer.status)
        expect({ status: answer.status, log: gate.log }).toEqual({
          status: expect.toSatisfy((status: number) => status < 500),
          log: [],
        })
        expect(isReadable(answer, each.verb)).toBe(true)
        expect(seen.unrecorded).toEqual([])
        expect(gate.lines.at(-1)?.status).toBe(answer.status)
      }),
      { numRuns: 600 },
    )
    forwarded = seen.forwards
  })

  it('and some of it passes: the test can fail', () => {
    expect(forwarded).toBeGreaterThan(20)
    expect([...statuses].sort()).toEqual(expect.arrayContaining([200, 201, 400, 401, 403, 404]))
  })
})

describe('whatever is sent while store and API Gateway fail', () => {
  const fault = fc.constantFrom<StoreFault | undefined>(
    'fails',
    'fails-but-persists',
    'throttles',
    undefined,
    undefined,
    undefined,
  )
  let failures = 0

  it('is answered in JSON, and forwarded only behind a recorded decision that allows it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(shot, { minLength: 1, maxLength: 4 }),
        fc.array(fault, { minLength: 1, maxLength: 24 }),
        fc.boolean(),
        async (shots, faults, silent) => {
          const store = memoryStore()
          const gate = await testGate({ store: faultyStore(store, ({ index }) => faults[index % faults.length]) })
          const seen = guarded(gate, store)
          if (silent)
            gate.controlPlane.failNext(
              { kind: 'unknown', reason: 'no answer in time', upstream: { latencyMs: 1 } },
              { applied: true },
            )
          for (const each of shots) {
            const answer = await fire(gate, each)
            if (answer.status >= 500) failures++
            expect([500, 503, 504, 200, 201, 204, 400, 401, 403, 404, 409, 413]).toContain(answer.status)
            expect(answer.status).not.toBe(500)
            expect(isReadable(answer, each.verb)).toBe(true)
            expect(seen.unrecorded).toEqual([])
          }
        },
      ),
      { numRuns: 80 },
    )
    expect(failures).toBeGreaterThan(10)
  })
})

describe('the guard itself', () => {
  let gate: TestGate
  beforeAll(async () => {
    gate = await testGate()
  })

  it('sees a forward that is not on record', async () => {
    const seen = guarded(gate, memoryStore())
    await fire(gate, {
      verb: 'PUT',
      path: '/restapis/a1b2c3d4e5/resources/9x8y7z/methods/POST/integration',
      headers: {},
      token: tokens.payments,
      body: JSON.stringify(good),
    })
    expect(seen.unrecorded).toHaveLength(1)
  })

  it.each([
    ['text/html', '<p>'],
    ['application/json', '"x"'],
  ])('takes %s %s for no answer', (type, text) => expect(isReadable({ status: 200, type, text }, 'GET')).toBe(false))
})
