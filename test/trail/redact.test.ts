import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Integration } from '../../lib/apigateway/integration.ts'
import type { Violation } from '../../lib/decision/decision.ts'
import { changeMembers, decisionMembers } from '../../lib/trail/attempt.ts'
import { change } from '../../lib/trail/change.ts'
import { recordDenial } from '../../lib/trail/denial.ts'
import { recover } from '../../lib/trail/keeper.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import { disclose } from '../../lib/trail/redact.ts'
import type { Item, Store } from '../../lib/trail/store.ts'
import { attempt, BEFORE, decision, INTENDED, KEYS, TARGET, targetKey, withKey, work, world } from './world.ts'

const whole = (clear: unknown) => ({ clear, whole: true })
const part = (clear: unknown) => ({ clear, whole: false })
const HIDDEN = {}

describe('disclose()', () => {
  it.each<[string, unknown, unknown]>([
    ['/type', 'HTTP_PROXY', whole('HTTP_PROXY')],
    ['/type', 'my secret', HIDDEN],
    ['/httpMethod', 'GET', whole('GET')],
    ['/httpMethod', 'hunter2', HIDDEN],
    ['/timeoutInMillis', 29_000, whole(29_000)],
    ['/somethingNew', 29_000, HIDDEN],
    ['/somethingNew', true, HIDDEN],
    ['/somethingNew', 'GET', HIDDEN],
    ['/tlsConfig/insecureSkipVerification', true, whole(true)],
    ['/connectionId', 'abc123', whole('abc123')],
    ['/connectionId', '${stageVariables.link}', whole('${stageVariables.link}')],
    ['/connectionId', 'not an id', HIDDEN],
    ['/cacheNamespace', 'payments-orders', whole('payments-orders')],
    ['/credentials', 'arn:aws:iam::111111111111:role/payments', whole('arn:aws:iam::111111111111:role/payments')],
    ['/credentials', 'arn:aws:iam::*:user/*', whole('arn:aws:iam::*:user/*')],
    ['/credentials', 'AKIAIOSFODNN7EXAMPLE', HIDDEN],
    ['/credentials', 'arn:aws:iam::1:role/x?y', HIDDEN],
    ['/uri', 'https://api.example.com/v1/{id}', whole('https://api.example.com/v1/{id}')],
    ['/uri', 'https://${stageVariables.host}/v1', whole('https://${stageVariables.host}/v1')],
    ['/uri', 'https://h/p?key=hunter2&hunter2&a=', part('https://h/p?key=…&…&a=…')],
    ['/uri', 'https://h/p#hunter2', part('https://h/p')],
    ['/uri', 'https://h?hunter2', part('https://h?…')],
    ['/uri', 'https://user:hunter2@h/p', HIDDEN],
    ['/uri', 'https://user@h/p', HIDDEN],
    ['/uri', 'https:\\\\user:hunter2@h/p', HIDDEN],
    ['/uri', 'https://h\\@hunter2/p', HIDDEN],
    ['/uri', 'hunter2', HIDDEN],
    [
      '/uri',
      'arn:aws:apigateway:eu-west-1:s3:path/bucket/key',
      whole('arn:aws:apigateway:eu-west-1:s3:path/bucket/key'),
    ],
    [
      '/uri',
      'arn:aws:apigateway:eu-west-1:sqs:action/SendMessage&MessageBody=hunter2',
      part('arn:aws:apigateway:eu-west-1:sqs:action/SendMessage…'),
    ],
    ['/requestParameters/integration.request.header.x', 'method.request.header.x', whole('method.request.header.x')],
    ['/requestParameters/integration.request.header.x', 'context.requestId', whole('context.requestId')],
    ['/requestParameters/integration.request.header.x', "'hunter2'", HIDDEN],
    ['/requestParameters/integration.request.header.x', "method.request.header.x 'hunter2'", HIDDEN],
    ['/requestTemplates/application~1json', '{"password":"hunter2"}', HIDDEN],
    ['/requestTemplates/application~1json', '', whole('')],
    ['/requestTemplates/application~1json', null, whole(null)],
    ['/cacheKeyParameters', ['method.request.querystring.id'], HIDDEN],
    ['/uri', 'https://h/\ud800', HIDDEN],
  ])('%s %j', (path, value, expected) => {
    expect(disclose(path, value)).toEqual(expected)
  })

  it('hides what is too long to be read', () => {
    expect(disclose('/uri', `https://h/${'x'.repeat(2_038)}`)).toMatchObject({ whole: true })
    expect(disclose('/uri', `https://h/${'x'.repeat(2_039)}`)).toEqual(HIDDEN)
  })

  it('takes linear time for texts made to be slow', () => {
    for (const text of ['arn:aws:', 'https://', 'https://h/?', 'method.request.header.']) {
      const started = performance.now()
      for (const filler of ['a', '.', '?&', '#', ':', '-']) {
        const value = `${text}${filler.repeat(1_000)}\n`
        for (const path of ['/uri', '/credentials', '/requestParameters/x']) disclose(path, value)
      }
      expect(performance.now() - started).toBeLessThan(200)
    }
  })
})

