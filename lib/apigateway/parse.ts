import { distance } from 'fastest-levenshtein'
import {
  type ApiError,
  badRequest,
  type ConstraintViolation,
  type Parsed,
  refuse,
  serialization,
  validation,
} from './api-error.ts'
import type { Integration } from './integration.ts'
import { parseJson } from './json.ts'
import {
  faultMessage,
  firstBoundFault,
  type MemberFault,
  typeFault,
  unknownInside,
  wordFault,
} from './member-faults.ts'
import { isMemberName, MEMBER_NAMES, MEMBERS, type Member } from './members.ts'

/**
 * Reads the body of PutIntegration. What it accepts has known members only, each of the type and enum the service model
 * gives it; an empty body reads as `{}`.
 *
 * Order of refusals: JSON and its types (SerializationException), unknown members (BadRequestException: what the gate
 * does not know it cannot judge), then the model's constraints, all of them in one ValidationException.
 */
export function parsePutIntegration(bytes: Uint8Array): Parsed<Integration> {
  const json = parseBody(bytes)
  return json.ok ? readPutIntegration(json.value) : json
}

/** As {@link parsePutIntegration}, of a body that is data already. */
export function readPutIntegration(body: Record<string, unknown>): Parsed<Integration> {
  const fault = shapeFault(body) ?? unknownMember(body) ?? sizeFault(body) ?? wordFaults(body)
  // Every member has been checked against the table that the type derives from.
  return fault === undefined ? { ok: true, value: body as unknown as Integration } : refuse(fault)
}

/** The JSON object of a request body; no body at all reads as `{}`, as API Gateway does. */
export function parseBody(bytes: Uint8Array): Parsed<Record<string, unknown>> {
  if (bytes.length === 0) return { ok: true, value: Object.create(null) }
  const json = parseJson(bytes, { wholeNumbersOnly: true })
  if (!json.ok) return json
  return isObject(json.value)
    ? { ok: true, value: json.value }
    : refuse(serialization(`The request body must be a JSON object, found ${kindOf(json.value)}`))
}

/** Names the first of `names` that is not known, with the closest that is. */
export function unknownMemberError(name: string, known: readonly string[], prefix = ''): ApiError {
  const near = nearestMember(name, known)
  const shown = JSON.stringify(prefix + (name.length > 64 ? `${name.slice(0, 64)}…` : name))
  return badRequest(`Unknown member ${shown}${near === undefined ? '' : `: did you mean "${prefix}${near}"?`}`)
}

/** The message of API Gateway's deserializer where it is known; elsewhere one that names the member. */
export function wrongType(member: string, wanted: string, value: unknown): ApiError {
  if (value === null) return serialization(`Member ${member} must not be null: leave it out instead`)
  if (wanted === 'a string' && typeof value === 'boolean') {
    return serialization('class java.lang.Boolean can not be converted to an String')
  }
  if (wanted === 'a string' && typeof value === 'number') {
    return serialization(
      'class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String',
    )
  }
  return serialization(`Member ${member} must be ${wanted}, found ${kindOf(value)}`)
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shapeFault(body: Record<string, unknown>): ApiError | undefined {
  for (const [name, value] of Object.entries(body)) {
    const fault = isMemberName(name) ? typeFault(name, value) : undefined
    if (fault?.is === 'type') return wrongType(fault.at, fault.wanted, fault.value)
  }
  return undefined
}

function unknownMember(body: Record<string, unknown>): ApiError | undefined {
  for (const name of Object.keys(body)) if (!isMemberName(name)) return unknownMemberError(name, MEMBER_NAMES)
  for (const name of MEMBER_NAMES) {
    const inside = unknownInside(name, body[name])
    if (inside !== undefined) return unknownMemberError(inside.name, inside.known, `${name}.`)
  }
  return undefined
}

/** Names that no measure of distance would find: what the AWS SDKs call a member. */
const SDK_NAMES = new Map(
  MEMBER_NAMES.flatMap((name) => {
    const { names }: Member = MEMBERS[name]
    return names.sdk === undefined ? [] : [[names.sdk, name] as const]
  }),
)

function nearestMember(name: string, known: readonly string[]): string | undefined {
  // Distance costs the product of both lengths, and the caller chooses one of them.
  if (name.length > 64) return undefined
  const renamed = SDK_NAMES.get(name)
  if (renamed !== undefined && known.includes(renamed)) return renamed
  const lower = name.toLowerCase()
  const [nearest] = known
    .map((member) => ({ member, far: distance(lower, member.toLowerCase()) }))
    .sort((a, b) => a.far - b.far)
  return nearest !== undefined && nearest.far <= Math.min(3, nearest.member.length / 3) ? nearest.member : undefined
}

function sizeFault(body: Record<string, unknown>): ApiError | undefined {
  const fault = firstBoundFault(body)
  return fault === undefined ? undefined : badRequest(faultMessage(fault))
}

/** All words that the service model doesn't know, in one answer. */
function wordFaults(body: Record<string, unknown>): ApiError | undefined {
  const violations = MEMBER_NAMES.flatMap((name): ConstraintViolation[] => {
    const { default: absent }: Member = MEMBERS[name]
    if (absent.is === 'required' && body[name] === undefined) {
      return [{ at: `putIntegrationInput.${name}`, constraint: 'Member must not be null' }]
    }
    const fault = wordFault(name, body[name], 'model')
    return fault?.is === 'word' ? [constraintOf(fault)] : []
  })
  return violations.length === 0 ? undefined : validation(violations)
}

function constraintOf({ at, value, words }: Extract<MemberFault, { is: 'word' }>): ConstraintViolation {
  return {
    at: `putIntegrationInput.${at}`,
    value,
    constraint: `Member must satisfy enum value set: [${words.join(', ')}]`,
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return 'an object'
  return `a ${typeof value}`
}
