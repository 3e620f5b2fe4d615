import { mayMeet } from '../patterns/may-meet.ts'
import type { Pattern } from '../patterns/pattern.ts'

/** Something that may overlap with another of its kind. */
export interface Claim {
  team: string
  pattern: Pattern
}

/**
 * Finds claims of other teams that a pattern meets, without comparing all with all. Hosts are kept by their literal
 * labels from the right; a claim with fewer of them can only meet one with more if its next label, a pattern, matches
 * the other's literal. Names and ARNs are kept as one label. Labels are kept by their literal ends ({@link LabelIndex}).
 */
export class OverlapIndex<C extends Claim> {
  readonly #claims: readonly Keyed<C>[]
  readonly #bySuffix = new Map<string, LabelIndex<C>>()

  constructor(claims: readonly C[]) {
    this.#claims = claims.map(keyed)
    for (const claim of this.#claims) {
      const index = this.#bySuffix.get(claim.suffix) ?? new LabelIndex<C>()
      this.#bySuffix.set(claim.suffix, index)
      index.add(claim)
    }
    for (const index of this.#bySuffix.values()) index.sort()
  }

  /** Pairs of claims of two teams that meet, the earlier one first: one pair for each claim that comes second. */
  overlaps(): [C, C][] {
    const order = new Map(this.#claims.map(({ claim }, index) => [claim, index]))
    const second = new Map<C, C>()
    for (const { claim, labels, suffix, label } of this.#claims) {
      const other = this.#find(claim, labels, suffix, label)
      if (!other) continue
      if ((order.get(other) ?? 0) < (order.get(claim) ?? 0)) second.set(claim, other)
      else second.set(other, claim)
    }
    return [...second].map(([later, earlier]) => [earlier, later])
  }

  #find(claim: C, labels: readonly string[], suffix: string, label: string): C | undefined {
    const meetsClaim = ({ team, pattern }: C) => team !== claim.team && mayMeet(pattern, claim.pattern)
    const found = this.#bySuffix.get(suffix)?.find(label, meetsClaim)
    if (found) return found
    let above = ''
    for (const literal of labels) {
      const other = this.#bySuffix.get(above)?.find(literal, meetsClaim)
      if (other) return other
      above = `.${literal}${above}`
    }
    return undefined
  }
}

/** A claim with its literal labels from the right (`labels`, joined in `suffix`) and the label before them. */
interface Keyed<C> {
  claim: C
  labels: string[]
  suffix: string
  label: string
}

function keyed<C extends Claim>(claim: C): Keyed<C> {
  const { kind, text } = claim.pattern
  const all = kind === 'host' ? text.split('.').reverse() : [text]
  const wild = all.findIndex((label) => label.includes('*'))
  const literals = wild < 0 ? all.length - 1 : wild
  const labels = all.slice(0, literals)
  return {
    claim,
    labels,
    suffix: labels
      .map((label) => `.${label}`)
      .reverse()
      .join(''),
    label: all[literals] ?? '',
  }
}

/**
 * Labels by the literal text before their first star, and behind their last. Two of them can only meet where one's
 * beginning begins the other's, and one's ending ends the other's. Of each such pair, it is found from the one whose
 * beginning is longer.
 */
class LabelIndex<C> {
  readonly #byPrefix = new Map<string, EndingIndex<C>>()
  readonly #lengths = new Set<number>()

  add({ claim, label }: Keyed<C>): void {
    const { prefix, ending } = literalEnds(label)
    const bucket = this.#byPrefix.get(prefix) ?? new EndingIndex<C>()
    this.#byPrefix.set(prefix, bucket)
    this.#lengths.add(prefix.length)
    bucket.add(ending, claim)
  }

  sort(): void {
    for (const bucket of this.#byPrefix.values()) bucket.sort()
  }

  find(label: string, accepts: (claim: C) => boolean): C | undefined {
    const { prefix, ending } = literalEnds(label)
    for (const length of this.#lengths) {
      if (length > prefix.length) continue
      const found = this.#byPrefix.get(prefix.slice(0, length))?.find(ending, accepts)
      if (found !== undefined) return found
    }
    return undefined
  }
}

/** Claims whose label begins alike, by how it ends. */
class EndingIndex<C> {
  readonly #byEnding = new Map<string, C[]>()
  readonly #lengths = new Set<number>()
  #sorted: { reversed: string; claims: C[] }[] = []

  add(ending: string, claim: C): void {
    const claims = this.#byEnding.get(ending)
    if (claims) claims.push(claim)
    else this.#byEnding.set(ending, [claim])
    this.#lengths.add(ending.length)
  }

  sort(): void {
    this.#sorted = [...this.#byEnding]
      .map(([ending, claims]) => ({ reversed: reverse(ending), claims }))
      .sort((a, b) => (a.reversed < b.reversed ? -1 : 1))
  }

  find(ending: string, accepts: (claim: C) => boolean): C | undefined {
    for (const length of this.#lengths) {
      if (length >= ending.length) continue
      const found = this.#byEnding.get(ending.slice(ending.length - length))?.find(accepts)
      if (found !== undefined) return found
    }
    const reversed = reverse(ending)
    for (let index = this.#firstFrom(reversed); ; index++) {
      const at = this.#sorted[index]
      if (!at?.reversed.startsWith(reversed)) return undefined
      const found = at.claims.find(accepts)
      if (found !== undefined) return found
    }
  }

  #firstFrom(reversed: string): number {
    let from = 0
    for (let to = this.#sorted.length; from < to; ) {
      const middle = (from + to) >> 1
      if ((this.#sorted[middle]?.reversed ?? '') < reversed) from = middle + 1
      else to = middle
    }
    return from
  }
}

function literalEnds(text: string): { prefix: string; ending: string } {
  const first = text.indexOf('*')
  if (first < 0) return { prefix: text, ending: text }
  return { prefix: text.slice(0, first), ending: text.slice(text.lastIndexOf('*') + 1) }
}

function reverse(text: string): string {
  let reversed = ''
  for (let at = text.length - 1; at >= 0; at--) reversed += text.charAt(at)
  return reversed
}
