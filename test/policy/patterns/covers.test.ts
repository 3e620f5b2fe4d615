import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rolePathOf } from '../../../lib/policy/patterns/arn.ts'
import { covers, coversAny } from '../../../lib/policy/patterns/covers.ts'
import { matches } from '../../../lib/policy/patterns/matches.ts'
import { mayMeet, mayMeetAny } from '../../../lib/policy/patterns/may-meet.ts'
import { patternOf } from '../../../lib/policy/patterns/parse.ts'
import type { PatternKind } from '../../../lib/policy/patterns/pattern.ts'
import { CHARACTERS, charactersOf, SEGMENTS, segmentOf } from '../../../lib/policy/patterns/segment.ts'
import { type Elements, repeated, sequenceCovers, sequencesMeet } from '../../../lib/policy/patterns/sequence.ts'
import { type Piece, reachOf, valueOf } from '../../../lib/policy/patterns/value.ts'
import { fillNamespace } from '../../../lib/policy/patterns/variables.ts'
import { comparePairs } from './pairs.ts'

const LB = 'arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer'

describe('two patterns of a policy', () => {
  const rows: [kind: PatternKind, a: string, b: string, covers: boolean, meet: boolean][] = [
    ['host', '**.acme.internal', '*.payments.acme.internal', true, true],
    ['host', '**.acme.internal', 'acme.internal', false, false],
    ['host', '*.acme.internal', '*.payments.acme.internal', false, false],
    ['host', '*.acme.internal', '**.acme.internal', false, true],
    ['host', '*.**.internal', '**.*.internal', true, true],
    ['host', '**.*.internal', '*.**.internal', true, true],
    ['host', '**.*.*', '*.**', false, true],
    ['host', '*.partner.example', 'api.partner.example', true, true],
    ['host', '*.partner.example', 'api.partner.example.evil', false, false],
    ['host', 'pay-*.acme.example', 'pay-a*.acme.example', true, true],
    ['host', 'pay-*.acme.example', '*-api.acme.example', false, true],
    ['host', '**.a.**', '**.a.b.a.**', true, true],
    ['path', '/v1/**', '/v1/', true, true],
    ['path', '/v1/**', '/v1', false, false],
    ['path', '/v1/**', '/v1x', false, false],
    ['path', '/v1/**', '/v1/a/*/b', true, true],
    ['path', '/v1/*', '/v1/', false, false],
    ['path', '/v1/*', '/v1/a/', false, false],
    ['path', '/v1/*/**', '/v1/**/*', false, true],
    ['path', '/**', '/', true, true],
    ['path', '/**', '/v1/**', true, true],
    ['path', '/v1/**', '/**', false, true],
    ['path', '/v1/admin/**', '/*/admin/*', false, true],
    ['name', 'payments-*', 'payments-a*', true, true],
    ['name', '*a*', '*a*a*', true, true],
    ['name', '*a*a*', '*a*', false, true],
    ['name', 'a*', '*b', false, true],
    ['name', 'a*', 'b*', false, false],
    ['name', 'ab*', '*ba', false, true],
    ['role', 'arn:aws:iam::*:role/**', 'arn:aws:iam::111111111111:role/apigw/*', true, true],
    ['role', 'arn:aws:iam::*:role/*', 'arn:aws:iam::111111111111:role/apigw/*', false, false],
    ['role', 'arn:aws:iam::*:role/*/x', 'arn:aws:iam::111111111111:role/**/x', false, true],
    ['role', 'arn:aws*:iam::*:role/a', 'arn:aws-cn:iam::111111111111:role/a', true, true],
    ['target', `${LB}/app/*/*`, `${LB}/app/a/*`, true, true],
    ['target', `${LB}/app/*/*`, `${LB}/net/a/*`, false, false],
    ['target', `${LB}/**`, `${LB.replace('eu-west-1', '*')}/app/a/1`, false, true],
    ['parameter', 'context.*', 'context.authorizer.principalId', true, true],
    ['parameter', 'method.request.header.*', 'method.request.header.X-Tenant', true, true],
    ['parameter', 'method.request.header.x-tenant', 'method.request.header.X-Tenant', false, false],
    ['parameter', 'method.*.header.a', 'method.request.header.a', true, true],
    ['parameter', 'method.*.header.a', 'method.request.x.header.a', false, false],
    ['parameter', 'method.request.querystring.*', 'method.request.*', false, true],
    ['parameter', 'header.*.*', 'header.*', false, true],
    ['parameter', 'header.*', 'header.*.*', true, true],
    ['parameter', '*.a', 'header.*', false, true],
    ['parameter', '*.a', '*.b', false, false],
    ['parameter', '*', 'context.identity.sourceIp', true, true],
    ['namespace', '{resourceId}', '{resourceId}', true, true],
    ['namespace', '{resourceId}', '{restApiId}', false, true],
    ['namespace', 'payments-*', 'payments-{resourceId}', true, true],
    ['namespace', 'payments-{resourceId}', 'payments-*', false, true],
    ['namespace', '{resourceId}', 'a*', false, true],
    ['namespace', '*Id*', '{resourceId}', false, true],
    ['namespace', '{team}-*', 'search-a', false, true],
    ['namespace', '{team}-*', 'search', false, false],
    ['namespace', '*', '{resourceId}', true, true],
  ]

  it.each(rows)('%s %s over %s: %s, may meet: %s', (kind, outer, inner, wantCovers, wantMeet) => {
    const [a, b] = [patternOf(kind, outer), patternOf(kind, inner)]
    expect(covers(a, b)).toBe(wantCovers)
    expect(mayMeet(a, b)).toBe(wantMeet)
    expect(mayMeet(b, a)).toBe(wantMeet)
  })

  it('are of one kind: a comparison of two is a mistake that does not pass for no', () => {
    expect(() => covers(patternOf('name', 'a'), patternOf('host', 'a'))).toThrow(TypeError)
    expect(() => mayMeet(patternOf('name', '*'), patternOf('parameter', 'a'))).toThrow(TypeError)
  })

  it('compare with any of a list', () => {
    const list = [patternOf('name', 'a*'), patternOf('name', 'b*')]
    expect(coversAny(list, patternOf('name', 'bc*'))).toBe(true)
    expect(coversAny(list, patternOf('name', '*'))).toBe(false)
    expect(coversAny([], patternOf('name', 'a'))).toBe(false)
    expect(mayMeetAny(list, patternOf('name', '*z'))).toBe(true)
    expect(mayMeetAny(list, patternOf('name', 'c*'))).toBe(false)
  })

  it('have variables that stand for themselves until they are filled in', () => {
    const own = fillNamespace(patternOf('namespace', '{team}-*'), { team: 'pay' })
    expect(covers(patternOf('namespace', 'pay-*'), own)).toBe(true)
    expect(mayMeet(own, patternOf('namespace', 'search-*'))).toBe(false)
  })
})

