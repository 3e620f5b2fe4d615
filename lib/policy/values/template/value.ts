import { NO_SOURCES, type Place, type Sources, unite } from './sources.ts'
import type { Encoding, HolePiece, Piece } from './template.ts'

/** A value of more pieces, or of more known text, is kept as one hole. */
const MOST_PIECES = 256
const MOST_TEXT = 65_536
const MOST_BRANCHES = 64

/** All that a variable or an expression can be while the template runs, and possibly more. */
export interface Value {
  /** What it renders. Empty for a variable that was never set. */
  readonly pieces: readonly Piece[]
  /** Pieces and known text, as far as copying them costs. */
  readonly size: number
  readonly sources: Sources
  /** It is this truth value, always. */
  readonly truth?: boolean
  /** It is a map of API Gateway, of which nothing was read yet. */
  readonly place?: Place
  /** It was never set. */
  readonly isNever?: true
  /** It may never have been set, so that Velocity writes the reference as it is spelt. */
  readonly isUnset?: true
  /** It may be null, so that `#set` leaves the variable as it was. What it renders covers that: see {@link HolePiece}. */
  readonly isNullable?: true
  /** Writing it runs a `#define`. */
  readonly isDefinition?: true
  /** It is a number. */
  readonly isNumber?: true
}

export const UNSET: Value = { pieces: [], size: 0, sources: NO_SOURCES, isUnset: true, isNever: true }

/** A value without any text, such as the reading of an empty string. */
const NOWHERE = { line: 1, column: 1 }

export interface Position {
  readonly line: number
  readonly column: number
}

export function textValue(text: string, { line, column }: Position = NOWHERE): Value {
  const pieces: Piece[] = text === '' ? [] : [{ kind: 'text', text, line, column, folded: true }]
  return { pieces, size: 1 + text.length, sources: NO_SOURCES }
}

export function holeValue(encoded: Encoding, sources: Sources, { line, column }: Position): Value {
  const hole: HolePiece = { kind: 'hole', encoded, sources, line, column }
  return { pieces: [hole], size: 1, sources, isNullable: true }
}

/** Keeps a value small: what is too large becomes one hole. */
export function bounded(value: Value, position: Position): Value {
  const { pieces, size, sources } = value
  if (pieces.length <= MOST_PIECES && size <= MOST_TEXT) return value
  const { isUnset, isNullable, isDefinition } = value
  return {
    ...holeValue(encodingOf(pieces), sources, position),
    ...(isUnset && { isUnset }),
    ...(isNullable && { isNullable }),
    ...(isDefinition && { isDefinition }),
  }
}

/** Either of two values. */
export function either(one: Value, other: Value, position: Position): Value {
  if (one === other) return one
  const truth = one.truth === other.truth ? one.truth : undefined
  const place = one.place === other.place ? one.place : undefined
  const flags = {
    ...((one.isUnset || other.isUnset) && { isUnset: true as const }),
    ...((one.isNullable || other.isNullable) && { isNullable: true as const }),
    ...((one.isDefinition || other.isDefinition) && { isDefinition: true as const }),
    ...(one.isNumber && other.isNumber && { isNumber: true as const }),
    ...(truth !== undefined && { truth }),
  }
  const sources = unite(one.sources, other.sources)
  if (place !== undefined) return { pieces: [], size: 1, sources, place, ...flags }
  // A variable that was never set renders nothing of its own: the reference adds its spelling.
  if (one.isNever) return { ...withoutFlags(other, position), ...flags }
  if (other.isNever) return { ...withoutFlags(one, position), ...flags }
  const left = withoutFlags(one, position)
  const right = withoutFlags(other, position)
  const branches = [...branchesOf(left.pieces)]
  for (const branch of branchesOf(right.pieces)) {
    if (!branches.some((known) => areSame(known, branch))) branches.push(branch)
  }
  const [only = []] = branches
  const pieces: readonly Piece[] = branches.length === 1 ? only : [{ kind: 'choice', branches }]
  const size = branches.length > MOST_BRANCHES ? Number.POSITIVE_INFINITY : left.size + right.size
  return bounded({ pieces, size, sources, ...flags }, position)
}

/** What the value renders, as if it were read. */
function withoutFlags({ pieces, size, sources, place }: Value, position: Position): Value {
  return place === undefined ? { pieces, size, sources } : { ...holeValue('none', sources, position), size: 1 }
}

function branchesOf(pieces: readonly Piece[]): readonly (readonly Piece[])[] {
  const [only, ...more] = pieces
  return only?.kind === 'choice' && more.length === 0 ? only.branches : [pieces]
}

/** Whether both are the same list, or one and the same text, or one and the same hole. */
function areSame(one: readonly Piece[], other: readonly Piece[]): boolean {
  if (one === other) return true
  if (one.length !== other.length) return false
  if (one.length === 0) return true
  const [a] = one
  const [b] = other
  if (one.length > 1 || a === undefined || b === undefined) return false
  if (a.kind === 'text' && b.kind === 'text') return a.text === b.text
  return a.kind === 'hole' && b.kind === 'hole' && a.encoded === b.encoded && areEqual(a.sources, b.sources)
}

function areEqual(one: Sources, other: Sources): boolean {
  return one === other || (one.length === other.length && one.every((source, at) => source === other[at]))
}

/** What is safe everywhere, then what is safe inside a JSON string, then one JSON value, then anything. */
export function meet(one: Encoding, other: Encoding): Encoding {
  if (one === other) return one
  if (one === 'json' || other === 'json' || one === 'none' || other === 'none') return 'none'
  return one === 'javascript' || other === 'javascript' ? 'javascript' : 'url'
}

/** How harmless a known text is. */
export function encodingOfText(text: string): Encoding {
  if (/^[A-Za-z0-9._~%*-]*$/.test(text)) return 'url'
  return /^[^"\\\p{Cc}]*$/u.test(text) ? 'javascript' : 'none'
}

/** The encoding that all pieces have, one after another. */
export function encodingOf(pieces: readonly Piece[]): Encoding {
  let encoding: Encoding = 'url'
  let isFirst = true
  for (const piece of pieces) {
    const next =
      piece.kind === 'text'
        ? encodingOfText(piece.text)
        : piece.kind === 'hole'
          ? piece.encoded
          : piece.kind === 'repeat'
            ? repeated(encodingOf(piece.body))
            : piece.branches.map(encodingOf).reduce(meet)
    // Two JSON values one after another are not one.
    encoding = isFirst ? next : meet(encoding, next === 'json' ? 'none' : next)
    isFirst = false
  }
  return encoding
}

function repeated(encoding: Encoding): Encoding {
  return encoding === 'json' ? 'none' : encoding
}
