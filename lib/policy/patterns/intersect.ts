import { literalPattern, literalTextOf, rangePattern } from './build.ts'
import { covers } from './covers.ts'
import { mayMeet } from './may-meet.ts'
import { parameterCharacters } from './parameter.ts'
import { isArn, type Pattern, type PatternKind, SEPARATOR, type Sequence } from './pattern.ts'
import {
  ANY,
  ANY_CHARACTER,
  CHARACTERS,
  type Character,
  charactersOf,
  isDotSegment,
  literalOf,
  literalSegment,
  NO_DOT,
  type Segment,
  SOME,
  sameSegment,
  segmentMatches,
} from './segment.ts'
import { sequencesIntersect, type Token } from './sequence.ts'

/**
 * Patterns whose texts are together the texts that are in both; none where there are none. None of them covers another.
 * Exact for patterns of a policy; where a late-bound value has two holes side by side, no less than exact. A namespace's
 * variables are filled in first: unfilled ones are compared as {@link mayMeet} does.
 *
 * @throws {TypeError} The two are of different kinds.
 * @throws {RangeError} More than 1,000 patterns would be needed.
 */
export function intersect(a: Pattern, b: Pattern): Pattern[] {
  if (!mayMeet(a, b)) return []
  if (covers(a, b)) return [b]
  if (covers(b, a)) return [a]
  return withoutCovered(a.kind === 'parameter' ? parametersCommon(a, b) : fieldsCommon(a, b))
}

/** Of patterns that cover each other the first is kept. */
export function withoutCovered(patterns: readonly Pattern[]): Pattern[] {
  const kept: Pattern[] = []
  for (const pattern of patterns) {
    if (kept.some((other) => covers(other, pattern))) continue
    const others = kept.filter((other) => !covers(pattern, other))
    kept.splice(0, kept.length, ...others, pattern)
  }
  return kept
}

function fieldsCommon(a: Pattern, b: Pattern): Pattern[] {
  const { kind } = a
  let combined: (readonly Sequence[])[] = [[]]
  for (const [index, field] of a.fields.entries()) {
    const common = sequencesIntersect(field, b.fields[index] ?? [], segmentsCommon)
    combined = combined.flatMap((fields) => common.map((next) => [...fields, next]))
    if (combined.length > MOST_PATTERNS) {
      throw new RangeError(`Cannot intersect: more than ${MOST_PATTERNS} patterns would be needed`)
    }
  }
  return combined.map((fields) => patternFrom(kind, fields))
}

const MOST_PATTERNS = 1000

function patternFrom(kind: PatternKind, fields: readonly Sequence[]): Pattern {
  const literal = literalTextOf(kind, fields)
  if (literal !== undefined) return literalPattern(kind, literal)
  return rangePattern(kind, textOf(kind, fields), fields)
}

/** The fields as a policy would write them, where it can. */
function textOf(kind: PatternKind, fields: readonly Sequence[]): string {
  const any = kind === 'path' ? ANY : SOME
  const texts = fields.map((field) => {
    const segments: string[] = []
    for (const { loop, element } of field) {
      if (!loop) segments.push(segmentText(element))
      else if (sameSegment(element, any)) segments[Math.max(0, segments.length - 1)] = '**'
      else segments.push('{segments}')
    }
    return segments.join(SEPARATOR[kind] ?? '')
  })
  return (kind === 'path' ? '/' : '') + texts.join(isArn(kind) ? ':' : '')
}

function segmentText({ pieces, least }: Segment): string {
  return pieces
    .map((piece, index) => (index === 0 ? '' : '*'.repeat(Math.max(1, least[index - 1] ?? 1))) + piece)
    .join('')
}

function segmentsCommon(a: Segment, b: Segment): readonly Segment[] {
  const literal = literalOf(a)
  if (literal !== undefined) return segmentMatches(b, literal) ? [a] : []
  const other = literalOf(b)
  if (other !== undefined) return segmentMatches(a, other) ? [b] : []
  const isOrdinary = a.ordinary === true || b.ordinary === true
  return sequencesIntersect(charactersOf(a), charactersOf(b), charactersCommon)
    .map((characters) => segmentFrom(characters, isOrdinary))
    .filter((segment) => !isOrdinary || !isDotSegment(literalOf(segment) ?? ''))
}

function charactersCommon(a: Character, b: Character): readonly Character[] {
  if (CHARACTERS.covers(a, b)) return [b]
  return CHARACTERS.covers(b, a) ? [a] : []
}

function segmentFrom(characters: readonly Token<Character>[], isOrdinary: boolean): Segment {
  const pieces = ['']
  const least: number[] = []
  let inStar = false
  for (const { loop, element } of characters) {
    const isSet = element === ANY_CHARACTER || element === NO_DOT
    if (isSet && !inStar) {
      least.push(loop ? 0 : 1)
      pieces.push('')
    } else if (isSet) {
      if (!loop) least.push((least.pop() ?? 0) + 1)
    } else {
      pieces.push((pieces.pop() ?? '') + element)
    }
    inStar = isSet
  }
  if (least.length === 0) return literalSegment(pieces[0] ?? '')
  return isOrdinary ? { pieces, least, ordinary: true } : { pieces, least }
}

function parametersCommon(a: Pattern, b: Pattern): Pattern[] {
  return sequencesIntersect(parameterCharacters(a), parameterCharacters(b), charactersCommon).map((characters) => {
    const openAt = characters.findIndex(({ element }) => element === ANY_CHARACTER)
    const known = openAt < 0 ? characters : characters.slice(0, openAt)
    const parts: Token<Character>[][] = [[]]
    for (const token of known) {
      if (token.element === '.') parts.push([])
      else parts.at(-1)?.push(token)
    }
    const fields = [parts.map((part) => ({ loop: false, element: segmentFrom(part, false) }))]
    const open = openAt < 0 ? undefined : characters.slice(openAt).filter(({ loop }) => !loop).length
    const text = textOf('parameter', fields) + '*'.repeat(open === undefined ? 0 : Math.max(1, open))
    const literal = open === undefined ? literalTextOf('parameter', fields) : undefined
    if (literal !== undefined) return literalPattern('parameter', literal)
    return rangePattern('parameter', text, fields, undefined, open === undefined ? {} : { open })
  })
}
