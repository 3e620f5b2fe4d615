import type { CompiledPolicy, CompiledTeam } from './compile/compiled-policy.ts'
import { type ApiTags, namedTags, teamsByTags } from './compile/tag-owners.ts'

/** An API, as far as the question goes whose it is. */
export interface OwnedApi {
  /** Empty where the API is still to be made. */
  restApiId: string
  /** All of its tags; absent where they aren't known, which never makes anybody its owner. */
  tags?: ApiTags
}

/** `tags`: those that the answer rests on, of the keys that the policy's selectors name; absent where it rests on none. */
export type ResolvedTeam =
  | { kind: 'team'; team: string; tags?: ApiTags }
  /** The token names no team of the policy. */
  | { kind: 'no-team' }
  /** The token's teams don't own the API, or several do by its id: answered exactly like an API that doesn't exist. */
  | { kind: 'not-owner'; tags?: ApiTags }
  /** The API's tags make it one of the token's teams', and another's too: it is nobody's until it is tagged anew. */
  | { kind: 'contested'; tags: ApiTags }
  /** One of these teams owns the API if its tags say so; sorted, at least one. */
  | { kind: 'depends-on-tags'; teams: readonly string[] }

/**
 * The team that a token acts as on an API: of the teams that it names, the one that owns the API. A claim is a string
 * or an array of strings; entries are compared whole and case-sensitively. Costs the claims' length, not the policy's.
 *
 * An id that the policy lists decides alone: tags can't take such an API from its team. Tags are asked for where one of
 * the token's teams could own by them, also where another team lists the id: whether they are looked up must not tell
 * which ids the policy has.
 */
export function resolveTeam(
  { identities, published }: Pick<CompiledPolicy, 'identities' | 'published'>,
  claims: Readonly<Record<string, unknown>>,
  { restApiId, tags }: OwnedApi,
): ResolvedTeam {
  const named = teamsOf({ identities }, claims)
  if (named.size === 0) return { kind: 'no-team' }
  const { teams } = published.document
  const { owners, tagged } = identities
  if (owners.has(restApiId)) {
    const [team, ...others] = [...named].filter((name) => teams[name]?.apis.restApiIds?.includes(restApiId) === true)
    if (team !== undefined) return others.length > 0 ? { kind: 'not-owner' } : { kind: 'team', team }
  }
  if (tagged === undefined) return { kind: 'not-owner' }
  const able = [...named].filter((team) => tagged.selectors.has(team))
  if (able.length === 0) return { kind: 'not-owner' }
  if (tags === undefined) return { kind: 'depends-on-tags', teams: able.sort() }
  if (owners.has(restApiId)) return { kind: 'not-owner' }
  const used = namedTags(tagged, tags)
  const matching = teamsByTags(tagged, used)
  const team = matching.find((name) => named.has(name))
  if (team === undefined) return { kind: 'not-owner', tags: used }
  return matching.length > 1 ? { kind: 'contested', tags: used } : { kind: 'team', team, tags: used }
}

/** Whether an API is a team's: by its id, or alone of all teams by its tags. */
export function isOwner({ identities }: CompiledPolicy, team: CompiledTeam, { restApiId, tags }: OwnedApi): boolean {
  if (team.restApiIds.includes(restApiId)) return true
  const { owners, tagged } = identities
  if (tagged === undefined || tags === undefined || owners.has(restApiId)) return false
  const [owner, ...others] = teamsByTags(tagged, tags)
  return owner === team.name && others.length === 0
}

/** Every team that the claims name, in no order that matters. */
export function teamsOf(
  { identities }: Pick<CompiledPolicy, 'identities'>,
  claims: Readonly<Record<string, unknown>>,
): ReadonlySet<string> {
  const named = new Set<string>()
  for (const [claim, teams] of identities.teams) {
    const value: unknown = Object.hasOwn(claims, claim) ? claims[claim] : undefined
    const entries: readonly unknown[] = Array.isArray(value) ? value : [value]
    for (const entry of entries) {
      if (typeof entry !== 'string') continue
      for (const team of teams.get(entry) ?? []) named.add(team)
    }
  }
  return named
}
