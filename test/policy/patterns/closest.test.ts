import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { closest } from '../../../lib/policy/patterns/closest.ts'
import { describe as describePattern } from '../../../lib/policy/patterns/describe.ts'
import { matches } from '../../../lib/policy/patterns/matches.ts'
import { parsePattern, patternOf } from '../../../lib/policy/patterns/parse.ts'
import type { PatternKind } from '../../../lib/policy/patterns/pattern.ts'
import { type Piece, reachOf, valueOf } from '../../../lib/policy/patterns/value.ts'
import { SMALL } from './meaning.ts'

const OF_A_FIELD = '* is one or more characters of a field or segment, ** one or more segments'
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
    ['host', '*.acme.example', '-a-.acme.example', 'a.acme.example'],
    ['host', '*.acme.example', '--pay--ments--.acme.example', 'pay--ments.acme.example'],
    ['host', '*.acme.example', 'API.acme.example', 'api.acme.example'],
    ['host', '**.a.example', 'x.b.example', 'x.b.a.example'],
    ['host', '*.b.*.example', 'q.c.r.example', 'q.b.r.example'],
    ['host', '*.b.*.example', 'b.c.example', 'b.b.c.example'],
    ['path', '/v1/*', '/v1/-a-', '/v1/-a-'],
    ['path', '/*/items/*', '/items/a', '/items/items/a'],
    ['path', '/v1/**/items', '/v1/a/b/itms', '/v1/a/b/items'],
    ['path', '/v1/**', '/v1/', '/v1/'],
    ['path', '/v1/**', '/v1', '/v1/'],
    ['path', '/v1/**/x', '/v1//x', '/v1/x/x'],
    ['path', '/**/x', '/a//b/x', '/a/x/b/x'],
    ['path', '/v1/*', '/v1/...', '/v1/...'],
    ['path', '/v1/.*', '/v1/..', '/v1/.x'],
    ['path', '/v1/*', '/v1//', '/v1/x'],
    ['path', '/v1/user-*', '/v1/usr-7', '/v1/user-7'],
    ['path', '/v1/user-*', '/v1/orders', '/v1/user-orders'],
    ['path', '/v1/*-b', '/v1/a-c', '/v1/a-b'],
    ['name', 'payments-*', 'payments', 'payments-x'],
    ['name', 'pay-*-live', 'pay-a-lve', 'pay-a-live'],
    ['name', 'pay-*-live', 'search', 'pay-search-live'],
    ['name', 'a*b*c', 'a1b2d', 'a1b2dc'],
    ['name', 'abc*', 'xyzq', 'abcxyzq'],
    ['name', 'abcdefghi*', 'abcxyzghi1', 'abcdefghi1'],
    ['name', '*', 'a b*c', 'abc'],
    ['name', '*', '*', 'x'],
    ['name', 'a*', 'a/b:c', 'a/b:c'],
    ['role', `${ROLE}/apigw/*`, 'x', `${ROLE}/apigw/x`],
    ['role', 'arn:*:iam::*:role/**', '', `${ROLE}/x`],
    ['role', `${ROLE}/**`, `${ROLE}/a/b`, `${ROLE}/a/b`],
    ['role', `${ROLE}/a/*/c`, `${ROLE}/a/c`, `${ROLE}/a/c/c`],
    ['target', 'arn:*:*:*:*:*', '', 'arn:aws:iam:eu-west-1:111111111111:x'],
    ['target', 'arn:*:*:*:*:a/*', 'arn:aws-cn:s3', 'arn:aws-cn:s3:eu-west-1:111111111111:a/x'],
    ['target', 'arn:aws:s3:::b*', 'arn:aws:s3:::x:y', 'arn:aws:s3:::bx'],
    ['parameter', 'method.*.header.*', 'method.request.heder.X.Y', 'method.request.header.X.Y'],
    ['parameter', 'header.X-*', 'header.X-a.b', 'header.X-a.b'],
    ['parameter', '*.a', 'header.b', 'header.a'],
    ['parameter', 'header.*', 'header', 'header.x'],
    ['parameter', '*.*', 'header', 'header.x'],
    ['namespace', 'pay-*', 'pay', 'pay-x'],
    ['namespace', '{team}', 'x', undefined],
    ['path', '/v1/pay*/x', '/v1/pax/payments-api-v2/x', '/v1/payments-api-v2/x'],
    ['path', '/v1/*/x', '/v1//a/x', '/v1/a/x'],
    ['path', '/v1/*', 'v1/a', '/v1/a'],
    ['host', '*.acme.example', 'a-b.acme.test', 'a-b.acme.example'],
    ['target', 'arn:aws:s3:eu-*:*:x', '', 'arn:aws:s3:eu-e:111111111111:x'],
    ['name', 'pay*api*live', 'searching', 'payeapihlive'],
  ]
  it.each(rows)('%s %s for %s', (kind, pattern, text, want) => {
    expect(closest(patternOf(kind, pattern), text)).toBe(want)
  })

  it('gives no value for the literal of a request that holds a star', () => {
    expect(closest(valueOf('name', 'a*'), 'ab')).toBeUndefined()
  })

  it('gives no value for a late-bound value that holds a star', () => {
    expect(closest(reachOf('name', ['a*', { hole: 'segment' }]), 'ab')).toBeUndefined()
  })

  it.each([
    [['/a/', { hole: 'segment' }], '/a/..', '/a/x'],
    [['/a/', { hole: 'segments' }], '/b', '/a/b'],
    [['/a/.', { hole: 'segment' }], '/a/..', '/a/.x'],
  ] satisfies [Piece[], string, string][])('fills the path %j for %s: %s', (pieces, text, want) => {
    expect(closest(reachOf('path', pieces), text)).toBe(want)
  })

  it.each([
    ['a label of 128 characters', 'host', '*.acme.example', `${'a'.repeat(128)}.acme.example`, true],
    ['a label of 129 characters', 'host', '*.acme.example', `${'a'.repeat(129)}.acme.example`, false],
    ['a name of 128 characters', 'name', 'a*', 'a'.repeat(128), true],
    ['a name of 129 characters', 'name', 'a*', 'a'.repeat(129), false],
    ['4,096 pairs of segments', 'path', '/a/b/c/d/e/f/**', `/a/b/c/d/e/f${'/c'.repeat(506)}`, true],
    ['4,608 pairs of segments', 'path', '/a/b/c/d/e/f/g/**', `/a/b/c/d/e/f/g${'/c'.repeat(505)}`, false],
    ['1,024 characters', 'path', '/a/**', `/a${'/bcdef'.repeat(170)}/g`, true],
    ['1,025 characters', 'path', '/a/**', `/a${'/bcdef'.repeat(170)}/gh`, false],
  ] satisfies [string, PatternKind, string, string, boolean][])('compares %s: %s', (_, kind, pattern, text, isKept) => {
    expect(closest(patternOf(kind, pattern), text) === text).toBe(isKept)
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
    ['role', `${ROLE}/*`, 'any role of account 111111111111 in /'],
    ['role', `${ROLE}/a/*`, 'any role of account 111111111111 in /a/'],
    ['role', `${ROLE}/*-live`, 'any role of account 111111111111 in / whose name ends with -live'],
    ['role', `${ROLE}/a-*-b`, 'any role of account 111111111111 in / whose name begins with a- and ends with -b'],
    ['role', `${ROLE}/a*b*`, `any role like ${ROLE}/a*b* (${OF_A_FIELD})`],
    ['role', `${ROLE}/*/a`, `any role like ${ROLE}/*/a (${OF_A_FIELD})`],
    ['role', 'arn:aws*:iam::111111111111:role/a', `any role like arn:aws*:iam::111111111111:role/a (${OF_A_FIELD})`],
    ['target', 'arn:aws:s3:::b*', `any ARN like arn:aws:s3:::b* (${OF_A_FIELD})`],
    ['role', `${ROLE}/a/b/*`, 'any role of account 111111111111 in /a/b/'],
    ['namespace', 'a/*', 'any namespace like a/* (* is one or more characters)'],
    ['name', '*.x', 'any name that ends with .x'],
    ['name', 'a/*', 'any name that begins with a/'],
    ['host', '**', 'any host'],
    ['host', 'acme.*', `any host like acme.* (* is one or more characters of a label, ** one or more labels)`],
    [
      'host',
      '*acme.example',
      `any host like *acme.example (* is one or more characters of a label, ** one or more labels)`,
    ],
    ['path', '/v1*', 'any path like /v1* (* is one or more characters of a segment, ** one or more segments)'],
    ['name', 'a*b', 'any name like a*b (* is one or more characters)'],
    ['namespace', 'pay-*', 'any namespace like pay-* (* is one or more characters)'],
    ['parameter', '*.a', 'any parameter like *.a (* is one or more characters of a part, at the end everything below)'],
    ['parameter', 'method.request.header.*', 'any parameter below method.request.header'],
    ['parameter', 'header.X-*', 'any parameter that begins with header.X-'],
    ['namespace', '{resourceId}', 'any namespace that {resourceId} becomes'],
  ]
  it.each(rows)('%s %s', (kind, pattern, want) => {
    expect(describePattern(patternOf(kind, pattern))).toBe(want)
  })

  it('tells what a late-bound value is', () => {
    expect(describePattern(reachOf('path', ['/v1/', { hole: 'segment' }]))).toBe('any path that /v1/{segment} becomes')
    expect(describePattern(reachOf('role', [{ hole: 'anything' }]))).toBe('any role that {anything} becomes')
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
