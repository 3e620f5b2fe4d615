/**
 * Patterns and late-bound values, by policy.md 2 (7) and 2a "Wildcards": a text is split into parts at the separator of
 * its kind, a part into characters. Both sides of a comparison are written in the same tokens, so that a pattern can meet
 * a value that is not known yet. All recursion is plain: one step for each character or part.
 */

/** One character, or one or more characters of the same part. */
type Token = string | { some: true }
/** One part, or one or more whole parts. A late-bound run holds no empty part and no dot segment. */
type Part = readonly Token[] | { many: 'pattern' | 'late-bound' }

const SOME: Token = { some: true }
const isMany = (part: Part): part is { many: 'pattern' | 'late-bound' } => !Array.isArray(part)

/** What is late-bound in a value: within one segment, whole segments, or any text at all. */
export type Hole = 'segment' | 'segments' | 'anything'
/** A value as far as it is known. */
export type Pieces = readonly (string | { hole: Hole; source: string })[]

function tokensOf(text: string): Token[] {
  return [...text].map((character) => (character === '*' ? SOME : character))
}

function parts(text: string, separator: string): Part[] {
  return text.split(separator).map((part) => (part === '**' ? { many: 'pattern' } : tokensOf(part)))
}

/** A value that is known: its stars are stars. */
function literal(text: string, separator: string): Part[] {
  return text.split(separator).map((part) => [...part])
}

/** Whether one text is in both. */
function meet(left: readonly Part[], right: readonly Part[]): boolean {
  const [a, ...restA] = left
  const [b, ...restB] = right
  if (a === undefined || b === undefined) return a === b
  if (!isMany(a) && !isMany(b)) return tokensMeet(a, b) && meet(restA, restB)
  if (!mayHold(a, b, restB.length === 0) || !mayHold(b, a, restA.length === 0)) return false
  return meet(restA, restB) || (isMany(a) && meet(left, restB)) || (isMany(b) && meet(restA, right))
}

/** A run of parts takes in any part; an empty one only where a pattern ends in it (a trailing slash counts). */
function mayHold(run: Part, part: Part, isLast: boolean): boolean {
  if (!isMany(run) || isMany(part) || part.length > 0) return true
  return run.many === 'pattern' && isLast
}

function tokensMeet(left: readonly Token[], right: readonly Token[]): boolean {
  const [a, ...restA] = left
  const [b, ...restB] = right
  if (a === undefined || b === undefined) return a === b
  if (typeof a === 'string' && typeof b === 'string') return a === b && tokensMeet(restA, restB)
  return (
    tokensMeet(restA, restB) ||
    (typeof a !== 'string' && tokensMeet(left, restB)) ||
    (typeof b !== 'string' && tokensMeet(restA, right))
  )
}

export function hostMatches(pattern: string, host: string): boolean {
  return meet(parts(pattern.toLowerCase(), '.'), literal(host.toLowerCase(), '.'))
}

/** Names, namespaces, link ids, accounts: one part, in which a star is one or more characters. */
export function nameMatches(pattern: string, name: string): boolean {
  return tokensMeet(tokensOf(pattern), [...name])
}

/** An ARN field by field; the last field by segment. */
export function arnMatches(pattern: string, arn: string): boolean {
  const [patternFields, fields] = [pattern.split(':'), arn.split(':')]
  if (patternFields.length !== fields.length) return false
  return fields.every((field, index) => {
    const expected = patternFields[index] ?? ''
    if (index < fields.length - 1) return expected === field || nameMatches(expected, field)
    return meet(parts(expected, '/'), literal(field, '/'))
  })
}

/** A dotted parameter: a star in last place is everything below. */
export function parameterMatches(pattern: string, name: string): boolean {
  const pieces = pattern.split('.')
  const compiled: Part[] = pieces.map((piece, index) =>
    piece === '*' && index === pieces.length - 1 ? { many: 'pattern' } : tokensOf(piece),
  )
  return meet(compiled, literal(name, '.'))
}

/** Whether the path can become one that the pattern holds. What is any text can climb to any path. */
export function pathMayMeet(pattern: string, path: Pieces): boolean {
  if (path.some((piece) => typeof piece === 'object' && piece.hole === 'anything')) return true
  return meet(parts(pattern.slice(1), '/'), partsOf(path))
}

/** Whether the patterns hold every path that this one can become, tried with one path for each way to fill it. */
export function pathsCover(patterns: readonly string[], path: Pieces): boolean {
  const words = patterns.flatMap((pattern) => pattern.split('/')).filter((word) => /^[^*.]+$/.test(word))
  return completions(path, ['q', 'qzq', ...words]).every((text) =>
    patterns.some((pattern) => meet(parts(pattern.slice(1), '/'), literal(text.slice(1), '/'))),
  )
}

/** The segments of a path whose late-bound parts stand for themselves. */
function partsOf(path: Pieces): Part[] {
  const segments: Part[] = []
  let current: Token[] = []
  let isRun = false
  const close = () => {
    segments.push(isRun ? { many: 'late-bound' } : current)
    current = []
    isRun = false
  }
  for (const piece of path) {
    if (typeof piece === 'object') {
      if (piece.hole === 'segments') isRun = true
      else current.push(SOME)
      continue
    }
    for (const character of piece) {
      if (character === '/') close()
      else current.push(character)
    }
  }
  close()
  return segments.slice(1)
}

/** Every path that comes of filling each late-bound part with each word. */
export function completions(path: Pieces, words: readonly string[]): string[] {
  let texts = ['']
  for (const piece of path) {
    const next = typeof piece === 'string' ? [piece] : fillings(piece.hole, words)
    texts = texts.flatMap((text) => next.map((each) => text + each))
  }
  return texts
}

function fillings(hole: Hole, words: readonly string[]): readonly string[] {
  if (hole === 'segment') return words
  const runs = [...words, ...words.map((word) => `${word}/q`), ...words.map((word) => `q/${word}`), 'q/q/q']
  return hole === 'segments' ? runs : [...runs, '', '..', '../../..', 'q?q', '/']
}
