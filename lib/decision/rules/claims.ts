import type { Section } from '../../policy/document/rule-ids.ts'
import { matches } from '../../policy/patterns/matches.ts'
import { mayMeet } from '../../policy/patterns/may-meet.ts'
import type { Pattern } from '../../policy/patterns/pattern.ts'
import { targetsOf } from '../../policy/values/load-balancer.ts'
import { type ClaimKind, type Claims, isClaimed } from '../compile/claims.ts'
import type { Finding } from '../explain/finding.ts'
import type { Subject } from '../subject.ts'

/**
 * What another team's list claims stays closed where the team's own list doesn't decide, because its rule is softened.
 *
 * @param softened Sections of which the team's rule failed without denying.
 */
export function judgeClaims(subject: Subject, softened: ReadonlySet<Section>, claims: Claims): Finding[] {
  const findings: Finding[] = []
  const check = (kind: ClaimKind, value: string, isMet: (pattern: Pattern) => boolean) => {
    // What is longer than its form allows is denied for that already.
    if (value === '' || value.length > MAX_LENGTH) return
    if (isClaimed(claims, kind, value, subject.team, isMet)) findings.push(claimFinding(kind, FIELDS[kind], value))
  }
  const same = (value: string) => (pattern: Pattern) => matches(pattern, value)
  const { backend, integration } = subject
  if (softened.has('uri')) {
    if (backend.kind === 'http') check('hosts', backend.host, same(backend.host))
    if (backend.kind === 'lambda') {
      const name = `${backend.lambda.account}:${backend.lambda.function}`
      check('functions', name, same(name))
    }
    if (backend.kind === 'service') findings.push(...claimedService(subject, claims))
  }
  if (softened.has('credentials') && subject.credentials.kind === 'role') {
    check('roles', integration.credentials ?? '', same(integration.credentials ?? ''))
  }
  if (softened.has('connection') && subject.connectionType === 'VPC_LINK') {
    const { connectionId, integrationTarget } = subject
    check('vpcLinks', connectionId, same(connectionId))
    for (const target of targetsOf(integrationTarget)) {
      check('integrationTargets', target.text, (pattern) => mayMeet(pattern, target))
    }
  }
  if (softened.has('cache') && subject.cacheNamespace !== subject.request.resourceId) {
    check('namespaces', subject.cacheNamespace, same(subject.cacheNamespace))
  }
  return findings
}

const MAX_LENGTH = 2_048

function claimedService(subject: Subject, claims: Claims): Finding[] {
  const { backend, team, integration, loaded } = subject
  if (backend.kind !== 'service') return []
  const others = (claims.services.get(backend.service) ?? []).filter(({ team: other }) => other !== team)
  // Whatever the other team may do with its queue, another operation on it is as much a reach into its property.
  const met = others.some(({ limits }) => {
    // Without the model a service could be any.
    if (loaded.services === undefined) return true
    const { serviceMayMeet, serviceClaims } = loaded.services.rules
    return serviceMayMeet(backend, subject, serviceClaims(limits)) !== undefined
  })
  return met ? [claimFinding('services', '/uri', integration.uri ?? '')] : []
}

const FIELDS: Record<ClaimKind, string> = {
  hosts: '/uri',
  functions: '/uri',
  roles: '/credentials',
  vpcLinks: '/connectionId',
  integrationTargets: '/integrationTarget',
  namespaces: '/cacheNamespace',
}

function claimFinding(kind: ClaimKind | 'services', field: string, value: string): Finding {
  return {
    rule: `intrinsic.claims.${kind}`,
    field,
    value,
    allowed: 'what no other team lists',
    message: `${value} belongs to another team.`,
  }
}
