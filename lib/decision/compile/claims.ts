import type { PolicySet } from '../../policy/document/document.ts'
import type { Allow } from '../../policy/document/sections.ts'
import { patternOf } from '../../policy/patterns/parse.ts'
import type { Pattern, PatternKind } from '../../policy/patterns/pattern.ts'
import { serviceName } from '../../policy/values/service/service-name.ts'
import type { ServiceLimits } from '../rules/limits.ts'
import type { Written } from '../rules/rule.ts'
import { RULES } from '../rules/table.ts'
import { expandClaims } from './lists.ts'

/** What a team's lists claim for it, and no other team may use while its own rules are softened. */
export const CLAIMS = ['hosts', 'functions', 'roles', 'vpcLinks', 'integrationTargets', 'namespaces'] as const
export type ClaimKind = (typeof CLAIMS)[number]

const PATTERN_KINDS: Record<ClaimKind, PatternKind> = {
  hosts: 'host',
  functions: 'name',
  roles: 'role',
  vpcLinks: 'name',
  integrationTargets: 'target',
  namespaces: 'namespace',
}

/**
 * Every team's claims, found by the literal text a pattern begins or ends with, so that asking costs the length of the
 * value and not the number of teams.
 */
export interface IndexedClaims {
  byKind: Record<ClaimKind, ClaimIndex>
  /** By the one name of each service. */
  services: ReadonlyMap<string, readonly { team: string; limits: ServiceLimits }[]>
  /** Namespace patterns with `{team}` of the bounds and defaults: each team's own instance is its claim. */
  teamNamespaces: readonly string[]
  teams: ReadonlySet<string>
}

/** Patterns by the literal text that everything they match begins with; of hosts, ends with. */
interface ClaimIndex {
  byLiteral: Map<string, Claim[]>
  /** The lengths of those texts: only so many beginnings of a value are looked up. */
  lengths: Set<number>
}

interface Claim {
  team: string
  text: string
  pattern?: Pattern
}

export function indexClaims({ teams, lists, org }: PolicySet): IndexedClaims {
  const byKind = Object.fromEntries(
    CLAIMS.map((kind) => [kind, { byLiteral: new Map(), lengths: new Set() }]),
  ) as unknown as IndexedClaims['byKind']
  const services = new Map<string, { team: string; limits: ServiceLimits }[]>()
  const add = (kind: ClaimKind, team: string, texts: readonly string[]) => {
    for (const text of texts) {
      const key = kind === 'hosts' ? literalEnd(text) : literalStart(text)
      const { byLiteral, lengths } = byKind[kind]
      const claims = byLiteral.get(key)
      if (claims === undefined) byLiteral.set(key, [{ team, text }])
      else claims.push({ team, text })
      lengths.add(key.length)
    }
  }
  for (const [team, { allow }] of Object.entries(teams)) {
    for (const [kind, texts] of claimsOf(team, allow, lists)) add(kind, team, texts)
    const aws = (allow.uri ?? []).filter((backend) => 'aws' in backend)
    if (aws.length === 0) continue
    for (const limits of RULES.uri.compile(aws as Written<'uri'>, lists).service) {
      const service = serviceName(limits.service)
      const claims = services.get(service)
      if (claims === undefined) services.set(service, [{ team, limits }])
      else claims.push({ team, limits })
    }
  }
  const defaults = org.defaults?.cache
  const shared = [...(org.bounds.cache?.namespaces ?? []), ...(defaults === 'none' ? [] : (defaults?.namespaces ?? []))]
  return {
    byKind,
    services,
    teamNamespaces: shared.filter((text) => text.includes('{team}')),
    teams: new Set(Object.keys(teams)),
  }
}

function* claimsOf(team: string, allow: Allow, lists: PolicySet['lists']): Generator<[ClaimKind, readonly string[]]> {
  for (const backend of allow.uri ?? []) {
    if ('hosts' in backend) yield ['hosts', expandClaims(backend.hosts, lists)]
    else if ('lambda' in backend) {
      const { account, functions } = backend.lambda
      for (const each of expandClaims([account], lists)) {
        yield ['functions', expandClaims(functions, lists).map((name) => `${each}:${name}`)]
      }
    }
  }
  const { credentials, connection, cache } = allow
  if (credentials !== undefined && credentials !== 'none') yield ['roles', expandClaims(credentials.roles ?? [], lists)]
  yield ['vpcLinks', expandClaims(connection?.vpcLinks ?? [], lists)]
  yield ['integrationTargets', expandClaims(connection?.integrationTargets ?? [], lists)]
  if (cache === undefined || cache === 'none') return
  const own = expandClaims(cache.namespaces ?? [], lists).map((text) => text.replaceAll('{team}', team))
  yield ['namespaces', own.filter((text) => !text.includes('{'))]
}

/** Whether a team other than `own` claims what `isMet` meets; the value's length is bounded by what its form allows. */
export function isClaimed(
  claims: IndexedClaims,
  kind: ClaimKind,
  value: string,
  own: string,
  isMet: (pattern: Pattern) => boolean,
): boolean {
  const { byLiteral, lengths } = claims.byKind[kind]
  for (const length of lengths) {
    if (length > value.length) continue
    const key = kind === 'hosts' ? value.slice(value.length - length) : value.slice(0, length)
    for (const claim of byLiteral.get(key) ?? []) {
      if (claim.team === own) continue
      claim.pattern ??= patternOf(PATTERN_KINDS[kind], claim.text)
      if (isMet(claim.pattern)) return true
    }
  }
  return kind === 'namespaces' && isTeamNamespace(claims, value, own, isMet)
}

/** Whether a pattern with `{team}` gives the value for another team's name. */
function isTeamNamespace(
  { teamNamespaces, teams }: IndexedClaims,
  value: string,
  own: string,
  isMet: (pattern: Pattern) => boolean,
): boolean {
  for (const text of teamNamespaces) {
    const start = text.indexOf('{team}')
    if (text.includes('{', start + 1) || !value.startsWith(text.slice(0, start))) continue
    for (let end = start + 1; end <= Math.min(value.length, start + 63); end++) {
      const team = value.slice(start, end)
      if (team === own || !teams.has(team)) continue
      if (isMet(patternOf('namespace', text.replaceAll('{team}', team)))) return true
    }
  }
  return false
}

function literalStart(pattern: string): string {
  const star = pattern.indexOf('*')
  return star < 0 ? pattern : pattern.slice(0, star)
}

function literalEnd(pattern: string): string {
  return pattern.slice(pattern.lastIndexOf('*') + 1)
}
