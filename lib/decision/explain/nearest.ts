import { distance } from 'fastest-levenshtein'
import { closest } from '../../policy/patterns/closest.ts'
import { type Pattern, SEPARATOR } from '../../policy/patterns/pattern.ts'

/** Bounds on the search, so that long lists and long values stay cheap. Only denials pay it. */
const MAX_CANDIDATES = 200
const MAX_LENGTH = 256
/** How many values of patterns are compared exactly. */
const MAX_COMPARED = 3

/** The candidate that differs least from `value`, if it differs by little enough to be what was meant. */
export function nearestOf(value: string, candidates: readonly string[]): string | undefined {
  const found = nearestAmong(
    value,
    candidates.map((text) => ({ text, told: value.length })),
  )
  return found?.isClose === true ? found.text : undefined
}

/** A value that passes, and whether it is so close to what was written that it is likely what was meant. */
export interface Nearest {
  text: string
  isClose: boolean
}

/**
 * Of all values that one of the patterns matches, the one nearest to `value`, as far as each pattern's own closest one
 * tells; concrete, never a pattern. What stands for a pattern's star says nothing, so that a short pattern is never close.
 *
 * @param isAllowed What else the value must keep to be worth suggesting.
 */
export function nearestMatch(
  value: string,
  patterns: readonly Pattern[],
  isAllowed: (text: string) => boolean = () => true,
): Nearest | undefined {
  const candidates: Candidate[] = []
  for (const pattern of likeliest(value, patterns)) {
    const text = closest(pattern, value)
    if (text === undefined || text === value || !isAllowed(text)) continue
    const told = pattern.literal === undefined ? pattern.text.replaceAll('*', '').length : value.length
    candidates.push({ text, told })
    if (candidates.length === MAX_COMPARED) break
  }
  return nearestAmong(value, candidates)
}

/** The patterns, those first whose own ends agree best with the value; of equals the first one first. */
function likeliest(value: string, patterns: readonly Pattern[]): readonly Pattern[] {
  if (patterns.length <= MAX_COMPARED) return patterns
  const ranked = patterns.slice(0, MAX_CANDIDATES).map((pattern) => ({ pattern, off: charactersOff(value, pattern) }))
  return ranked.sort((one, other) => one.off - other.off).map(({ pattern }) => pattern)
}

/**
 * How many of the characters that the pattern begins and ends with are not the value's. Of the ending also what agrees
 * from its first separator on: a slip in the last label must not hide that the others are right.
 */
function charactersOff(value: string, { kind, text }: Pattern): number {
  const star = text.indexOf('*')
  const front = agreeing(value, 0, star < 0 ? text : text.slice(0, star))
  const tail = text.slice(star < 0 ? front : text.lastIndexOf('*') + 1)
  const back = agreeingEnds(value, tail, Math.min(tail.length, value.length - front))
  if (star < 0) return Math.max(text.length, value.length) - front - back
  const inside = back === tail.length ? 0 : agreeing(value, startOf(tail, value, SEPARATOR[kind]), tail)
  return star - front + Math.max(0, tail.length - back - inside)
}

/** Where in the value an ending would begin, by the separators in it; the value's end where that can't be told. */
function startOf(ending: string, value: string, separator: string | undefined): number {
  if (separator === undefined || !ending.startsWith(separator)) return value.length
  let at = value.length
  for (let count = ending.split(separator).length - 1; count > 0; count--) {
    if (at === 0) return value.length
    at = value.lastIndexOf(separator, at - 1)
    if (at < 0) return value.length
  }
  return at
}

/** How many characters from `from` on the other text begins with. */
function agreeing(value: string, from: number, other: string): number {
  const most = Math.min(value.length - from, other.length)
  let count = 0
  while (count < most && value.charCodeAt(from + count) === other.charCodeAt(count)) count++
  return count
}

function agreeingEnds(one: string, other: string, most: number): number {
  let count = 0
  while (count < most && one.charCodeAt(one.length - 1 - count) === other.charCodeAt(other.length - 1 - count)) count++
  return count
}

interface Candidate {
  text: string
  /** How many of its characters tell anything. */
  told: number
}

/** Of equals the first is kept. A candidate is close that differs by a third of what it tells at most. */
function nearestAmong(value: string, candidates: readonly Candidate[]): Nearest | undefined {
  const [first] = candidates
  if (first === undefined) return undefined
  if (value.length > MAX_LENGTH) return { text: first.text, isClose: false }
  let best = first
  let least = Number.POSITIVE_INFINITY
  for (const candidate of candidates.slice(0, MAX_CANDIDATES)) {
    const { text } = candidate
    if (text.length > MAX_LENGTH || Math.abs(text.length - value.length) >= least) continue
    const differs = differences(value, text)
    if (differs >= least) continue
    best = candidate
    least = differs
  }
  return { text: best.text, isClose: isClose(value, best, least) }
}

/** The edit distance. What both begin and end with is left out of the reckoning: most of a value with a slip. */
function differences(one: string, other: string): number {
  const front = agreeing(one, 0, other)
  const back = agreeingEnds(one, other, Math.min(one.length, other.length) - front)
  return distance(one.slice(front, one.length - back), other.slice(front, other.length - back))
}

function isClose(value: string, { text, told }: Candidate, differs: number): boolean {
  if (value.startsWith('arn:')) return isCloseResource(resourceOf(value), resourceOf(text))
  if (told < value.length) return differs <= Math.floor(told / 3)
  return differs <= tolerated(value)
}

/** Of an ARN the resource tells what was meant, segment by segment: the account is the commonest slip. */
function isCloseResource(value: string, text: string): boolean {
  const mine = value.split('/')
  const others = text.split('/')
  if (mine.length !== others.length) return distance(value, text) <= tolerated(value)
  return mine.every((segment, index) => distance(segment, others[index] ?? '') <= tolerated(segment))
}

function resourceOf(arn: string): string {
  return arn.split(':').slice(5).join(':')
}

function tolerated(text: string): number {
  return Math.max(2, Math.floor(text.length / 3))
}
