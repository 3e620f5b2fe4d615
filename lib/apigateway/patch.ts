import { badRequest, type ConstraintViolation, notFound, type Parsed, refuse, validation } from './api-error.ts'
import type { Integration } from './integration.ts'
import type { OperationName } from './operation-table.ts'
import { ENUMS, isObject, parseBody, unknownMemberError, wrongType } from './parse.ts'

/** One step of an update (model: PatchOperation). `value` is always a string on the wire. */
export interface PatchOperation {
  op: 'add' | 'remove' | 'replace'
  /** JSON pointer (RFC 6901). */
  path: string
  value?: string
}

/** The enum of the service model; API Gateway's messages name all six. */
const OPS = ['add', 'remove', 'move', 'test', 'replace', 'copy']
const SUPPORTED_OPS = ['add', 'remove', 'replace'] as const
const OPERATION_MEMBERS = ['op', 'path', 'value', 'from']

/** Our own bound; Terraform sends one operation for each changed member. */
const MAX_OPERATIONS = 256

/** Members that `replace` sets as a whole. `/type` is none of them: clients put the integration anew. */
const REPLACEABLE = [
  'uri',
  'httpMethod',
  'credentials',
  'passthroughBehavior',
  'contentHandling',
  'timeoutInMillis',
  'cacheNamespace',
  'connectionType',
  'connectionId',
  'responseTransferMode',
  'integrationTarget',
] as const
const TLS_PATH = '/tlsConfig/insecureSkipVerification'
const REPLACEABLE_PATHS = [...REPLACEABLE.map((member) => `/${member}`), TLS_PATH, '/cacheKeyParameters']

/** Members that `replace` with `""` clears. */
const CLEARABLE: readonly string[] = ['credentials', 'contentHandling', 'connectionId', 'integrationTarget']

/**
 * Reads the body of an update. Of the model's operations only `add`, `remove` and `replace` are accepted: what `move`,
 * `copy` and `test` would bring about here is not documented.
 *
 * @param operation Whose input API Gateway's messages name.
 */
export function parsePatch(operation: OperationName, bytes: Uint8Array): Parsed<PatchOperation[]> {
  const body = parseBody(bytes)
  if (!body.ok) return body
  const { patchOperations = [] } = body.value
  if (!isArray(patchOperations)) return refuse(wrongType('patchOperations', 'an array of objects', patchOperations))
  const operations: Record<string, unknown>[] = []
  for (const [index, operation] of patchOperations.entries()) {
    if (!isObject(operation)) return refuse(wrongType(`patchOperations[${index}]`, 'an object', operation))
    const member = OPERATION_MEMBERS.find(
      (name) => operation[name] !== undefined && typeof operation[name] !== 'string',
    )
    if (member !== undefined) {
      return refuse(wrongType(`patchOperations[${index}].${member}`, 'a string', operation[member]))
    }
    operations.push(operation)
  }
  const unknown = Object.keys(body.value).find((name) => name !== 'patchOperations')
  if (unknown !== undefined) return refuse(unknownMemberError(unknown, ['patchOperations']))
  const unknownInside = operations.flatMap(Object.keys).find((name) => !OPERATION_MEMBERS.includes(name))
  if (unknownInside !== undefined) return refuse(unknownMemberError(unknownInside, OPERATION_MEMBERS))
  if (operations.length > MAX_OPERATIONS) {
    return refuse(badRequest(`Member patchOperations has more than ${MAX_OPERATIONS} entries`))
  }

  const violations = operations.flatMap((step, index) => constraintViolations(inputOf(operation), step, index))
  if (violations.length > 0) return refuse(validation(violations))
  const parsed: PatchOperation[] = []
  for (const { op, path, value, from } of operations) {
    const supported = SUPPORTED_OPS.find((name) => name === op)
    if (supported === undefined || from !== undefined) {
      return refuse(badRequest(`Invalid patch operation specified. Must be one of: [${SUPPORTED_OPS.join(', ')}]`))
    }
    parsed.push({ op: supported, path: String(path), ...(typeof value === 'string' ? { value } : {}) })
  }
  return { ok: true, value: parsed }
}

/** What the service framework calls the input of an operation: `updateStageInput`. */
function inputOf(operation: OperationName): string {
  return `${operation.charAt(0).toLowerCase()}${operation.slice(1)}Input`
}

function constraintViolations(
  input: string,
  { op, path }: Record<string, unknown>,
  index: number,
): ConstraintViolation[] {
  const at = `${input}.patchOperations.${index + 1}.member`
  const missing = { constraint: 'Member must not be null' }
  const violations: ConstraintViolation[] = []
  if (op === undefined) violations.push({ at: `${at}.op`, ...missing })
  else if (typeof op === 'string' && !OPS.includes(op)) {
    violations.push({
      at: `${at}.op`,
      value: op,
      constraint: `Member must satisfy enum value set: [${OPS.join(', ')}]`,
    })
  }
  if (path === undefined) violations.push({ at: `${at}.path`, ...missing })
  return violations
}

/**
 * The integration that UpdateIntegration would leave behind, the operations taken in order. `current` is not changed.
 *
 * Each place may be named once: the order in which API Gateway settles two operations on one place is not documented,
 * and a decision must not rest on a guess.
 */