describe('a late-bound value', () => {
  const segment = { hole: 'segment' } as const
  const segments = { hole: 'segments' } as const
  const anything = { hole: 'anything' } as const
  const rows: [kind: PatternKind, pattern: string, pieces: Piece[], covers: boolean, meets: boolean][] = [
    ['path', '/v1/*', ['/v1/', segment], true, true],
    ['path', '/v1/**', ['/v1/', segment], true, true],
    ['path', '/v1/*/items', ['/v1/', segment, '/items'], true, true],
    ['path', '/v1/a*', ['/v1/a', segment], true, true],
    ['path', '/v1/a*', ['/v1/', segment], false, true],
    ['path', '/v1/admin', ['/v1/', segment], false, true],
    ['path', '/v1/admin/**', ['/v1/', segment], false, false],
    ['path', '/v1/admin/**', ['/v1/', segment, '/x'], false, true],
    ['path', '/v1/admin/**', ['/v1/', segments], false, true],
    ['path', '/v1/*', ['/v1/', segments], false, true],
    ['path', '/v1/**', ['/v1/', segments], true, true],
    ['path', '/v1/*/**', ['/v1/', segments, '/x'], true, true],
    ['path', '/v2/**', ['/v1/', segments], false, false],
    ['path', '/v1/', ['/v1/', segments], false, false],
    ['path', '/v1/**', ['/v1/', anything], false, true],
    ['path', '/v2/**', ['/v1/', anything], false, true],
    ['path', '/**', ['/v1/', anything], true, true],
    ['path', '/**', ['/v1/a', segments, 'b'], true, true],
    ['path', '/v1/ab/cb', ['/v1/a', segments, 'b'], false, true],
    ['path', '/v1/**', ['/v1/a', segments, 'b'], true, true],
    ['host', '*.acme.example', [segment, '.acme.example'], true, true],
    ['host', '**.acme.example', [segments, '.acme.example'], true, true],
    ['host', '*.acme.example', [segments, '.acme.example'], false, true],
    ['host', '**.acme.example', [anything, '.acme.example'], false, true],
    ['host', 'evil.example', [anything, '.acme.example'], false, true],
    ['name', 'payments-*', ['payments-', segment], true, true],
    ['name', 'payments-*', ['payments-', anything], false, true],
    ['name', 'payments-', ['payments-', anything], false, true],
    ['name', '$LATEST', [segment], false, true],
    ['namespace', '{team}-*', [segment, '-a'], false, true],
    ['parameter', 'header.*', ['header.', segment], true, true],
    ['parameter', 'header.a.b', ['header.', segment], false, false],
    ['parameter', 'header.a.b', ['header.', segments], false, true],
    ['parameter', 'header.*', ['header.', anything], false, true],
    ['role', 'arn:aws:iam::*:role/*', ['arn:aws:iam::', segment, ':role/a'], true, true],
    ['role', 'arn:aws:iam::*:role/*', ['arn:aws:iam::1:role/', segments], false, true],
    ['role', 'arn:aws:iam::*:role/**', ['arn:aws:iam::1:role/', segments], true, true],
    ['role', 'arn:aws:iam::*:role/**', ['arn:aws:iam::1:role/', anything], false, true],
    ['target', `${LB}/**`, [anything], false, true],
  ]

  it.each(rows)('of %s: %s covers %j: %s, may meet: %s', (kind, text, pieces, wantCovers, wantMeet) => {
    const [pattern, reach] = [patternOf(kind, text), reachOf(kind, pieces)]
    expect(covers(pattern, reach)).toBe(wantCovers)
    expect(mayMeet(pattern, reach)).toBe(wantMeet)
    expect(mayMeet(reach, pattern)).toBe(wantMeet)
  })

  it('never becomes a dot segment by a segment', () => {
    const reach = reachOf('path', ['/v1/', segment])
    expect(matches(reach, '/v1/a')).toBe(true)
    for (const path of ['/v1/.', '/v1/..', '/v1/', '/v1/a/b']) expect(matches(reach, path), path).toBe(false)
    expect(covers(reach, patternOf('path', '/v1/*'))).toBe(false)
    expect(matches(reachOf('path', ['/', segments, '/a']), '/x/../a')).toBe(false)
  })

  it('without holes is a value', () => {
    expect(reachOf('path', ['/v1', '/*'])).toEqual(valueOf('path', '/v1/*'))
  })

  it('of a filled pattern is taken in by the pattern, and reaches every text that fills it', () => {
    const piece = fc.oneof(
      fc.constantFrom('a', 'b', '/'),
      fc.constantFrom<Piece>({ hole: 'segment' }, { hole: 'segments' }, { hole: 'anything' }),
    )
    const filling = fc.constantFrom('a', 'b', 'a/b', '', '..', 'a/')
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 6 }),
        fc.array(filling, { minLength: 6, maxLength: 6 }),
        (pieces, fillings) => {
          const isFit = pieces.every((each, index) => {
            const text = fillings[index] ?? ''
            if (typeof each === 'string' || each.hole === 'anything') return true
            return (
              text !== '' &&
              !text.includes('..') &&
              !text.endsWith('/') &&
              (each.hole === 'segments' || !text.includes('/'))
            )
          })
          fc.pre(isFit)
          const text = `/${pieces.map((each, index) => (typeof each === 'string' ? each : fillings[index])).join('')}`
          expect(matches(reachOf('path', ['/', ...pieces]), text), `${JSON.stringify(pieces)} ${text}`).toBe(true)
        },
      ),
    )
  })
})

