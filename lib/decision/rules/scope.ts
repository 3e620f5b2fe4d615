import type { Section } from '../../policy/document/rule-ids.ts'

/** Whose limits are judged: a team's sections, or the organisation's bounds. */
export interface Scope {
  /** The team's name; absent for the bounds. */
  name?: string
  /** Where each section in force stands. */
  pointers?: Readonly<Record<Section, string>>
}

export const BOUNDS: Scope = {}

/** @param leaf The member of the section, dotted; bounds have a rule for each. */
export function ruleOf({ name }: Scope, section: Section, leaf = ''): string {
  if (name !== undefined) return `${name}.${section}`
  return leaf === '' ? `org.bounds.${section}` : `org.bounds.${section}.${leaf}`
}

export function pointerOf({ pointers }: Scope, section: Section, leaf = ''): string {
  if (pointers !== undefined) return pointers[section]
  return leaf === '' ? `/org/bounds/${section}` : `/org/bounds/${section}/${leaf.replaceAll('.', '/')}`
}

/** For messages. */
export function whose({ name }: Scope): string {
  return name === undefined ? "the organisation's" : "the team's"
}
