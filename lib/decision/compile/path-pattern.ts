import type { UriPath } from '../../policy/values/uri-path.ts'
import { compileSequence, matchesSequence, mayMatchSequence, type SequencePattern } from './sequence-pattern.ts'

/**
 * A path pattern, compared by segment: `*` is one non-empty segment (or one or more characters inside it), `**` one or
 * more whole segments, an empty last one included. The common shapes are one string comparison.
 */
export interface PathPattern {
  text: string
  shape: 'literal' | 'below' | 'sequence'
  /** For `below`: what stands before `**`, with its slash. */
  prefix: string
  /** Set for `sequence`. */
  sequence?: SequencePattern
}

export function compilePath(text: string): PathPattern {
  if (!text.includes('*')) return { text, shape: 'literal', prefix: '' }
  const prefix = text.slice(0, -2)
  if (text.endsWith('/**') && !prefix.includes('*')) return { text, shape: 'below', prefix }
  return { text, shape: 'sequence', prefix: '', sequence: compileSequence(text.slice(1).split('/')) }
}

/** Whether the pattern covers the path, whatever its late-bound parts turn out to be. */
export function coversPath(pattern: PathPattern, path: UriPath): boolean {
  const { text, literalUntil } = path
  const isLiteral = literalUntil === text.length
  switch (pattern.shape) {
    case 'literal':
      return isLiteral && text === pattern.text
    case 'below':
      return pattern.prefix.length <= literalUntil && text.startsWith(pattern.prefix)
    case 'sequence':
      return pattern.sequence !== undefined && matchesSequence(pattern.sequence, literalSegments(path), !isLiteral)
  }
}

/** Whether the pattern could match the path for some value of its late-bound parts. Errs towards yes. */
export function mayMatchPath(pattern: PathPattern, path: UriPath): boolean {
  if (path.literalUntil === path.text.length) return coversPath(pattern, path)
  // Whoever writes a stage variable may write `..` into it, which leads anywhere on the host.
  if (path.stageVariables) return true
  const sequence = pattern.sequence ?? compileSequence(pattern.text.slice(1).split('/'))
  return mayMatchSequence(sequence, literalSegments(path))
}

export function coversPathByAny(patterns: readonly PathPattern[], path: UriPath): boolean {
  for (const pattern of patterns) if (coversPath(pattern, path)) return true
  return false
}

/** The segments before the first late-bound part. */
function literalSegments({ text, literalUntil }: UriPath): string[] {
  if (literalUntil === text.length) return text.slice(1).split('/')
  return literalUntil === 1 ? [] : text.slice(1, literalUntil - 1).split('/')
}