describe('the difference a record shows', () => {
  const diff = (before: Integration | null, intended: Integration | null) =>
    changeMembers({ before, intended }, TARGET.resourceId, KEYS).diff

  it('is empty for two spellings of one integration', () => {
    expect(
      diff(BEFORE, { ...BEFORE, timeoutInMillis: 29_000, connectionType: 'INTERNET', requestTemplates: {} }),
    ).toEqual([])
  })

  it('names what is hidden by its MAC, the same one for the same value', () => {
    const secret = { ...BEFORE, requestTemplates: { 'application/json': 'hunter2' } }
    const [added] = diff(BEFORE, secret)
    expect(added).toEqual({ path: '/requestTemplates/application~1json', op: 'add', afterMac: KEYS.mac('hunter2') })
    expect(diff(secret, BEFORE)).toEqual([{ path: added?.path, op: 'remove', beforeMac: added?.afterMac }])
    expect(KEYS.mac('hunter2')).toMatch(/^hmac-sha256:[0-9a-f]{8}:[A-Za-z0-9+/]{43}=$/)
  })

  it('shows what it may of a URI beside its MAC', () => {
    expect(diff(BEFORE, { ...BEFORE, uri: `${BEFORE.uri}?key=hunter2` })).toEqual([
      {
        path: '/uri',
        op: 'replace',
        before: BEFORE.uri,
        after: `${BEFORE.uri}?key=…`,
        afterMac: KEYS.mac(`${BEFORE.uri}?key=hunter2`),
      },
    ])
  })

  it('tells a number from its digits and never takes the empty text for data', () => {
    expect(KEYS.mac(1)).not.toBe(KEYS.mac('1'))
    expect(diff(BEFORE, { ...BEFORE, requestTemplates: { 'text/plain': '' } })).toEqual([
      { path: '/requestTemplates/text~1plain', op: 'add', after: '' },
    ])
  })

  it('survives what JSON allows and Unicode does not', () => {
    const [lone] = diff(BEFORE, { ...BEFORE, requestTemplates: { '\ud800': '\udfff' } })
    expect(lone).toMatchObject({ op: 'add', path: '/requestTemplates/\ufffd' })
    expect(KEYS.mac('\ud800')).not.toBe(KEYS.mac('\ud801'))
  })
})

describe('a reason that is recorded', () => {
  const violation = (change: Partial<Violation>): Violation => ({
    rule: 'r',
    mode: 'enforce',
    field: '/uri',
    message: 'the value hunter2 is not allowed',
    value: 'hunter2',
    allowed: ['hunter2'],
    nearest: 'hunter2',
    fix: 'not hunter2',
    ...change,
  })
  const recorded = (change: Partial<Violation>, intended: Partial<Integration> = {}) =>
    decisionMembers(decision('deny', [violation(change)]), { intended: { ...INTENDED, ...intended } }).reasons[0]

  it('keeps its message where nothing of the value is hidden', () => {
    expect(recorded({ part: 'host', policyAt: { pointer: '/x', line: 1, column: 2 } })).toEqual({
      rule: 'r',
      mode: 'enforce',
      field: '/uri',
      part: 'host',
      message: 'the value hunter2 is not allowed',
      policyAt: { pointer: '/x', line: 1, column: 2 },
    })
  })

  it('keeps what it says of a host whose URI has a query', () => {
    const uri = 'https://evil.example/?key=secret'
    expect(recorded({ part: 'host' }, { uri })).toHaveProperty('message')
    expect(recorded({ part: 'host', message: 'key=secret' }, { uri })).not.toHaveProperty('message')
    expect(recorded({ part: 'query' }, { uri })).not.toHaveProperty('message')
    expect(recorded({ part: 'host' }, { uri: 'https://u:p@evil.example/' })).not.toHaveProperty('message')
  })

  it.each<[string, Partial<Violation>, Partial<Integration>]>([
    ['its field is hidden', { field: '/requestTemplates/a' }, { requestTemplates: { a: 'x' } }],
    ['a part of its field is hidden', {}, { uri: 'https://h/?a=b' }],
    ['something below its field is hidden', { field: '' }, { requestTemplates: { a: 'x' } }],
    ['it repeats a hidden value of another field', { field: '/type' }, { requestTemplates: { a: 'hunter2' } }],
    [
      'it repeats it as JSON spells it',
      { field: '/type', message: 'was "a\\nb"' },
      { requestTemplates: { a: 'a\nb' } },
    ],
    ['it repeats a value of the query', { field: '/type' }, { uri: 'https://h/?a=hunter2' }],
    ['it is about a URI of a MOCK, which takes no effect', {}, { type: 'MOCK', uri: 'https://u:hunter2@h/' }],
  ])('drops its message where %s', (_, change, intended) => {
    expect(recorded(change, intended)).not.toHaveProperty('message')
  })

  it('drops its message where it is not known what is hidden', () => {
    expect(decisionMembers(decision('deny', [violation({})]), undefined).reasons).toEqual([
      { rule: 'r', mode: 'enforce', field: '/uri' },
    ])
  })
})

