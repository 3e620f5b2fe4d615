import type { PolicySet } from '../../policy/document/document.ts'
import type { Finding } from '../explain/finding.ts'
import type { Subject } from '../subject.ts'
import { compileHost, matchesHost } from './host-pattern.ts'
import { expandClaims } from './lists.ts'
import { compileName, matchesName } from './name-pattern.ts'
import { compileRole, compileTarget, matchesRole, matchesTarget } from './role-pattern.ts'

/** What a team's lists claim for it, and no other team may use while its own rules are softened or say nothing. */
export const CLAIMS = ['hosts', 'functions', 'roles', 'vpcLinks', 'integrationTargets', 'namespaces'] as const
export type ClaimKind = (typeof CLAIMS)[number]

/**
 * Every team's claims, found by the literal text a pattern begins or ends with, so that asking costs the length of the
 * value and not the number of teams.
 */
export interface Claims {
  byKind: Record<ClaimKind, Map<string, Claim[]>>
  /** Namespace patterns with `{team}` of the bounds and defaults: each team's own instance is its claim. */
  teamNamespaces: string[]
  teams: ReadonlySet<string>
}

interface Claim {
  team: string
  pattern: string
}

export function indexClaims({ teams, lists, org }: PolicySet): Claims {
  const byKind = Object.fromEntries(CLAIMS.map((kind) => [kind, new Map()])) as Claims['byKind']
  const add = (kind: ClaimKind, team: string, entries: readonly string[] = []) => {
    for (const pattern of expandClaims(entries, lists)) {
      const key = kind === 'hosts' ? literalEnd(pattern) : literalStart(pattern)
      const claims = byKind[kind].get(key)
      if (claims === undefined) byKind[kind].set(key, [{ team, pattern }])
      else claims.push({ team, pattern })
    }
  }
  for (const [team, { allow }] of Object.entries(teams)) {
    for (const backend of allow.uri ?? []) {
      if ('hosts' in backend) add('hosts', team, backend.hosts)
      else if ('lambda' in backend) {
        const { account, functions } = backend.lambda
        for (const each of expandClaims([account], lists)) {
          add(
            'functions',
            team,
            expandClaims(functions, lists).map((name) => `${each}:${name}`),
          )
        }
      }
    }
    if (allow.credentials !== undefined && allow.credentials !== 'none') add('roles', team, allow.credentials.roles)
    add('vpcLinks', team, allow.connection?.vpcLinks)
    add('integrationTargets', team, allow.connection?.integrationTargets)
    if (allow.cache !== undefined && allow.cache !== 'none') {
      const own = expandClaims(allow.cache.namespaces ?? [], lists).map((text) => text.replaceAll('{team}', team))
      add(
        'namespaces',
        team,
        own.filter((text) => !text.includes('{')),
      )
    }
  }
  const { cache } = org.bounds
  const defaults = org.defaults?.cache
  const shared = [...(cache?.namespaces ?? []), ...(defaults === 'none' ? [] : (defaults?.namespaces ?? []))]
  return {
    byKind,
    teamNamespaces: shared.filter((text) => text.includes('{team}')),
    teams: new Set(Object.keys(teams)),
  }
}

/** Whether a team other than the subject's claims `value`. */
export function isClaimed(claims: Claims, kind: ClaimKind, value: string, subject: Subject): boolean {
  const index = claims.byKind[kind]
  const matches = matcherOf(kind, subject)
  for (let at = 0; at <= value.length; at++) {
    const key = kind === 'hosts' ? value.slice(value.length - at) : value.slice(0, at)
    for (const { team, pattern } of index.get(key) ?? []) {
      if (team !== subject.team && matches(pattern, value)) return true
    }
  }
  return kind === 'namespaces' && isTeamNamespace(claims, value, subject.team)
}

/** Whether a pattern with `{team}` gives `value` for another team's name. */
function isTeamNamespace({ teamNamespaces, teams }: Claims, value: string, own: string): boolean {
  for (const pattern of teamNamespaces) {
    const start = pattern.indexOf('{team}')
    if (pattern.includes('{', start + 1) || !value.startsWith(pattern.slice(0, start))) continue
    for (let end = start + 1; end <= Math.min(value.length, start + 63); end++) {
      const team = value.slice(start, end)
      if (team === own || !teams.has(team)) continue
      if (matchesName(compileName(pattern.replaceAll('{team}', team)), value)) return true
    }
  }
  return false
}

function matcherOf(kind: ClaimKind, { credentials }: Subject): (pattern: string, value: string) => boolean {
  switch (kind) {
    case 'hosts':
      return (pattern, host) => matchesHost(compileHost(pattern), host)
    case 'roles':
      return (pattern) => credentials.kind === 'role' && matchesRole(compileRole(pattern), credentials)
    case 'integrationTargets':
      return (pattern, arn) => matchesTarget(compileTarget(pattern), arn)
    default:
      return (pattern, name) => matchesName(compileName(pattern), name)
  }
}

function literalStart(pattern: string): string {
  const star = pattern.indexOf('*')
  return star < 0 ? pattern : pattern.slice(0, star)
}

function literalEnd(pattern: string): string {
  return pattern.slice(pattern.lastIndexOf('*') + 1)
}

const FIELDS: Record<ClaimKind, string> = {
  hosts: '/uri',
  functions: '/uri',
  roles: '/credentials',
  vpcLinks: '/connectionId',
  integrationTargets: '/integrationTarget',
  namespaces: '/cacheNamespace',
}

export function claimFinding(kind: ClaimKind, value: string): Finding {
  return {
    rule: `intrinsic.claims.${kind}`,
    field: FIELDS[kind],
    value,
    message: `${value} belongs to another team.`,
  }
}
