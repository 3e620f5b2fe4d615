import type { PolicySet, TagSelector } from '../../policy/document/document.ts'

/** Tags of a REST API, by key. Whoever may tag the API controls them; keys and values are compared as spelt. */
export type ApiTags = Readonly<Record<string, string>>

/** Teams that own APIs by tags. Absent from a policy without any, which then asks for no tags. */
export interface TagOwners {
  /** What a team's selector asks for, in the selector's order. */
  selectors: ReadonlyMap<string, Conditions>
  /** Teams by one key of their selector, and a value of it. */
  teams: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>
  /** Every key that a selector names. */
  keys: ReadonlySet<string>
}

type Conditions = readonly (readonly [key: string, values: readonly string[]])[]

export function conditionsOf(selector: TagSelector): Conditions {
  return Object.entries(selector).map(([key, values]) => [key, [values].flat()])
}

/** @returns `undefined` where no team owns by tags. */
export function indexTagOwners({ teams }: Pick<PolicySet, 'teams'>): TagOwners | undefined {
  const selectors = new Map<string, Conditions>()
  const index = new Map<string, Map<string, string[]>>()
  for (const [team, { apis }] of Object.entries(teams)) {
    if (apis.tags === undefined) continue
    const conditions = conditionsOf(apis.tags)
    const [first] = conditions
    if (first === undefined) continue
    selectors.set(team, conditions)
    const [key, values] = first
    const byValue = index.get(key) ?? new Map<string, string[]>()
    index.set(key, byValue)
    for (const value of values) byValue.set(value, [...(byValue.get(value) ?? []), team])
  }
  if (selectors.size === 0) return undefined
  const keys = new Set([...selectors.values()].flatMap((conditions) => conditions.map(([key]) => key)))
  return { selectors, teams: index, keys }
}

/** Every team whose selector these tags satisfy. Costs the selectors' keys, not the policy's teams. */
export function teamsByTags({ selectors, teams }: TagOwners, tags: ApiTags): string[] {
  const found: string[] = []
  for (const [key, byValue] of teams) {
    const value = tagOf(tags, key)
    for (const team of value === undefined ? [] : (byValue.get(value) ?? [])) {
      const conditions = selectors.get(team) ?? []
      if (conditions.every(([name, values]) => values.some((wanted) => wanted === tagOf(tags, name)))) found.push(team)
    }
  }
  return found
}

/** Of all tags, those that a selector names: what an answer to "whose is it" rests on. */
export function namedTags({ keys }: TagOwners, tags: ApiTags): ApiTags {
  const named: [string, string][] = []
  for (const key of keys) {
    const value = tagOf(tags, key)
    if (value !== undefined) named.push([key, value])
  }
  return Object.fromEntries(named)
}

function tagOf(tags: ApiTags, key: string): string | undefined {
  return Object.hasOwn(tags, key) ? tags[key] : undefined
}
