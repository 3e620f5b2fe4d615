import type { PolicySet, Team } from '../document/document.ts'
import type { Finding } from '../document/finding.ts'

/** Teams that name no API, name one twice, or name what another team has too: an API is one team's or nobody's. */
export function checkApis(document: PolicySet): Finding[] {
  return [...checkNamed(document), ...checkIds(document), ...checkSelectors(document)]
}

function checkNamed({ teams }: PolicySet): Finding[] {
  return Object.entries(teams).flatMap(([team, { apis }]): Finding[] => {
    const path = ['teams', team, 'apis']
    if (Object.keys(apis).length === 0)
      return [{ path, at: 'key', message: `Team ${team} names no API.`, suggestion: 'Give restApiIds, tags, or both.' }]
    const { tags } = apis
    if (tags === undefined) return []
    const keys = Object.keys(tags).length
    if (keys === 0)
      return [{ path: [...path, 'tags'], at: 'key', message: '"tags" is empty: it would name every API.' }]
    if (keys > MOST_KEYS)
      return [{ path: [...path, 'tags'], at: 'key', message: `"tags" has more than ${MOST_KEYS} keys.` }]
    return Object.entries(tags).flatMap(([key, value]) => {
      const values = [value].flat()
      return [...values.entries()].flatMap(([index, one]): Finding[] =>
        values.indexOf(one) === index
          ? []
          : [{ path: [...path, 'tags', key, index], at: 'value', message: `The value "${one}" stands twice.` }],
      )
    })
  })
}

const MOST_KEYS = 10

function checkIds({ teams }: PolicySet): Finding[] {
  const owners = new Map<string, string>()
  return Object.entries(teams).flatMap(([team, { apis }]) =>
    (apis.restApiIds ?? []).flatMap((id, index): Finding[] => {
      const owner = owners.get(id)
      owners.set(id, owner ?? team)
      if (owner === undefined) return []
      const path = ['teams', team, 'apis', 'restApiIds', index]
      const message = owner === team ? `The API ${id} stands twice.` : `The API ${id} already belongs to team ${owner}.`
      return [{ path, at: 'value', message }]
    }),
  )
}

interface Selector {
  team: string
  tags: NonNullable<Team['apis']['tags']>
}

/** Selectors that name the same keys, by each key and value. */
interface Group {
  first: Selector
  byTag: Map<string, Selector[]>
}

/**
 * Two teams whose tags one API could have both of. They are apart only where a key that both name has no value in both;
 * selectors are compared by groups of equal keys, so that a policy of thousands of teams is checked at once.
 */
function checkSelectors({ teams }: PolicySet): Finding[] {
  const groups = new Map<string, Group>()
  return Object.entries(teams).flatMap(([team, { apis }]): Finding[] => {
    const { tags } = apis
    if (tags === undefined || Object.keys(tags).length === 0) return []
    const selector = { team, tags }
    const other = [...groups.values()].map((group) => meeting(group, selector)).find((found) => found !== undefined)
    add(groups, selector)
    if (other === undefined) return []
    const common = Object.keys(tags).find((key) => Object.hasOwn(other.tags, key))
    const told =
      common === undefined
        ? `Team ${other.team} names other tags, so that one API can have both.`
        : `An API tagged so can be team ${other.team}'s as well.`
    const path = ['teams', team, 'apis', 'tags']
    return [{ path, at: 'key', message: told, suggestion: 'Name one key in both, with no value in common.' }]
  })
}

/** One of the group that an API could belong to together with the selector. */
function meeting({ first, byTag }: Group, selector: Selector): Selector | undefined {
  const common = Object.keys(selector.tags).filter((key) => Object.hasOwn(first.tags, key))
  const [key] = common
  if (key === undefined) return first
  const candidates = valuesOf(selector, key).flatMap((value) => byTag.get(tagText(key, value)) ?? [])
  return candidates.find((other) =>
    common.every((name) => valuesOf(selector, name).some((value) => valuesOf(other, name).includes(value))),
  )
}

function add(groups: Map<string, Group>, selector: Selector): void {
  const keys = Object.keys(selector.tags)
  const name = JSON.stringify(keys.toSorted())
  const group = groups.get(name) ?? { first: selector, byTag: new Map<string, Selector[]>() }
  groups.set(name, group)
  for (const key of keys) {
    for (const value of valuesOf(selector, key)) {
      const text = tagText(key, value)
      const known = group.byTag.get(text)
      if (known) known.push(selector)
      else group.byTag.set(text, [selector])
    }
  }
}

function valuesOf({ tags }: Selector, key: string): readonly string[] {
  return [tags[key] ?? []].flat()
}

function tagText(key: string, value: string): string {
  return JSON.stringify([key, value])
}
