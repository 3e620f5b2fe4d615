import type { Role } from '../identity/caller.ts'
import type { ClaimRule } from '../identity/issuers.ts'
import { GROUPS_CLAIM, ROLE_GROUPS } from './issuer.ts'

/** Claims that are a single string by definition (RFC 7519 §4.1.2, RFC 9068 §2.2); any other is given as an array. */
const SINGLE_VALUED = new Set(['sub', 'client_id'])
/** Claims whose value the issuer itself sets. */
const RESERVED = new Set(['iss', 'aud', 'exp', 'iat', 'nbf', 'jti'])

/** Somebody to try the gate as: a member of a team, the holder of roles, or both. */
export interface DemoCaller {
  team?: { name: string; identity: ClaimRule }
  roles: readonly Role[]
}

/**
 * The claims of a token for this caller: of the values that make one a member of the team, the first.
 *
 * @returns `undefined` where the team is known by a claim that the embedded issuer can't choose.
 */
export function claimsOf({ team, roles }: DemoCaller): ({ sub: string } & Record<string, unknown>) | undefined {
  const claims = {
    sub: [...(team ? [team.name] : []), ...roles, 'demo'].join('-'),
    ...(roles.length > 0 && { [GROUPS_CLAIM]: roles.map((role) => ROLE_GROUPS[role]) }),
  }
  if (!team) return claims
  const { claim, anyOf } = team.identity
  const [value] = anyOf
  if (value === undefined || RESERVED.has(claim)) return undefined
  if (SINGLE_VALUED.has(claim)) return { ...claims, [claim]: value }
  return { ...claims, [claim]: claim === GROUPS_CLAIM ? [value, ...(claims[GROUPS_CLAIM] ?? [])] : [value] }
}
