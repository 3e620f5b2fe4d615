import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { intersect, withoutCovered } from '../../../lib/policy/patterns/intersect.ts'
import { matches, matchesAny } from '../../../lib/policy/patterns/matches.ts'
import { mayMeet } from '../../../lib/policy/patterns/may-meet.ts'
import { parsePattern, patternOf } from '../../../lib/policy/patterns/parse.ts'
import type { PatternKind } from '../../../lib/policy/patterns/pattern.ts'
import { witness } from '../../../lib/policy/patterns/subtract.ts'
import { reachOf } from '../../../lib/policy/patterns/value.ts'
import { bitsOf, isWithin, meaningOf, patternFrom, SMALL, told, type Written } from './meaning.ts'

describe('intersect()', () => {
  const rows: [kind: PatternKind, a: string, b: string, want: string[]][] = [
    ['name', 'a*', '*b', ['a*b', 'ab']],
    ['name', 'a*', 'ab*', ['ab*']],
    ['name', 'a*', 'b*', []],
    ['name', '*', 'a', ['a']],
    ['host', '*.acme.example', 'pay*.**', ['pay*.acme.example']],
    ['host', 'a.**', '**.b', ['a.**.b', 'a.b']],
    ['path', '/v1/**', '/*/admin', ['/v1/admin']],
    ['path', '/a/**', '/**/b', ['/a/**/b', '/a/b']],
    ['path', '/a/*/**', '/**/b*', ['/a/*/**/b*', '/a/*/b*']],
    ['target', 'arn:*:s3:::a*', 'arn:aws*:s3:::*b', ['arn:aws*:s3:::a*b', 'arn:aws*:s3:::ab']],
    ['path', '/v1/**', '/**', ['/v1/**']],
    [
      'role',
      'arn:aws:iam::*:role/apigw/*',
      'arn:aws:iam::111111111111:role/**/a*',
      ['arn:aws:iam::111111111111:role/apigw/a*'],
    ],
    ['parameter', 'method.request.*.page', 'method.request.querystring.*', ['method.request.querystring.page']],
    ['parameter', '*.a*', 'header.*', ['header.a*']],
    ['namespace', 'pay-*', '*-a', ['pay-*-a', 'pay--a', 'pay-a']],
  ]
  it.each(rows)('%s %s and %s', (kind, a, b, want) => {
    const found = intersect(patternOf(kind, a), patternOf(kind, b))
    expect(found.map(({ text }) => text).sort()).toEqual([...want].sort())
    for (const { literal, text } of found) expect(literal).toBe(text.includes('*') ? undefined : text)
  })

  it('keeps dot segments out where one of the two has none', () => {
    const reach = reachOf('path', ['/a/', { hole: 'segment' }])
    for (const other of ['/a/.*', '/a/*.', '/*/**']) {
      for (const found of [intersect(reach, patternOf('path', other)), intersect(patternOf('path', other), reach)]) {
        expect(matchesAny(found, '/a/.x.')).toBe(true)
        for (const path of ['/a/.', '/a/..']) expect(matchesAny(found, path), `${other} ${path}`).toBe(false)
      }
    }
  })

  it('throws for patterns of two kinds', () => {
    expect(() => intersect(patternOf('name', 'a*'), patternOf('namespace', 'a*'))).toThrow(TypeError)
  })

  it.each([
    [['ab*', 'a*'], ['a*']],
    [
      ['a*', 'ab*', 'b'],
      ['a*', 'b'],
    ],
    [
      ['ab', 'ac', 'a*', 'b'],
      ['a*', 'b'],
    ],
    [['a*', 'a*'], ['a*']],
  ])('keeps of %j what no other covers: %j', (texts, want) => {
    expect(withoutCovered(texts.map((text) => patternOf('name', text))).map(({ text }) => text)).toEqual(want)
  })

  it('says so where too many patterns would be needed', () => {
    const [a, b] = [patternOf('name', `${'*a'.repeat(12)}*`), patternOf('name', `${'*b'.repeat(12)}*`)]
    expect(() => intersect(a, b)).toThrow(RangeError)
    const fields = (field: string) => patternOf('target', `arn:${field}:${field}:::x`)
    expect(() => intersect(fields(`${'*a'.repeat(4)}*`), fields(`${'*b'.repeat(4)}*`))).toThrow(RangeError)
  })
})

describe('witness()', () => {
  const rows: [kind: PatternKind, of: string, without: string[], want: string | undefined][] = [
    ['host', '*.acme.example', ['api.acme.example'], 'z.acme.example'],
    ['host', '*.acme.example', ['**.example'], undefined],
    ['host', '**', ['*', '*.**'], undefined],
    ['host', '**.acme.example', ['*.acme.example'], 'y.y.acme.example'],
    ['path', '/v1/**', ['/v1/*'], '/v1/'],
    ['path', '/v1/**', ['/v1/*', '/v1/', '/v1/*/**'], '/v1//x'],
    ['name', 'a*', ['ab*', 'ac*'], 'ax'],
    ['name', 'a', ['a'], undefined],
    ['name', 'a', ['b'], 'a'],
    ['role', 'arn:aws:iam::*:role/a', ['arn:aws:iam::111111111111:role/**'], 'arn:aws:iam::222222222222:role/a'],
    ['parameter', 'header.*', ['header.a*'], 'header.x'],
    ['namespace', '{team}-*', [], undefined],
  ]
  it.each(rows)('%s %s without %j', (kind, of, without, want) => {
    const others = without.map((text) => patternOf(kind, text))
    const found = witness(patternOf(kind, of), others)
    if (found === undefined) expect(want).toBeUndefined()
    else {
      expect(want).toBeDefined()
      expect(matches(patternOf(kind, of), found), found).toBe(true)
      expect(matchesAny(others, found), found).toBe(false)
      expect(found).not.toContain('*')
    }
  })
})

describe.each(SMALL)('patterns of a $kind', ({ kind, pieces, most, written, texts }) => {
  const pattern: fc.Arbitrary<Written> = fc
    .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: most })
    .map(written)
    .filter((text) => parsePattern(kind, text).ok)
  const bits = (each: Written) => {
    const meaning = meaningOf(kind, each)
    return bitsOf(texts, (text) => meaning.test(text))
  }

  it('have in common what intersect() gives, and nothing where they do not meet', () => {
    fc.assert(
      fc.property(pattern, pattern, (one, other) => {
        const [a, b] = [patternFrom(kind, one), patternFrom(kind, other)]
        const found = intersect(a, b)
        expect(found.length > 0).toBe(mayMeet(a, b))
        const [first, second] = [bits(one), bits(other)]
        const both = first.map((word, at) => word & (second[at] ?? 0))
        const common = bitsOf(texts, (text) => matchesAny(found, text))
        expect(isWithin(both, common) && isWithin(common, both), `${told(one)} ∩ ${told(other)}`).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('have a witness exactly where some text of one is in none of the others', () => {
    fc.assert(
      fc.property(pattern, fc.array(pattern, { maxLength: 3 }), (of, others) => {
        const without = others.map((each) => patternFrom(kind, each))
        const found = witness(patternFrom(kind, of), without)
        if (found !== undefined) {
          expect(matches(patternFrom(kind, of), found)).toBe(true)
          expect(matchesAny(without, found)).toBe(false)
          return
        }
        const all = others.map(bits)
        const rest = bits(of).map((word, at) => all.reduce((left, each) => left & ~(each[at] ?? 0), word))
        const missed = rest.every((word) => word === 0)
        expect(missed, `${told(of)} without ${others.map(told)}`).toBe(true)
      }),
      { numRuns: 60 },
    )
  })
})
