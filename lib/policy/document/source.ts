import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  parseDocument,
  type YAMLError,
  type YAMLMap,
} from 'yaml'
import { type Path, type Problem, pointerTo } from './problem.ts'
import type { LineColumn } from './published.ts'

/** Enough for 10,000 teams of a dozen patterns each (12 MB, which takes about 8 s and 1 GB to parse). */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024

/** A YAML or JSON text as plain data, with the place of every node. */
export interface Source {
  file: string
  value: unknown
  /** The place of a node: of a member its key or its value, of an entry the entry. The nearest node above where absent. */
  place(path: Path, what: 'key' | 'value'): LineColumn
  /** A scalar as it is written (`0123` for the number 123). */
  written(path: Path): string | undefined
  /** Places by JSON pointer (keys of members, entries of lists) of all nodes down to which `keep` says yes. */
  positions(keep: (path: Path) => boolean): Record<string, LineColumn>
}

export type ReadSource = { ok: true; source: Source } | { ok: false; problems: Problem[] }

/** YAML 1.2's core schema: `2027-01-15` stays text, `<<` is no merge. Uniqueness of keys is checked here, in linear time. */
const YAML_OPTIONS = {
  version: '1.2',
  schema: 'core',
  strict: true,
  stringKeys: true,
  uniqueKeys: false,
  prettyErrors: false,
} as const

/**
 * Reads one YAML or JSON document. Refuses, each with its place: what isn't UTF-8, texts beyond `maxBytes`, syntax
 * errors, several documents, directives, anchors and aliases, tags, duplicate keys, and characters that show a reviewer
 * another text than the one a machine reads.
 */
export function readSource(
  input: string | Uint8Array,
  { file, maxBytes = MAX_DOCUMENT_BYTES }: { file: string; maxBytes?: number },
): ReadSource {
  const text = textOf(input, file, maxBytes)
  if (typeof text !== 'string') return { ok: false, problems: [text] }
  const lines = new LineCounter()
  return readParsed(parseDocument(text, { ...YAML_OPTIONS, lineCounter: lines }), file, lines)
}

/** How many documents of one file are read. */
const MAX_DOCUMENTS = 1_000

/**
 * Reads the documents of one YAML stream, each as {@link readSource} does; places are those in the file. Documents
 * without content (a comment before the first `---`, a `---` at the end) are none.
 */
export function readSources(
  input: string | Uint8Array,
  { file, maxBytes = MAX_DOCUMENT_BYTES }: { file: string; maxBytes?: number },
): ReadSource[] {
  const text = textOf(input, file, maxBytes)
  if (typeof text !== 'string') return [{ ok: false, problems: [text] }]
  const lines = new LineCounter()
  const parsed = parseAllDocuments(text, { ...YAML_OPTIONS, lineCounter: lines })
  const documents = Array.isArray(parsed) ? parsed : []
  if (documents.length > MAX_DOCUMENTS) {
    const message = `The file holds ${documents.length} documents; at most ${MAX_DOCUMENTS} are read.`
    return [{ ok: false, problems: [{ file, line: 1, column: 1, pointer: '', message }] }]
  }
  return documents
    .filter(({ contents, errors }) => errors.length > 0 || !(contents === null || isEmptyScalar(contents)))
    .map((document) => readParsed(document, file, lines))
}

function isEmptyScalar(node: Node): boolean {
  return isScalar(node) && node.value === null && (node.source ?? '') === ''
}

/** The text of an input, or why it is none. */
function textOf(input: string | Uint8Array, file: string, maxBytes: number): string | Problem {
  const refuse = (message: string, line = 1, column = 1) => ({ file, line, column, pointer: '', message })
  const bytes = typeof input === 'string' ? Buffer.byteLength(input) : input.byteLength
  if (bytes > maxBytes) return refuse(`The document has ${bytes} bytes; at most ${maxBytes} are read.`)
  const text = typeof input === 'string' ? input.replace(/^\uFEFF/, '') : decode(input)
  return typeof text === 'string' ? text : refuse('The document is not UTF-8.', text.line, text.column)
}

function readParsed(document: Document.Parsed, file: string, lines: LineCounter): ReadSource {
  const reader = new Reader(file, lines)
  const syntax = syntaxErrors(document)
  for (const { pos, message } of syntax) reader.report([], pos[0], sentence(message))
  if (syntax.length === 0) {
    if (document.directives?.yaml.explicit) reader.report([], 0, 'A %YAML directive is not read: this is YAML 1.2.')
    reader.value = document.contents === null ? null : reader.read(document.contents, [])
  }
  return reader.problems.length > 0
    ? { ok: false, problems: reader.problems }
    : { ok: true, source: reader.source(document) }
}

/** Nesting beyond the parser's stack repeats its error at every level: one is enough. */
function syntaxErrors({ errors }: Document.Parsed): YAMLError[] {
  const exhausted = errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION')
  return exhausted ? [exhausted] : errors
}

function sentence(message: string): string {
  if (/call stack/.test(message)) return 'The document is nested too deeply.'
  if (/multiple documents/.test(message)) return 'The file holds several documents; one is read.'
  return /[.!?]$/.test(message) ? message : `${message}.`
}

