import { literalPattern, rangePattern, sequenceOf, shapeOf } from './build.ts'
import { matches } from './matches.ts'
import { misplacedStars, type ParsedPattern, type Pattern, type Sequence, wrong } from './pattern.ts'

/**
 * A host: lower-case labels of letters, digits and hyphens (RFC 1123 §2.1). What no host of a request can ever match (an
 * address, a trailing dot, upper case) is refused here rather than kept as a pattern that never matches.
 */
export function parseHost(text: string): ParsedPattern {
  if (text !== text.toLowerCase()) return wrong('Hosts are written in lower case.', text.toLowerCase())
  const [, host = text] = /^https?:\/\/([^/?#]*)/.exec(text) ?? []
  if (host !== text) return wrong('A host has neither scheme nor path.', host.replace(/:\d+$/, ''))
  if (/:\d+$/.test(text)) return wrong('A port stands under `ports`, not beside the host.', text.replace(/:\d+$/, ''))
  if (text.endsWith('.')) return wrong('A host has no trailing dot.', text.slice(0, -1))
  if (text.length > 253) return wrong('A host has at most 253 characters.')
  const labels = text.split('.')
  for (const label of labels) {
    if (label === '**') continue
    if (label.includes('**')) return misplacedStars(text)
    if (label === '') return wrong(`The host "${text}" has an empty label.`)
    if (label.length > 63) return wrong('A label has at most 63 characters.')
    if (!/^[a-z0-9*-]+$/.test(label)) return wrong(`The label "${label}" may have letters, digits and hyphens only.`)
    if (label.startsWith('-') || label.endsWith('-')) return wrong(`The label "${label}" begins or ends with a hyphen.`)
  }
  const last = labels.at(-1) ?? ''
  if (/^(?:[0-9]+|0x[0-9a-f]*)$/.test(last)) return wrong('An IP address is never a backend: write a host name.')
  if (!text.includes('*')) return { ok: true, pattern: literalPattern('host', text) }
  return { ok: true, pattern: rangePattern('host', text, fieldsOf, shapeOf('host', text)) }
}

function fieldsOf(text: string): Sequence[] {
  return [sequenceOf('host', text.split('.'))]
}

/**
 * As `matchesAny`, for lists that allow: an internationalised label (`xn--…`, which can look like another, RFC 5890
 * §4.4) is allowed only where the pattern spells it out.
 */
export function allowsHost(patterns: readonly Pattern[], host: string): boolean {
  for (const pattern of patterns) if (matches(pattern, host) && spellsEncoded(pattern, host)) return true
  return false
}

function spellsEncoded({ text }: Pattern, host: string): boolean {
  if (!host.includes('xn--')) return true
  const written = text.split('.')
  return host.split('.').every((label) => !label.startsWith('xn--') || written.includes(label))
}
