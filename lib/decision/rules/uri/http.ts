import { coversAny } from '../../../policy/patterns/covers.ts'
import { deniedPath } from '../../../policy/patterns/denied.ts'
import { allowsHost } from '../../../policy/patterns/host.ts'
import { matchesAny } from '../../../policy/patterns/matches.ts'
import { mayMeetAny } from '../../../policy/patterns/may-meet.ts'
import type { Pattern } from '../../../policy/patterns/pattern.ts'
import { reachOf } from '../../../policy/patterns/value.ts'
import { type Origin, piecesOf } from '../../../policy/values/path-reach.ts'
import { type Finding, listed, oneOf, type Pointed, setting } from '../../explain/finding.ts'
import { nearestMatch } from '../../explain/nearest.ts'
import type { Backend, PathReach, Subject } from '../../subject.ts'
import type { Backends, HttpLimits, PlaceholderLimit, QueryLimit, UriBounds } from '../limits.ts'
import type { Met } from '../rule.ts'
import { uriFindings } from './hazards.ts'
import { judgeVerbs, verbAllowed } from './verbs.ts'

export type HttpBackend = Extract<Backend, { kind: 'http' }>

const QUERY_ORDER = ['none', 'literal', 'late-bound']
/** What holds where neither an entry nor the bounds name a scheme or port. */
const SCHEMES = ['https']
const PORTS = [443]
const LITERAL_QUERY: QueryLimit = { most: 'literal' }

/** The parts of a backend that an entry for its host can refuse, in the order in which they are explained. */
const PARTS = ['hazard', 'scheme', 'port', 'late-bound', 'path', 'query', 'method'] as const
type Part = (typeof PARTS)[number]

const NOTHING_LATE: PathReach['late'] = []

/** What of the bounds completes an entry. */
export type HttpBounds = UriBounds | undefined

/**
 * A team's HTTP entries. Passes where one entry allows every part. Otherwise the entry for this host that refuses least
 * is explained; where no entry is for this host, only that is said.
 */
export function coversHttp(
  backend: HttpBackend,
  subject: Subject,
  { http: entries, hosts }: Backends,
  bounds: HttpBounds,
  base: Pointed,
  findings: Finding[],
): void {
  let best: HttpLimits | undefined
  let least: readonly Part[] = PARTS
  for (const entry of entries) {
    if (entry.hosts !== undefined && !allowsHost(entry.hosts, backend.host)) continue
    const refused = refusedParts(entry, backend, subject, bounds)
    if (refused === undefined) return
    if (best !== undefined && refused.length >= least.length) continue
    best = entry
    least = refused
  }
  if (best === undefined) {
    findings.push({ ...base, ...otherHost(backend, subject.team, hosts, bounds) })
    judgeUnlisted(backend, bounds, base, findings)
  } else explain(best, least, backend, subject, bounds, base, findings)
}

/** `undefined` where the entry allows all of it. */
function refusedParts(
  entry: HttpLimits,
  backend: HttpBackend,
  subject: Subject,
  bounds: HttpBounds,
): Part[] | undefined {
  let refused: Part[] | undefined
  for (const part of PARTS) {
    if (!refuses(part, entry, backend, subject, bounds)) continue
    if (refused === undefined) refused = [part]
    else refused.push(part)
  }
  return refused
}

/** On a host of no entry the scheme and port that nothing lists stay closed, where the rule about hosts is softened. */
function judgeUnlisted(backend: HttpBackend, bounds: HttpBounds, base: Pointed, findings: Finding[]): void {
  if (bounds?.http?.schemes === undefined && !SCHEMES.includes(backend.scheme)) {
    findings.push({ ...base, ...schemeFinding(backend, SCHEMES), aspect: 'scheme' })
  }
  if (bounds?.http?.ports === undefined && !PORTS.includes(backend.port)) {
    findings.push({ ...base, ...portFinding(backend, PORTS), aspect: 'port' })
  }
}

