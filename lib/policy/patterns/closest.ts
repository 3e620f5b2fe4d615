import { distance } from 'fastest-levenshtein'
import { matches } from './matches.ts'
import type { Pattern, PatternKind, Sequence } from './pattern.ts'
import {
  ANY,
  ANY_CHARACTER,
  type Character,
  charactersOf,
  isDotSegment,
  literalOf,
  type Segment,
  sampleOf,
  segmentMatches,
} from './segment.ts'
import type { Token } from './sequence.ts'

/**
 * The value that the pattern matches and that is nearest to `text`: the pattern's own characters where it has them, the
 * text's for its stars. It is a value to write into a request: it has no star and nothing else that the kind refuses.
 * `undefined` for a pattern with variables, and for the literal of a request that holds a star.
 *
 * Only denials ask. The work is bounded: of long texts and patterns only the beginnings are compared.
 */
export function closest(pattern: Pattern, text: string): string | undefined {
  const { literal } = pattern
  if (literal !== undefined) return literal.includes('*') ? undefined : literal
  // Where the text's own characters lead nowhere, none are taken.
  return filledFrom(pattern, text) ?? filledFrom(pattern, '')
}

function filledFrom(pattern: Pattern, text: string): string | undefined {
  const filled = fill(pattern, text)
  return matches(pattern, filled) && !filled.includes('*') ? filled : undefined
}

