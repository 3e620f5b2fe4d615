/**
 * Sequences of elements, told by tokens: `one` element, or a `loop` of any number of them, none included. Elements are
 * segments, or the characters of a segment; a set of elements each. Everything here is polynomial: at most the product
 * of the two lengths in comparisons of elements.
 */
export interface Token<E> {
  readonly loop: boolean
  readonly element: E
}

/** How sets of elements compare. */
export interface Elements<E> {
  covers(outer: E, inner: E): boolean
  meet(a: E, b: E): boolean
  same(a: E, b: E): boolean
}

/** Elements that may be repeated: `count` at least. */
export function repeated<E>(element: E, count: number): Token<E>[] {
  const token: Token<E> = { loop: false, element }
  return [...new Array<Token<E>>(count).fill(token), { loop: true, element }]
}

/** The part of two sequences that is left when equal-length beginnings and endings of `one` tokens are compared. */
interface Middle {
  readonly start: number
  readonly cut: number
}

/** Elements at both ends leave no choice. `undefined` where one of them decides against the pair. */
function middleOf<E>(
  a: readonly Token<E>[],
  b: readonly Token<E>[],
  agree: (a: E, b: E) => boolean,
): Middle | undefined {
  let start = 0
  for (; ; start++) {
    const [left, right] = [a[start], b[start]]
    if (left === undefined || right === undefined || left.loop || right.loop) break
    if (!agree(left.element, right.element)) return undefined
  }
  let cut = 0
  for (; cut < Math.min(a.length, b.length) - start; cut++) {
    const [left, right] = [a[a.length - 1 - cut], b[b.length - 1 - cut]]
    if (left === undefined || right === undefined || left.loop || right.loop) break
    if (!agree(left.element, right.element)) return undefined
  }
  return { start, cut }
}

/**
 * Whether `outer` takes every sequence that `inner` takes. Never wrongly true.
 *
 * `inner` is read as one word of its `one` tokens; its loops are stretches that may be repeated. `outer` takes the word
 * by a walk over its tokens. A stretch stays taken whatever its length if the walk passes a loop of `outer` that covers
 * it, or equal elements beside one, somewhere along the stretch. Exact for elements from an alphabet that the patterns do not use up, which is what the
 * tests compare with.
 */
export function sequenceCovers<E>(
  outer: readonly Token<E>[],
  inner: readonly Token<E>[],
  elements: Elements<E>,
): boolean {
  const middle = middleOf(outer, inner, elements.covers)
  if (middle === undefined) return false
  const { start, cut } = middle
  const [left, right] = [outer.slice(start, outer.length - cut), inner.slice(start, inner.length - cut)]
  const least = onlyStretch(left, elements)
  if (least === undefined) return middleCovers(left, right, elements)
  const [any] = left
  const takes = ({ element }: Token<E>) => any === undefined || elements.covers(any.element, element)
  return (any !== undefined || right.length === 0) && countOf(right) >= least && right.every(takes)
}

/** The number of tokens that are no loops. */
function countOf<E>(tokens: readonly Token<E>[]): number {
  return tokens.reduce((count, { loop }) => (loop ? count : count + 1), 0)
}

/** Of tokens that are nothing but one element, so often or more: how often. Most patterns end so. */
function onlyStretch<E>(tokens: readonly Token<E>[], { same }: Elements<E>): number | undefined {
  const [first] = tokens
  if (first === undefined) return 0
  const isStretch = tokens.some(({ loop }) => loop) && tokens.every(({ element }) => same(element, first.element))
  return isStretch ? countOf(tokens) : undefined
}

/** A stretch of equal elements in a word that may be longer than it stands there: between two positions. */
interface Stretch<E> {
  readonly from: number
  readonly to: number
  readonly element: E
}

const REACHED = 1
/** Reached by a walk that passed, within the stretch at hand, a loop which covers the stretch. */
const STRETCHED = 2

function middleCovers<E>(outer: readonly Token<E>[], inner: readonly Token<E>[], elements: Elements<E>): boolean {
  const word = inner.filter(({ loop }) => !loop).map(({ element }) => element)
  const stretches = stretchesOf(inner, word, elements)
  const growth = growthOf(outer, elements)
  if (word.length < countOf(outer)) return false
  const end = outer.length
  let states = new Uint8Array(end + 1)
  states[0] = REACHED
  let next = 0
  for (let at = 0; at <= word.length; at++) {
    pass(outer, states)
    for (let index = next; index < stretches.length; index++) {
      const stretch = stretches[index]
      if (stretch === undefined || stretch.from > at) break
      if (stretch.from === at) for (let state = 0; state <= end; state++) states[state] = states[state] ? REACHED : 0
      pass(outer, states, (state) => growth[state]?.some((grown) => elements.covers(grown, stretch.element)) === true)
      if (stretch.to > at) break
      for (let state = 0; state <= end; state++) if (states[state] !== STRETCHED) states[state] = 0
      next = index + 1
    }
    const element = word[at]
    if (element === undefined) break
    const ahead = new Uint8Array(end + 1)
    let alive = false
    for (let state = 0; state < end; state++) {
      const reached = states[state] ?? 0
      const token = outer[state]
      if (reached === 0 || token === undefined || !elements.covers(token.element, element)) continue
      const to = token.loop ? state : state + 1
      if ((ahead[to] ?? 0) < reached) ahead[to] = reached
      alive = true
    }
    if (!alive) return false
    states = ahead
  }
  return states[end] !== 0
}

/** Loops of `outer` may be left without taking anything; a state in which `outer` can take a stretch marks the walk. */
function pass<E>(
  outer: readonly Token<E>[],
  states: Uint8Array,
  takes: (state: number) => boolean = () => false,
): void {
  for (let state = 0; state <= outer.length; state++) {
    if (states[state] === 0) continue
    if (states[state] !== STRETCHED && takes(state)) states[state] = STRETCHED
    const reached = states[state] ?? 0
    if (outer[state]?.loop && (states[state + 1] ?? 0) < reached) states[state + 1] = reached
  }
}

