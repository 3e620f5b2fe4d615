// Compares the pattern engine with what patterns mean, for as many pairs as are asked for:
//   node scripts/node.mjs test/policy/patterns/pairs.ts --pairs 1000000 --seed 1
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { covers } from '../../../lib/policy/patterns/covers.ts'
import { matches } from '../../../lib/policy/patterns/matches.ts'
import { mayMeet } from '../../../lib/policy/patterns/may-meet.ts'
import { parsePattern } from '../../../lib/policy/patterns/parse.ts'
import type { Pattern } from '../../../lib/policy/patterns/pattern.ts'
import {
  type Bits,
  bitsOf,
  haveCommon,
  isEmpty,
  isWithin,
  meaningOf,
  patternFrom,
  type Small,
  smallKinds,
  told,
  type Written,
} from './meaning.ts'

interface Member {
  readonly written: Written
  readonly pattern: Pattern
  readonly bits: Bits
}

/** What was compared, and the first disagreements in words. */
export interface Compared {
  pairs: number
  covered: number
  met: number
  disagreements: string[]
}

/** Patterns of a kind, each once, with what they mean; disagreements of `matches` are noted on the way. */
function membersOf(small: Small, count: number, seed: number, compared: Compared): Member[] {
  const { kind, pieces, most, written, texts } = small
  const arbitrary = fc
    .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: most, size: 'max' })
    .map(written)
    .filter((text) => parsePattern(kind, text).ok)
  const distinct = new Set(fc.sample(arbitrary, { numRuns: count * 5, seed }))
  return [...[...distinct].slice(0, count), ...small.reaches].map((each): Member => {
    const pattern = patternFrom(kind, each)
    const meaning = meaningOf(kind, each)
    const bits = bitsOf(texts, (text) => meaning.test(text))
    const matched = bitsOf(texts, (text) => matches(pattern, text))
    if (!isWithin(bits, matched) || !isWithin(matched, bits)) {
      const wrong = texts.find((text) => matches(pattern, text) !== meaning.test(text))
      compared.disagreements.push(`${kind} ${told(each)} matches ${wrong}: ${matches(pattern, wrong ?? '')}`)
    }
    return { written: each, pattern, bits }
  })
}

/**
 * @param pairs About as many pairs, shared out over the kinds; fewer where there are no more patterns.
 * @param more As `smallKinds` takes it.
 */
export function comparePairs(pairs: number, seed: number, more = 0): Compared {
  const compared: Compared = { pairs: 0, covered: 0, met: 0, disagreements: [] }
  const kinds = smallKinds(more)
  for (const small of kinds) {
    const members = membersOf(small, Math.ceil(Math.sqrt(pairs / kinds.length)), seed, compared)
    for (const outer of members) {
      for (const inner of members) compare(small.kind, outer, inner, compared)
    }
  }
  return compared
}

function compare(kind: string, outer: Member, inner: Member, compared: Compared): void {
  compared.pairs++
  const name = `${kind} ${told(outer.written)} and ${told(inner.written)}`
  const covered = covers(outer.pattern, inner.pattern)
  const met = mayMeet(outer.pattern, inner.pattern)
  if (covered) compared.covered++
  if (met) compared.met++
  if (covered !== isWithin(outer.bits, inner.bits)) compared.disagreements.push(`${name}: covers ${covered}`)
  if (met !== haveCommon(outer.bits, inner.bits)) compared.disagreements.push(`${name}: may meet ${met}`)
  if (met !== mayMeet(inner.pattern, outer.pattern)) compared.disagreements.push(`${name}: not symmetric`)
  if (covered && !met && !isEmpty(inner.bits)) compared.disagreements.push(`${name}: covers, but doesn't meet`)
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      pairs: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '1' },
      more: { type: 'string', default: '1' },
    },
  })
  const { disagreements, ...counts } = comparePairs(Number(values.pairs), Number(values.seed), Number(values.more))
  console.log(counts, `disagreements: ${disagreements.length}`)
  for (const disagreement of disagreements.slice(0, 40)) console.log(disagreement)
  process.exitCode = disagreements.length === 0 ? 0 : 1
}
