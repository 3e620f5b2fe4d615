import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mayMeet } from '../../lib/policy/patterns/may-meet.ts'
import { parsePattern, patternOf } from '../../lib/policy/patterns/parse.ts'
import type { Pattern } from '../../lib/policy/patterns/pattern.ts'
import { OverlapIndex } from '../../lib/policy/publish/overlap-index.ts'

const label = fc.constantFrom('a', 'b', 'ab', '*', 'a*', '*b', '**')
const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => parsePattern('host', labels.join('.')))
const name = fc
  .array(fc.constantFrom('a', 'b', '*'), { minLength: 1, maxLength: 5 })
  .map((parts) => parsePattern('name', parts.join('')))

describe('OverlapIndex', () => {
  it.each([
    ['hosts', host],
    ['names', name],
  ])('finds an overlap of %s exactly where comparing all with all does', (_, parsed) => {
    const pattern = parsed.filter((one) => one.ok).map((one) => (one as { pattern: Pattern }).pattern)
    const claim = fc.record({ team: fc.constantFrom('x', 'y', 'z'), pattern })
    fc.assert(
      fc.property(fc.array(claim, { maxLength: 12 }), (claims) => {
        const overlaps = new OverlapIndex(claims).overlaps()
        for (const [first, second] of overlaps) {
          expect(first.team).not.toBe(second.team)
          expect(mayMeet(first.pattern, second.pattern)).toBe(true)
          expect(claims.indexOf(first)).toBeLessThan(claims.indexOf(second))
        }
        const involved = new Set(overlaps.flat())
        const expected = claims.some((a) => claims.some((b) => a.team !== b.team && mayMeet(a.pattern, b.pattern)))
        expect(involved.size > 0).toBe(expected)
      }),
      { numRuns: 500 },
    )
  })

  it('does not compare all with all', () => {
    const claims = Array.from({ length: 20_000 }, (_, index) => {
      const texts = [`*.team${index >> 1}x.acme.internal`, `team${index >> 1}x-*.acme.internal`]
      return { team: `team${index >> 1}`, pattern: patternOf('host', texts[index % 2] ?? '') }
    })
    let read = 0
    const counted = claims.map(({ team, pattern }) => ({
      get team() {
        read++
        return team
      },
      pattern,
    }))
    expect(new OverlapIndex(counted).overlaps()).toEqual([])
    expect(read).toBeLessThan(10 * claims.length)
  })
})
