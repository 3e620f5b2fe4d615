import type { Section } from '../policy/document/rule-ids.ts'
import type { Bounds } from '../policy/document/sections.ts'
import type { Written } from './rules/rule.ts'

/** Words of one member, from the narrowest on. */
const ORDERS: readonly (readonly unknown[])[] = [
  ['never', 'allowed'],
  ['required', 'optional'],
  ['none', 'literal', 'late-bound'],
  ['forbidden', 'static', 'allowed', 'anything'],
]

/**
 * A team's section widened by what an exception grants: lists hold both, limits take the wider, words the wider one.
 * What the grant leaves unnamed stays as the team has it: granting one half of a section never opens the other.
 *
 * @param own The section in force, as `completeSection` gives it.
 */
export function widened<S extends Section>(own: Written<S> | undefined, granted: Written<S>): Written<S> {
  return merge(plain(own), plain(granted)) as Written<S>
}

/** Sections that bounds write as teams do. */
export type AlikeSection = Exclude<keyof Bounds, 'uri' | 'credentials'>

/** The same for a block of the bounds; only for sections that both write alike. */
export function widenedBounds<S extends AlikeSection>(own: Bounds[S], granted: Written<S>): NonNullable<Bounds[S]> {
  return merge(own, plain(granted)) as NonNullable<Bounds[S]>
}

/** `none` of credentials and cache names nothing beyond what completing a section fills in. */
function plain(written: unknown): unknown {
  return written === 'none' ? {} : written
}

function merge(own: unknown, granted: unknown): unknown {
  if (granted === undefined) return own
  if (own === undefined) return granted
  if (Array.isArray(own) && Array.isArray(granted)) return [...own, ...granted]
  if (isRecord(own) && isRecord(granted)) {
    const merged: Record<string, unknown> = { ...own }
    // Links are of no use to a team that may not connect through any: granting them grants that.
    if ('vpcLinks' in granted && !('types' in granted) && Array.isArray(own.types))
      merged.types = [...own.types, 'VPC_LINK']
    for (const [member, value] of Object.entries(granted)) {
      merged[member] = member === 'minMillis' ? least(own[member], value) : merge(own[member], value)
    }
    return merged
  }
  if (typeof own === 'number' && typeof granted === 'number') return Math.max(own, granted)
  const order = ORDERS.find((words) => words.includes(own) && words.includes(granted))
  if (order !== undefined) return order.indexOf(own) > order.indexOf(granted) ? own : granted
  return granted
}

function least(own: unknown, granted: unknown): unknown {
  return typeof own === 'number' && typeof granted === 'number' ? Math.min(own, granted) : granted
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
