import type { Pattern } from './pattern.ts'
import { ANY_CHARACTER, type Character, charactersOf, literalCharacters, NO_DOT } from './segment.ts'
import { repeated, type Token } from './sequence.ts'

/** A parameter pattern as one sequence of characters: its stars take no dots, but for the one that is open. */
export function parameterCharacters(pattern: Pattern): Token<Character>[] {
  if (pattern.literal !== undefined) return literalCharacters(pattern.literal)
  const parts = (pattern.fields[0] ?? []).map(({ element }) => charactersOf(element, NO_DOT))
  const dotted = parts.flatMap((part, index) => (index === 0 ? part : [DOT, ...part]))
  return pattern.open === undefined ? dotted : [...dotted, ...repeated(ANY_CHARACTER, pattern.open)]
}

const DOT: Token<Character> = { loop: false, element: '.' }
