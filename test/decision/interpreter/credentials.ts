import type { Allow, Credentials, CredentialsBounds } from '../../../lib/policy/document/sections.ts'
import { type Answer, all } from './answer.ts'
import type { Facts } from './facts.ts'
import { type Finding, finding } from './finding.ts'
import { isRole, roleParts } from './role.ts'
import { arnMatches } from './texts.ts'

/** policy.md 2a, "`rolePath`" and "Caller pass-through". */

/** `roles` unnamed: none. `none` unnamed: allowed. `callerPassThrough` unnamed: never. No section: no credentials. */
export function credentialsAllowed(section: Allow['credentials'], facts: Facts): Finding[] {
  const { credentials } = facts.effective
  const rule: Credentials = section === undefined || section === 'none' ? {} : section
  if (credentials === '') return [finding('none', rule.none !== 'never')]
  if (credentials.endsWith(':user/*')) return [finding('pass-through', rule.callerPassThrough === 'allowed')]
  return [
    finding(
      'role',
      facts.expand(rule.roles ?? []).some((pattern) => arnMatches(pattern, credentials)),
    ),
  ]
}

export function credentialsInBounds(bounds: CredentialsBounds | undefined, facts: Facts): Answer {
  const { credentials } = facts.effective
  if (bounds === undefined || credentials === '') return true
  const { accounts, rolePath, roles, callerPassThrough } = bounds
  if (credentials.endsWith(':user/*')) {
    if (callerPassThrough !== undefined) return callerPassThrough === 'allowed'
    return accounts || rolePath || roles ? undefined : true
  }
  if (!isRole(credentials)) return true
  const { account, path } = roleParts(credentials)
  return all(
    accounts === undefined || facts.expand(accounts).includes(account),
    roles === undefined || facts.expand(roles).some((pattern) => arnMatches(pattern, credentials)),
    rolePath === undefined || inRolePath(rolePath, path),
  )
}

/** `/apigw/` is exactly that path; `/apigw/**` also what lies below. */
function inRolePath(rolePath: string, path: string): boolean {
  return rolePath.endsWith('/**') ? path.startsWith(rolePath.slice(0, -2)) : path === rolePath
}
