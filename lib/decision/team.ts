import type { CompiledPolicy } from './compiled-policy.ts'

export type ResolvedTeam =
  | { kind: 'team'; team: string }
  /** The token names no team of the policy. */
  | { kind: 'no-team' }
  /** The token's teams don't own the API, or several do: answered exactly like an API that doesn't exist. */
  | { kind: 'not-owner' }

/**
 * The team that a token acts as on an API: of the teams that it names, the one that owns the API. A claim is a string
 * or an array of strings; entries are compared whole and case-sensitively. Costs the claims' length, not the policy's.
 */
export function resolveTeam(
  { identities, published }: Pick<CompiledPolicy, 'identities' | 'published'>,
  claims: Readonly<Record<string, unknown>>,
  restApiId: string,
): ResolvedTeam {
  const named = teamsOf({ identities }, claims)
  if (named.size === 0) return { kind: 'no-team' }
  const { teams } = published.document
  const owners = identities.owners.has(restApiId)
    ? [...named].filter((team) => teams[team]?.apis.restApiIds.includes(restApiId) === true)
    : []
  const [team, ...others] = owners
  return team === undefined || others.length > 0 ? { kind: 'not-owner' } : { kind: 'team', team }
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
