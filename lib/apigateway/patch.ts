import {
  type ApiError,
  badRequest,
  type ConstraintViolation,
  notFound,
  type Parsed,
  refuse,
  validation,
} from './api-error.ts'
import type { Integration } from './integration.ts'
import { faultMessage, firstBoundFault, wordFault } from './member-faults.ts'
import { isMemberName, MEMBER_NAMES, MEMBERS, type Member, type MemberName, type Patch, unreadKind } from './members.ts'
import type { OperationName } from './operation-table.ts'
import { isObject, parseBody, unknownMemberError, wrongType } from './parse.ts'

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

/** Our own bounds; Terraform sends one operation for each changed member. Operations, and characters of a path. */
const MAX_OPERATIONS = 256
const MAX_PATH = 1_024

/** The paths that `replace` takes as a whole, in the order that messages name them. */
const REPLACEABLE_PATHS: readonly string[] = MEMBER_NAMES.flatMap(replaceablePaths)

function replaceablePaths(name: MemberName): string[] {
  const member: Member = MEMBERS[name]
  switch (member.patch.as) {
    case 'member':
    case 'names':
      return [`/${name}`]
    case 'flag':
      return member.kind === 'flag' ? [`/${name}/${member.flag}`] : []
    case 'never':
    case 'entries':
      return []
  }
}

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
    return refuse(
      badRequest(`Member patchOperations has ${operations.length} entries; it may have at most ${MAX_OPERATIONS}`),
    )
  }
  const long = operations.findIndex(({ path }) => typeof path === 'string' && path.length > MAX_PATH)
  if (long >= 0) {
    const count = String(operations[long]?.path).length
    const at = `patchOperations[${long}].path`
    return refuse(badRequest(`Member ${at} has ${count} characters; it may have at most ${MAX_PATH}`))
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
export function inputOf(operation: OperationName): string {
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
 * Linear in the operations and in what is there: each map and list is copied once.
 *
 * Each place may be named once: the order in which API Gateway settles two operations on one place is not documented,
 * and a decision must not rest on a guess.
 */
export function applyPatch(current: Integration, operations: readonly PatchOperation[]): Parsed<Integration> {
  const draft: Draft = { members: { ...current }, maps: new Map(), names: new Map() }
  const places = new Set<string>()
  for (const operation of operations) {
    const tokens = pointerTokens(operation.path)
    if (tokens === undefined) return refuse(badRequest(`Invalid patch path ${operation.path}`))
    const place = placeOf(operation, tokens)
    if (places.has(place)) {
      return refuse(badRequest(`Invalid patch path ${operation.path}: it is specified more than once`))
    }
    places.add(place)
    const error = applyOne(draft, operation, tokens)
    if (error !== undefined) return refuse(error)
  }
  for (const [name, map] of draft.maps) draft.members[name] = withoutPrototype(map)
  for (const [name, list] of draft.names) draft.members[name] = [...list]
  const fault = firstBoundFault(draft.members)
  if (fault !== undefined) return refuse(badRequest(faultMessage(fault)))
  // Every member was set by its row of the table, from a value that its row takes.
  return { ok: true, value: draft.members as unknown as Integration }
}

/** An integration while it is patched: maps and lists lie beside the other members until the last operation. */
interface Draft {
  members: Partial<Record<MemberName, unknown>>
  maps: Map<MemberName, Map<string, string | null>>
  names: Map<MemberName, Set<string>>
}

/** What one operation is about, however its path spells it. */
function placeOf({ op, path, value }: PatchOperation, tokens: string[]): string {
  const [name = ''] = tokens
  const isNameByValue =
    isMemberName(name) && MEMBERS[name].patch.as === 'names' && path === `/${name}` && op !== 'replace'
  return JSON.stringify(isNameByValue ? [...tokens, value] : tokens)
}

function applyOne(draft: Draft, operation: PatchOperation, tokens: string[]): ApiError | undefined {
  const { op, path, value } = operation
  const [name = '', key, ...rest] = tokens
  if (!isMemberName(name)) return unsupportedPath(operation)
  const { patch }: Member = MEMBERS[name]
  if (patch.as === 'entries') {
    if (key === undefined || key === '' || rest.length > 0) return badRequest(`Invalid patch path ${path}`)
    return applyToMap(draft, operation, name, key, patch)
  }
  if (patch.as === 'names' && rest.length === 0) return applyToNames(draft, operation, name, key, patch)
  if (op !== 'replace' || !REPLACEABLE_PATHS.includes(path)) return unsupportedPath(operation)
  if (value === undefined) return missingValue(operation)
  return replaceMember(draft, operation, name, value)
}

function replaceMember(draft: Draft, operation: PatchOperation, name: MemberName, value: string): ApiError | undefined {
  const member: Member = MEMBERS[name]
  if (value === '' && member.emptyIsAbsent) {
    delete draft.members[name]
    return undefined
  }
  switch (member.kind) {
    case 'flag':
      // Not `Boolean.parseBoolean`, which reads "TRUE" as true: one spelling, one meaning.
      if (value !== 'true' && value !== 'false') return invalidValue(operation, 'true, false')
      draft.members[name] = { [member.flag]: value === 'true' }
      return undefined
    case 'integer':
      if (!/^(0|[1-9][0-9]{0,8})$/.test(value)) return invalidValue(operation, 'a whole number of milliseconds')
      draft.members[name] = Number(value)
      return undefined
    case 'enum':
    case 'string': {
      const fault = wordFault(name, value, 'model')
      if (fault?.is === 'word') return invalidValue(operation, fault.words.join(', '))
      draft.members[name] = value
      return undefined
    }
    case 'names':
    case 'strings':
    case 'templates':
      return unsupportedPath(operation)
    default:
      return unreadKind(member)
  }
}

function applyToMap(
  draft: Draft,
  { op, path, value }: PatchOperation,
  name: MemberName,
  key: string,
  { missing }: Extract<Patch, { as: 'entries' }>,
): ApiError | undefined {
  const map = draft.maps.get(name) ?? new Map(Object.entries(Object(draft.members[name])))
  draft.maps.set(name, map)
  if (op !== 'add' && !map.has(key)) return notFound(missing)
  if (op === 'remove') map.delete(key)
  else if (value === undefined) return missingValue({ op, path })
  else map.set(key, value)
  return undefined
}

/** A name stands as the path's last token or, where the path ends at the list, as the operation's value. */
function applyToNames(
  draft: Draft,
  operation: PatchOperation,
  name: MemberName,
  key: string | undefined,
  { missing }: Extract<Patch, { as: 'names' }>,
): ApiError | undefined {
  const { op, value } = operation
  if (key !== undefined && op === 'replace') return unsupportedPath(operation)
  const entry = key ?? value
  if (entry === undefined || entry === '') return missingValue(operation)
  const current = draft.members[name]
  const names = draft.names.get(name) ?? new Set<string>(Array.isArray(current) ? current : [])
  draft.names.set(name, names)
  if (op === 'remove' && !names.has(entry)) return notFound(missing)
  if (op === 'replace') names.clear()
  names.delete(entry)
  if (op !== 'remove') names.add(entry)
  return undefined
}

/** The caller chooses the keys, `__proto__` and `constructor` among them. */
function withoutPrototype(map: ReadonlyMap<string, string | null>): Record<string, string | null> {
  const result: Record<string, string | null> = Object.create(null)
  for (const [key, value] of map) result[key] = value
  return result
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

function unsupportedPath({ op, path }: PatchOperation): ApiError {
  const hint =
    op === 'replace' ? `Must be one of: [${REPLACEABLE_PATHS.join(', ')}]` : 'Please choose supported operations'
  return badRequest(`Invalid patch path  '${path}' specified for op '${op}'. ${hint}`)
}

function missingValue({ op, path }: PatchOperation): ApiError {
  return badRequest(`Invalid patch value specified: op '${op}' of path '${path}' needs a value`)
}

function invalidValue({ path, value }: PatchOperation, allowed: string): ApiError {
  return badRequest(`Invalid patch value '${value}' specified for path '${path}'. Must be one of: [${allowed}]`)
}
