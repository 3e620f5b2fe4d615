import { literalPattern, rangePattern } from './build.ts'
import type { Hole, Pattern, PatternKind, Sequence } from './pattern.ts'
import { ANY, literalSegment, ORDINARY, type Segment, SOME } from './segment.ts'
import { repeated, type Token } from './sequence.ts'

/** A value of a request: exactly that text. A star in it is a star, a brace a brace. Hosts compare in lower case. */
export function valueOf(kind: PatternKind, text: string): Pattern {
  return literalPattern(kind, kind === 'host' ? text.toLowerCase() : text)
}

/** A piece of a late-bound value: text as written, or what is filled in later. */
export type Piece = string | { readonly hole: Hole }

/**
 * Every value that a late-bound value can become, and never less: where the set can't be told exactly, it is a larger
 * one. That is so for a hole `segments` beside other characters in its segment (then everything below what stands before
 * it) and for parameters after a hole that takes dots.
 */
export function reachOf(kind: PatternKind, pieces: readonly Piece[]): Pattern {
  if (pieces.every((piece) => typeof piece === 'string')) return valueOf(kind, pieces.join(''))
  const text = pieces.map((piece) => (typeof piece === 'string' ? piece : `{${piece.hole}}`)).join('')
  const hasAnything = pieces.some((piece) => typeof piece !== 'string' && piece.hole === 'anything')
  switch (kind) {
    case 'name':
    case 'namespace':
      return rangePattern(kind, text, [[one(segmentFrom(pieces))]])
    case 'parameter':
      return parameterReach(text, pieces)
    case 'host': {
      const lower = pieces.map((piece) => (typeof piece === 'string' ? piece.toLowerCase() : piece))
      return rangePattern(kind, text, [hasAnything ? repeated(SOME, 1) : sequenceFrom(kind, splitAt('.', lower))])
    }
    case 'path': {
      const [first] = pieces
      const isPath = typeof first === 'string' && first.startsWith('/')
      // A value that may hold `..` leads to any path of the host, `?` ends the path early.
      if (hasAnything || !isPath) return rangePattern(kind, text, [repeated(ANY, 1)])
      return rangePattern(kind, text, [sequenceFrom(kind, splitAt('/', [first.slice(1), ...pieces.slice(1)]))])
    }
    case 'role':
    case 'target': {
      const fields = splitAt(':', pieces)
      if (hasAnything || fields.length !== FIELDS) return rangePattern(kind, text, new Array(FIELDS).fill(ANYTHING))
      return rangePattern(
        kind,
        text,
        fields.map((field) => sequenceFrom(kind, splitAt('/', field))),
      )
    }
  }
}

/** The fields of an ARN: `arn:partition:service:region:account:resource`. */
const FIELDS = 6
const ANYTHING: Sequence = repeated(ANY, 1)

const one = (element: Segment): Token<Segment> => ({ loop: false, element })

/** The pieces between the separators; a separator in a hole is the hole's concern. */
function splitAt(separator: string, pieces: readonly Piece[]): Piece[][] {
  let current: Piece[] = []
  const parts = [current]
  for (const piece of pieces) {
    if (typeof piece !== 'string') {
      current.push(piece)
      continue
    }
    const [head = '', ...others] = piece.split(separator)
    if (head !== '') current.push(head)
    for (const other of others) {
      current = other === '' ? [] : [other]
      parts.push(current)
    }
  }
  return parts
}

/** Literal text and stars: a hole takes at least one character, but for `anything`, which may be empty. */
function segmentFrom(pieces: readonly Piece[], isPath = false): Segment {
  const texts = ['']
  const least: number[] = []
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      texts.push((texts.pop() ?? '') + piece)
      continue
    }
    const count = piece.hole === 'anything' ? 0 : 1
    // Two holes side by side are one for the characters of both.
    if (texts.length > 1 && texts.at(-1) === '') {
      least.push((least.pop() ?? 0) + count)
    } else {
      least.push(count)
      texts.push('')
    }
  }
  if (least.length === 0) return literalSegment(texts[0] ?? '')
  return isPath ? { pieces: texts, least, ordinary: true } : { pieces: texts, least }
}

function sequenceFrom(kind: PatternKind, parts: readonly (readonly Piece[])[]): Sequence {
  const isPath = kind === 'path'
  const sequence: Token<Segment>[] = []
  for (const part of parts) {
    const [first] = part
    const hasSegments = part.some((piece) => typeof piece !== 'string' && piece.hole === 'segments')
    if (!hasSegments) {
      sequence.push(one(segmentFrom(part, isPath)))
    } else if (part.length === 1 && first !== undefined) {
      sequence.push(...repeated(isPath ? ORDINARY : SOME, 1))
    } else {
      return [...sequence, ...repeated(isPath ? ANY : SOME, 1)]
    }
  }
  return sequence
}

function parameterReach(text: string, pieces: readonly Piece[]): Pattern {
  const at = pieces.findIndex((piece) => typeof piece !== 'string' && piece.hole !== 'segment')
  const known = at < 0 ? pieces : pieces.slice(0, at)
  const fields = [splitAt('.', known).map((part) => one(segmentFrom(part)))]
  if (at < 0) return rangePattern('parameter', text, fields)
  const hole = pieces[at]
  const open = typeof hole === 'object' && hole.hole === 'anything' ? 0 : 1
  return rangePattern('parameter', text, fields, undefined, { open })
}