describe('secrets in a request', () => {
  const CANARY = 'c4n4ry \u{1F424}'
  /** Every text of an integration that a caller chooses freely, with the canary in it. */
  const planted: fc.Arbitrary<Integration> = fc.record(
    {
      type: fc.constantFrom('HTTP', 'AWS', 'MOCK', 'HTTP_PROXY', CANARY as 'HTTP'),
      httpMethod: fc.constantFrom(CANARY, `GET ${CANARY}`),
      uri: fc.constantFrom(
        CANARY,
        `https://user:${CANARY}@host/path`,
        `https://host/path?key=${CANARY}`,
        `https://host/path#${CANARY}`,
        `https://host/path?${CANARY}`,
        `arn:aws:apigateway:eu-west-1:sqs:action/SendMessage&MessageBody=${CANARY}`,
      ),
      connectionId: fc.constant(CANARY),
      credentials: fc.constantFrom(CANARY, `arn:aws:iam::1:role/x?${CANARY}`),
      requestParameters: fc.constant({ 'integration.request.header.authorization': `'${CANARY}'` }),
      requestTemplates: fc.constant({ 'application/json': `{"password":"${CANARY}"}`, 'text/plain': CANARY }),
      passthroughBehavior: fc.constant(CANARY),
      cacheNamespace: fc.constant(CANARY),
      cacheKeyParameters: fc.constant([CANARY]),
      contentHandling: fc.constant(CANARY as 'CONVERT_TO_TEXT'),
      responseTransferMode: fc.constant(CANARY as 'BUFFERED'),
      integrationTarget: fc.constant(CANARY),
    },
    { requiredKeys: ['type'] },
  )
  const violations = (integration: Integration): Violation[] =>
    Object.entries(integration).map(([name, value]) => ({
      rule: 'r',
      mode: 'enforce',
      field: `/${name}`,
      part: 'host',
      value,
      message: `${JSON.stringify(value)} is not allowed for ${name}`,
      error: `cannot read ${CANARY}`,
      nearest: CANARY,
      fix: CANARY,
    }))

  it('are in no item and no line in clear, whatever becomes of it', async () => {
    await fc.assert(
      fc.asyncProperty(
        planted,
        fc.option(planted, { nil: null }),
        fc.constantFrom('forward', 'deny', 'invalid', 'static', 'lost'),
        async (intended, before, fate) => {
          const memory = memoryStore()
          const written: Item[] = []
          const here = world({ store: spied(memory, written) })
          if (before) here.upstream.integrations.set(targetKey(TARGET), before)
          const verdict = decision('deny', violations(intended))
          const asked = attempt(here, { ...withKey(`key ${CANARY}`), requestHash: CANARY })
          if (fate === 'static') await recordDenial(here.ledger, asked, { decision: verdict, intended })
          else {
            if (fate === 'lost') here.upstream.next.push('applies-silently')
            await change(
              here.ledger,
              asked,
              work(here, intended, () => {
                if (fate === 'deny') return { kind: 'deny', decision: verdict, intended }
                const error = { type: 'BadRequestException', status: 400, message: `Invalid ${CANARY}` } as const
                if (fate === 'invalid') return { kind: 'invalid', error, intended }
                const { restApiId, resourceId, httpMethod } = TARGET
                return {
                  kind: 'forward',
                  change: {
                    operation: 'PutIntegration',
                    target: { restApiId, resourceId, httpMethod },
                    integration: intended,
                  },
                  intended,
                  decision: { ...decision(), warnings: verdict.violations, dryRun: verdict.violations },
                }
              }),
            )
          }
          here.clock.now += 30 * 60_000
          await recover(here.ledger, { controlPlane: here.upstream })
          expect(written.length).toBeGreaterThan(1)
          const text = JSON.stringify([written, here.lines])
          for (const spelling of [CANARY, 'c4n4ry', Buffer.from(CANARY).toString('base64')]) {
            expect(text).not.toContain(spelling)
          }
        },
      ),
      { numRuns: 150 },
    )
  })

  it('are not in the line of a refusal that could not be recorded', async () => {
    const here = world({ store: memoryStore() })
    const dead = { ...here.ledger, store: { ...here.ledger.store, create: () => Promise.reject(new Error('down')) } }
    const intended = { ...INTENDED, requestTemplates: { a: CANARY } }
    const denial = { decision: decision('deny', violations(intended)), intended }
    expect(await recordDenial(dead, attempt(here), denial)).toMatchObject({ recorded: false })
    expect(here.lines).toMatchObject([
      { event: 'audit_not_recorded', members: { record: { kind: 'D', team: 'payments' } } },
    ])
    expect(JSON.stringify(here.lines)).not.toContain('c4n4ry')
  })
})

function spied(store: Store, written: Item[]): Store {
  return {
    ...store,
    create: (item) => {
      written.push(item)
      return store.create(item)
    },
    replace: (item, rev) => {
      written.push(item)
      return store.replace(item, rev)
    },
  }
}
