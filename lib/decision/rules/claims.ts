import type { Section } from '../../policy/document/rule-ids.ts'
import { matches } from '../../policy/patterns/matches.ts'
import { mayMeet } from '../../policy/patterns/may-meet.ts'
import type { Pattern } from '../../policy/patterns/pattern.ts'
import { targetsOf } from '../../policy/values/load-balancer.ts'
import { serviceName } from '../../policy/values/service/service-name.ts'
import { type ClaimKind, type IndexedClaims, isClaimed } from '../compile/claims.ts'
import type { Remedy } from '../decision.ts'
import { usingExample } from '../explain/examples.ts'
import { type Finding, removing, TO_INTERNET } from '../explain/finding.ts'
import type { Subject } from '../subject.ts'

/**
 * What another team's list claims stays closed where the team's own list doesn't decide, because its rule is softened.
 *
 * @param softened Sections of which the team's rule failed without denying.
 */
export function judgeClaims(subject: Subject, softened: ReadonlySet<Section>, claims: IndexedClaims): Finding[] {
  const findings: Finding[] = []
  const check = (kind: ClaimKind, value: string, isMet: (pattern: Pattern) => boolean) => {
    // What is longer than its form allows is denied for that already.
    if (value === '' || value.length > MAX_LENGTH) return
    if (isClaimed(claims, kind, value, subject.team, isMet)) findings.push(claimFinding(kind, value, subject))
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

function claimedService(subject: Subject, claims: IndexedClaims): Finding[] {
  const { backend, team, integration, loaded } = subject
  if (backend.kind !== 'service') return []
  const others = (claims.services.get(serviceName(backend.service)) ?? []).filter(({ team: other }) => other !== team)
  // Whatever the other team may do with its queue, another operation on it is as much a reach into its property.
  const met = others.some(({ limits }) => {
    // Without the model a service could be any.
    if (loaded.services === undefined) return true
    const { serviceMayMeet, serviceClaims } = loaded.services.rules
    return serviceMayMeet(backend, subject, serviceClaims(limits)) !== undefined
  })
  return met ? [claimFinding('services', integration.uri ?? '', subject)] : []
}

const FIELDS: Record<ClaimKind | 'services', string> = {
  services: '/uri',
  hosts: '/uri',
  functions: '/uri',
  roles: '/credentials',
  vpcLinks: '/connectionId',
  integrationTargets: '/integrationTarget',
  namespaces: '/cacheNamespace',
}

function claimFinding(kind: ClaimKind | 'services', value: string, subject: Subject): Finding {
  const field = FIELDS[kind]
  return {
    rule: `intrinsic.claims.${kind}`,
    field,
    value,
    allowed: 'what no other team lists',
    message: `${value} belongs to another team.`,
    ...wayOut(field, subject),
  }
}

/** What the team has of its own, or nothing of the kind at all. */
function wayOut(field: string, { backend, examples }: Subject): { fix: string; remedy?: Remedy } {
  if (field === '/connectionId') {
    return { fix: 'Set connectionType to INTERNET and remove connectionId and integrationTarget.', remedy: TO_INTERNET }
  }
  if (field !== '/uri') return { fix: `Remove ${field.slice(1)}.`, remedy: removing(field) }
  const own = examples()
  const example = own.find(({ kind }) => kind === backend.kind) ?? own[0]
  if (example === undefined) return { fix: 'No other request would pass: the team lists no backend of its own.' }
  return { fix: `Use a backend of your own team, for example ${example.uri}.`, remedy: usingExample(example) }
}
