import { distance } from 'fastest-levenshtein'

/** One thing wrong with a document, where it stands. Line and column are 1-based; `pointer` is a JSON pointer. */
export interface Problem {
  file: string
  line: number
  column: number
  pointer: string
  message: string
  suggestion?: string
}

/** `file:line:column: message`, as compilers and editors have it. */
export function problemLine({ file, line, column, message, suggestion }: Problem): string {
  return `${file}:${line}:${column}: ${message}${suggestion === undefined ? '' : ` ${suggestion}`}`
}

/** Steps from the root of a document to a node. */
export type Path = readonly (string | number)[]

/** A JSON pointer (RFC 6901). */
export function pointerTo(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** In reading order. */
export function byPlace(a: Problem, b: Problem): number {
  return a.line - b.line || a.column - b.column
}

/** The candidate a writer most likely meant: at most a third of the word's characters away, and at least one. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let least = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of candidates) {
    if (candidate.toLowerCase() === word.toLowerCase()) return candidate
    if (Math.abs(candidate.length - word.length) >= least) continue
    const away = distance(word, candidate)
    if (away < least) [best, least] = [candidate, away]
  }
  return best
}

/** `Did you mean "…"?`, or nothing where no candidate is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const candidate = nearest(word, candidates)
  return candidate === undefined ? undefined : `Did you mean "${candidate}"?`
}
