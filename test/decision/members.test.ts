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
const wrong = (field: string, value?: unknown) => [{ rule: 'intrinsic.members.member', field, value }]

describe('the form of an integration', () => {
  it.each([
    ['an array', []],
    ['a function', () => valid],
  ])('is an object, not %s', (_, integration) => {
    expect(judge(integration)).toEqual(wrong(''))
  })

  it.each([[null], [undefined], ['text'], [1]])('is an object, not %s', (integration) => {
    expect(judge(integration)).toEqual(wrong('', integration))
  })

  it('names its type', () => {
    const { type: _, ...untyped } = valid
    expect(judge(untyped)).toEqual(wrong('/type'))
  })

  it.each<[string, unknown, boolean]>([
    ['type', 'http', false],
    ['httpMethod', null, false],
    ['uri', ['https://a.example/'], false],
    ['uri', 'a'.repeat(10_001), false],
    ['uri', false, false],
    ['uri', 7, false],
    ['connectionType', 'VPC', false],
    ['timeoutInMillis', '50', false],
    ['cacheKeyParameters', 'method.request.path.a', false],
    ['cacheKeyParameters', [1], false],
    ['cacheKeyParameters', { length: 0 }, false],
    ['cacheKeyParameters', Array.from({ length: 301 }, () => 'method.request.path.a'), false],
    ['requestParameters', [], false],
    ['requestParameters', null, false],
    ['requestParameters', 'text', false],
    ['requestParameters', { a: null }, false],
    ['requestParameters', entries(301), false],
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
    const isPlain = value === null || (typeof value !== 'object' && String(value).length <= 10_000)
    expect(judge({ ...valid, [member]: value })).toEqual(want ? [] : wrong(`/${member}`, isPlain ? value : undefined))
  })

  it('holds up to 300 entries and texts of up to 10,000 characters', () => {
    const isMember = ({ rule }: { rule: string }) => rule.startsWith('intrinsic.members.')
    const many = Array.from({ length: 300 }, (_, index) => `method.request.path.a${index}`)
    expect(judge({ ...valid, cacheKeyParameters: many }).filter(isMember)).toEqual([])
    expect(judge({ ...valid, requestParameters: entries(300) }).filter(isMember)).toEqual([])
    expect(judge({ ...valid, uri: 'a'.repeat(10_000) }).filter(isMember)).toEqual([])
    expect(judge({ ...valid, requestTemplates: { a: null } }).filter(isMember)).toEqual([])
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
    expect(judge(valid, { [part]: value })).toEqual([{ rule: `intrinsic.path.${part}`, field: '', value }])
  })
})