/** What a reviewer can't see or sees elsewhere: control characters, bidirectional overrides, invisible characters. */
const DECEPTIVE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/

/** Turns nodes into plain data, reporting what may not stand in a document. */
class Reader {
  readonly problems: Problem[] = []
  value: unknown
  readonly #file: string
  readonly #lines: LineCounter

  constructor(file: string, lines: LineCounter) {
    this.#file = file
    this.#lines = lines
  }

  report(path: Path, offset: number, message: string): void {
    const [line, column] = this.#at(offset)
    this.problems.push({ file: this.#file, line, column, pointer: pointerTo(path), message })
  }

  read(node: Node, path: (string | number)[]): unknown {
    const offset = node.range?.[0] ?? 0
    if (isAlias(node)) {
      this.report(path, offset, `Aliases are not read (*${node.source}): write the value out.`)
      return undefined
    }
    if ('anchor' in node && node.anchor) {
      this.report(path, offset, `Anchors are not read (&${node.anchor}): write the value out where it is used.`)
    }
    if (node.tag) this.report(path, offset, `Tags are not read (${node.tag}): quote text, leave the rest as it is.`)
    if (isMap(node)) return this.#readMap(node, path)
    if (isSeq(node)) return node.items.map((item, index) => this.read(item as Node, [...path, index]))
    if (!isScalar(node)) return undefined
    if (typeof node.value === 'string') this.#checkText(node.value, path, offset)
    return node.value
  }

  #readMap(node: YAMLMap, path: (string | number)[]): Record<string, unknown> {
    const value: Record<string, unknown> = {}
    const seen = new Map<string, number>()
    for (const { key, value: child } of node.items) {
      if (!isScalar(key)) continue
      const name = String(key.value)
      const offset = key.range?.[0] ?? 0
      const before = seen.get(name)
      const at = [...path, name]
      if (before !== undefined) {
        this.report(at, offset, `The key "${name}" stands twice, first in line ${this.#at(before)[0]}.`)
        continue
      }
      if (key.tag || key.anchor) this.report(at, offset, 'Keys have neither tags nor anchors.')
      // `__proto__` would set the prototype of the object that is built here instead of a member.
      if (name === '__proto__') {
        this.report(at, offset, 'The key "__proto__" is not read.')
        continue
      }
      this.#checkText(name, at, offset)
      seen.set(name, offset)
      value[name] = child === null ? null : this.read(child as Node, at)
    }
    return value
  }

  #checkText(text: string, path: Path, offset: number): void {
    if (!text.isWellFormed()) this.report(path, offset, 'Half a surrogate pair is no text.')
    const [found] = DECEPTIVE.exec(text) ?? []
    if (found === undefined) return
    const code = found.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
    this.report(path, offset, `The invisible character U+${code} can't stand in a document.`)
  }

  #at(offset: number): LineColumn {
    const { line, col } = this.#lines.linePos(offset)
    return [Math.max(line, 1), Math.max(col, 1)]
  }

  source(document: Document.Parsed): Source {
    return {
      file: this.#file,
      value: this.value,
      place: (path, what) => this.#at(findNode(document.contents, path, what)?.range?.[0] ?? 0),
      written: (path) => {
        const node = findNode(document.contents, path, 'value')
        return isScalar(node) ? node.source : undefined
      },
      positions: (keep) => {
        const found: Record<string, LineColumn> = {}
        const walk = (node: unknown, path: (string | number)[], pointer: string) => {
          const visit = (step: string | number, at: Node, child: unknown) => {
            path.push(step)
            if (keep(path)) {
              const below = pointer + pointerTo([step])
              found[below] = this.#at(at.range?.[0] ?? 0)
              walk(child, path, below)
            }
            path.pop()
          }
          if (isMap(node)) {
            for (const { key, value } of node.items) if (isScalar(key)) visit(String(key.value), key, value)
          } else if (isSeq(node)) {
            for (const [index, item] of node.items.entries()) visit(index, item as Node, item)
          }
        }
        walk(document.contents, [], '')
        return found
      },
    }
  }
}

/** The node at a path, or the last one on the way to it. */
function findNode(root: Node | null, path: Path, what: 'key' | 'value'): Node | null {
  let at: Node | null = root
  let key: Node | null = root
  for (const step of path) {
    if (isMap(at)) {
      const pair = at.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
      if (!pair) return key
      key = pair.key as Node
      at = (pair.value as Node | null) ?? key
    } else if (isSeq(at)) {
      const item = at.items[Number(step)] as Node | undefined
      if (!item) return key
      key = at = item
    } else return key
  }
  return what === 'key' ? key : at
}

/** UTF-8 to text, or the place of the first byte that isn't. */
function decode(bytes: Uint8Array): string | { line: number; column: number } {
  const decodes = (length: number, stream: boolean) => {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length), { stream })
    } catch {
      return undefined
    }
  }
  const whole = decodes(bytes.length, false)
  if (whole !== undefined) return whole
  let good = 0
  for (let bad = bytes.length + 1; bad - good > 1; ) {
    const middle = (good + bad) >> 1
    if (decodes(middle, true) === undefined) bad = middle
    else good = middle
  }
  const before = decodes(good, true) ?? ''
  return { line: before.split('\n').length, column: before.length - before.lastIndexOf('\n') }
}
