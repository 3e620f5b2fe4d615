import type { Exception, PolicySet } from '../../policy/document/document.ts'
import type { PublishedPolicy } from '../../policy/document/published.ts'
import type { ConditionProblem, Conditions } from '../conditions.ts'
import { indexExceptions } from '../exceptions.ts'
import { compileDeny } from '../rules/deny.ts'
import { type IndexedClaims, indexClaims } from './claims.ts'
import type { CompiledPolicy, CompiledTeam, Identities } from './compiled-policy.ts'
import { compileBounds, completeTeam } from './complete.ts'
import { loadFor } from './loaded.ts'
import { indexTagOwners } from './tag-owners.ts'

/** A policy whose conditions can't be used. Everything else about a document is checked where it is published. */
export class PolicyError extends Error {
  override name = 'PolicyError'
  readonly problems: readonly ConditionProblem[]

  constructor(problems: readonly ConditionProblem[]) {
    super(`Cannot load the policy: ${problems.map(({ pointer, message }) => `${pointer}: ${message}`).join('; ')}`)
    this.problems = problems
  }
}

/**
 * Makes a published policy ready to decide with. What teams say is compiled when they are first decided for.
 *
 * @throws {PolicyError} if a condition doesn't parse, has the wrong type, or isn't bounded.
 */
export async function compilePolicy(
  published: PublishedPolicy,
  exceptions: readonly Exception[] = [],
): Promise<CompiledPolicy> {
  const { document } = published
  const { org, lists } = document
  let claims: IndexedClaims | undefined
  return {
    published,
    bounds: compileBounds(org.bounds, lists),
    denies: (org.deny ?? []).map((rule, index) => compileDeny(rule, index, lists)),
    conditions: await conditionsOf(document),
    places: new Map(),
    teams: new Map(),
    identities: indexIdentities(document),
    claims: () => {
      claims ??= indexClaims(document)
      return claims
    },
    exceptions: indexExceptions(exceptions, org.locked ?? []),
    loaded: await loadFor(document, exceptions),
  }
}

/** The same policy with other exceptions in force, and with what these need. */
export async function withExceptions(
  policy: CompiledPolicy,
  exceptions: readonly Exception[],
): Promise<CompiledPolicy> {
  const { document } = policy.published
  return {
    ...policy,
    exceptions: indexExceptions(exceptions, document.org.locked ?? []),
    loaded: await loadFor(document, exceptions),
  }
}

/** The team's sections, compiled once; `undefined` for a team that the policy doesn't have. */
export function teamOf(policy: CompiledPolicy, name: string): CompiledTeam | undefined {
  const known = policy.teams.get(name)
  if (known !== undefined) return known
  const { teams, org, lists } = policy.published.document
  const team = Object.hasOwn(teams, name) ? teams[name] : undefined
  if (team === undefined) return undefined
  const compiled: CompiledTeam = {
    name,
    rollout: team.rollout,
    restApiIds: team.apis.restApiIds ?? [],
    examples: new Map(),
    ...completeTeam(team.allow, `/teams/${name}/allow`, org.defaults, lists),
  }
  policy.teams.set(name, compiled)
  return compiled
}

async function conditionsOf({ org, teams }: PolicySet): Promise<Conditions | undefined> {
  if (org.conditions === undefined) return undefined
  const { compileConditions } = await import('../conditions.ts')
  const compiled = compileConditions(org.conditions, Object.keys(teams))
  if (!compiled.ok) throw new PolicyError(compiled.problems)
  return compiled.conditions
}

function indexIdentities({ teams }: PolicySet): Identities {
  const byClaim = new Map<string, Map<string, string[]>>()
  const owners = new Map<string, string>()
  for (const [team, { identity, apis }] of Object.entries(teams)) {
    const values = byClaim.get(identity.claim) ?? new Map<string, string[]>()
    byClaim.set(identity.claim, values)
    for (const value of identity.anyOf) values.set(value, [...(values.get(value) ?? []), team])
    for (const restApiId of apis.restApiIds ?? []) owners.set(restApiId, team)
  }
  const tagged = indexTagOwners({ teams })
  return { teams: byClaim, owners, ...(tagged && { tagged }) }
}
