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
import type { Integration, IntegrationType } from './integration.ts'
import { parseJson } from './json.ts'

type Kind = 'string' | 'integer' | 'boolean' | 'names' | 'parameters' | 'templates' | 'tlsConfig'

const MEMBERS = {
  type: 'string',
  httpMethod: 'string',
  uri: 'string',
  connectionType: 'string',
  connectionId: 'string',
  credentials: 'string',
  requestParameters: 'parameters',
  requestTemplates: 'templates',
  passthroughBehavior: 'string',
  cacheNamespace: 'string',
  cacheKeyParameters: 'names',
  contentHandling: 'string',
  timeoutInMillis: 'integer',
  tlsConfig: 'tlsConfig',
  responseTransferMode: 'string',
  integrationTarget: 'string',
} as const satisfies Record<keyof Integration, Kind>

const TLS_MEMBERS = { insecureSkipVerification: 'boolean' } as const satisfies Record<string, Kind>

/** The members that the service model makes enums, in the order API Gateway's messages name the values. */
export const ENUMS = {
  type: ['HTTP', 'MOCK', 'AWS_PROXY', 'HTTP_PROXY', 'AWS'] satisfies IntegrationType[],
  connectionType: ['INTERNET', 'VPC_LINK'],
  contentHandling: ['CONVERT_TO_BINARY', 'CONVERT_TO_TEXT'],
  responseTransferMode: ['BUFFERED', 'STREAM'],
} as const

/** Our own bounds, far above real use; API Gateway publishes none for these. Characters and entries. */
const MAX_STRING = 16_384
const MAX_ENTRIES = 256

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
  const fault = shapeFault(body, MEMBERS, '') ?? unknownMember(body) ?? sizeFault(body) ?? enumFault(body)
  // Every member has been checked against MEMBERS, which covers Integration.
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

function shapeFault(
  body: Record<string, unknown>,
  members: Readonly<Record<string, Kind>>,
  prefix: string,
): ApiError | undefined {
  for (const [name, value] of Object.entries(body)) {
    const kind = Object.hasOwn(members, name) ? members[name] : undefined
    const fault = kind === undefined ? undefined : typeFault(prefix + name, kind, value)
    if (fault !== undefined) return fault
  }
  return undefined
}

function typeFault(member: string, kind: Kind, value: unknown): ApiError | undefined {
  switch (kind) {
    case 'string':
      return typeof value === 'string' ? undefined : wrongType(member, 'a string', value)
    case 'boolean':
      return typeof value === 'boolean' ? undefined : wrongType(member, 'true or false', value)
    case 'integer':
      return Number.isSafeInteger(value) ? undefined : wrongType(member, 'a whole number', value)
    case 'names':
      if (!Array.isArray(value)) return wrongType(member, 'an array of strings', value)
      return firstOf(value.entries(), ([index, name]) => typeFault(`${member}[${index}]`, 'string', name))
    case 'parameters':
    case 'templates':
      if (!isObject(value)) return wrongType(member, 'an object of strings', value)
      return firstOf(Object.entries(value), ([key, text]) =>
        // A template of null is one that API Gateway stores and gives back.
        text === null && kind === 'templates'
          ? undefined
          : typeFault(`${member}[${JSON.stringify(key)}]`, 'string', text),
      )
    case 'tlsConfig':
      if (!isObject(value)) return wrongType(member, 'an object', value)
      return shapeFault(value, TLS_MEMBERS, 'tlsConfig.')
  }
}

function unknownMember(body: Record<string, unknown>): ApiError | undefined {
  const known = Object.keys(MEMBERS)
  const unknown = Object.keys(body).find((name) => !Object.hasOwn(MEMBERS, name))
  if (unknown !== undefined) return unknownMemberError(unknown, known)
  const tls = isObject(body.tlsConfig) ? Object.keys(body.tlsConfig) : []
  const unknownTls = tls.find((name) => !Object.hasOwn(TLS_MEMBERS, name))
  return unknownTls === undefined ? undefined : unknownMemberError(unknownTls, Object.keys(TLS_MEMBERS), 'tlsConfig.')
}

/** The SDKs' name for `httpMethod`, which no measure of distance would find. */
const SDK_NAMES = new Map([['integrationHttpMethod', 'httpMethod']])

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
  return firstOf(Object.entries(body), ([member, value]) => {
    if (typeof value === 'string') return longString(member, value)
    if (Array.isArray(value)) {
      return value.length > MAX_ENTRIES ? tooMany(member) : firstOf(value, (name) => longString(member, name))
    }
    if (!isObject(value)) return undefined
    const entries = Object.entries(value)
    if (entries.length > MAX_ENTRIES) return tooMany(member)
    return firstOf(entries, ([key, text]) =>
      // Templates have a bound of their own, which is API Gateway's.
      member === 'requestTemplates' ? longString(member, key) : (longString(member, key) ?? longString(member, text)),
    )
  })
}

function longString(member: string, value: unknown): ApiError | undefined {
  return typeof value === 'string' && value.length > MAX_STRING
    ? badRequest(`Member ${member} is longer than ${MAX_STRING} characters`)
    : undefined
}

function tooMany(member: string): ApiError {
  return badRequest(`Member ${member} has more than ${MAX_ENTRIES} entries`)
}

function enumFault(body: Record<string, unknown>): ApiError | undefined {
  const violations: ConstraintViolation[] = []
  if (body.type === undefined) {
    violations.push({ at: 'putIntegrationInput.type', constraint: 'Member must not be null' })
  }
  for (const [member, values] of Object.entries(ENUMS)) {
    const value = body[member]
    if (typeof value !== 'string' || values.some((known) => known === value)) continue
    const constraint = `Member must satisfy enum value set: [${values.join(', ')}]`
    violations.push({ at: `putIntegrationInput.${member}`, value, constraint })
  }
  return violations.length === 0 ? undefined : validation(violations)
}

function firstOf<T>(items: Iterable<T>, fault: (item: T) => ApiError | undefined): ApiError | undefined {
  for (const item of items) {
    const found = fault(item)
    if (found !== undefined) return found
  }
  return undefined
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return 'an object'
  return `a ${typeof value}`
}
