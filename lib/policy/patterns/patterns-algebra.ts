import type { Character, Pattern, SegmentToken, Token } from './patterns.ts'

/**
 * Set algebra on patterns: what bounds, claims and "does this widen access?" ask. A pattern stands for the set of texts
 * it matches; texts are taken to come from an alphabet with at least one character that the patterns don't use, which
 * can only make {@link covers} say no where yes would be true of a smaller alphabet.
 *
 * Costs are polynomial in the patterns' lengths; nothing backtracks.
 */

/**
 * Whether every text that `inner` matches is matched by `outer`. Never wrongly true. Wrongly false only where a segment
 * of `inner` is covered by several alternatives of `outer` together and by none alone.
 */
export function covers(outer: Pattern, inner: Pattern): boolean {
  if (outer.literal !== undefined && inner.literal !== undefined && outer.kind === inner.kind) {
    return outer.literal === inner.literal
  }
  return (
    outer.kind === inner.kind &&
    outer.parts.length === inner.parts.length &&
    outer.parts.every((part, index) => sequenceCovers(part, inner.parts[index] ?? [], segmentCovers))
  )
}

/** Whether some text is matched by both. Exact. */
export function meets(a: Pattern, b: Pattern): boolean {
  if (a.literal !== undefined && b.literal !== undefined && a.kind === b.kind) return a.literal === b.literal
  return (
    a.kind === b.kind &&
    a.parts.length === b.parts.length &&
    a.parts.every((part, index) => sequencesMeet(part, b.parts[index] ?? [], segmentsMeet))
  )
}

/** A whole segment: `undefined` is any segment, the empty one included. */
type Segment = SegmentToken[] | undefined

function segmentCovers(outer: Segment, inner: Segment): boolean {
  if (outer === undefined) return true
  return inner !== undefined && sequenceCovers(outer, inner, characterCovers)
}

function segmentsMeet(a: Segment, b: Segment): boolean {
  return a === undefined || b === undefined || sequencesMeet(a, b, charactersMeet)
}

function characterCovers(outer: Character, inner: Character): boolean {
  return outer === undefined || outer === inner || (outer === null && inner !== undefined && inner !== '.')
}

function charactersMeet(a: Character, b: Character): boolean {
  return characterCovers(a, b) || characterCovers(b, a)
}

function sequenceCovers<E>(
  outer: readonly Token<E>[],
  inner: readonly Token<E>[],
  elementCovers: (outer: E, inner: E) => boolean,
): boolean {
  // What both begin and end with, one element at a time, leaves no choice and is most of most patterns.
  let start = 0
  for (; ; start++) {
    const [a, b] = [outer[start], inner[start]]
    if (a?.kind !== 'one' || b?.kind !== 'one') break
    if (!elementCovers(a.element, b.element)) return false
  }
  let cut = 0
  for (; cut < Math.min(outer.length, inner.length) - start; cut++) {
    const [a, b] = [outer[outer.length - 1 - cut], inner[inner.length - 1 - cut]]
    if (a?.kind !== 'one' || b?.kind !== 'one') break
    if (!elementCovers(a.element, b.element)) return false
  }
  return middleCovers(outer.slice(start, outer.length - cut), inner.slice(start, inner.length - cut), elementCovers)
}

/**
 * Runs `outer`, as an automaton over sets of states, beside `inner`: each step of `inner` must leave a state of `outer`
 * from which it can go on. A state is an index into `outer`; behind `rest` tokens one may wait. `rest` in `inner` is
 * taken any number of times, until the set of states repeats: states only move forward, so that it soon does.
 */
function middleCovers<E>(
  outer: readonly Token<E>[],
  inner: readonly Token<E>[],
  elementCovers: (outer: E, inner: E) => boolean,
): boolean {
  if (outer.length === 0) return inner.length === 0
  const [only] = outer
  if (outer.length === 1 && only?.kind === 'rest') {
    return inner.every((token) => elementCovers(only.any, token.kind === 'one' ? token.element : token.any))
  }
  const step = (states: ReadonlySet<number>, token: Token<E>) => {
    const next = new Set<number>()
    for (const state of states) {
      const at = outer[state]
      if (at === undefined) continue
      const takes = elementCovers(
        at.kind === 'one' ? at.element : at.any,
        token.kind === 'one' ? token.element : token.any,
      )
      if (takes) next.add(at.kind === 'one' ? state + 1 : state)
    }
    return closure(outer, next)
  }
  const seen = new Set<string>()
  const open: { at: number; states: ReadonlySet<number> }[] = [{ at: 0, states: closure(outer, new Set([0])) }]
  for (let current = open.pop(); current; current = open.pop()) {
    const { at, states } = current
    const name = `${at}:${[...states].sort((a, b) => a - b).join()}`
    if (seen.has(name)) continue
    seen.add(name)
    const token = inner[at]
    if (token === undefined) {
      if (!states.has(outer.length)) return false
      continue
    }
    if (states.size === 0) return false
    if (token.kind === 'one') open.push({ at: at + 1, states: step(states, token) })
    else open.push({ at: at + 1, states }, { at, states: step(states, token) })
  }
  return true
}

/** Adds the states reached without reading anything: a `rest` may be taken no times. */
function closure<E>(tokens: readonly Token<E>[], states: Set<number>): Set<number> {
  for (const state of states) if (tokens[state]?.kind === 'rest') states.add(state + 1)
  return states
}

/** Walks both sequences at once over pairs of positions, row by row. */
function sequencesMeet<E>(
  a: readonly Token<E>[],
  b: readonly Token<E>[],
  elementsMeet: (a: E, b: E) => boolean,
): boolean {
  // reachable[j]: some text is matched by a[..i] and by b[..j] alike.
  let reachable: boolean[] = new Array(b.length + 1).fill(false)
  reachable[0] = true
  for (let i = 0; i <= a.length; i++) {
    const ahead: boolean[] = new Array(b.length + 1).fill(false)
    const left = a[i]
    for (let j = 0; j <= b.length; j++) {
      if (!reachable[j]) continue
      const right = b[j]
      if (left?.kind === 'rest') ahead[j] = true
      if (right?.kind === 'rest') reachable[j + 1] = true
      if (left && right) {
        if (left.kind === 'one' && right.kind === 'one') {
          if (elementsMeet(left.element, right.element)) ahead[j + 1] = true
        } else if (left.kind === 'one' && right.kind === 'rest') {
          if (elementsMeet(left.element, right.any)) ahead[j] = true
        } else if (left.kind === 'rest' && right.kind === 'one') {
          if (elementsMeet(left.any, right.element)) reachable[j + 1] = true
        }
      }
    }
    if (i === a.length) return reachable[b.length] === true
    reachable = ahead
  }
  return false
}
