import type { PolicySet } from '../../policy/document/document.ts'
import { expandEntry, resolveList } from '../../policy/document/lists.ts'

export type Lists = PolicySet['lists']

/** Entries with each `@name` replaced by that list's entries; a name that no list has stands for nothing. */
export function expand(entries: readonly string[], lists: Lists): readonly string[] {
  if (!entries.some((entry) => entry.startsWith('@'))) return entries
  return entries.flatMap((entry) => [...expandEntry(entry, lists)])
}

/** The entries that are a team's own: those of lists marked `shared` may be named by several teams. */
export function expandClaims(entries: readonly string[], lists: Lists): readonly string[] {
  if (!entries.some((entry) => entry.startsWith('@'))) return entries
  const own = entries.filter((entry) => !entry.startsWith('@') || resolveList(entry.slice(1), lists)?.shared === false)
  return expand(own, lists)
}
