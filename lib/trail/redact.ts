import { isMemberName, MEMBERS, type Member, type Shown } from '../apigateway/members.ts'
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
  /^(?:method\.request\.(?:path|querystring|multivaluequerystring|header|multivalueheader)\.[\w.$-]{1,256}|context\.[\w.$:-]{1,256})$/

/** What is kept in clear of a value, by what the table of members says of its member. Everything else is a MAC. */
const SHOWN: Readonly<Record<Shown, (value: unknown, member: Member, depth: number) => Disclosure>> = {
  word: ofText((value, member) => (member.kind === 'enum' && member.values.includes(value) ? whole(value) : HIDDEN)),
  name: ofText((value) => (NAME.test(value) ? whole(value) : HIDDEN)),
  arn: ofText((value) => (ARN.test(value) ? whole(value) : HIDDEN)),
  uri: ofText(disclosedUri),
  number: (value, _, depth) => (typeof value === 'number' && depth === 1 ? whole(value) : HIDDEN),
  flag: (value, member, depth) =>
    typeof value === 'boolean' && member.kind === 'flag' && depth === 2 ? whole(value) : HIDDEN,
  // A mapping names where a value comes from at run time; only a static value can be a secret.
  sources: (value, _, depth) =>
    typeof value === 'string' && depth === 2 && MAPPED.test(value) ? whole(value) : HIDDEN,
  digest: () => HIDDEN,
}

/** The member itself, not something below it. */
function ofText(disclosed: (value: string, member: Member) => Disclosure) {
  return (value: unknown, member: Member, depth: number): Disclosure =>
    typeof value === 'string' && depth === 1 ? disclosed(value, member) : HIDDEN
}

/**
 * What may be kept in clear of a value at a place of an integration.
 *
 * An allow-list of places and shapes: a member API Gateway adds tomorrow is hidden until the table of members says how
 * it is shown.
 *
 * @param path JSON pointer into the integration.
 */
export function disclose(path: string, value: unknown): Disclosure {
  // Nothing is hidden in an empty value, and its MAC would pass for data.
  if (value === '' || value === null) return whole(value)
  if (typeof value === 'string' && (value.length > LONGEST_CLEAR || !value.isWellFormed())) return HIDDEN
  const [root, name = '', ...below] = path.split('/')
  if (root !== '' || !isMemberName(name)) return HIDDEN
  const member: Member = MEMBERS[name]
  const isFlag = member.kind !== 'flag' || below[0] === member.flag
  return isFlag ? SHOWN[member.trail](value, member, 1 + below.length) : HIDDEN
}

function whole(value: string | number | boolean | null): Disclosure {
  return { clear: value, whole: true }
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
