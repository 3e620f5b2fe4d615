import { compileSequence, matchesSequence, type SequencePattern } from './sequence-pattern.ts'

/**
 * A host pattern: `*` is one label (or one or more characters inside it), `**` one or more labels. The common shapes are
 * one string comparison: `api.acme.example`, `*.acme.example`, `**.acme.example`.
 */
export interface HostPattern {
  text: string
  shape: 'literal' | 'one-label' | 'labels' | 'sequence'
  /** What every host begins and ends with that it matches; for `one-label` and `labels` from the dot on. */
  prefix: string
  suffix: string
  suffixLabels: number
  /** Set for `sequence`. */
  sequence?: SequencePattern
}

/** @param text In lower case. */
export function compileHost(text: string): HostPattern {
  if (!text.includes('*')) return { text, shape: 'literal', prefix: text, suffix: text, suffixLabels: 0 }
  const stars = text.startsWith('**.') ? 2 : text.startsWith('*.') ? 1 : 0
  const suffix = text.slice(stars)
  if (stars > 0 && !suffix.includes('*')) {
    const suffixLabels = suffix.split('.').length - 1
    return { text, shape: stars === 1 ? 'one-label' : 'labels', prefix: '', suffix, suffixLabels }
  }
  return {
    text,
    shape: 'sequence',
    prefix: text.slice(0, text.indexOf('*')),
    suffix: text.slice(text.lastIndexOf('*') + 1),
    suffixLabels: 0,
    sequence: compileSequence(text.split('.')),
  }
}

/** @param host In lower case, labels of letters, digits and hyphens, none empty. */
export function matchesHost(pattern: HostPattern, host: string): boolean {
  switch (pattern.shape) {
    case 'literal':
      return host === pattern.text
    case 'one-label':
      return host.endsWith(pattern.suffix) && host.indexOf('.') === host.length - pattern.suffix.length
    case 'labels':
      return host.endsWith(pattern.suffix)
    case 'sequence':
      // Most hosts differ at one of the ends: those are not taken apart.
      if (!host.startsWith(pattern.prefix) || !host.endsWith(pattern.suffix)) return false
      return pattern.sequence !== undefined && matchesSequence(pattern.sequence, host.split('.'))
  }
}

export function matchesAnyHost(patterns: readonly HostPattern[], host: string): boolean {
  for (const pattern of patterns) if (matchesHost(pattern, host)) return true
  return false
}

/**
 * As {@link matchesAnyHost}, for lists that allow: an internationalised label (`xn--…`, which can look like another) is
 * allowed only where the pattern spells it out.
 */
export function allowsHost(patterns: readonly HostPattern[], host: string, hasPunycode: boolean): boolean {
  if (!hasPunycode) return matchesAnyHost(patterns, host)
  const encoded = host.split('.').filter((label) => label.startsWith('xn--'))
  for (const pattern of patterns) {
    if (!matchesHost(pattern, host)) continue
    const written = pattern.text.split('.')
    if (encoded.every((label) => written.includes(label))) return true
  }
  return false
}
