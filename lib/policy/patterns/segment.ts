import { type Elements, repeated, sequenceCovers, type Token } from './sequence.ts'

/**
 * A set of labels, segments or names: literal pieces with stars between them. Alphabets are taken to be without end: at
 * least one character is in no pattern, so that no list of literals covers a star.
 */
export interface Segment {
  /** One more than there are stars. */
  readonly pieces: readonly string[]
  /** How many characters each star takes at least. */
  readonly least: readonly number[]
  /** Neither `.` nor `..` is in the set. */
  readonly ordinary?: true
}

/** Any segment, the empty one included: what `**` in a path takes. */
export const ANY: Segment = { pieces: ['', ''], least: [0] }
/** Any segment but the empty one: `*` on its own. */
export const SOME: Segment = { pieces: ['', ''], least: [1] }
/** Any segment but the empty one and the dot segments: what a placeholder of a path becomes. */
export const ORDINARY: Segment = { ...SOME, ordinary: true }

/** The segment of a pattern as written; stars side by side are one star for as many characters. */
export function segmentOf(text: string): Segment {
  if (!text.includes('*')) return literalSegment(text)
  return text === '*' ? SOME : starred(text.split('*'))
}

export function literalSegment(text: string): Segment {
  return { pieces: [text], least: [] }
}

function starred(parts: readonly string[]): Segment {
  const [first = '', ...others] = parts
  const pieces = [first]
  const least: number[] = []
  for (const [index, part] of others.entries()) {
    if (index > 0 && pieces.at(-1) === '' && pieces.length > 1) {
      least.push((least.pop() ?? 0) + 1)
      pieces[pieces.length - 1] = part
    } else {
      least.push(1)
      pieces.push(part)
    }
  }
  return { pieces, least }
}

/** The one text of the set, where there are no stars. */
export function literalOf({ pieces }: Segment): string | undefined {
  return pieces.length === 1 ? pieces[0] : undefined
}

/**
 * Whether the text is in the set. Each piece is taken as far left as it goes, which leaves the most room for those that
 * follow, so no choice is ever undone.
 */
export function segmentMatches({ pieces, least, ordinary }: Segment, text: string): boolean {
  const last = pieces.length - 1
  const prefix = pieces[0] ?? ''
  if (last === 0) return text === prefix
  const suffix = pieces[last] ?? ''
  if (!text.startsWith(prefix) || !text.endsWith(suffix)) return false
  let at = prefix.length
  for (let index = 1; index < last; index++) {
    const piece = pieces[index] ?? ''
    const found = text.indexOf(piece, at + (least[index - 1] ?? 1))
    if (found < 0) return false
    at = found + piece.length
  }
  if (at + (least[last - 1] ?? 1) + suffix.length > text.length) return false
  return ordinary === undefined || !isDotSegment(text)
}

export function isDotSegment(text: string): boolean {
  return text === '.' || text === '..'
}

/** Whether every text of `inner` is in `outer`. Exact. */
export function segmentCovers(outer: Segment, inner: Segment): boolean {
  if (outer === inner) return true
  const literal = literalOf(inner)
  if (literal !== undefined) return segmentMatches(outer, literal)
  if (outer.pieces.length === 1) return false
  if (outer.ordinary && !inner.ordinary && (segmentMatches(inner, '.') || segmentMatches(inner, '..'))) return false
  const takes: Segment = { pieces: outer.pieces, least: outer.least }
  // A character that outer does not know can only be taken by a star of outer, and that star takes any other as well.
  if (inner.least.every((count) => count > 0)) return segmentMatches(takes, sampleOf(inner, unknownTo(outer)))
  return sequenceCovers(charactersOf(outer), charactersOf(inner), CHARACTERS)
}

/** The shortest text of the set: each star filled with `character` as often as it must be. */
export function sampleOf({ pieces, least }: Segment, character: string): string {
  let text = pieces[0] ?? ''
  for (const [index, count] of least.entries()) text += character.repeat(count) + (pieces[index + 1] ?? '')
  return text
}

/** A character that stands in none of the pieces. */
function unknownTo({ pieces }: Segment): string {
  let code = 0xffff
  while (pieces.some((piece) => piece.includes(String.fromCharCode(code)))) code--
  return String.fromCharCode(code)
}

/**
 * Whether some text is in both. Exact: two sets with stars have one as soon as their beginnings and their endings agree,
 * since everything between can follow one after the other.
 */
export function segmentsMeet(a: Segment, b: Segment): boolean {
  const literal = literalOf(a)
  if (literal !== undefined) return segmentMatches(b, literal)
  const other = literalOf(b)
  if (other !== undefined) return segmentMatches(a, other)
  const [first = '', second = ''] = [a.pieces[0], b.pieces[0]]
  if (!first.startsWith(second) && !second.startsWith(first)) return false
  const [end = '', otherEnd = ''] = [a.pieces.at(-1), b.pieces.at(-1)]
  return end.endsWith(otherEnd) || otherEnd.endsWith(end)
}

export function sameSegment(a: Segment, b: Segment): boolean {
  return (
    a === b ||
    (a.ordinary === b.ordinary &&
      a.pieces.length === b.pieces.length &&
      a.pieces.every((piece, index) => piece === b.pieces[index]) &&
      a.least.every((count, index) => count === b.least[index]))
  )
}

/** How sets of segments compare, in sequences of them. */
export const SEGMENTS: Elements<Segment> = { covers: segmentCovers, meet: segmentsMeet, same: sameSegment }

/** A character of a segment: one character, or a set of them. */
export type Character = string
export const ANY_CHARACTER: Character = ''
export const NO_DOT: Character = 'no dot'

export const CHARACTERS: Elements<Character> = {
  covers: (outer, inner) =>
    outer === inner || outer === ANY_CHARACTER || (outer === NO_DOT && inner !== ANY_CHARACTER && inner !== '.'),
  meet: (a, b) => CHARACTERS.covers(a, b) || CHARACTERS.covers(b, a),
  same: (a, b) => a === b,
}

/** The segment as a sequence of characters. @param any What a star takes. */
export function charactersOf({ pieces, least }: Segment, any: Character = ANY_CHARACTER): Token<Character>[] {
  return pieces.flatMap((piece, index) => {
    const star = index === 0 ? [] : repeated(any, least[index - 1] ?? 1)
    return [...star, ...literalCharacters(piece)]
  })
}

export function literalCharacters(text: string): Token<Character>[] {
  return text.split('').map((element) => ({ loop: false, element }))
}
