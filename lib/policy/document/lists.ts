import { AWS_ENDPOINTS } from './aws-endpoints.ts'
import type { PolicySet } from './document.ts'

/** Lists that every policy has without naming them. */
export const BUILT_IN_LISTS: Readonly<Record<string, readonly string[]>> = { 'aws-endpoints': AWS_ENDPOINTS }

export interface ResolvedList {
  entries: readonly string[]
  shared: boolean
}

/** The list that `@name` stands for, if there is one. Lists don't refer to lists. */
export function resolveList(name: string, lists: PolicySet['lists'] = {}): ResolvedList | undefined {
  const own = Object.hasOwn(lists, name) ? lists[name] : undefined
  if (own) return { entries: own.entries, shared: own.shared === true }
  return Object.hasOwn(BUILT_IN_LISTS, name) ? { entries: BUILT_IN_LISTS[name] ?? [], shared: false } : undefined
}

/** What an entry of a policy stands for: itself, or the entries of the list it names (none, if there is no such list). */
export function expandEntry(entry: string, lists: PolicySet['lists']): readonly string[] {
  return entry.startsWith('@') ? (resolveList(entry.slice(1), lists)?.entries ?? []) : [entry]
}
