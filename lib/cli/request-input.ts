import { buffer } from 'node:stream/consumers'
import { type Document, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml'
import { streamInput } from './input-file.ts'
import type { Terminal } from './terminal.ts'
import { JsonRequest, jsonErrorPlace, type ReadData, type WrittenRequest, YamlRequest } from './written-request.ts'

type Format = 'json' | 'yaml' | 'lines'

const BY_EXTENSION: readonly [RegExp, Format][] = [
  [/\.(?:jsonl|ndjson)$/i, 'lines'],
  [/\.json$/i, 'json'],
  [/\.ya?ml$/i, 'yaml'],
]

/**
 * The requests of a file, in its order: JSON (one or a list), YAML (documents, each one or a list), JSON Lines. What the
 * file is tells its extension, else its content. JSON Lines are read as they come, in batches; the others whole.
 *
 * @throws {CannotJudge} where the file can't be read.
 */
export async function* readRequests(file: string, terminal: Pick<Terminal, 'stdin'>): AsyncIterable<WrittenRequest[]> {
  const chunks = streamInput(file, terminal)[Symbol.asyncIterator]()
  const [, byName] = BY_EXTENSION.find(([extension]) => extension.test(file)) ?? []
  let head = Buffer.alloc(0)
  let isEnd = false
  while (!isEnd && !(byName ?? byContent(head, false))) {
    const next = await chunks.next()
    if (next.done) isEnd = true
    else head = Buffer.concat([head, next.value])
  }
  const format = byName ?? byContent(head, true) ?? 'yaml'
  const rest = { [Symbol.asyncIterator]: () => chunks }
  if (format === 'lines') {
    yield* readLines(file, head, rest)
    return
  }
  const bytes = Buffer.concat([head, await buffer(rest)])
  const text = decode(bytes)
  if (text === undefined) yield [unreadable(file, 'The file is not UTF-8.', 1, 1)]
  else yield format === 'json' ? readJson(file, text) : readYaml(file, text)
}

/** `undefined` while the first line isn't whole: an object on one line is a line of JSON Lines. */
function byContent(bytes: Buffer, isWhole: boolean): Format | undefined {
  const text = bytes
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart()
  if (text !== '' && text[0] !== '{' && text[0] !== '[') return 'yaml'
  const newline = text.indexOf('\n')
  if (newline < 0 && !isWhole) return undefined
  const line = newline < 0 ? text : text.slice(0, newline)
  if (line[0] === '{' && jsonErrorPlace(line) === undefined) return 'lines'
  if (!isWhole) return undefined
  return text === '' || jsonErrorPlace(text) === undefined ? 'json' : 'yaml'
}

const NEWLINE = 0x0a

async function* readLines(
  file: string,
  head: Buffer,
  rest: AsyncIterable<Uint8Array>,
): AsyncIterable<WrittenRequest[]> {
  let pending = head
  let line = 1
  let isFirst = true
  const take = (isEnd: boolean): WrittenRequest[] => {
    if (isFirst && pending.length >= 3) {
      if (pending.subarray(0, 3).equals(BYTE_ORDER_MARK)) pending = pending.subarray(3)
      isFirst = false
    }
    const requests: WrittenRequest[] = []
    let start = 0
    for (let end = pending.indexOf(NEWLINE); end >= 0; end = pending.indexOf(NEWLINE, start)) {
      if (!isBlank(pending, start, end)) requests.push(new JsonRequest(file, line, 1, pending.subarray(start, end)))
      line++
      start = end + 1
    }
    pending = pending.subarray(start)
    if (isEnd && !isBlank(pending, 0, pending.length)) requests.push(new JsonRequest(file, line, 1, pending))
    return requests
  }
  yield take(false)
  for await (const chunk of rest) {
    pending = pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([pending, chunk])
    yield take(false)
  }
  yield take(true)
}

const BYTE_ORDER_MARK = Buffer.from('\uFEFF')

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false
  }
  return true
}

function readJson(file: string, text: string): WrittenRequest[] {
  if (text.trim() === '') return []
  const place = jsonErrorPlace(text)
  if (place) return [unreadable(file, 'The file is not valid JSON.', place.line, place.column)]
  let line = 1
  let counted = 0
  return elements(text).map(([start, end]) => {
    line += countNewlines(text.slice(counted, start))
    counted = start
    const column = start - text.lastIndexOf('\n', start - 1)
    return new JsonRequest(file, line, column, Buffer.from(text.slice(start, end)))
  })
}

/** Start and end of each element of a JSON list, or of the one value that isn't a list. */
function elements(text: string): [start: number, end: number][] {
  const begin = text.search(/\S/)
  if (text[begin] !== '[') return [[begin, text.trimEnd().length]]
  const found: [number, number][] = []
  let depth = 0
  let start = -1
  for (let at = begin; at < text.length; at++) {
    const char = text.charAt(at)
    const isSpace = char === ' ' || char === '\n' || char === '\r' || char === '\t'
    const isEnd = depth === 1 && (char === ',' || char === ']')
    if (isEnd && start >= 0) found.push([start, text.slice(start, at).trimEnd().length + start])
    if (isEnd) start = -1
    else if (depth === 1 && start < 0 && !isSpace) start = at
    if (char === '"') {
      for (at++; text[at] !== '"'; at++) if (text[at] === '\\') at++
    } else if (char === '[' || char === '{') depth++
    else if (char === ']' || char === '}') depth--
  }
  return found
}

function countNewlines(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++
  return count
}

function readYaml(file: string, text: string): WrittenRequest[] {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { version: '1.2', schema: 'core', prettyErrors: false, lineCounter: lines })
  return documents.flatMap((document: Document.Parsed): WrittenRequest[] => {
    const { contents } = document
    const data = dataOf(document, lines)
    if (data.ok && data.value === null) return []
    if (!data.ok || !isSeq(contents) || !Array.isArray(data.value)) {
      return [new YamlRequest(file, text, lines, contents, data)]
    }
    const values: readonly unknown[] = data.value
    return contents.items.map(
      (item, index) => new YamlRequest(file, text, lines, item as Node, { ok: true, value: values[index] }),
    )
  })
}

function dataOf(document: Document.Parsed, lines: LineCounter): ReadData {
  const [error] = [...document.errors, ...document.warnings]
  if (error) {
    const { line, col } = lines.linePos(error.pos[0])
    return { ok: false, message: `${error.message.replace(/[.:]?$/, '')}.`, line, column: col }
  }
  try {
    // Aliases are refused: a few lines of them stand for gigabytes.
    return { ok: true, value: document.toJS({ maxAliasCount: 0 }) }
  } catch {
    const { line, col } = lines.linePos(document.contents?.range[0] ?? 0)
    return { ok: false, message: 'Aliases are not read: write the value out.', line, column: col }
  }
}

function unreadable(file: string, message: string, line: number, column: number): WrittenRequest {
  const at = { line, column }
  return {
    file,
    ...at,
    read: () => ({ ok: false, message, ...at }),
    spot: () => ({ ...at, text: '', from: 0, to: 0, isExact: true }),
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
