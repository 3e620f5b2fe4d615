import { distance } from 'fastest-levenshtein'
import { closest } from '../../policy/patterns/closest.ts'
import type { Pattern } from '../../policy/patterns/pattern.ts'

/** Bounds on the search, so that long lists and long values stay cheap. Only denials pay it. */
const MAX_CANDIDATES = 200
const MAX_LENGTH = 256

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
  for (const pattern of patterns.slice(0, MAX_CANDIDATES)) {
    const text = closest(pattern, value)
    if (text === undefined || text === value || !isAllowed(text)) continue
    const told = pattern.literal === undefined ? pattern.text.replaceAll('*', '').length : value.length
    candidates.push({ text, told })
  }
  return nearestAmong(value, candidates)
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
    const differs = distance(value, text)
    if (differs >= least) continue
    best = candidate
    least = differs
  }
  return { text: best.text, isClose: isClose(value, best, least) }
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
