import type { Section } from '../../policy/document/rule-ids.ts'
import { type ClaimKind, type Claims, claimFinding, isClaimed } from '../compile/claims.ts'
import type { Sections } from '../compile/compiled-sections.ts'
import type { Finding } from '../explain/finding.ts'
import type { Subject } from '../subject.ts'

const SECTION_OF: Record<ClaimKind, Section> = {
  hosts: 'uri',
  functions: 'uri',
  roles: 'credentials',
  vpcLinks: 'connection',
  integrationTargets: 'connection',
  namespaces: 'cache',
}

/**
 * What another team's list claims stays closed where the team's own list doesn't decide: because its rule is softened,
 * or because the section leaves the list to the bounds.
 *
 * @param softened Sections of which the team's rule failed without denying.
 */
export function judgeClaims(
  subject: Subject,
  { credentials, connection, cache }: Sections,
  softened: ReadonlySet<Section>,
  claims: () => Claims,
  findings: Finding[],
): void {
  const check = (kind: ClaimKind, value: string, isListed: boolean) => {
    if (value === '' || (isListed && !softened.has(SECTION_OF[kind]))) return
    if (isClaimed(claims(), kind, value, subject)) findings.push(claimFinding(kind, value))
  }
  const { backend } = subject
  if (backend.kind === 'http') check('hosts', backend.host, true)
  if (backend.kind === 'lambda') check('functions', `${backend.lambda.account}:${backend.lambda.function}`, true)
  if (subject.credentials.kind === 'role') {
    check('roles', subject.integration.credentials ?? '', credentials.roles !== undefined)
  }
  if (subject.connectionType === 'VPC_LINK') {
    check('vpcLinks', subject.connectionId, connection.vpcLinks !== undefined)
    check('integrationTargets', subject.integrationTarget, connection.integrationTargets !== undefined)
  }
  if (subject.cacheNamespace !== subject.request.resourceId) {
    check('namespaces', subject.cacheNamespace, cache.namespaces !== undefined)
  }
}
