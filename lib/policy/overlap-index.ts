import type { Pattern } from './patterns.ts'
import { meets } from './patterns-algebra.ts'

/** Something that may overlap with another of its kind. */
export interface Claim {
  team: string
  pattern: Pattern
}

/**
 * Finds claims of other teams that a pattern meets, without comparing all with all. Two patterns can only meet where the
 * literal text before the first star of one begins that of the other, and likewise for the text behind the last star; so
 * claims are kept by the one, and within it sorted by the other.
 */
export class OverlapIndex<C extends Claim> {
  readonly #byPrefix = new Map<string, Bucket<C>>()
  readonly #lengths = new Set<number>()
  readonly #claims: readonly C[]

  constructor(claims: readonly C[]) {
    this.#claims = claims
    for (const claim of claims) {
      const { prefix, suffix } = literalEnds(claim.pattern.text)
      const bucket = this.#byPrefix.get(prefix) ?? new Bucket<C>()
      this.#byPrefix.set(prefix, bucket)
      this.#lengths.add(prefix.length)
      bucket.add(suffix, claim)
    }
    for (const bucket of this.#byPrefix.values()) bucket.sort()
  }

  /** Each pair of claims of two teams that meet, as far as one for each claim: the earlier claim first. */
  *overlaps(): Generator<[C, C]> {
    const order = new Map(this.#claims.map((claim, index) => [claim, index]))
    const reported = new Set<C>()
    for (const claim of this.#claims) {
      const other = this.find(claim)
      if (!other) continue
      const pair: [C, C] = (order.get(other) ?? 0) < (order.get(claim) ?? 0) ? [other, claim] : [claim, other]
      if (reported.has(pair[1])) continue
      reported.add(pair[1])
      yield pair
    }
  }

  /** A claim of another team that meets this one and whose literal beginning is no longer. */
  find({ team, pattern }: Claim): C | undefined {
    const { prefix, suffix } = literalEnds(pattern.text)
    for (const length of this.#lengths) {
      if (length > prefix.length) continue
      const candidates = this.#byPrefix.get(prefix.slice(0, length))?.compatible(suffix) ?? []
      for (const candidate of candidates) {
        if (candidate.team !== team && meets(candidate.pattern, pattern)) return candidate
      }
    }
    return undefined
  }
}

/** Claims whose patterns begin alike, by what they end in. */
class Bucket<C> {
  readonly #bySuffix = new Map<string, C[]>()
  readonly #lengths = new Set<number>()
  #sorted: { reversed: string; claims: C[] }[] = []

  add(suffix: string, claim: C): void {
    const claims = this.#bySuffix.get(suffix)
    if (claims) claims.push(claim)
    else this.#bySuffix.set(suffix, [claim])
    this.#lengths.add(suffix.length)
  }

  sort(): void {
    this.#sorted = [...this.#bySuffix]
      .map(([suffix, claims]) => ({ reversed: reverse(suffix), claims }))
      .sort((a, b) => (a.reversed < b.reversed ? -1 : 1))
  }

  /** Claims that end in `suffix`, or in a part of it that `suffix` ends in. */
  *compatible(suffix: string): Generator<C> {
    for (const length of this.#lengths) {
      if (length < suffix.length) yield* this.#bySuffix.get(suffix.slice(suffix.length - length)) ?? []
    }
    const reversed = reverse(suffix)
    let from = 0
    for (let to = this.#sorted.length; from < to; ) {
      const middle = (from + to) >> 1
      if ((this.#sorted[middle]?.reversed ?? '') < reversed) from = middle + 1
      else to = middle
    }
    for (let at = this.#sorted[from]; at?.reversed.startsWith(reversed); at = this.#sorted[++from]) yield* at.claims
  }
}

function literalEnds(text: string): { prefix: string; suffix: string } {
  const first = text.indexOf('*')
  return first < 0
    ? { prefix: text, suffix: text }
    : { prefix: text.slice(0, first), suffix: text.slice(text.lastIndexOf('*') + 1) }
}

function reverse(text: string): string {
  let reversed = ''
  for (let at = text.length - 1; at >= 0; at--) reversed += text.charAt(at)
  return reversed
}