function refuses(part: Part, entry: HttpLimits, backend: HttpBackend, subject: Subject, bounds: HttpBounds): boolean {
  switch (part) {
    case 'hazard':
      return entry.paths !== undefined && backend.path.hazards.length > 0
    case 'scheme':
      return !schemesOf(entry, bounds).includes(backend.scheme)
    case 'port':
      return !portsOf(entry, bounds).includes(backend.port)
    case 'late-bound':
      return refusedLate(subject.path, placeholdersOf(entry), stageVariablesOf(entry)) !== undefined
    case 'path':
      // Where nothing may be filled in, that is what has to change: it says nothing more that a range isn't covered.
      if (refuses('late-bound', entry, backend, subject, bounds)) return false
      return entry.paths !== undefined && !coversPath(entry.paths, subject, placeholdersOf(entry), backend)
    case 'query':
      return queryExceeds(backend, entry.query ?? LITERAL_QUERY)
    case 'method':
      return (
        !verbAllowed(entry.methods, subject.integration.httpMethod) ||
        !verbAllowed(entry.httpMethods, subject.request.httpMethod)
      )
  }
}

function schemesOf(entry: HttpLimits, bounds: HttpBounds): readonly string[] {
  return entry.schemes ?? bounds?.http?.schemes ?? SCHEMES
}

function portsOf(entry: HttpLimits, bounds: HttpBounds): readonly number[] {
  return entry.ports ?? bounds?.http?.ports ?? PORTS
}

/** What is filled in later passes only where the entry says so, also where it names no paths. */
function placeholdersOf(entry: HttpLimits): PlaceholderLimit {
  return entry.placeholders ?? 'never'
}

function stageVariablesOf(entry: HttpLimits): 'allowed' | 'never' {
  return entry.stageVariables ?? (placeholdersOf(entry) === 'never' ? 'never' : 'allowed')
}

/** The first late-bound part of a path that may not stand, as written; a static value is as good as written out. */
export function refusedLate(
  path: PathReach | undefined,
  placeholders: PlaceholderLimit,
  stageVariables: 'allowed' | 'never',
): string | undefined {
  for (const { origin, text } of path?.late ?? NOTHING_LATE) {
    if (origin === 'static') continue
    if ((origin === 'stageVariables' ? stageVariables : placeholders) === 'never') return text
  }
  return undefined
}

/** Whether the paths cover all that the path can become; sources that the entry opens are taken to keep to segments. */
export function coversPath(
  paths: readonly Pattern[],
  { path }: Pick<Subject, 'path'>,
  placeholders: PlaceholderLimit,
  { path: written }: { path?: HttpBackend['path'] },
): boolean {
  if (path === undefined || written === undefined) return true
  if (typeof placeholders === 'string' || path.late.length === 0) return coversAny(paths, path.pattern)
  const { from } = placeholders
  const opened = path.late.map((late) => (from.includes(late.origin) ? { ...late, reach: 'segments' as const } : late))
  return coversAny(paths, reachOf('path', piecesOf(written, opened)))
}

/** Beyond what may stand in a query: late-bound parts, any query, or a parameter that isn't named. */
export function queryExceeds(
  { query, queryNames }: { query: string; queryNames: readonly string[] },
  { most, names }: QueryLimit,
): boolean {
  if (QUERY_ORDER.indexOf(query) > QUERY_ORDER.indexOf(most)) return true
  return names !== undefined && query !== 'none' && !queryNames.every((name) => matchesAny(names, name))
}

function otherHost(
  backend: HttpBackend,
  team: string,
  patterns: readonly Pattern[],
  bounds: HttpBounds,
): Omit<Finding, 'rule'> {
  const within = bounds?.http?.hosts
  const isWithin = (host: string) => within === undefined || matchesAny(within, host)
  const nearest = nearestMatch(backend.host, patterns, isWithin) ?? nearestMatch('', patterns)
  return {
    field: '/uri',
    part: 'host',
    value: backend.host,
    allowed: listed(patterns),
    nearest: nearest?.isClose === true ? nearest.text : undefined,
    message: `Host ${backend.host} is not a ${team} backend.`,
    fix:
      nearest === undefined
        ? 'No other request would pass: the team lists no HTTP backend.'
        : nearest.isClose
          ? `Did you mean ${nearest.text}?`
          : "Use one of the team's hosts.",
    remedy: nearest && setting('/uri', uriOf({ ...backend, host: nearest.text })),
  }
}

