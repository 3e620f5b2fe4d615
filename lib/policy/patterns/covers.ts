import { matches } from './matches.ts'
import { parameterCharacters } from './parameter.ts'
import { mustBeAlike, type Pattern } from './pattern.ts'
import { CHARACTERS, SEGMENTS } from './segment.ts'
import { sequenceCovers } from './sequence.ts'

/**
 * Whether every text of `inner` is in `outer`: what an allowance, a bound and an exception ask. Never wrongly true. No
 * where only several patterns together take all of `inner`, and where a Unicode or length limit of the kind makes the
 * difference. Variables of a namespace cover themselves and are covered by stars.
 *
 * @throws {TypeError} The two are of different kinds.
 */
export function covers(outer: Pattern, inner: Pattern): boolean {
  mustBeAlike(outer, inner)
  if (inner.literal !== undefined) return matches(outer, inner.literal)
  if (outer.literal !== undefined) return false
  if (outer === inner) return true
  if (outer.kind === 'parameter') {
    return sequenceCovers(parameterCharacters(outer), parameterCharacters(inner), CHARACTERS)
  }
  return outer.fields.every((field, index) => sequenceCovers(field, inner.fields[index] ?? [], SEGMENTS))
}

/** Whether one of the patterns covers `inner`. */
export function coversAny(outers: readonly Pattern[], inner: Pattern): boolean {
  for (const outer of outers) if (covers(outer, inner)) return true
  return false
}
