import { describe, expect, it } from 'vitest'
import { decide } from '../../lib/decision/decide.ts'
import type { DecisionRequest } from '../../lib/decision/decision.ts'
import { NOW, policyNamed } from './vector-policies.ts'

/** What a caller could send where a parser in front lets it through: the form is judged once more. */
function judge(integration: unknown, path: object = {}) {
  const request = { restApiId: 'open00api1', resourceId: 'abc', httpMethod: 'GET', integration, ...path }
  const asking = { ...request, partition: 'aws', region: 'eu-west-1' } as unknown as DecisionRequest
  const { violations } = decide(policyNamed('open'), asking, { team: 'open', claims: {}, point: 'request', now: NOW })
  return violations.map(({ rule, field, value }) => ({ rule, field, value }))
}

const valid = { type: 'HTTP', httpMethod: 'GET', uri: 'https://a.example/' }
const entries = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']))
const wrong = (field: string, value: unknown) => [{ rule: 'intrinsic.members.member', field, value }]
/** What isn't repeated is told by what it is. */
const told = (value: unknown) =>
  Array.isArray(value) ? 'a list' : typeof value === 'object' && value !== null ? 'an object' : value

describe('the form of an integration', () => {
  it.each([
    ['an array', [], 'a list'],
    ['a function', () => valid, 'an object'],
  ])('is an object, not %s', (_, integration, want) => {
    expect(judge(integration)).toEqual(wrong('', want))
  })

  it.each([[null], [undefined], ['text'], [1]])('is an object, not %s', (integration) => {
    expect(judge(integration)).toEqual(wrong('', integration ?? null))
  })

  it('names its type', () => {
    const { type: _, ...untyped } = valid
    expect(judge(untyped)).toEqual(wrong('/type', null))
  })

  it.each<[string, unknown, boolean]>([
    ['type', 'http', false],
    ['httpMethod', null, false],
    ['uri', ['https://a.example/'], false],
    ['uri', false, false],
    ['uri', 7, false],
    ['connectionType', 'VPC', false],
    ['timeoutInMillis', '50', false],
    ['cacheKeyParameters', 'method.request.path.a', false],
    ['cacheKeyParameters', [1], false],
    ['cacheKeyParameters', { length: 0 }, false],
    ['requestParameters', [], false],
    ['requestParameters', null, false],
    ['requestParameters', 'text', false],
    ['requestParameters', { a: null }, false],
    ['requestTemplates', { 'application/json': 1 }, false],
    ['requestTemplates', [], false],
    ['tlsConfig', [], false],
    ['tlsConfig', null, false],
    ['tlsConfig', true, false],
    ['tlsConfig', { insecureSkipVerification: 'true' }, false],
    ['tlsConfig', { insecureSkipVerification: false, other: false }, false],
    ['tlsConfig', { insecureSkipVerification: false }, true],
    ['tlsConfig', {}, true],
    ['responseTransferMode', 'buffered', false],
    ['responseTransferMode', 'BUFFERED', true],
    ['connectionType', 'INTERNET', true],
    ['requestParameters', {}, true],
  ])('of %s: %o', (member, value, want) => {
    expect(judge({ ...valid, [member]: value })).toEqual(want ? [] : wrong(`/${member}`, told(value)))
  })

  it.each<[string, unknown, string, number, string]>([
    [
      'uri',
      `https://a.example/${'a'.repeat(12_000)}`,
      'length',
      12_018,
      'Member uri has 12018 characters; it may have at most 8192.',
    ],
    [
      'cacheNamespace',
      'n'.repeat(10_000),
      'length',
      10_000,
      'Member cacheNamespace has 10000 characters; it may have at most 128.',
    ],
    [
      'requestParameters',
      entries(30_000),
      'entries',
      30_000,
      'Member requestParameters has 30000 entries; it may have at most 128.',
    ],
    [
      'requestTemplates',
      entries(30_000),
      'entries',
      30_000,
      'Member requestTemplates has 30000 entries; it may have at most 64.',
    ],
    [
      'cacheKeyParameters',
      Array(301).fill('method.request.path.a'),
      'entries',
      301,
      'Member cacheKeyParameters has 301 entries; it may have at most 128.',
    ],
  ])('bounds %s, and says by how much it is passed', (member, value, finding, count, message) => {
    const request = { restApiId: 'open00api1', resourceId: 'abc', httpMethod: 'GET', partition: 'aws' }
    const integration = { ...valid, [member]: value }
    const asking = { ...request, region: 'eu-west-1', integration } as unknown as DecisionRequest
    const { violations } = decide(policyNamed('open'), asking, { team: 'open', claims: {}, point: 'request', now: NOW })
    expect(violations).toMatchObject([
      { rule: `intrinsic.members.${finding}`, field: `/${member}`, value: count, message, fix: expect.any(String) },
    ])
  })

  it('takes a template of null, which API Gateway stores', () => {
    const rules = judge({ ...valid, requestTemplates: { a: null } }).map(({ rule }) => rule)
    expect(rules.filter((rule) => rule.startsWith('intrinsic.members.'))).toEqual([])
  })

  it('escapes the name of an unknown member', () => {
    expect(judge({ ...valid, 'a/~b': 1 })).toEqual([{ rule: 'intrinsic.members.unknown', field: '/a~1~0b', value: 1 }])
  })

  it.each<[string, unknown]>([
    ['resourceId', 7],
    ['resourceId', ''],
    ['resourceId', 'a'.repeat(65)],
    ['resourceId', 'a/b'],
    ['httpMethod', 'get'],
    ['httpMethod', undefined],
  ])('has a %s as API Gateway spells it, not %s', (part, value) => {
    expect(judge(valid, { [part]: value })).toEqual([
      { rule: `intrinsic.path.${part}`, field: '', value: value ?? null },
    ])
  })
})
