import { expand, type Lists } from '../compile/lists.ts'

/** Entries, or no limit at all. */
export type AnyOr<T> = 'any' | readonly T[]

/** From the strictest. */
export const TEMPLATE_USE = ['forbidden', 'static', 'allowed', 'anything'] as const
export const QUERY = ['none', 'literal', 'late-bound'] as const

export function list(entries: readonly string[] | undefined, lists: Lists): string[] | undefined {
  return entries && [...expand(entries, lists)]
}

/** A team's patterns, which publishing keeps within the bounds; the bounds' where the team names none. */
export function either<T>(own: readonly T[] | undefined, bound: readonly T[] | undefined): AnyOr<T> {
  return own ?? bound ?? 'any'
}

/** Words that both allow; `*` stands for every word. */
export function words<T extends string>(own: readonly T[], bound: readonly string[] | undefined): T[] {
  if (bound === undefined || bound.includes('*')) return [...own]
  if (own.includes('*' as T)) return [...bound] as T[]
  return own.filter((word) => bound.includes(word))
}

export function both(own: 'allowed' | 'never', bound: 'allowed' | 'never' | undefined): 'allowed' | 'never' {
  return bound === 'never' ? 'never' : own
}

export function least(own: number | undefined, bound: number | undefined): number | undefined {
  const given = [own, bound].filter((limit) => limit !== undefined)
  return given.length === 0 ? undefined : Math.min(...given)
}
