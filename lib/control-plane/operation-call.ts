import { badRequest, type Parsed, refuse } from '../apigateway/api-error.ts'
import { OPERATIONS, type OperationName } from '../apigateway/operation-table.ts'
import type { FoundOperation } from '../apigateway/operations.ts'
import { isObject, parseBody, unknownMemberError, wrongType } from '../apigateway/parse.ts'
import { parsePatch } from '../apigateway/patch.ts'
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
      const parsed = parsePatch(operation, bytes)
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
  return unknown === undefined ? body : refuse(unknownMemberError(unknown, Object.keys(members)))
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
