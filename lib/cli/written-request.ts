import { LineCounter, type Node, parseDocument } from 'yaml'
import { parseJson } from '../apigateway/json.ts'
import type { Path } from '../policy/document/problem.ts'
import { type Spot, spotAt } from './spot.ts'

/** A request as it stands in a file. */
export interface WrittenRequest {
  file: string
  /** 1-based; columns count UTF-16 units. */
  line: number
  column: number
  read(): ReadData
  spot(path: Path): Spot
}

export type ReadData = { ok: true; value: unknown } | ({ ok: false } & Unreadable)

export interface Unreadable {
  message: string
  line: number
  column: number
}

/** One JSON text: a line of JSON Lines, or one request of a larger document. */
export class JsonRequest implements WrittenRequest {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly #bytes: Uint8Array

  constructor(file: string, line: number, column: number, bytes: Uint8Array) {
    this.file = file
    this.line = line
    this.column = column
    this.#bytes = bytes
  }

  /** As strictly as the gate reads a body: what two parsers could read differently is refused. */
  read(): ReadData {
    const parsed = parseJson(this.#bytes, { wholeNumbersOnly: true })
    if (parsed.ok) return parsed
    const message = `${parsed.error.message.replace('The request body', 'The request')}.`
    return { ok: false, message, ...this.#placeOfError() }
  }

  spot(path: Path): Spot {
    const { line, column } = this
    const text = new TextDecoder().decode(this.#bytes)
    const lines = new LineCounter()
    const { contents } = parseDocument(text, { lineCounter: lines, uniqueKeys: false, logLevel: 'silent' })
    return spotAt({ root: contents, text, lines, begins: { line, column } }, path)
  }

  #placeOfError(): { line: number; column: number } {
    const { line, column } = jsonErrorPlace(new TextDecoder().decode(this.#bytes)) ?? { line: 1, column: 1 }
    return { line: this.line + line - 1, column: line === 1 ? this.column + column - 1 : column }
  }
}

/** Where a text stops being JSON, as far as the engine says; `undefined` for JSON. */
export function jsonErrorPlace(text: string): { line: number; column: number } | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    const [, line, column] = /\(line (\d+) column (\d+)\)/.exec(String(error)) ?? []
    if (line !== undefined && column !== undefined) return { line: Number(line), column: Number(column) }
    const before = text.trimEnd().split('\n')
    return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
  }
}

/** A node of a YAML document. */
export class YamlRequest implements WrittenRequest {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly #data: ReadData
  readonly #node: Node | null
  readonly #text: string
  readonly #lines: LineCounter

  constructor(file: string, text: string, lines: LineCounter, node: Node | null, data: ReadData) {
    const { line, col } = lines.linePos(node?.range?.[0] ?? 0)
    this.file = file
    this.line = data.ok ? Math.max(line, 1) : data.line
    this.column = data.ok ? Math.max(col, 1) : data.column
    this.#data = data
    this.#node = node
    this.#text = text
    this.#lines = lines
  }

  read(): ReadData {
    return this.#data
  }

  spot(path: Path): Spot {
    const begins = { line: 1, column: 1 }
    return spotAt({ root: this.#node, text: this.#text, lines: this.#lines, begins }, path)
  }
}
