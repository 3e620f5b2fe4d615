import { badRequest, type ConstraintViolation, type Parsed, refuse, validation } from '../apigateway/api-error.ts'
import { OPERATIONS, type OperationName } from '../apigateway/operation-table.ts'
import { storedWord, type Words } from '../apigateway/operation-words.ts'
import type { FoundOperation } from '../apigateway/operations.ts'
import { isObject, parseBody, unknownMemberError, wrongType } from '../apigateway/parse.ts'
import { inputOf, type PatchOperation, parsePatch } from '../apigateway/patch.ts'
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
  const seen = new Set<string>()
  for (const [name, value] of pairs) {
    if (!known.includes(name)) {
      const shown = JSON.stringify(name.slice(0, 64))
      const listed = known.length === 0 ? 'It takes none.' : `It takes ${known.join(', ')}.`
      return refuse(badRequest(`Unknown query parameter ${shown}. ${listed}`))
    }
    if (seen.has(name) && !REPEATABLE.includes(name)) {
      return refuse(badRequest(`Query parameter ${name} is given more than once`))
    }
    seen.add(name)
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
 * Reads the body of a write: known members of the right JSON types, within bounds, and every word of an enum as API
 * Gateway stores it. Where the operation takes none, what came with it is not looked at. Linear in the body.
 *
 * Order of refusals: JSON types (SerializationException), unknown members and bounds (BadRequestException), then the
 * enums of the service model, all of them in one ValidationException.
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
      if (!parsed.ok) return parsed
      const operations = withStoredWords(parsed.value, shape.words)
      return operations.ok ? { ok: true, value: { patchOperations: operations.value } } : operations
    }
    case 'members':
      return readMembers(inputOf(operation), shape.members, bytes)
  }
}

function readMembers(
  input: string,
  members: Readonly<Record<string, MemberKind>>,
  bytes: Uint8Array,
): Parsed<Record<string, unknown>> {
  const body = parseBody(bytes)
  if (!body.ok) return body
  const entries = Object.entries(body.value)
  const kinds = entries.map(([name]) => (Object.hasOwn(members, name) ? members[name] : undefined))
  for (const [index, [name, value]] of entries.entries()) {
    const kind = kinds[index]
    const wanted = kind && mismatch(kind, value)
    if (wanted !== undefined) return refuse(wrongType(name, wanted, value))
  }
  const unknown = entries.find((_, index) => kinds[index] === undefined)
  if (unknown !== undefined) return refuse(unknownMemberError(unknown[0], Object.keys(members)))
  for (const [name, value] of entries) {
    const fault = boundFault(name, value, members[name] === 'templates')
    if (fault !== undefined) return refuse(badRequest(fault))
  }
  return withWords(input, members, body.value)
}

/** Every enum of the body as API Gateway stores it, or what is wrong with them. */
function withWords(
  input: string,
  members: Readonly<Record<string, MemberKind>>,
  body: Record<string, unknown>,
): Parsed<Record<string, unknown>> {
  const violations: ConstraintViolation[] = []
  const stored: Record<string, unknown> = { ...body }
  for (const [name, value] of Object.entries(body)) {
    const kind = members[name]
    if (typeof kind !== 'object') continue
    if ('wordsInside' in kind) {
      for (const [inner, words] of Object.entries(kind.wordsInside)) {
        violations.push(...constraintsOf(`${input}.${name}.${inner}`, words, Object(value)[inner]))
      }
      continue
    }
    const text = String(value)
    const word = storedWord(kind.words, text)
    if (word !== undefined) stored[name] = word
    else if (kind.words.reads === 'exact') violations.push(...constraintsOf(`${input}.${name}`, kind.words, text))
    else return refuse(badRequest(`Invalid ${name} specified. Must be one of: [${kind.words.values.join(', ')}]`))
  }
  return violations.length > 0 ? refuse(validation(violations)) : { ok: true, value: stored }
}

