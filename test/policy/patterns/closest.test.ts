import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { closest } from '../../../lib/policy/patterns/closest.ts'
import { describe as describePattern } from '../../../lib/policy/patterns/describe.ts'
import { matches } from '../../../lib/policy/patterns/matches.ts'
import { parsePattern, patternOf } from '../../../lib/policy/patterns/parse.ts'
import type { PatternKind } from '../../../lib/policy/patterns/pattern.ts'
import { reachOf, valueOf } from '../../../lib/policy/patterns/value.ts'
import { SMALL } from './meaning.ts'

const ROLE = 'arn:aws:iam::111111111111:role'

describe('closest()', () => {
  const rows: [kind: PatternKind, pattern: string, text: string, want: string | undefined][] = [
    ['host', '*.payments.acme.internal', 'core.paymnets.acme.internal', 'core.payments.acme.internal'],
    ['host', '**.acme.internal', 'a.b.amce.internal', 'a.b.acme.internal'],
    ['host', '*.acme.internal', 'localhost', 'localhost.acme.internal'],
    ['host', '*.acme.internal', '*.acme.internal', 'x.acme.internal'],
    ['host', 'api.partner.example', 'evil.example', 'api.partner.example'],
    ['path', '/v1/**', '/v2/orders', '/v1/orders'],
    ['path', '/v1/**', '/orders', '/v1/orders'],
    ['path', '/v1/**', '/v1/../orders', '/v1/orders'],
    ['path', '/v1/*/items', '/v1/a/itmes', '/v1/a/items'],
    ['path', '/v1/*', '/v1/{id}', '/v1/id'],
    ['name', 'payments-*', 'payment-api', 'payments-api'],
    ['name', 'payments-*', 'api', 'payments-api'],
    ['name', 'payments-*', 'payments-*', 'payments-x'],
    ['name', 'payments-*', '', 'payments-x'],
    ['name', 'a*b', 'axb', 'axb'],
    ['role', `${ROLE}/apigw/payments-*`, `${ROLE}/payments-api`, `${ROLE}/apigw/payments-api`],
    [
      'role',
      `${ROLE}/apigw/payments-*`,
      'arn:aws:iam::222222222222:role/apigw/payments-api',
      `${ROLE}/apigw/payments-api`,
    ],
    ['parameter', 'method.request.header.*', 'method.request.headr.X-A', 'method.request.header.X-A'],
    ['namespace', 'payments-*', 'search-a', 'payments-search-a'],
    ['namespace', '{team}-*', 'search-a', undefined],
  ]
  it.each(rows)('%s %s for %s', (kind, pattern, text, want) => {
    expect(closest(patternOf(kind, pattern), text)).toBe(want)
  })

  it('gives no value for the literal of a request that holds a star', () => {
    expect(closest(valueOf('name', 'a*'), 'ab')).toBeUndefined()
  })

  it.each(SMALL)('matches the pattern of a $kind, and has no star', ({ kind, pieces, most, written, texts }) => {
    const pattern = fc
      .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: most + 1 })
      .map(written)
      .filter((text) => parsePattern(kind, text).ok)
    const text = fc.oneof(
      fc.constantFrom(...texts.slice(0, 3000)),
      fc.string(),
      pattern,
      fc.string({ minLength: 500, maxLength: 3000 }),
      fc.constantFrom('', '/', '..', '/../', '-', '*', '{id}', 'a'.repeat(300)),
    )
    fc.assert(
      fc.property(pattern, text, (written, value) => {
        const of = patternOf(kind, written)
        const found = closest(of, value)
        expect(found, `${written} for ${value}`).toBeDefined()
        expect(found).not.toContain('*')
        expect(matches(of, found ?? '')).toBe(true)
      }),
      { numRuns: 150 },
    )
  })
})

describe('describe()', () => {
  const rows: [kind: PatternKind, pattern: string, want: string][] = [
    ['host', 'api.acme.example', 'api.acme.example'],
    ['host', '*.acme.example', 'any host one label below acme.example'],
    ['host', '**.acme.example', 'any host below acme.example'],
    [
      'host',
      'pay*.acme.example',
      'any host like pay*.acme.example (* is one or more characters of a label, ** one or more labels)',
    ],
    ['path', '/**', 'any path'],
    ['path', '/v1/**', 'any path below /v1/'],
    ['path', '/v1/*', 'any path of one segment below /v1/'],
    ['name', '*', 'any name'],
    ['name', 'payments-*', 'any name that begins with payments-'],
    ['name', '*-live', 'any name that ends with -live'],
    [
      'role',
      `${ROLE}/apigw/payments-*`,
      'any role of account 111111111111 in /apigw/ whose name begins with payments-',
    ],
    ['role', `${ROLE}/apigw/**`, 'any role of account 111111111111 below /apigw/'],
    ['role', 'arn:aws:iam::*:role/a', 'the role a of any account in /'],
    ['parameter', 'method.request.header.*', 'any parameter below method.request.header'],
    ['parameter', 'header.X-*', 'any parameter that begins with header.X-'],
    ['namespace', '{resourceId}', 'any namespace that {resourceId} becomes'],
  ]
  it.each(rows)('%s %s', (kind, pattern, want) => {
    expect(describePattern(patternOf(kind, pattern))).toBe(want)
  })

  it('tells what a late-bound value is', () => {
    expect(describePattern(reachOf('path', ['/v1/', { hole: 'segment' }]))).toBe('any path that /v1/{segment} becomes')
  })

  it.each(SMALL)('never reads as a $kind where the pattern is a range', ({ kind, pieces, most, written }) => {
    const pattern = fc
      .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: most })
      .map(written)
      .filter((text) => parsePattern(kind, text).ok && text.includes('*'))
    fc.assert(
      fc.property(pattern, (text) => {
        const words = describePattern(patternOf(kind, text))
        expect(parsePattern(kind, words).ok).toBe(false)
        expect(words).toMatch(/^(?:any|the role) /)
      }),
    )
  })
})
