import type { CompiledPolicy } from '../decision/compile/compiled-policy.ts'
import { conditionsOf } from '../decision/compile/tag-owners.ts'
import type { PolicyPosition } from '../decision/decision.ts'
import { type CompiledException, exceptionsOf } from '../decision/exceptions.ts'
import { teamsOf } from '../decision/team.ts'
import { positionOf } from '../policy/document/published.ts'

/** A team that a token names, and why it does. */
export interface Membership {
  team: string
  restApiIds: readonly string[]
  /** Tags by which an API is the team's as well: all of these, each with one of its values. */
  tags?: Readonly<Record<string, readonly string[]>>
  /** The values the token holds that make its bearer a member, and where the policy says so. At least one. */
  because: { claim: string; value: string; policyAt: PolicyPosition }[]
  /** Exceptions for the team that have not ended; absent where there are none. */
  exceptions?: ExceptionInForce[]
}

/** What the gate has loaded: one that is listed nowhere here is not in force. */
export interface ExceptionInForce {
  id: string
  rules: readonly string[]
  restApiId: string
  resourceId: string
  httpMethod: string
  /** ISO 8601: it holds from `notBefore` up to, not including, `notAfter`. */
  notBefore: string
  notAfter: string
}

/** The teams of the policy that the claims name, in the policy's order. @param now Unix milliseconds. */
export function membershipsOf(
  policy: Pick<CompiledPolicy, 'identities' | 'published' | 'exceptions'>,
  claims: Readonly<Record<string, unknown>>,
  now: number,
): Membership[] {
  const { published } = policy
  const named = teamsOf(policy, claims)
  return Object.entries(published.document.teams)
    .filter(([team]) => named.has(team))
    .map(([team, { identity, apis }]) => {
      const { claim, anyOf } = identity
      const held: readonly unknown[] = [claims[claim]].flat()
      const policyAt = positionOf(published, `/teams/${team}/identity`)
      const exceptions = exceptionsOf(policy, team, now).map(inForce)
      return {
        team,
        restApiIds: apis.restApiIds ?? [],
        ...(apis.tags && { tags: Object.fromEntries(conditionsOf(apis.tags)) }),
        because: anyOf.filter((value) => held.includes(value)).map((value) => ({ claim, value, policyAt })),
        ...(exceptions.length > 0 && { exceptions }),
      }
    })
}

function inForce({ id, rules, match, from, until }: CompiledException): ExceptionInForce {
  const { restApiId, resourceId, httpMethod } = match
  return {
    id,
    rules,
    restApiId,
    resourceId,
    httpMethod,
    notBefore: new Date(from).toISOString(),
    notAfter: new Date(until).toISOString(),
  }
}
