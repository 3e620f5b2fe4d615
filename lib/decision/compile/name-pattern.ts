/**
 * A pattern for one name, label or segment: `*` is one or more characters and never matches nothing. Kept as data, the
 * literal pieces between the stars; matching makes one string comparison for each piece and never goes back.
 */
export interface NamePattern {
  text: string
  /** The literal pieces around the stars, at least two; absent where the pattern is a literal. */
  pieces?: string[]
}

export function compileName(text: string): NamePattern {
  return text.includes('*') ? { text, pieces: text.split('*') } : { text }
}

export function matchesName(pattern: NamePattern, name: string): boolean {
  const { text, pieces } = pattern
  if (pieces === undefined) return name === text
  const last = pieces.length - 1
  const prefix = pieces[0] ?? ''
  const suffix = pieces[last] ?? ''
  if (!name.startsWith(prefix) || !name.endsWith(suffix)) return false
  // Taking each piece as far left as it goes leaves the most room for those that follow, so no choice is ever undone.
  let at = prefix.length
  for (let index = 1; index < last; index++) {
    const piece = pieces[index] ?? ''
    const found = name.indexOf(piece, at + 1)
    if (found < 0) return false
    at = found + piece.length
  }
  return at + 1 + suffix.length <= name.length
}

/** Whether any of `patterns` matches `name`. */
export function matchesAnyName(patterns: readonly NamePattern[], name: string): boolean {
  for (const pattern of patterns) if (matchesName(pattern, name)) return true
  return false
}
