import { matches } from './matches.ts'
import { parameterCharacters } from './parameter.ts'
import { mustBeAlike, type Pattern, type Sequence } from './pattern.ts'
import { CHARACTERS, SEGMENTS } from './segment.ts'
import { sequencesMeet } from './sequence.ts'
import { loosened } from './variables.ts'

/**
 * Whether some text is in both: what a denial and the claim of another team ask. Symmetric. Exact, but that a variable of
 * a namespace counts as any text: fill variables in first.
 *
 * @throws {TypeError} The two are of different kinds.
 */
export function mayMeet(a: Pattern, b: Pattern): boolean {
  mustBeAlike(a, b)
  if (a.variables || b.variables) return fieldsMeet(variedFields(a), variedFields(b))
  if (b.literal !== undefined) return matches(a, b.literal)
  if (a.literal !== undefined) return matches(b, a.literal)
  if (a === b) return true
  if (a.kind === 'parameter') return sequencesMeet(parameterCharacters(a), parameterCharacters(b), CHARACTERS)
  return fieldsMeet(a.fields, b.fields)
}

/** Whether one of the patterns may meet `b`. */
export function mayMeetAny(patterns: readonly Pattern[], b: Pattern): boolean {
  for (const pattern of patterns) if (mayMeet(pattern, b)) return true
  return false
}

function fieldsMeet(a: readonly Sequence[], b: readonly Sequence[]): boolean {
  return a.every((field, index) => sequencesMeet(field, b[index] ?? [], SEGMENTS))
}

function variedFields({ literal, fields }: Pattern): readonly Sequence[] {
  if (literal !== undefined) return [[{ loop: false, element: { pieces: [literal], least: [] } }]]
  return fields.map((field) => field.map(({ loop, element }) => ({ loop, element: loosened(element) })))
}