describe('the engine and what patterns mean', () => {
  it('agree for matches, covers and may meet, pair by pair, for every kind', () => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    const { pairs, disagreements } = comparePairs(7000, seed)
    expect(disagreements, `seed ${seed}`).toEqual([])
    expect(pairs).toBeGreaterThan(5000)
  })
})

/** Elements that count how often they are compared. */
function counted<E>(elements: Elements<E>): { elements: Elements<E>; count: () => number } {
  let count = 0
  const counting =
    <R>(compare: (a: E, b: E) => R) =>
    (a: E, b: E) => {
      count++
      return compare(a, b)
    }
  return {
    elements: {
      covers: counting(elements.covers),
      meet: counting(elements.meet),
      same: counting(elements.same),
    },
    count: () => count,
  }
}

describe('comparing', () => {
  it.each([20, 40, 80])('takes at most some comparisons for each pair of %i and as many characters', (size) => {
    const outer = charactersOf(segmentOf('*a'.repeat(size)))
    const inner = charactersOf(segmentOf(`*${'a*'.repeat(size)}`))
    const { elements, count } = counted(CHARACTERS)
    sequenceCovers(outer, inner, elements)
    sequencesMeet(outer, inner, elements)
    expect(count()).toBeLessThanOrEqual(6 * outer.length * inner.length)
  })

  it.each([20, 40, 80])('takes at most some comparisons for each pair of %i and as many segments', (size) => {
    const loops = (text: string) =>
      Array.from({ length: size }, () => [
        ...repeated(segmentOf('*'), 1),
        { loop: false, element: segmentOf(text) },
      ]).flat()
    const { elements, count } = counted(SEGMENTS)
    const [outer, inner] = [loops('a*'), loops('ab*')]
    expect(sequenceCovers(outer, inner, elements)).toBe(true)
    expect(sequencesMeet(outer, inner, elements)).toBe(true)
    expect(count()).toBeLessThanOrEqual(6 * outer.length * inner.length)
  })
})

