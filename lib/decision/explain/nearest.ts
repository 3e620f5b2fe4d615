import { distance } from 'fastest-levenshtein'
import type { HostPattern } from '../compile/host-pattern.ts'

/** Bounds on the search, so that long lists and long values stay cheap. Only denials pay it. */
const MAX_CANDIDATES = 200
const MAX_LENGTH = 256

/** A search for what was meant: a candidate that differs from the value by a third of its length at most. */
class Search {
  readonly #value: string
  #least: number
  /** The most that a candidate may differ by. */
  readonly limit: number
  best: string | undefined

  constructor(value: string) {
    this.#value = value
    this.limit = value.length > MAX_LENGTH ? -1 : Math.max(2, Math.floor(value.length / 3))
    this.#least = this.limit + 1
  }

  /** Whether a candidate of that length could still be the nearest. */
  couldBe(length: number): boolean {
    return length <= MAX_LENGTH && Math.abs(length - this.#value.length) < this.#least
  }

  /** Of equals the first is kept. */
  consider(candidate: string): void {
    if (!this.couldBe(candidate.length)) return
    const differs = distanceOf(this.#value, candidate)
    if (differs >= this.#least) return
    this.best = candidate
    this.#least = differs
  }
}

/** The edit distance; what both begin and end with is left out of the reckoning, which is most of a host with a typo. */
function distanceOf(one: string, other: string): number {
  const shorter = Math.min(one.length, other.length)
  let start = 0
  while (start < shorter && one.charCodeAt(start) === other.charCodeAt(start)) start++
  let end = 0
  while (end < shorter - start && one.charCodeAt(one.length - 1 - end) === other.charCodeAt(other.length - 1 - end))
    end++
  return distance(one.slice(start, one.length - end), other.slice(start, other.length - end))
}

/** The candidate that differs least from `value`, if it differs by little enough to be what was meant. */
export function nearestOf(value: string, candidates: readonly string[]): string | undefined {
  const search = new Search(value)
  for (const candidate of candidates.slice(0, MAX_CANDIDATES)) search.consider(candidate)
  return search.best
}

/**
 * The value that a pattern would match and that is closest to `value`, element by element from the end: literals as the
 * pattern has them, the value's own element for `*`. `undefined` where the pattern has elements the value can't fill.
 */
export function fillIn(pattern: string, value: string, separator: string): string | undefined {
  if (pattern.length > MAX_LENGTH || value.length > MAX_LENGTH) return undefined
  if (!pattern.includes('*')) return pattern
  const elements = pattern.split(separator)
  const values = value.split(separator)
  const spread = elements.indexOf('**')
  if (spread >= 0 && elements.indexOf('**', spread + 1) >= 0) return undefined
  const extra = spread < 0 ? 0 : Math.max(0, values.length - elements.length)
  const filled: string[] = []
  for (const [index, element] of elements.entries()) {
    const at = spread >= 0 && index > spread ? values.length - (elements.length - index) : index
    const own = spread < 0 && separator === '.' ? values[values.length - (elements.length - index)] : values[at]
    if (element === '**') filled.push(...values.slice(at, at + extra + 1))
    else if (!element.includes('*')) filled.push(element)
    else {
      const inside = element === '*' ? own : fillName(element, own ?? '')
      if (inside === undefined || inside === '') return undefined
      filled.push(inside)
    }
  }
  return filled.join(separator)
}

/** `payments-*` and `paymnets-x` give `payments-x`: what follows the last separator-like character is kept. */
function fillName(pattern: string, value: string): string | undefined {
  const [prefix = '', suffix = '', ...more] = pattern.split('*')
  if (more.length > 0) return undefined
  const middle = value.slice(prefix.length, suffix === '' ? undefined : -suffix.length)
  return middle === '' ? undefined : `${prefix}${middle}${suffix}`
}

/** The nearest name that one of the patterns matches. */
export function nearestName(value: string, patterns: readonly { text: string }[]): string | undefined {
  const candidates: string[] = []
  for (const { text } of patterns.slice(0, MAX_CANDIDATES)) {
    const candidate = text.includes('*') ? fillName(text, value) : text
    if (candidate !== undefined) candidates.push(candidate)
  }
  return nearestOf(value, candidates)
}

/** How many hosts are compared exactly; the others agree with the value in fewer characters at their ends. */
const MAX_EXACT = 3

/**
 * The nearest host that one of the patterns matches: the pattern's literal labels, the value's own for its stars. Of the
 * patterns that agree best with the value at both ends, the one whose host differs least.
 *
 * @param isAllowed What else the host must keep to be worth suggesting.
 */
export function nearestHost(
  value: string,
  patterns: readonly HostPattern[],
  isAllowed: (host: string) => boolean = () => true,
): string | undefined {
  if (value.length > MAX_LENGTH) return undefined
  const dots: number[] = []
  for (let at = value.indexOf('.'); at >= 0; at = value.indexOf('.', at + 1)) dots.push(at)
  const best: { pattern: HostPattern; differing: number }[] = []
  const count = Math.min(patterns.length, MAX_CANDIDATES)
  for (let index = 0; index < count; index++) {
    const pattern = patterns[index]
    if (pattern === undefined) continue
    const differing = differingEnd(pattern, value, dots)
    const last = best[MAX_EXACT - 1]
    if (differing === undefined || (last !== undefined && differing >= last.differing)) continue
    let at = Math.min(best.length, MAX_EXACT - 1)
    for (let before = best[at - 1]; at > 0 && before && before.differing > differing; before = best[at - 1]) {
      best[at] = before
      at--
    }
    best[at] = { pattern, differing }
  }
  const search = new Search(value)
  for (const { pattern, differing } of best) {
    const candidate = hostLike(pattern, value, dots)
    if (candidate === undefined || candidate === value || !isAllowed(candidate)) continue
    // The distance is this at most, where no label of the value was left out.
    const isClose = differing <= search.limit && candidate.length - value.length >= -differing
    if (isClose && search.best === undefined) return candidate
    search.consider(candidate)
  }
  return search.best
}

/** Where the labels begin that a pattern's own labels stand for; `undefined` where the value has too few. */
function ownLabelsAt({ shape, suffixLabels }: HostPattern, dots: readonly number[]): number | undefined {
  return shape === 'one-label' || shape === 'labels' ? dots[dots.length - suffixLabels] : 0
}

/** How many characters lie between where the pattern's own labels agree with the value at both ends. */
function differingEnd(pattern: HostPattern, value: string, dots: readonly number[]): number | undefined {
  const start = ownLabelsAt(pattern, dots)
  if (start === undefined) return undefined
  const own = pattern.shape === 'literal' ? pattern.text : pattern.suffix
  const shorter = Math.min(own.length, value.length - start)
  let front = 0
  while (front < shorter && own.charCodeAt(front) === value.charCodeAt(start + front)) front++
  let back = 0
  while (
    back < shorter - front &&
    own.charCodeAt(own.length - 1 - back) === value.charCodeAt(value.length - 1 - back)
  ) {
    back++
  }
  return Math.max(own.length, value.length - start) - front - back
}

/** @param dots Where the value's dots stand. */
function hostLike(pattern: HostPattern, value: string, dots: readonly number[]): string | undefined {
  const { text, shape, suffix } = pattern
  if (shape === 'literal') return text
  if (shape === 'sequence') return fillIn(text, value, '.')
  const headEnd = ownLabelsAt(pattern, dots)
  if (headEnd === undefined) return undefined
  const headAt = shape === 'labels' ? 0 : value.lastIndexOf('.', headEnd - 1) + 1
  return value.slice(headAt, headEnd) + suffix
}