export function applyPatch(current: Integration, operations: readonly PatchOperation[]): Parsed<Integration> {
  let integration: Integration = current
  const places = new Set<string>()
  for (const operation of operations) {
    const tokens = pointerTokens(operation.path)
    if (tokens === undefined) return refuse(badRequest(`Invalid patch path ${operation.path}`))
    const place = JSON.stringify(
      operation.path === '/cacheKeyParameters' && operation.op !== 'replace' ? [...tokens, operation.value] : tokens,
    )
    if (places.has(place)) {
      return refuse(badRequest(`Invalid patch path ${operation.path}: it is specified more than once`))
    }
    places.add(place)
    const applied = applyOne(integration, operation, tokens)
    if (!applied.ok) return applied
    integration = applied.value
  }
  return { ok: true, value: integration }
}

function applyOne(integration: Integration, operation: PatchOperation, tokens: string[]): Parsed<Integration> {
  const { op, path, value } = operation
  const [member, key, ...rest] = tokens
  if (member === 'requestParameters' || member === 'requestTemplates') {
    if (key === undefined || key === '' || rest.length > 0) return refuse(badRequest(`Invalid patch path ${path}`))
    return applyToMap(integration, operation, member, key)
  }
  if (member === 'cacheKeyParameters' && rest.length === 0) return applyToCacheKeys(integration, operation, key)
  if (op !== 'replace' || !REPLACEABLE_PATHS.includes(path)) return refuse(unsupportedPath(operation))
  if (value === undefined) return refuse(missingValue(operation))
  if (path === TLS_PATH) {
    // Not `Boolean.parseBoolean`, which reads "TRUE" as true: one spelling, one meaning.
    if (value !== 'true' && value !== 'false') return refuse(invalidValue(operation, 'true, false'))
    return { ok: true, value: { ...integration, tlsConfig: { insecureSkipVerification: value === 'true' } } }
  }
  const replaced = REPLACEABLE.find((name) => name === member)
  return replaced === undefined
    ? refuse(unsupportedPath(operation))
    : replaceMember(integration, operation, replaced, value)
}

function replaceMember(
  integration: Integration,
  operation: PatchOperation,
  member: (typeof REPLACEABLE)[number],
  value: string,
): Parsed<Integration> {
  if (value === '' && CLEARABLE.includes(member)) {
    const { [member]: _, ...others } = integration
    return { ok: true, value: others }
  }
  switch (member) {
    case 'timeoutInMillis':
      if (!/^(0|[1-9][0-9]{0,8})$/.test(value)) return refuse(invalidValue(operation, 'a whole number of milliseconds'))
      return { ok: true, value: { ...integration, timeoutInMillis: Number(value) } }
    case 'connectionType':
    case 'contentHandling':
    case 'responseTransferMode': {
      const values: readonly string[] = ENUMS[member]
      if (!values.includes(value)) return refuse(invalidValue(operation, values.join(', ')))
      return { ok: true, value: { ...integration, [member]: value } }
    }
    default:
      return { ok: true, value: { ...integration, [member]: value } }
  }
}

function applyToMap(
  integration: Integration,
  { op, path, value }: PatchOperation,
  member: 'requestParameters' | 'requestTemplates',
  key: string,
): Parsed<Integration> {
  // Without a prototype: the caller chooses the key.
  const map: Record<string, string | null> = Object.assign(Object.create(null), integration[member])
  if (op !== 'add' && !Object.hasOwn(map, key)) {
    return refuse(
      notFound(
        member === 'requestParameters' ? 'Invalid parameter name specified' : 'Content-Type specified was not found',
      ),
    )
  }
  if (op === 'remove') delete map[key]
  else if (value === undefined) return refuse(missingValue({ op, path }))
  else map[key] = value
  return { ok: true, value: { ...integration, [member]: map } }
}

/** A cache key is named by the path's last token or, where the path ends at the list, by the operation's value. */
function applyToCacheKeys(integration: Integration, operation: PatchOperation, key?: string): Parsed<Integration> {
  const { op, value } = operation
  if (key !== undefined && op === 'replace') return refuse(unsupportedPath(operation))
  const name = key ?? value
  if (name === undefined || name === '') return refuse(missingValue(operation))
  const names = integration.cacheKeyParameters ?? []
  if (op === 'replace') return { ok: true, value: { ...integration, cacheKeyParameters: [name] } }
  if (op === 'remove' && !names.includes(name)) return refuse(notFound('Invalid parameter name specified'))
  const others = names.filter((other) => other !== name)
  return { ok: true, value: { ...integration, cacheKeyParameters: op === 'add' ? [...others, name] : others } }
}

function isArray(value: unknown): value is unknown[] {
  return Array.isArray(value)
}

/** The reference tokens of a JSON pointer (RFC 6901 §4), `undefined` where it is none or points at the whole. */
function pointerTokens(pointer: string): string[] | undefined {
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return undefined
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function unsupportedPath({ op, path }: PatchOperation) {
  const hint =
    op === 'replace' ? `Must be one of: [${REPLACEABLE_PATHS.join(', ')}]` : 'Please choose supported operations'
  return badRequest(`Invalid patch path  '${path}' specified for op '${op}'. ${hint}`)
}

function missingValue({ op, path }: PatchOperation) {
  return badRequest(`Invalid patch value specified: op '${op}' of path '${path}' needs a value`)
}

function invalidValue({ path, value }: PatchOperation, allowed: string) {
  return badRequest(`Invalid patch value '${value}' specified for path '${path}'. Must be one of: [${allowed}]`)
}