describe('rolePathOf()', () => {
  const role = (resource: string) => `arn:aws:iam::111111111111:role/${resource}`
  it.each([
    ['/apigw/', 'apigw/payments', true],
    ['/apigw/', 'apigw/payments-*', true],
    ['/apigw/', 'payments-*', false],
    ['/apigw/', 'apigw/x/payments', false],
    ['/apigw/', 'apigw/**', false],
    ['/apigw/**', 'apigw/**', true],
    ['/apigw/**', 'apigw/x/payments', true],
    ['/apigw/**', 'apigw/payments', true],
    ['/apigw/**', 'apigwx/payments', false],
    ['/apigw/**', '*/payments', false],
    ['/apigw/**', 'apigw/**/payments', true],
    ['/apigw/**', '**', false],
    ['/', 'payments', true],
    ['/', 'apigw/payments', false],
  ])('%s over a role %s: %s', (rolePath, resource, want) => {
    const path = patternOf('path', rolePath)
    expect(covers(path, rolePathOf(patternOf('role', role(resource))))).toBe(want)
    if (!resource.includes('*')) expect(covers(path, rolePathOf(valueOf('role', role(resource))))).toBe(want)
  })

  it('of a late-bound role is every path that it can have', () => {
    const any = rolePathOf(reachOf('role', [{ hole: 'anything' }]))
    for (const path of ['/', '/a/b/']) expect(matches(any, path), path).toBe(true)
    expect(covers(patternOf('path', '/apigw/**'), any)).toBe(false)
    const inside = rolePathOf(reachOf('role', [`${role('apigw/')}`, { hole: 'segment' }]))
    expect(covers(patternOf('path', '/apigw/'), inside)).toBe(true)
    expect(matches(rolePathOf(reachOf('role', ['arn:aws:iam::111111111111:role', { hole: 'segment' }])), '/')).toBe(
      true,
    )
  })

  it.each([
    ['**', '/', true],
    ['**', '/a/b/', true],
    ['apigw/**', '/apigw/', true],
    ['apigw/**', '/apigwx/', false],
    ['a/*/x', '/a/b/', true],
    ['a/*/x', '/a/b/c/', false],
  ])('%s has %s: %s', (resource, path, want) => {
    expect(matches(rolePathOf(patternOf('role', role(resource))), path)).toBe(want)
  })
})
