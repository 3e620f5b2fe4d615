import { HTTP_METHODS, INTEGRATION_TYPES } from '../apigateway/integration.ts'
import type { Violation } from '../decision/decision.ts'
import type { Reason } from './record.ts'

/** What the trail may say of one value: all of it, a part of it beside its MAC, or the MAC alone. */
export type Disclosure = { clear: string | number | boolean | null; whole: boolean } | { clear?: undefined }

const HIDDEN: Disclosure = {}
const LONGEST_CLEAR = 2048

/** No nesting: each class is bounded by the next literal, so a match is linear in the text. */
const ARN = /^arn:aws[a-z-]{0,20}:[a-z0-9-]{1,64}:[a-z0-9-]{0,32}:[a-z0-9.*-]{0,128}:[^\s?&#]{1,1024}$/
const ARN_WITH_QUERY = /^(arn:aws[a-z-]{0,20}:apigateway:[a-z0-9-]{0,32}:[a-z0-9.-]{1,128}:[^\s?&#]{1,1024})[?&#]/
const HTTP_URI = /^(https?:\/\/[^\s/?#@\\]{1,512}(?:\/[^\s?#\\]*)?)(\?[^\s#\\]*)?(#.*)?$/i
const NAME = /^[A-Za-z0-9_.:${}-]{1,128}$/
const MAPPED =
  /^(?:method\.request\.(?:path|querystring|multivaluequerystring|header|multivalueheader)|context)\.[\w.$-]{1,256}$/

/** The members that are kept in clear, each with the shape its value must have. Everything else is a MAC. */
const CLEAR_MEMBERS = new Map<string, (value: string) => Disclosure>([
  ['/type', oneOf(INTEGRATION_TYPES)],
  ['/httpMethod', oneOf(HTTP_METHODS)],
  ['/connectionType', oneOf(['INTERNET', 'VPC_LINK'])],
  ['/connectionId', matching(NAME)],
  ['/passthroughBehavior', oneOf(['WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES', 'NEVER'])],
  ['/contentHandling', oneOf(['CONVERT_TO_BINARY', 'CONVERT_TO_TEXT'])],
  ['/cacheNamespace', matching(NAME)],
  ['/responseTransferMode', oneOf(['BUFFERED', 'STREAM'])],
  ['/credentials', matching(ARN)],
  ['/integrationTarget', matching(ARN)],
  ['/uri', disclosedUri],
])
const CLEAR_SCALARS = new Set(['/timeoutInMillis', '/tlsConfig/insecureSkipVerification'])

/**
 * What may be kept in clear of a value at a place of an integration.
 *
 * An allow-list of places and shapes: a member API Gateway adds tomorrow is hidden until someone decides otherwise.
 *
 * @param path JSON pointer into the integration.
 */
export function disclose(path: string, value: unknown): Disclosure {
  // Nothing is hidden in an empty value, and its MAC would pass for data.
  if (value === '' || value === null) return whole(value)
  if (typeof value === 'number' || typeof value === 'boolean') return CLEAR_SCALARS.has(path) ? whole(value) : HIDDEN
  if (typeof value !== 'string' || value.length > LONGEST_CLEAR || !value.isWellFormed()) return HIDDEN
  const member = CLEAR_MEMBERS.get(path)
  if (member) return member(value)
  // A mapping names where a value comes from at run time; only a static value can be a secret.
  return path.startsWith('/requestParameters/') && MAPPED.test(value) ? whole(value) : HIDDEN
}

function whole(value: string | number | boolean | null): Disclosure {
  return { clear: value, whole: true }
}

function oneOf(values: readonly string[]) {
  return (value: string) => (values.includes(value) ? whole(value) : HIDDEN)
}

function matching(shape: RegExp) {
  return (value: string) => (shape.test(value) ? whole(value) : HIDDEN)
}

/** A URI without its query's values and its fragment. One with user information, or that isn't plainly a URI, is hidden. */
function disclosedUri(uri: string): Disclosure {
  if (ARN.test(uri)) return whole(uri)
  const arn = ARN_WITH_QUERY.exec(uri)?.[1]
  if (arn !== undefined) return { clear: `${arn}…`, whole: false }
  const [, base, query, fragment] = HTTP_URI.exec(uri) ?? []
  if (base === undefined) return HIDDEN
  if (query === undefined && fragment === undefined) return whole(uri)
  return { clear: base + (query === undefined ? '' : withoutValues(query)), whole: false }
}

/** `?a=1&b` to `?a=…&…`: a part without `=` is a value without a name. */
function withoutValues(query: string): string {
  const parts = query.slice(1).split('&')
  return `?${parts.map((part) => (part.includes('=') ? `${part.slice(0, part.indexOf('='))}=…` : '…')).join('&')}`
}

/**
 * A violation as the trail keeps it. Its message and error are dropped where they may repeat a hidden value: where the
 * field isn't one that is kept in clear, and where they contain a hidden text of the same request.
 *
 * @param discloses Whether the field's value, or the part of it that is meant, is kept in clear.
 * @param hidden The texts of the request that are not kept in clear.
 */
export function toReason(
  violation: Violation,
  discloses: (field: string, part?: string) => boolean,
  hidden: readonly string[],
): Reason {
  const speaks = (text: string) =>
    discloses(violation.field, violation.part) && !hidden.some((secret) => text.includes(secret))
  const { message, error, part, policyAt } = violation
  return {
    rule: violation.rule,
    mode: violation.mode,
    field: clip(violation.field),
    ...(part !== undefined && { part: clip(part) }),
    ...(speaks(message) && { message: clip(message, 1024) }),
    ...(error !== undefined && speaks(error) && { error: clip(error, 1024) }),
    ...(policyAt && { policyAt }),
  }
}

/** A text of unverified origin, bounded and with a spelling in JCS. */
export function clip(text: string, longest = 256): string {
  return text.slice(0, longest).toWellFormed()
}
