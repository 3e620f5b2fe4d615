import { type LateBound, scanLateBound } from '../late-bound.ts'
import { type Hazard, hazard } from '../uri-hazard.ts'
import { malformedLateBound } from '../uri-path.ts'

/** One parameter of the query, as the service reads it. */
export interface QueryParameter {
  /** Decoded. */
  name: string
  /** Decoded literal text and late-bound parts in turn. */
  value: readonly (string | LateBound)[]
  /** As written. */
  text: string
}

export interface ServiceQuery {
  kind: 'none' | 'literal' | 'late-bound'
  /** All parameters but `Action`. */
  parameters: readonly QueryParameter[]
  /** The value of each `Action`. */
  actions: readonly string[]
}

const MALFORMED = /%(?![0-9A-Fa-f]{2})/
/** RFC 3986 §2.3: letters, digits and `- . _ ~` have one spelling, the plain one. */
const UNRESERVED = /%(?:4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a]|3[0-9]|2[de]|5f|7e)/i

/**
 * Reads what stands behind the `?` of a service's path or the `&` of its action. Names are compared after decoding: a
 * service decodes them. Adds to `hazards` and returns `undefined` where a parameter can't be read in one way only.
 */
export function readServiceQuery(text: string, hazards: Hazard[]): ServiceQuery | undefined {
  const late = scanLateBound(text)
  if (late.malformedAt >= 0) {
    hazards.push(malformedLateBound('query', text, late))
    return undefined
  }
  const wrong = spellingHazard(text)
  if (wrong !== undefined) {
    hazards.push(wrong)
    return undefined
  }
  const parameters: QueryParameter[] = []
  const actions: string[] = []
  for (const pair of text.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decode(equals < 0 ? pair : pair.slice(0, equals))
    const value = equals < 0 ? '' : pair.slice(equals + 1)
    const problem = nameHazard(pair, name, value)
    if (problem !== undefined) {
      hazards.push(problem)
      return undefined
    }
    if (name === 'Action') actions.push(decode(value))
    else parameters.push({ name, value: piecesOf(value), text: pair })
  }
  const isLate = parameters.some(({ value }) => value.some((piece) => typeof piece !== 'string'))
  return { kind: isLate ? 'late-bound' : parameters.length > 0 ? 'literal' : 'none', parameters, actions }
}

function spellingHazard(text: string): Hazard | undefined {
  const malformedAt = text.search(MALFORMED)
  if (malformedAt >= 0) {
    const message = 'A % must be followed by two hexadecimal digits.'
    const value = text.slice(malformedAt, malformedAt + 3)
    return hazard('percent-encoding', 'query', value, message, 'Write %25 for a % itself.')
  }
  const [encoded] = UNRESERVED.exec(text) ?? []
  if (encoded !== undefined) {
    const message = 'An encoded letter, digit or one of - . _ ~ is the same parameter in a second spelling.'
    return hazard('encoded-unreserved', 'query', encoded, message, `Write ${decode(encoded)}.`)
  }
  return undefined
}

/** The operation is `Action`, in this case; another case, and a `;` before it, is the operation to some readers only. */
function nameHazard(pair: string, name: string, value: string): Hazard | undefined {
  if (/[{}]/.test(name)) {
    const message = 'The name of a parameter must be written out: it could be Action, or name another resource.'
    return hazard('late-bound', 'query', pair, message, 'Write the name literally.')
  }
  const isAction = name === 'Action'
  if ((!isAction && name.toLowerCase() === 'action') || /;\s*action(?:=|;|$)/i.test(decode(pair))) {
    const message = 'An Action in another spelling could choose what the service does.'
    return hazard('action', 'query', pair, message, 'Write Action= and the operation once, or remove the parameter.')
  }
  if (isAction && /[{}]/.test(value)) {
    const message = 'Which operation is called must be written out.'
    return hazard('late-bound', 'query', pair, message, 'Write the operation literally.')
  }
  return undefined
}

function piecesOf(value: string): (string | LateBound)[] {
  return scanLateBound(value).pieces.map((piece) => (typeof piece === 'string' ? decode(piece) : piece))
}

/** `+` is a space in a form (WHATWG URL §5.1). What is no UTF-8 stays as written: it equals no name. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
