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
 * it somewhere along the stretch. Exact for elements from an alphabet that the patterns do not use up, which is what the
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
  return middleCovers(outer.slice(start, outer.length - cut), inner.slice(start, inner.length - cut), elements)
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
  const least = outer.reduce((count, { loop }) => (loop ? count : count + 1), 0)
  if (word.length < least) return false
  const end = outer.length
  let states = new Uint8Array(end + 1)
  states[0] = REACHED
  let next = 0
  for (let at = 0; at <= word.length; at++) {
    pass(outer, states, () => false)
    for (let index = next; index < stretches.length; index++) {
      const stretch = stretches[index]
      if (stretch === undefined || stretch.from > at) break
      if (stretch.from === at) for (let state = 0; state <= end; state++) states[state] = states[state] ? REACHED : 0
      pass(outer, states, (element) => elements.covers(element, stretch.element))
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

/** Loops of `outer` may be left without taking anything; those that `stretches` mark the walk. */
function pass<E>(outer: readonly Token<E>[], states: Uint8Array, stretches: (element: E) => boolean): void {
  for (let state = 0; state < outer.length; state++) {
    const token = outer[state]
    const reached = states[state] ?? 0
    if (token === undefined || reached === 0 || !token.loop) continue
    if (reached !== STRETCHED && stretches(token.element)) states[state] = STRETCHED
    const now = states[state] ?? 0
    if ((states[state + 1] ?? 0) < now) states[state + 1] = now
  }
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
