import { compileSequence, matchesSequence, type SequencePattern } from './sequence-pattern.ts'

/**
 * A pattern for a dotted parameter name (`method.request.querystring.*`, `header.X-Tenant`): `*` is one or more
 * characters inside one part, and in last place everything below, dots included. Header names compare
 * case-insensitively, all else as spelt.
 */
export interface ParameterPattern {
  text: string
  /** As {@link foldHeader} gives it. */
  folded: string
  /** Set where the only star stands last: what stands before it. */
  prefix?: string
  /** Set where stars stand elsewhere. */
  sequence?: SequencePattern
}

export function compileParameter(text: string): ParameterPattern {
  const folded = foldHeader(text)
  const star = folded.indexOf('*')
  if (star < 0) return { text, folded }
  if (star === folded.length - 1) return { text, folded, prefix: folded.slice(0, -1) }
  const parts = folded.split('.')
  const sequence = compileSequence(parts.at(-1) === '*' ? [...parts.slice(0, -1), '**'] : parts)
  return { text, folded, sequence }
}

/** @param name As {@link foldHeader} gives it. */
export function matchesParameter(pattern: ParameterPattern, name: string): boolean {
  if (pattern.prefix !== undefined) return name.length > pattern.prefix.length && name.startsWith(pattern.prefix)
  return pattern.sequence === undefined ? name === pattern.folded : matchesSequence(pattern.sequence, name.split('.'))
}

export function matchesAnyParameter(patterns: readonly ParameterPattern[], name: string): boolean {
  for (const pattern of patterns) if (matchesParameter(pattern, name)) return true
  return false
}

const HEADER = /^(?:(?:method|integration)\.request\.)?(?:multivalue)?header\./

/** The name with a header's own name in lower case. */
export function foldHeader(name: string): string {
  if (!name.includes('header.')) return name
  const [location] = HEADER.exec(name) ?? []
  return location === undefined ? name : location + name.slice(location.length).toLowerCase()
}
