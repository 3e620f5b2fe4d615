import type { Allow, Bounds } from '../../../lib/policy/document/sections.ts'
import { type Answer, all, any, not } from './answer.ts'
import { namespacePattern } from './cache.ts'
import { targetMeets } from './deny.ts'
import type { Facts } from './facts.ts'
import type { Aspect } from './finding.ts'
import { arnMatches, hostMatches, nameMatches, pathMayMeet } from './texts.ts'
import { placesOf } from './uri.ts'
import { kindSpokenOf } from './uri-bounds.ts'

/**
 * Whether a softened rule lets a finding through (policy.md 2, rule 8): the bounds speak of its aspect, and no other team
 * claims what is reached.
 */
export function softens(aspect: Aspect, facts: Facts): Answer {
  return all(boundsSpeakOf(aspect, facts), not(isClaimed(aspect, facts)))
}

function boundsSpeakOf(aspect: Aspect, facts: Facts): Answer {
  const { bounds } = facts.document.org
  const { credentials, connection, timeout, cache, mapping } = bounds
  switch (aspect) {
    case 'kind':
      return uriSpokenOf(bounds, facts)
    case 'type':
      return bounds.types !== undefined
    case 'role':
      // A path alone leaves every account open, which nobody may have thought of.
      return half(credentials?.accounts ?? credentials?.roles, credentials?.rolePath)
    case 'pass-through':
      return credentials?.callerPassThrough !== undefined
    case 'none':
      return credentials === undefined ? false : undefined
    case 'connection-type':
      return connection?.types !== undefined
    case 'link':
      return connection?.vpcLinks !== undefined
    case 'target':
      return connection?.integrationTargets !== undefined
    case 'tls':
      return bounds.tls !== undefined
    case 'max':
      return half(timeout?.maxMillis, timeout)
    case 'min':
      return half(timeout?.minMillis, timeout)
    case 'namespace':
      return cache?.namespaces !== undefined
    case 'keys':
      return half(cache?.keyParameters, cache?.forbiddenKeys ?? cache?.maxKeyParameters ?? cache?.requireKeys)
    case 'other-keys':
      return cache === undefined ? false : undefined
    case 'parameters':
      return mapping?.requestParameters !== undefined
    case 'templates':
      return mapping?.requestTemplates !== undefined
    case 'mock':
      return bounds.mock === undefined ? false : undefined
    case 'passthrough':
      return bounds.passthrough !== undefined
    case 'contentHandling':
      return bounds.contentHandling !== undefined
    case 'responseTransferMode':
      return bounds.responseTransferMode !== undefined
  }
}

/** The member itself speaks; that only its sibling stands there is not settled. */
function half(member: unknown, sibling: unknown): Answer {
  if (member !== undefined) return true
  return sibling === undefined ? false : undefined
}

/** Regions that are neither the API's nor the bounds' stay closed: they are a matter of 2a, not of the team's list. */
function uriSpokenOf({ uri }: Bounds, facts: Facts): Answer {
  const { backend, request, expand } = facts
  if (!kindSpokenOf(uri, backend)) return false
  if (backend.kind === 'http') {
    // Whether bounds that name hosts but no schemes or ports speak of those as well is not settled.
    const entries = facts.document.teams[facts.team]?.allow.uri ?? facts.document.org.defaults?.uri ?? []
    const { hosts, schemes, ports } = uri ?? {}
    const isElsewhere = entries.some(
      (entry) =>
        'hosts' in entry &&
        ((schemes === undefined && !(entry.schemes ?? ['https']).some((each) => each === backend.scheme)) ||
          (ports === undefined && !(entry.ports ?? [443]).includes(backend.port))),
    )
    const isUsual = backend.scheme === 'https' && backend.port === 443
    return hosts !== undefined && !isElsewhere && (isUsual || (schemes && ports)) ? true : undefined
  }
  if (backend.kind !== 'lambda' && backend.kind !== 'service') return undefined
  const { regions, partitions } = placesOf(backend)
  const open =
    backend.kind === 'lambda' ? [uri?.lambda] : (uri?.aws ?? []).filter(({ service }) => service === backend.service)
  const listed = expand(open.flatMap((each) => each?.regions ?? []))
  const isHome =
    regions.every((region) => region === request.region || listed.includes(region)) &&
    partitions.every((partition) => partition === request.partition)
  // Where the bounds list Regions they refuse this one themselves.
  if (!isHome) return listed.length > 0 ? undefined : false
  if (backend.kind === 'lambda') return uri?.lambda?.accounts || uri?.lambda?.functions ? true : undefined
  return true
}

/** What stands in another team's own list, unless the list is shared. Where both teams list it, nothing is settled. */
function isClaimed(aspect: Aspect, facts: Facts): Answer {
  const { teams } = facts.document
  const others = Object.entries(teams).filter(([name]) => name !== facts.team)
  return any(
    others.map(([name, { allow }]) => {
      const isTheirs = claims(aspect, allow, name, facts)
      if (isTheirs !== true) return isTheirs
      const own = teams[facts.team]?.allow
      return own !== undefined && claims(aspect, own, facts.team, facts) !== false ? undefined : true
    }),
  )
}

function claims(aspect: Aspect, allow: Allow, team: string, facts: Facts): Answer {
  const { effective, document, expand } = facts
  const { connectionId = '', integrationTarget = '' } = effective.integration
  const own = (entries: readonly string[] = []) =>
    entries.flatMap((entry) =>
      entry.startsWith('@') && document.lists?.[entry.slice(1)]?.shared === true ? [] : expand([entry]),
    )
  switch (aspect) {
    case 'kind':
      return backendClaimed(allow, facts, own)
    case 'role':
      return (
        typeof allow.credentials === 'object' &&
        own(allow.credentials.roles).some((each) => arnMatches(each, effective.credentials))
      )
    case 'link':
      return own(allow.connection?.vpcLinks).some((each) => nameMatches(each, connectionId))
    case 'target':
      return targetMeets(own(allow.connection?.integrationTargets), integrationTarget)
    case 'namespace':
      return (
        typeof allow.cache === 'object' &&
        own(allow.cache.namespaces).some(
          (each) => !/\{re/.test(each) && nameMatches(namespacePattern(each, team, facts), effective.namespace),
        )
      )
    default:
      return false
  }
}

function backendClaimed({ uri = [] }: Allow, facts: Facts, own: (entries?: readonly string[]) => string[]): Answer {
  const { backend } = facts
  return any(
    uri.map((entry): Answer => {
      if (backend.kind === 'http') {
        return 'hosts' in entry && own(entry.hosts).some((pattern) => hostMatches(pattern, backend.host))
      }
      if (backend.kind === 'lambda') {
        if (!('lambda' in entry) || entry.lambda.account !== backend.account) return false
        return own(entry.lambda.functions).some((pattern) => nameMatches(pattern, backend.name))
      }
      if (backend.kind !== 'service' || !('aws' in entry) || entry.aws.service !== backend.service) return false
      // A service's actions are nobody's; its subdomains and other spellings are left to the deny's own tests.
      const { path } = backend
      if (path === undefined || entry.aws.paths === undefined || entry.aws.subdomains || backend.subdomain) {
        return undefined
      }
      return own(entry.aws.paths).some((pattern) => pathMayMeet(pattern, path.pieces))
    }),
  )
}