/**
 * What may be added at each state without being too much. That is what a loop takes; and what a token before the loop
 * takes, if the next one takes at least as much, and so on up to the loop: each then takes what the one before it had. The
 * same holds behind a loop.
 */
function growthOf<E>(outer: readonly Token<E>[], { covers }: Elements<E>): E[][] {
  const growth: E[][] = Array.from({ length: outer.length + 1 }, () => [])
  const chain = (order: readonly number[], stateOf: (token: number) => number) => {
    let before: Token<E> | undefined
    for (const at of order) {
      const token = outer[at]
      if (token === undefined) continue
      const grows: boolean = token.loop || (before !== undefined && covers(before.element, token.element))
      if (grows) growth[stateOf(at)]?.push(token.element)
      before = grows ? token : undefined
    }
  }
  chain([...outer.keys()].reverse(), (token) => token)
  chain([...outer.keys()], (token) => token + 1)
  return growth
}

/** The stretches of a word in order. A loop and equal elements beside it are one stretch: where it grows is the same. */
function stretchesOf<E>(inner: readonly Token<E>[], word: readonly E[], { same }: Elements<E>): Stretch<E>[] {
  const stretches: Stretch<E>[] = []
  let at = 0
  for (const { loop, element } of inner) {
    if (!loop) {
      at++
      continue
    }
    let from = at
    for (let before = word[from - 1]; from > 0 && before !== undefined && same(before, element); )
      before = word[--from - 1]
    let to = at
    for (let after = word[to]; to < word.length && after !== undefined && same(after, element); ) after = word[++to]
    const last = stretches.at(-1)
    if (last?.from === from && last.to === to && same(last.element, element)) continue
    stretches.push({ from, to, element })
  }
  return stretches
}

/** Whether some sequence is taken by both. Exact, and symmetric. */
export function sequencesMeet<E>(a: readonly Token<E>[], b: readonly Token<E>[], elements: Elements<E>): boolean {
  const middle = middleOf(a, b, elements.meet)
  if (middle === undefined) return false
  const { start, cut } = middle
  return middlesMeet(a.slice(start, a.length - cut), b.slice(start, b.length - cut), elements)
}

/** Walks both sequences at once over pairs of positions, row by row. */
function middlesMeet<E>(a: readonly Token<E>[], b: readonly Token<E>[], { meet }: Elements<E>): boolean {
  // reachable[j]: some sequence is taken by a[..i] and by b[..j] alike.
  let reachable = new Uint8Array(b.length + 1)
  reachable[0] = 1
  for (let i = 0; i <= a.length; i++) {
    const ahead = new Uint8Array(b.length + 1)
    const left = a[i]
    for (let j = 0; j <= b.length; j++) {
      if (reachable[j] === 0) continue
      const right = b[j]
      if (left?.loop) ahead[j] = 1
      if (right?.loop) reachable[j + 1] = 1
      if (left === undefined || right === undefined || (left.loop && right.loop)) continue
      if (!meet(left.element, right.element)) continue
      if (left.loop) reachable[j + 1] = 1
      else ahead[right.loop ? j : j + 1] = 1
    }
    if (i === a.length) return reachable[b.length] === 1
    reachable = ahead
  }
  return false
}

/** The most sequences that an intersection is told by. */
const MOST_SEQUENCES = 1000

/**
 * Sequences that together are what both take. There can be as many as the two can be shuffled into one another.
 *
 * @param common What two elements have in common, as elements that are together exactly that.
 * @throws {RangeError} There would be more than 1,000.
 */
export function sequencesIntersect<E>(
  a: readonly Token<E>[],
  b: readonly Token<E>[],
  common: (a: E, b: E) => readonly E[],
): Token<E>[][] {
  const known = new Map<number, Token<E>[][]>()
  const width = b.length + 1
  const from = (i: number, j: number): Token<E>[][] => {
    const at = i * width + j
    const before = known.get(at)
    if (before !== undefined) return before
    const found = follow(i, j)
    if (found.length > MOST_SEQUENCES) {
      throw new RangeError(`Cannot intersect: more than ${MOST_SEQUENCES} patterns would be needed`)
    }
    known.set(at, found)
    return found
  }
  const follow = (i: number, j: number): Token<E>[][] => {
    const [left, right] = [a[i], b[j]]
    if (left === undefined && right === undefined) return [[]]
    if (left?.loop && right?.loop) {
      const rest = unlike([...from(i + 1, j), ...from(i, j + 1)])
      const loops = common(left.element, right.element)
      return loops.length === 0
        ? rest
        : loops.flatMap((element) => rest.map((tail) => [{ loop: true, element }, ...tail]))
    }
    const found: Token<E>[][] = []
    if (left?.loop) found.push(...from(i + 1, j))
    if (right?.loop) found.push(...from(i, j + 1))
    if (left !== undefined && right !== undefined) {
      const [nextI, nextJ] = [left.loop ? i : i + 1, right.loop ? j : j + 1]
      for (const element of common(left.element, right.element)) {
        for (const tail of from(nextI, nextJ)) found.push([{ loop: false, element }, ...tail])
      }
    }
    return unlike(found)
  }
  return from(0, 0)
}

/** Each sequence once: walks that leave two loops in either order tell the same. */
function unlike<E>(sequences: readonly Token<E>[][]): Token<E>[][] {
  if (sequences.length < 2) return [...sequences]
  return [...new Map(sequences.map((sequence) => [JSON.stringify(sequence), sequence])).values()]
}