function explain(
  entry: HttpLimits,
  refused: readonly Part[],
  backend: HttpBackend,
  subject: Subject,
  bounds: HttpBounds,
  base: Pointed,
  findings: Finding[],
): void {
  for (const part of refused) {
    switch (part) {
      case 'hazard':
        findings.push(...uriFindings(subject, backend.path.hazards))
        break
      case 'scheme':
        findings.push({ ...base, ...schemeFinding(backend, schemesOf(entry, bounds)), aspect: 'scheme' })
        break
      case 'port':
        findings.push({ ...base, ...portFinding(backend, portsOf(entry, bounds)), aspect: 'port' })
        break
      case 'late-bound':
        findings.push({ ...base, ...lateBoundFinding(backend, subject, entry.paths) })
        break
      case 'path':
        findings.push({ ...base, ...pathFinding(backend, subject, entry.paths ?? []) })
        break
      case 'query':
        findings.push({ ...base, ...queryFinding(backend, entry.query ?? LITERAL_QUERY) })
        break
      case 'method':
        judgeVerbs(base, entry, subject, `On ${backend.host}`, findings)
    }
  }
}

/** `org.bounds.uri` for an HTTP backend: one rule for each member that it names. */
export function coversHttpBounds(
  backend: HttpBackend,
  subject: Subject,
  bounds: UriBounds,
  base: (leaf: string) => Pointed,
  findings: Finding[],
): void {
  const { http } = bounds
  if (http === undefined) return
  const { schemes, hosts, ports, paths } = http
  if (schemes !== undefined && !schemes.includes(backend.scheme)) {
    findings.push({ ...base('schemes'), ...schemeFinding(backend, schemes) })
  }
  if (hosts !== undefined && !matchesAny(hosts, backend.host)) {
    const nearest = nearestMatch(backend.host, hosts)
    findings.push({
      ...base('hosts'),
      field: '/uri',
      part: 'host',
      value: backend.host,
      allowed: listed(hosts),
      nearest: nearest?.isClose === true ? nearest.text : undefined,
      message: `Host ${backend.host} is outside the organisation's backends.`,
      fix: nearest?.isClose === true ? `Did you mean ${nearest.text}?` : "Use a host of the organisation's.",
      remedy: nearest && setting('/uri', uriOf({ ...backend, host: nearest.text })),
    })
  }
  if (ports !== undefined && !ports.includes(backend.port)) {
    findings.push({ ...base('ports'), ...portFinding(backend, ports) })
  }
  if (paths === undefined) return
  if (backend.path.hazards.length > 0) {
    findings.push(...uriFindings(subject, backend.path.hazards))
  } else if (!coversPath(paths, subject, 'allowed', backend)) {
    findings.push({ ...base('paths'), ...pathFinding(backend, subject, paths) })
  }
}

/**
 * What of an HTTP backend a deny meets; its paths are as {@link deniedPath} gives them. `'hazard'`: the path is written so that a server may read it as one that is denied.
 */
export function httpMayMeet(
  backend: HttpBackend,
  { path }: Subject,
  { hosts, schemes, ports, paths }: NonNullable<UriBounds['http']>,
): Met | 'hazard' | undefined {
  if (hosts !== undefined && !matchesAny(hosts, backend.host)) return undefined
  if (schemes !== undefined && !schemes.includes(backend.scheme)) return undefined
  if (ports !== undefined && !ports.includes(backend.port)) return undefined
  if (paths !== undefined) {
    if (path !== undefined && mayMeetAny(paths, deniedPath(path.pattern))) {
      return { field: '/uri', part: 'path', value: backend.path.text }
    }
    return backend.path.hazards.length > 0 ? 'hazard' : undefined
  }
  return hosts === undefined
    ? { field: '/uri', part: 'port', value: backend.port }
    : { field: '/uri', part: 'host', value: backend.host }
}

/** The uri with one part of it changed. */
export function uriOf({ scheme, host, port, path, query, queryText }: HttpBackend): string {
  const isDefault = port === (scheme === 'https' ? 443 : 80)
  return `${scheme}://${host}${isDefault ? '' : `:${port}`}${path.text}${query === 'none' ? '' : `?${queryText}`}`
}

type Explained = Omit<Finding, 'rule' | 'pointer'>

