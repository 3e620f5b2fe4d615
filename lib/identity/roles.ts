import { ROLES, type Role } from './caller.ts'
import { type Claims, claimHolds } from './claims.ts'
import type { Issuer } from './issuers.ts'

/**
 * The roles a caller has by its issuer's configuration. The rules of one issuer never read another's tokens, and no role
 * implies another.
 */
export function rolesOf(claims: Claims, roles: Issuer['roles']): ReadonlySet<Role> {
  return new Set(
    ROLES.filter((role) => {
      const rule = roles[role]
      return rule !== undefined && claimHolds(claims, rule)
    }),
  )
}
