import { isMap, isScalar, isSeq, type LineCounter, type Node, type Range } from 'yaml'
import type { Path } from '../policy/document/problem.ts'

/** A stretch of one line of a file. */
export interface Spot {
  /** 1-based; columns count UTF-16 units. */
  line: number
  column: number
  /** The whole line, and the stretch in it as 0-based offsets, at least one long where the line is. */
  text: string
  from: number
  to: number
  /** Whether it is the node that was asked for, not one above it. */
  isExact: boolean
}

/** A document or a part of one, as the YAML parser reads it; JSON is YAML. */
export interface Parsed {
  root: Node | null
  text: string
  lines: LineCounter
  /** Where the text begins in its file. */
  begins: { line: number; column: number }
}

/** Where the node at the path stands, or else the nearest one above it: a scalar whole, a collection by its key. */
export function spotAt({ root, text, lines, begins }: Parsed, path: Path): Spot {
  const { start, end, isExact } = extent(root, path)
  const { line, col } = lines.linePos(start)
  const lineStart = start - (col - 1)
  const newline = text.indexOf('\n', start)
  const lineEnd = newline < 0 ? text.length : text[newline - 1] === '\r' ? newline - 1 : newline
  const shift = line === 1 ? begins.column - 1 : 0
  return {
    line: begins.line + line - 1,
    column: col + shift,
    text: text.slice(lineStart, lineEnd),
    from: col - 1,
    to: Math.max(col, Math.min(end, lineEnd) - lineStart),
    isExact,
  }
}

function extent(root: Node | null, path: Path): { start: number; end: number; isExact: boolean } {
  let mark: [number, number] = collection(root?.range)
  let at: unknown = root
  for (const step of path) {
    if (isMap(at)) {
      const pair = at.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
      if (!pair) return { start: mark[0], end: mark[1], isExact: false }
      const key = isScalar(pair.key) ? pair.key.range : undefined
      mark = isScalar(pair.value) ? scalar(pair.value.range) : scalar(key)
      at = pair.value
    } else {
      const item = isSeq(at) ? at.items[Number(step)] : undefined
      if (item === undefined) return { start: mark[0], end: mark[1], isExact: false }
      const { range } = item as Node
      mark = isScalar(item) ? scalar(range) : collection(range)
      at = item
    }
  }
  return { start: mark[0], end: mark[1], isExact: true }
}

function scalar(range: Range | null | undefined): [number, number] {
  return [range?.[0] ?? 0, range?.[1] ?? 1]
}

function collection(range: Range | null | undefined): [number, number] {
  const start = range?.[0] ?? 0
  return [start, start + 1]
}

/** The part of a spot that holds `value`, where it stands there as it is; else the spot. */
export function narrowed(spot: Spot, value: unknown): Spot {
  if (typeof value !== 'string' && typeof value !== 'number') return spot
  const found = value === '' ? -1 : spot.text.slice(spot.from, spot.to).indexOf(String(value))
  if (found < 0) return spot
  const from = spot.from + found
  return { ...spot, column: spot.column + found, from, to: from + String(value).length }
}
