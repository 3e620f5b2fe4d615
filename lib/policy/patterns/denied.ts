import { literalPattern, rangePattern } from './build.ts'
import { intersect, withoutCovered } from './intersect.ts'
import { patternOf } from './parse.ts'
import type { Pattern } from './pattern.ts'

/**
 * What a denial takes parameter names for. API Gateway compares mapping sources and cache keys case-sensitively, but a
 * backend or a caller may not. So a denial folds both sides: letter case everywhere, `_` and `-` in the names of headers
 * (servers that speak CGI read them alike), and the multi-value spelling of a header or query parameter.
 *
 * A deny meets a name where `matchesAny(deniedForms(pattern), deniedName(name))`. Allowances compare as spelt.
 */
export function deniedName(text: string): string {
  const folded = text.toLowerCase()
  const [, prefix = '', location, name = ''] = LOCATED.exec(folded) ?? []
  if (location === undefined) return folded
  return `${prefix}${location}.${location === 'header' ? name.replaceAll('_', '-') : name}`
}

const LOCATED = /^((?:method\.request\.|integration\.request\.)?)(?:multivalue)?(header|querystring)\.([\s\S]*)$/

/** Where a parameter may stand that has more than one spelling. */
const LOCATIONS = ['', 'method.request.', 'integration.request.'].flatMap((prefix) =>
  ['header', 'multivalueheader', 'querystring', 'multivaluequerystring'].map((location) => `${prefix}${location}.`),
)

/**
 * What a denial takes a pattern, or the literal name of a request, for: see {@link deniedName}. A star in the place of the
 * location stands for headers too, so that a pattern can have several forms.
 */
export function deniedForms(pattern: Pattern): readonly Pattern[] {
  const { literal, text } = pattern
  if (literal !== undefined) return [literalPattern('parameter', deniedName(literal))]
  // A late-bound name can be any.
  if (!text.includes('*')) return [patternOf('parameter', '*')]
  const folded = patternOf('parameter', text.toLowerCase())
  const located = LOCATIONS.flatMap((location) =>
    intersect(folded, patternOf('parameter', `${location}*`)).map((found) =>
      patternOf('parameter', deniedName(found.text)),
    ),
  )
  return withoutCovered([folded, ...located])
}

/**
 * What a denial takes a path for, on both sides: many servers decode `%40` before they look, so that `/a%40b` is `/a@b`
 * to them, and `%c3` is `%C3` to all (RFC 3986 §6.2.2.1). Encoded letters, slashes and the like stay: they are refused
 * as spellings wherever a denial speaks of paths. Allowances compare as spelt.
 */
export function deniedPath(pattern: Pattern): Pattern {
  const { literal, text, fields } = pattern
  if (literal !== undefined) return literal.includes('%') ? literalPattern('path', plain(literal)) : pattern
  if (!fields.some((field) => field.some(({ element }) => element.pieces.some((piece) => piece.includes('%'))))) {
    return pattern
  }
  const decoded = fields.map((field) =>
    field.map(({ loop, element }) => ({ loop, element: { ...element, pieces: element.pieces.map(plain) } })),
  )
  return rangePattern('path', text, decoded)
}

/**
 * What a denial takes the ARN of a role or a load balancer for: an account belongs to one partition, so that the
 * partition that the policy spells (`arn:aws:`) tells nothing apart, and an API in China names the same thing otherwise.
 */
export function deniedArn(pattern: Pattern): Pattern {
  return patternOf(pattern.kind, pattern.text.replace(/^arn:[^:]+:/, 'arn:*:'))
}

/** Encoded reserved characters as themselves, the digits of all others in upper case. */
function plain(text: string): string {
  return text.replace(/%[0-9a-f]{2}/gi, (encoded) => {
    const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16))
    return /[ !"#$%&'()*+,:;<=>?@[\]^`{|}]/.test(character) ? character : encoded.toUpperCase()
  })
}
