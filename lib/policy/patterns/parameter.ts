import { literalPattern, rangePattern, shapeOf } from './build.ts'
import { wrongName } from './name.ts'
import type { ParsedPattern, Pattern, Sequence } from './pattern.ts'
import { ANY_CHARACTER, type Character, charactersOf, literalCharacters, NO_DOT, segmentOf } from './segment.ts'
import { repeated, type Token } from './sequence.ts'

/**
 * A dotted parameter name (`header.X-Tenant`, `method.request.querystring.*`), compared as spelt. `*` stays inside its
 * part; where it ends the pattern it takes everything below, dots included. What a denial takes a name for is
 * `deniedForms`.
 */
export function parseParameter(text: string): ParsedPattern {
  const problem = wrongName(text)
  if (problem !== undefined) return problem
  if (!text.includes('*')) return { ok: true, pattern: literalPattern('parameter', text) }
  const beside = text.endsWith('*') ? { open: 1 } : {}
  return { ok: true, pattern: rangePattern('parameter', text, fieldsOf, shapeOf('parameter', text), beside) }
}

function fieldsOf(text: string): Sequence[] {
  const parts = (text.endsWith('*') ? text.slice(0, -1) : text).split('.')
  return [parts.map((part) => ({ loop: false, element: segmentOf(part) }))]
}

/** A parameter pattern as one sequence of characters: its stars take no dots, but for the one that is open. */
export function parameterCharacters(pattern: Pattern): Token<Character>[] {
  if (pattern.literal !== undefined) return literalCharacters(pattern.literal)
  const parts = (pattern.fields[0] ?? []).map(({ element }) => charactersOf(element, NO_DOT))
  const dotted = parts.flatMap((part, index) => (index === 0 ? part : [DOT, ...part]))
  return pattern.open === undefined ? dotted : [...dotted, ...repeated(ANY_CHARACTER, pattern.open)]
}

const DOT: Token<Character> = { loop: false, element: '.' }