/** Characters that a value of the kind may have beside separators; a star is none of them. */
const STRANGE: Readonly<Record<PatternKind, RegExp>> = {
  host: /[^a-z0-9-]+/g,
  path: /[^A-Za-z0-9._~!$&'()+,=@-]+/g,
  name: /[^A-Za-z0-9._$/:-]+/g,
  role: /[^A-Za-z0-9+=,.@_-]+/g,
  target: /[^A-Za-z0-9+=,.@_-]+/g,
  parameter: /[^A-Za-z0-9._:$-]+/g,
  namespace: /[^A-Za-z0-9._/-]+/g,
}

/** What stands for a star where the text has nothing to put there. */
const FILLER = 'x'
const ARN_FILLERS = ['arn', 'aws', 'iam', 'eu-west-1', '111111111111', FILLER]

/** Longest text and longest segment that are compared character by character. */
const MAX_TEXT = 1024
const MAX_SEGMENT = 128
/** Most pairs of a pattern's segment and a text's. */
const MAX_PAIRS = 4096

/** The part of a text without what a value of the kind can't have. */
function plain(kind: PatternKind, part: string): string {
  const kept = part.replace(STRANGE[kind], '')
  return kind === 'host' ? kept.replace(/^-+/, '').replace(/-+$/, '') : kept
}

function fill(pattern: Pattern, whole: string): string {
  const { kind, fields } = pattern
  const text = whole.slice(0, MAX_TEXT)
  const [first = []] = fields
  switch (kind) {
    case 'host':
      return fillSequence(kind, first, text.toLowerCase().split('.'), FILLER).join('.')
    case 'path':
      return `/${fillSequence(kind, first, segmentsOf(text), FILLER).join('/')}`
    case 'name':
    case 'namespace':
      return fillSequence(kind, first, [text], FILLER).join('')
    case 'parameter':
      return fillParameter(pattern, text.split('.'))
    case 'role':
    case 'target': {
      const own = text.split(':')
      return fields.map((field, index) => fillField(kind, field, own[index] ?? '', ARN_FILLERS[index])).join(':')
    }
  }
}

/** The segments of a path without those that no path of a request has. */
function segmentsOf(text: string): string[] {
  return text
    .replace(/^\//, '')
    .split('/')
    .filter((segment) => !isDotSegment(segment))
}

function fillParameter({ kind, fields, open }: Pattern, values: readonly string[]): string {
  const parts = (fields[0] ?? []).map(({ element }) => element)
  return parts
    .map((part, index) => {
      if (index < parts.length - 1 || open === undefined) return fillSegment(kind, part, values[index] ?? '', FILLER)
      const below: Segment = { pieces: [...part.pieces, ''], least: [...part.least, open] }
      return fillSegment(kind, below, values.slice(index).join('.'), FILLER)
    })
    .join('.')
}

/** A field of an ARN. What is written out stands, whatever the text has there. */
function fillField(kind: PatternKind, field: Sequence, text: string, filler = FILLER): string {
  const isWritten = field.every(({ loop, element }) => !loop && element.pieces.length === 1)
  const segments = isWritten
    ? field.map(({ element }) => element.pieces[0] ?? '')
    : fillSequence(kind, field, text.split('/'), filler)
  return segments.join('/')
}

/** Which value each token takes: least differences in all. Loops take values, and values may be left over. */
function fillSequence(
  kind: PatternKind,
  tokens: Sequence,
  values: readonly string[],
  filler: string,
): readonly string[] {
  const own = tokens.length * values.length > MAX_PAIRS ? [] : values
  const { choices } = align(tokens, own, segmentDifference)
  const filled = choices.map(({ token, value }) => fillSegment(kind, token.element, value ?? '', filler))
  if (kind !== 'path') return filled
  return filled.map((segment, index) => (segment === '' && index < filled.length - 1 ? filler : segment))
}

function segmentDifference(segment: Segment, value: string): number {
  const { pieces } = segment
  const literal = pieces.length === 1 ? (pieces[0] ?? '') : pieces.join('')
  if (literal === value && pieces.length === 1) return literal === '' && segment !== ANY ? 1 : 0
  if (literal === '') return value === '' && segment !== ANY ? 1 : 0
  if (value.length > MAX_SEGMENT || literal.length > MAX_SEGMENT) return 1
  const most = Math.max(literal.length, value.length)
  const surplus = pieces.length > 1 ? Math.max(0, value.length - literal.length) : 0
  return Math.max(0, distance(literal, value) - surplus) / most
}

function fillSegment(kind: PatternKind, segment: Segment, value: string, filler: string): string {
  const literal = literalOf(segment)
  if (literal !== undefined) return literal
  const own = plain(kind, value)
  if (own === '' || own.length > MAX_SEGMENT || isDotSegment(own)) {
    return segment.pieces.join('') === '' ? (segment === ANY ? '' : filler) : sampleOf(segment, filler.slice(0, 1))
  }
  if (segmentMatches(segment, own)) return own
  const { pieces } = segment
  const [head = '', tail = ''] = pieces
  // A text that does not look like the pattern is kept whole in the place of the star.
  const most = pieces.length === 2 ? Math.max(2, (head.length + tail.length) / 3) : Number.POSITIVE_INFINITY
  // Without the star's own characters, at most twice as much is wrong as the cheapest way costs.
  const wrong = distance(head + tail, own) - (own.length - head.length - tail.length)
  if (wrong > 2 * most) return head + own + tail
  const { choices, cost } = align(charactersOf(segment), own.split(''), characterDifference)
  if (cost > most) return head + own + tail
  const filled = choices
    .map(({ token, value: one }) => (token.element === ANY_CHARACTER ? (one ?? filler.slice(0, 1)) : token.element))
    .join('')
  return isDotSegment(filled) ? sampleOf(segment, filler.slice(0, 1)) : filled
}

function characterDifference(character: Character, one: string): number {
  return character === ANY_CHARACTER || character === one ? 0 : 1
}

/** A token and the value it takes; none where the text has too few. */
interface Choice<E, V> {
  readonly token: Token<E>
  readonly value: V | undefined
}

const TAKE = 1
const ADD = 2
const DROP = 3
const LEAVE = 4

/**
 * The cheapest way to read `values` by `tokens`: taking costs what differs, adding or dropping a value costs 1. What is
 * alike at both ends is taken as it stands, which is cheapest, so that only what differs is weighed.
 */
function align<E, V>(
  tokens: readonly Token<E>[],
  values: readonly V[],
  difference: (element: E, value: V) => number,
): { choices: Choice<E, V>[]; cost: number } {
  const isAlike = (i: number, j: number) => {
    const [token, value] = [tokens[i], values[j]]
    return token !== undefined && value !== undefined && !token.loop && difference(token.element, value) === 0
  }
  const most = Math.min(tokens.length, values.length)
  let front = 0
  while (front < most && isAlike(front, front)) front++
  let back = 0
  while (back < most - front && isAlike(tokens.length - 1 - back, values.length - 1 - back)) back++
  const [tokensEnd, valuesEnd] = [tokens.length - back, values.length - back]
  const middle = weigh(tokens.slice(front, tokensEnd), values.slice(front, valuesEnd), difference)
  const taken = (from: number, to: number, by: number) =>
    tokens.slice(from, to).map((token, index) => ({ token, value: values[from + by + index] }))
  return {
    choices: [...taken(0, front, 0), ...middle.choices, ...taken(tokensEnd, tokens.length, valuesEnd - tokensEnd)],
    cost: middle.cost,
  }
}

/** Room to weigh in, used again and again: nothing that weighs calls anything that does. */
const SCRATCH = scratchOf(1024)

function scratchOf(size: number): { costs: Float64Array; moves: Uint8Array } {
  return { costs: new Float64Array(size), moves: new Uint8Array(size) }
}

/** Of every two places the cheapest way from there to the end, from the end on. */
function weigh<E, V>(
  tokens: readonly Token<E>[],
  values: readonly V[],
  difference: (element: E, value: V) => number,
): { choices: Choice<E, V>[]; cost: number } {
  if (tokens.length === 0) return { choices: [], cost: values.length }
  const width = values.length + 1
  const size = (tokens.length + 1) * width
  const { costs, moves } = size <= SCRATCH.costs.length ? SCRATCH : scratchOf(size)
  for (let i = tokens.length; i >= 0; i--) {
    const token = tokens[i]
    const row = i * width
    // What comes next is to the right where the token is a loop, else to the right of what is below.
    let right = 0
    for (let j = values.length; j >= 0; j--) {
      const value = values[j]
      const below = costs[row + width + j] ?? 0
      let cost = token === undefined && value === undefined ? 0 : Number.POSITIVE_INFINITY
      let move = 0
      if (token !== undefined && value !== undefined) {
        cost = difference(token.element, value) + (token.loop ? right : (costs[row + width + j + 1] ?? 0))
        move = TAKE
      }
      if (token !== undefined && below + (token.loop ? 0 : 1) < cost) {
        cost = token.loop ? below : below + 1
        move = token.loop ? LEAVE : ADD
      }
      if (value !== undefined && right + 1 < cost) {
        cost = right + 1
        move = DROP
      }
      costs[row + j] = cost
      moves[row + j] = move
      right = cost
    }
  }
  const choices: Choice<E, V>[] = []
  for (let i = 0, j = 0; i < tokens.length || j < values.length; ) {
    const token = tokens[i]
    const move = moves[i * width + j]
    if (token !== undefined && move === TAKE) choices.push({ token, value: values[j] })
    if (token !== undefined && move === ADD) choices.push({ token, value: undefined })
    if (move === TAKE || move === DROP) j++
    if (move === ADD || move === LEAVE || (move === TAKE && !token?.loop)) i++
  }
  return { choices, cost: costs[0] ?? 0 }
}
