import { type ApiError, badRequest, type Parsed, refuse } from '../apigateway/api-error.ts'
import { OPERATIONS, type OperationName } from '../apigateway/operation-table.ts'
import type { FoundOperation } from '../apigateway/operations.ts'
import { isObject, parseBody, unknownMemberError, wrongType } from '../apigateway/parse.ts'
import { type PatchOperation, parsePatch } from '../apigateway/patch.ts'
import type { MemberKind, WriteBody } from './treatment.ts'

/** One call of one operation beside integrations, parsed whole: nothing but this is judged, forwarded and recorded. */
export interface OperationCall {
  operation: OperationName
  verb: string
  /** Of the parsed labels, encoded anew. */
  path: string
  /** In the order they came in. */
  query: readonly (readonly [name: string, value: string])[]
  body?: Readonly<Record<string, unknown>>
}

/** Parameters that API Gateway takes more than once. */
const REPEATABLE = ['embed']
/** Characters; far above any position token seen. */
const MAX_VALUE = 1_024
/** Our own bounds on bodies, far above real use and the same as an integration's. Entries, and characters. */
const MAX_ENTRIES = 256
const MAX_NAME = 1_024
const MAX_MAP_VALUE = 16_384
/** Characters of a response's template: API Gateway takes 300 KB. */
const MAX_TEMPLATE = 307_200

/**
 * Reads the query of an operation. Unknown and repeated parameters are refused: what API Gateway makes of them isn't
 * documented.
 */
export function readQuery(query: string, known: readonly string[]): Parsed<OperationCall['query']> {
  const pairs = [...new URLSearchParams(query)]
  for (const [index, [name, value]] of pairs.entries()) {
    if (!known.includes(name)) {
      const shown = JSON.stringify(name.slice(0, 64))
      const listed = known.length === 0 ? 'It takes none.' : `It takes ${known.join(', ')}.`
      return refuse(badRequest(`Unknown query parameter ${shown}. ${listed}`))
    }
    const isRepeated = !REPEATABLE.includes(name) && pairs.findIndex(([other]) => other === name) !== index
    if (isRepeated) return refuse(badRequest(`Query parameter ${name} is given more than once`))
    if (value.length > MAX_VALUE)
      return refuse(badRequest(`Query parameter ${name} is longer than ${MAX_VALUE} characters`))
  }
  return { ok: true, value: pairs }
}

/** A call with the path that the operation's labels make; every label is encoded, so that none can add a segment. */
export function callOf(
  { operation, params }: FoundOperation,
  { query = [], body }: Pick<Partial<OperationCall>, 'query' | 'body'> = {},
): OperationCall {
  const { verb, segments } = LINES[operation]
  const path = segments.map((segment) => (segment.startsWith('{') ? encoded(params[segment.slice(1, -1)]) : segment))
  return { operation, verb, path: path.join('/'), query, ...(body !== undefined && { body }) }
}

const LINES = Object.fromEntries(
  OPERATIONS.map(([operation, verb, path]) => [operation, { verb, segments: path.replace(/\?.*$/, '').split('/') }]),
) as Record<OperationName, { verb: string; segments: string[] }>

/** As the AWS SDKs encode labels: beyond `encodeURIComponent`, what RFC 3986 reserves as well. */
function encoded(label = ''): string {
  return encodeURIComponent(label).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** Reads the body of an update, whose paths are names: they are searched for and quoted. */
export function readPatch(operation: OperationName, bytes: Uint8Array): Parsed<PatchOperation[]> {
  const parsed = parsePatch(operation, bytes)
  if (!parsed.ok) return parsed
  const long = parsed.value.findIndex(({ path }) => path.length > MAX_NAME)
  return long < 0
    ? parsed
    : refuse(badRequest(`Member patchOperations[${long}].path is longer than ${MAX_NAME} characters`))
}

/**
 * Reads the body of a write: known members of the right JSON types alone. Where the operation takes none, what came
 * with it is not looked at.
 */
export function readWriteBody(
  operation: OperationName,
  shape: WriteBody,
  bytes: Uint8Array,
): Parsed<Record<string, unknown> | undefined> {
  switch (shape.kind) {
    case 'none':
      return { ok: true, value: undefined }
    case 'patch': {
      const parsed = readPatch(operation, bytes)
      return parsed.ok ? { ok: true, value: { patchOperations: parsed.value } } : parsed
    }
    case 'members':
      return readMembers(shape.members, bytes)
  }
}

function readMembers(
  members: Readonly<Record<string, MemberKind>>,
  bytes: Uint8Array,
): Parsed<Record<string, unknown>> {
  const body = parseBody(bytes)
  if (!body.ok) return body
  for (const [name, value] of Object.entries(body.value)) {
    const kind = Object.hasOwn(members, name) ? members[name] : undefined
    const wanted = kind && mismatch(kind, value)
    if (wanted !== undefined) return refuse(wrongType(name, wanted, value))
  }
  const unknown = Object.keys(body.value).find((name) => !Object.hasOwn(members, name))
  if (unknown !== undefined) return refuse(unknownMemberError(unknown, Object.keys(members)))
  for (const [name, value] of Object.entries(body.value)) {
    const fault = sizeFault(name, members[name] ?? 'object', value)
    if (fault) return refuse(fault)
  }
  return body
}

/** Which bound a member is beyond. Each entry can be found fault with, so that their number bounds work and answer. */
function sizeFault(name: string, kind: MemberKind, value: unknown): ApiError | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (!hasAtMost(value, MAX_ENTRIES)) return badRequest(`Member ${name} has more than ${MAX_ENTRIES} entries`)
  const longest = kind === 'templates' ? MAX_TEMPLATE : MAX_MAP_VALUE
  for (const [key, text] of Object.entries(value)) {
    if (key.length > MAX_NAME) return badRequest(`Member ${name} has a name that is longer than ${MAX_NAME} characters`)
    if (typeof text === 'string' && text.length > longest)
      return badRequest(`Member ${name}[${JSON.stringify(key.slice(0, 64))}] is longer than ${longest} characters`)
  }
  return undefined
}

/** Whether a value has at most so many entries, those of the values in it included. */
function hasAtMost(value: object, most: number): boolean {
  let left = most
  const within = (each: object): boolean => {
    for (const member of Object.values(each)) {
      if (--left < 0 || (typeof member === 'object' && member !== null && !within(member))) return false
    }
    return true
  }
  return within(value)
}

/** What the value should have been, where it is something else. */
function mismatch(kind: MemberKind, value: unknown): string | undefined {
  const holds = (test: (item: unknown) => boolean) => isObject(value) && Object.values(value).every(test)
  const isString = (item: unknown) => typeof item === 'string'
  switch (kind) {
    case 'string':
      return isString(value) ? undefined : 'a string'
    case 'integer':
      return Number.isSafeInteger(value) ? undefined : 'a whole number'
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'true or false'
    case 'strings':
      return Array.isArray(value) && value.every(isString) ? undefined : 'an array of strings'
    case 'string-map':
      return holds(isString) ? undefined : 'an object of strings'
    case 'boolean-map':
      return holds((item) => typeof item === 'boolean') ? undefined : 'an object of true and false'
    case 'templates':
      return holds((item) => item === null || isString(item)) ? undefined : 'an object of strings'
    case 'object':
      return isObject(value) ? undefined : 'an object'
  }
}
