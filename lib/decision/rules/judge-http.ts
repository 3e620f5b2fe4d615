import type { Backends, HttpLimits } from '../compile/compiled-sections.ts'
import { allowsHost, type HostPattern, matchesAnyHost } from '../compile/host-pattern.ts'
import { coversPathByAny } from '../compile/path-pattern.ts'
import { type Finding, listed, oneOf } from '../explain/finding.ts'
import { nearestHost, nearestOf } from '../explain/nearest.ts'
import type { Backend, Subject } from '../subject.ts'
import { hazardFindings } from './judge-intrinsic.ts'
import { judgeVerbs, verbAllowed } from './judge-verbs.ts'

type HttpBackend = Extract<Backend, { kind: 'http' }>

/** What holds where neither an entry nor the bounds name a scheme or port. */
export interface HttpFallback {
  schemes?: readonly string[]
  ports?: readonly number[]
  /** The hosts of the bounds: nothing beyond them is suggested. */
  within?: readonly HostPattern[]
}

/** Parts of an HTTP backend that an entry can refuse. */
const SCHEME = 1
const PORT = 2
const PATH = 4
const LATE_BOUND = 8
const QUERY = 16
const METHOD = 32
const HTTP_METHOD = 64
const HAZARD = 128
const OTHER_HOST = 256

const QUERY_ORDER = ['none', 'literal', 'late-bound']

/**
 * A team's HTTP entries. Passes where one entry allows every part. Otherwise the entry for this host that refuses least
 * is explained; where no entry is for this host, only that is said.
 */
export function judgeHttp(
  backend: HttpBackend,
  subject: Subject,
  { http, hosts }: Pick<Backends, 'http' | 'hosts'>,
  fallback: HttpFallback,
  pointer: string,
  findings: Finding[],
): void {
  let best: HttpLimits | undefined
  let refused = OTHER_HOST
  for (const entry of http) {
    const parts = refusedParts(entry, backend, subject, fallback)
    if (parts === 0) return
    if (parts < OTHER_HOST && (best === undefined || count(parts) < count(refused))) {
      best = entry
      refused = parts
    }
  }
  const rule = `${subject.team}.uri`
  if (best === undefined) findings.push(otherHost(rule, backend, subject.team, hosts, fallback, pointer))
  else explain(rule, best, refused, backend, subject, fallback, pointer, findings)
}

function refusedParts(entry: HttpLimits, backend: HttpBackend, subject: Subject, fallback: HttpFallback): number {
  if (entry.hosts !== undefined && !allowsHost(entry.hosts, backend.host, backend.hasPunycode)) return OTHER_HOST
  const { path } = backend
  const schemes = entry.schemes ?? fallback.schemes
  const ports = entry.ports ?? fallback.ports
  let parts = 0
  if (schemes !== undefined && !schemes.includes(backend.scheme)) parts |= SCHEME
  if (ports !== undefined && !ports.includes(backend.port)) parts |= PORT
  if (path.lateBound !== '' && !lateBoundAllowed(entry, backend)) parts |= LATE_BOUND
  else if (entry.paths !== undefined) {
    if (path.hazards.length > 0) parts |= HAZARD
    else if (!coversPathByAny(entry.paths, path)) parts |= PATH
  }
  if (QUERY_ORDER.indexOf(backend.query) > QUERY_ORDER.indexOf(entry.query ?? 'literal')) parts |= QUERY
  if (!verbAllowed(entry.methods, subject.integration.httpMethod)) parts |= METHOD
  if (!verbAllowed(entry.httpMethods, subject.request.httpMethod)) parts |= HTTP_METHOD
  return parts
}

/** An entry without paths covers every path, and so whatever is filled in. */
function lateBoundAllowed(entry: HttpLimits, { path }: HttpBackend): boolean {
  const placeholders = entry.placeholders ?? (entry.paths === undefined ? 'allowed' : 'never')
  const stageVariables = entry.stageVariables ?? placeholders
  return (!path.placeholders || placeholders === 'allowed') && (!path.stageVariables || stageVariables === 'allowed')
}