function schemeFinding(backend: HttpBackend, allowed: readonly string[]): Explained {
  const [nearest] = allowed
  const scheme = nearest === 'http' ? 'http' : 'https'
  const port = backend.port === (backend.scheme === 'https' ? 443 : 80) ? (scheme === 'https' ? 443 : 80) : backend.port
  return {
    field: '/uri',
    part: 'scheme',
    value: backend.scheme,
    allowed,
    nearest,
    message: `Scheme ${backend.scheme} is not allowed for this host.`,
    fix: `Use ${oneOf(allowed)}.`,
    remedy: setting('/uri', uriOf({ ...backend, scheme, port })),
  }
}

function portFinding(backend: HttpBackend, allowed: readonly number[]): Explained {
  const [nearest] = allowed
  return {
    field: '/uri',
    part: 'port',
    value: backend.port,
    allowed,
    nearest: nearest === undefined ? undefined : String(nearest),
    message: `Port ${backend.port} is not allowed for this host.`,
    fix: `Use port ${oneOf(allowed)}.`,
    remedy: nearest === undefined ? undefined : setting('/uri', uriOf({ ...backend, port: nearest })),
  }
}

function lateBoundFinding(backend: HttpBackend, { path }: Subject, paths: readonly Pattern[] | undefined): Explained {
  const value = path?.late.find(({ origin }) => origin !== 'static')?.text ?? backend.path.lateBound
  return {
    field: '/uri',
    part: 'path',
    value,
    allowed: 'literal',
    message: `${value} is filled in later, and could lead to any path of this host.`,
    fix: 'Write the path literally.',
    remedy: setting('/uri', uriOf({ ...backend, path: { ...backend.path, text: literalPath(backend, paths) } })),
  }
}

const ORIGINS: Partial<Record<Origin, string>> = {
  stageVariables: 'a stage variable',
  template: 'an override in a template',
}

/** @returns The late-bound parts of a path that reach further than one segment are named with where they come from. */
export function pathFinding(backend: HttpBackend, { path }: Subject, patterns: readonly Pattern[]): Explained {
  const text = plain(backend.path.text)
  const nearest = matchesAny(patterns, text) ? { text, isClose: false } : nearestMatch(text, patterns)
  const far = path?.late.find(({ reach }) => reach === 'anything')
  const from =
    far === undefined
      ? ''
      : ` ${far.text} comes from ${ORIGINS[far.origin] ?? far.origin}: it could be any text, / and .. included.`
  const below = backend.path.lateBound === '' ? '' : ', whatever is filled in'
  const isLiteralClose = nearest?.isClose === true && backend.path.lateBound === ''
  return {
    field: '/uri',
    part: 'path',
    value: backend.path.text,
    allowed: listed(patterns),
    nearest: isLiteralClose ? nearest.text : undefined,
    message: `Path ${backend.path.text} is not among the paths allowed on this host${below}.${from}`,
    fix: isLiteralClose
      ? `Did you mean ${nearest.text}?`
      : far?.key === undefined
        ? `Use a path that ${oneOf(listed(patterns))} covers.`
        : `Map ${far.text} from the method's own path, or use a path that ${oneOf(listed(patterns))} covers.`,
    remedy: nearest && setting('/uri', uriOf({ ...backend, path: { ...backend.path, text: nearest.text } })),
  }
}

function literalPath(backend: HttpBackend, paths: readonly Pattern[] | undefined): string {
  const text = plain(backend.path.text)
  if (paths === undefined || matchesAny(paths, text)) return text
  return nearestMatch(text, paths)?.text ?? text
}

/** The path with a word in place of each late-bound part. */
function plain(text: string): string {
  return text.replace(/\$?\{[^}]*\}/g, 'value')
}

function queryFinding(backend: HttpBackend, { most, names }: QueryLimit): Explained {
  const other = names && backend.queryNames.find((name) => !matchesAny(names, name))
  const isNamed = backend.query === 'literal' && most !== 'none' && other !== undefined
  return {
    field: '/uri',
    part: 'query',
    value: isNamed ? other : backend.queryText,
    allowed: names === undefined ? most : { names: listed(names) },
    message: isNamed
      ? `The query parameter ${other} is not among those allowed here.`
      : backend.query === 'late-bound' && most === 'literal'
        ? 'The query holds a part that is filled in later.'
        : 'A query is not allowed here.',
    fix: most === 'none' || isNamed ? 'Remove the ? and what follows.' : 'Write the query literally.',
    remedy: setting('/uri', uriOf({ ...backend, query: 'none' })),
  }
}