function constraintsOf(at: string, words: Words, value: unknown): ConstraintViolation[] {
  if (value === undefined) return []
  const enumSet = `Member must satisfy enum value set: [${words.values.join(', ')}]`
  if (Array.isArray(value)) {
    return value.every((each) => storedWord(words, String(each)) !== undefined)
      ? []
      : [{ at, value: `[${value.join(', ')}]`, constraint: `Member must satisfy constraint: [${enumSet}]` }]
  }
  return storedWord(words, String(value)) === undefined ? [{ at, value: String(value), constraint: enumSet }] : []
}

/** Characters of a patch's path: paths are searched for and quoted. */
const MAX_PATH = 1_024

/** Reads the body of an update, within bounds. */
export function readPatch(operation: OperationName, bytes: Uint8Array): Parsed<PatchOperation[]> {
  const parsed = parsePatch(operation, bytes)
  if (!parsed.ok) return parsed
  const index = parsed.value.findIndex(({ path }) => path.length > MAX_PATH)
  const long = parsed.value[index]
  if (long === undefined) return parsed
  const at = `patchOperations[${index}].path`
  return refuse(badRequest(`Member ${at} has ${long.path.length} characters; it may have at most ${MAX_PATH}`))
}

/** The operations with every word of an enum as API Gateway stores it. `""` takes a word away and is left alone. */
function withStoredWords(
  operations: readonly PatchOperation[],
  words: Readonly<Record<string, Words>>,
): Parsed<PatchOperation[]> {
  const patterns = Object.entries(words).map(([path, known]) => ({ segments: path.split('/'), known }))
  const stored: PatchOperation[] = []
  for (const operation of operations) {
    const { path, value } = operation
    const known = patterns.find(({ segments }) => isPlace(segments, path))?.known
    if (known === undefined || value === undefined || value === '') {
      stored.push(operation)
      continue
    }
    const word = storedWord(known, value)
    if (word === undefined) {
      const listed = known.values.join(', ')
      return refuse(
        badRequest(`Invalid patch value '${value}' specified for path '${path}'. Must be one of: [${listed}]`),
      )
    }
    stored.push({ ...operation, value: word })
  }
  return { ok: true, value: stored }
}

/** Whether a path is one of a pattern, whose `*` is one whole segment. */
function isPlace(pattern: readonly string[], path: string): boolean {
  const segments = path.split('/')
  return segments.length === pattern.length && pattern.every((each, index) => each === '*' || each === segments[index])
}

/**
 * Our own bounds on a body beside integrations, far above real use: entries of each map and list, characters of their
 * keys and texts, bytes of a template. API Gateway publishes the last (300 KB).
 */
export const BODY_BOUNDS = { maxEntries: 128, maxKeyLength: 320, maxLength: 8_192, maxBytes: 307_200 }

/** The first bound that a member breaks, in words; a plain text is bounded by the body. */
function boundFault(at: string, value: unknown, isTemplates: boolean): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { maxEntries, maxKeyLength, maxLength, maxBytes } = BODY_BOUNDS
  const entries = Object.entries(value)
  if (entries.length > maxEntries)
    return `Member ${at} has ${entries.length} entries; it may have at most ${maxEntries}`
  for (const [key, each] of entries) {
    const inside = `${at}[${JSON.stringify(key.slice(0, 64).toWellFormed())}]`
    if (key.length > maxKeyLength) {
      return `Member ${inside} has a name of ${key.length} characters; it may have at most ${maxKeyLength}`
    }
    if (typeof each !== 'string') {
      const deeper = boundFault(inside, each, false)
      if (deeper !== undefined) return deeper
      continue
    }
    const [count, limit, of] = isTemplates
      ? [Buffer.byteLength(each), maxBytes, 'bytes']
      : [each.length, maxLength, 'characters']
    if (count > limit) return `Member ${inside} has ${count} ${of}; it may have at most ${limit}`
  }
  return undefined
}

/** What the value should have been, where it is something else. */
function mismatch(kind: MemberKind, value: unknown): string | undefined {
  if (typeof kind === 'object') {
    if ('words' in kind) return mismatch('string', value)
    if (!isObject(value)) return 'an object'
    const isWord = (each: unknown) =>
      each === undefined ||
      typeof each === 'string' ||
      (Array.isArray(each) && each.every((one) => typeof one === 'string'))
    return Object.keys(kind.wordsInside).every((name) => isWord(value[name])) ? undefined : 'an object of words'
  }
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