function otherHost(
  rule: string,
  { host }: HttpBackend,
  team: string,
  patterns: readonly HostPattern[],
  { within }: HttpFallback,
  pointer: string,
): Finding {
  const nearest = nearestHost(host, patterns, (other) => within === undefined || matchesAnyHost(within, other))
  return {
    rule,
    field: '/uri',
    part: 'host',
    value: host,
    allowed: listed(patterns),
    nearest,
    message: `Host ${host} is not a ${team} backend.`,
    fix:
      patterns.length === 0
        ? undefined
        : nearest === undefined
          ? "Use one of the team's hosts."
          : `Did you mean ${nearest}?`,
    pointer,
  }
}

function explain(
  rule: string,
  entry: HttpLimits,
  refused: number,
  backend: HttpBackend,
  subject: Subject,
  fallback: HttpFallback,
  pointer: string,
  findings: Finding[],
): void {
  const base = { rule, field: '/uri', pointer }
  const { host, path } = backend
  if (refused & HAZARD) findings.push(...hazardFindings('uri', '/uri', path.hazards))
  if (refused & SCHEME) findings.push({ ...base, ...schemeFinding(backend, entry.schemes ?? fallback.schemes ?? []) })
  if (refused & PORT) findings.push({ ...base, ...portFinding(backend, entry.ports ?? fallback.ports ?? []) })
  if (refused & LATE_BOUND) findings.push({ ...base, ...lateBoundFinding(backend) })
  if (refused & PATH) findings.push({ ...base, ...pathFinding(backend, entry.paths ?? []) })
  if (refused & QUERY) findings.push({ ...base, ...queryFinding(backend, entry.query ?? 'literal') })
  if (refused & (METHOD | HTTP_METHOD)) judgeVerbs(rule, entry, subject, `On ${host}`, pointer, findings)
}

type Explained = Omit<Finding, 'rule' | 'field' | 'pointer'>

export function schemeFinding({ scheme }: HttpBackend, allowed: readonly string[]): Explained {
  return {
    part: 'scheme',
    value: scheme,
    allowed,
    ...(allowed[0] !== undefined && { nearest: allowed[0] }),
    message: `Scheme ${scheme} is not allowed for this host.`,
    fix: `Use ${oneOf(allowed)}.`,
  }
}

export function portFinding({ port }: HttpBackend, allowed: readonly number[]): Explained {
  return {
    part: 'port',
    value: port,
    allowed,
    ...(allowed[0] !== undefined && { nearest: String(allowed[0]) }),
    message: `Port ${port} is not allowed for this host.`,
    fix: `Use port ${oneOf(allowed)}.`,
  }
}

export function lateBoundFinding({ path }: HttpBackend): Explained {
  return {
    part: 'path',
    value: path.lateBound,
    allowed: 'literal',
    message: `${path.lateBound} is filled in later, and could lead to any path of this host.`,
    fix: 'Write the path literally.',
  }
}

export function pathFinding({ path }: HttpBackend, patterns: readonly { text: string }[]): Explained {
  const literals = patterns.map(({ text }) => text).filter((text) => !text.includes('*'))
  const nearest = path.lateBound === '' ? nearestOf(path.text, literals) : undefined
  const below = path.lateBound === '' ? '' : ', whatever is filled in'
  return {
    part: 'path',
    value: path.text,
    allowed: listed(patterns),
    nearest,
    message: `Path ${path.text} is not among the paths allowed on this host${below}.`,
    fix: nearest === undefined ? `Use a path that ${oneOf(listed(patterns))} covers.` : `Did you mean ${nearest}?`,
  }
}

export function queryFinding({ query, queryText }: HttpBackend, allowed: string): Explained {
  return {
    part: 'query',
    value: queryText,
    allowed,
    message:
      query === 'late-bound' && allowed === 'literal'
        ? 'The query holds a part that is filled in later.'
        : 'A query is not allowed here.',
    fix: allowed === 'literal' ? 'Write the query literally.' : 'Remove the ? and what follows.',
  }
}

export function queryExceeds(query: string, allowed: string): boolean {
  return QUERY_ORDER.indexOf(query) > QUERY_ORDER.indexOf(allowed)
}

function count(parts: number): number {
  let bits = 0
  for (let rest = parts; rest !== 0; rest &= rest - 1) bits++
  return bits
}
