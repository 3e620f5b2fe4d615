import type { Allow, CacheLimits } from '../../../lib/policy/document/sections.ts'
import { type Answer, all, any } from './answer.ts'
import type { Facts } from './facts.ts'
import { type Finding, finding } from './finding.ts'
import { nameMatches, parameterMatches } from './texts.ts'

/** policy.md 2a, "Cache": namespaces, and keys by the method source that they come from. */

/** Namespaces unnamed: the resource's own. Keys unnamed: what identity and required keys ask for. */
export function cacheAllowed(section: Allow['cache'], facts: Facts): Finding[] {
  const { effective, team } = facts
  if (section === undefined || section === 'none') {
    return [
      finding('namespace', effective.namespace === facts.request.resourceId),
      finding('keys', effective.keys.length === 0),
    ]
  }
  const namespaces = section.namespaces ?? ['{resourceId}']
  return [
    finding('namespace', namespaceIn(namespaces, team, facts)),
    ...effective.keys.map((key) => finding('keys', keyAllowed(key, section, facts))),
    finding('other-keys', keysInLimits(section, facts)),
  ]
}

export function cacheInBounds(bounds: CacheLimits | undefined, facts: Facts): Answer {
  if (bounds === undefined) return true
  const { namespaces, keyParameters } = bounds
  return all(
    namespaces === undefined || namespaceIn(namespaces, facts.team, facts),
    keyParameters === undefined || all(...facts.effective.keys.map((key) => keyAllowed(key, bounds, facts))),
    keysInLimits(bounds, facts),
  )
}

export function namespacePattern(pattern: string, team: string, { request }: Facts): string {
  return pattern
    .replaceAll('{team}', team)
    .replaceAll('{restApiId}', request.restApiId)
    .replaceAll('{resourceId}', request.resourceId)
}

function namespaceIn(patterns: readonly string[], team: string, facts: Facts): boolean {
  return facts
    .expand(patterns)
    .some((pattern) => nameMatches(namespacePattern(pattern, team, facts), facts.effective.namespace))
}

/** An integration-side key is judged by the method source that it maps from. */
export function keySubject(key: string, { effective }: Facts): string | undefined {
  if (!key.startsWith('integration.request.')) return key
  const source = effective.integration.requestParameters?.[key]
  return source === undefined || source.startsWith("'") ? undefined : source
}

const PRINCIPALS: readonly string[] = [
  'method.request.header.Authorization',
  'context.authorizer.principalId',
  'context.authorizer.claims.sub',
  'context.identity.caller',
  'context.identity.user',
  'context.identity.userArn',
  'context.identity.cognitoIdentityId',
]

function tellsCallersApart(subject: string, listed: readonly string[]): Answer {
  if (listed.some((pattern) => parameterMatches(pattern, subject))) return true
  if (PRINCIPALS.includes(subject)) return true
  // Other members of context.identity, and the header in its multi-value spelling, are not settled.
  return subject.startsWith('context.identity.') || subject === 'method.request.multivalueheader.Authorization'
    ? undefined
    : false
}

function keyAllowed(key: string, section: CacheLimits, facts: Facts): Answer {
  const subject = keySubject(key, facts)
  if (subject === undefined) return undefined
  const { keyParameters, requireKeys, identityKey, identityKeys = [] } = section
  const asked = [...(requireKeys?.allOf ?? []), ...(requireKeys?.anyOf ?? []), ...identityKeys]
  const isAsked = facts.expand(asked).some((each) => parameterMatches(each, subject))
  if (keyParameters !== undefined) {
    if (facts.expand(keyParameters).some((each) => parameterMatches(each, subject))) return true
    // Whether a key that is asked for has to stand in the list of those that are allowed is not settled.
    return isAsked || (identityKey !== undefined && tellsCallersApart(subject, []) !== false) ? undefined : false
  }
  if (isAsked) return true
  if (identityKey === 'required') return tellsCallersApart(subject, [])
  return identityKey === 'optional' && tellsCallersApart(subject, []) !== false ? undefined : false
}

/** Required names are compared as they are spelt; forbidden ones in every spelling. */
function keysInLimits(section: CacheLimits, facts: Facts): Answer {
  const { forbiddenKeys = [], requireKeys, identityKey, identityKeys = [], maxKeyParameters = Infinity } = section
  const { keys, namespace } = facts.effective
  const subjects = keys.map((key) => keySubject(key, facts))
  const carries = (pattern: string): Answer =>
    any(subjects.map((subject) => (subject === undefined ? undefined : parameterMatches(pattern, subject))))
  const required = all(
    ...facts.expand(requireKeys?.allOf ?? []).map(carries),
    requireKeys?.anyOf === undefined ? true : any(facts.expand(requireKeys.anyOf).map(carries)),
    identityKey === 'required'
      ? any(
          subjects.map((subject) =>
            subject === undefined ? undefined : tellsCallersApart(subject, facts.expand(identityKeys)),
          ),
        )
      : true,
  )
  const { httpMethod, resourceId } = facts.request
  const isCached = httpMethod === 'GET' || namespace !== resourceId || keys.length > 0
  return all(
    isCached || required === true ? required : httpMethod === 'ANY' ? undefined : true,
    keys.length <= maxKeyParameters,
    !keys.some((key) => facts.expand(forbiddenKeys).some((pattern) => keyMeets(pattern, key, facts))),
  )
}

/** A key in any spelling: by its source, in its multi-value form, whatever its case, `_` for `-` in headers. */
export function keyMeets(pattern: string, key: string, facts: Facts): boolean {
  return [key, keySubject(key, facts) ?? key].some((name) => parameterMeets(pattern, name))
}

export function parameterMeets(pattern: string, name: string): boolean {
  return parameterMatches(plain(pattern), plain(name))
}

function plain(name: string): string {
  const lower = name.toLowerCase().replace('.multivalue', '.')
  return /(?:^|\.)header\./.test(lower) ? lower.replaceAll('_', '-') : lower
}
