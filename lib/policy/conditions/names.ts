/**
 * Names of request parameters and media types, in the two readings that a condition is judged under.
 *
 * HTTP compares header names without regard to case (RFC 9110 §5.1), many servers take `_` for `-` in them, and a header's
 * multi-value spelling reads the same header. API Gateway itself compares sources and cache keys letter by letter. So
 * there is no one spelling by which a name could be required as well as denied. A condition must hold under both readings:
 *
 * - `exact`: a name is what is written, but for the case of header names towards the backend.
 * - `folded`: names without regard to case, to `_` or `-`, and to the multi-value spelling.
 */
export type NameReading = 'exact' | 'folded'

const HEADER_DESTINATION = /^integration\.request\.header\./i

/** A destination: a key of `requestParameters`, or what it is compared with. */
export function destinationName(text: string, reading: NameReading): string {
  if (reading === 'folded') return folded(text)
  return HEADER_DESTINATION.test(text) ? text.toLowerCase() : text
}

/** A source (a value of `requestParameters`) or a cache key. A static value, in quotes of its own, is no name. */
export function sourceName(text: string, reading: NameReading): string {
  return reading === 'exact' || text.startsWith("'") ? text : folded(text)
}

/** A content type: types, subtypes and the names of parameters have no case (RFC 9110 §8.3.1). */
export function contentTypeName(text: string, reading: NameReading): string {
  return reading === 'exact' ? text : text.toLowerCase().replaceAll(/[ \t]/g, '')
}

function folded(text: string): string {
  return text.toLowerCase().replaceAll('_', '-').replaceAll('.multivalue', '.')
}
