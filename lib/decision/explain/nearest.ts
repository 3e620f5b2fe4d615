import { distance } from 'fastest-levenshtein'
import { closest } from '../../policy/patterns/closest.ts'
import type { Pattern } from '../../policy/patterns/pattern.ts'

/** Bounds on the search, so that long lists and long values stay cheap. Only denials pay it. */
const MAX_CANDIDATES = 200
const MAX_LENGTH = 256

/** The candidate that differs least from `value`, if it differs by little enough to be what was meant. */
export function nearestOf(value: string, candidates: readonly string[]): string | undefined {
  const found = nearestAmong(value, candidates)
  return found?.isClose === true ? found.text : undefined
}

/** A value that passes, and whether it is so close to what was written that it is likely what was meant. */
export interface Nearest {
  text: string
  isClose: boolean
}

/**
 * Of all values that one of the patterns matches, the one nearest to `value`, as far as each pattern's own closest one
 * tells; concrete, never a pattern.
 *
 * @param isAllowed What else the value must keep to be worth suggesting.
 */
export function nearestMatch(
  value: string,
  patterns: readonly Pattern[],
  isAllowed: (text: string) => boolean = () => true,
): Nearest | undefined {
  const candidates: string[] = []
  for (const pattern of patterns.slice(0, MAX_CANDIDATES)) {
    const candidate = closest(pattern, value)
    if (candidate !== undefined && candidate !== value && isAllowed(candidate)) candidates.push(candidate)
  }
  return nearestAmong(value, candidates)
}

/** Of equals the first is kept. A candidate is close that differs by a third of the value's length at most. */
function nearestAmong(value: string, candidates: readonly string[]): Nearest | undefined {
  const [first] = candidates
  if (first === undefined) return undefined
  if (value.length > MAX_LENGTH) return { text: first, isClose: false }
  let best = first
  let least = Number.POSITIVE_INFINITY
  for (const candidate of candidates.slice(0, MAX_CANDIDATES)) {
    if (candidate.length > MAX_LENGTH || Math.abs(candidate.length - value.length) >= least) continue
    const differs = distance(value, candidate)
    if (differs >= least) continue
    best = candidate
    least = differs
  }
  return { text: best, isClose: least <= Math.max(2, Math.floor(value.length / 3)) }
}
