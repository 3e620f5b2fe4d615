import type {
  AwsBackend,
  AwsTarget,
  Backend as Entry,
  HttpBackend,
  LambdaBackend,
} from '../../../lib/policy/document/sections.ts'
import { type Answer, all, any } from './answer.ts'
import type { Backend, Path, Query } from './backend.ts'
import type { Facts } from './facts.ts'
import { hostMatches, nameMatches, pathsCover } from './texts.ts'

type Http = Extract<Backend, { kind: 'http' }>
type Lambda = Extract<Backend, { kind: 'lambda' }>
type Service = Extract<Backend, { kind: 'service' }>

/** One entry of the team has to allow everything about the backend: what another entry says opens nothing here. */
export function uriAllowed(entries: readonly Entry[] | undefined, facts: Facts): Answer {
  if (facts.backend.kind === 'none') return true
  return any((entries ?? []).map((entry) => entryCovers(entry, facts)))
}

function entryCovers(entry: Entry, facts: Facts): Answer {
  const { backend, effective, request } = facts
  const verbs = (usual?: readonly string[]) =>
    all(verbAllowed(entry.methods ?? usual, effective.verb), verbAllowed(entry.httpMethods, request.httpMethod))
  if ('hosts' in entry) return backend.kind === 'http' ? all(verbs(), httpCovers(entry, backend, facts)) : false
  if ('lambda' in entry) {
    return backend.kind === 'lambda' ? all(verbs(['POST']), lambdaCovers(entry, backend, facts)) : false
  }
  return backend.kind === 'service' ? all(verbs(), serviceCovers(entry, backend, facts)) : false
}

/** In an allow, ANY is the literal ANY, and * is every verb. */
export function verbAllowed(verbs: readonly string[] | undefined, verb: string): boolean {
  return verbs === undefined || verbs.includes('*') || verbs.includes(verb)
}

function httpCovers(entry: HttpBackend, { scheme, host, port, path, query }: Http, facts: Facts): Answer {
  const bounds = facts.document.org.bounds.uri
  return all(
    facts.expand(entry.hosts).some((pattern) => hostMatches(pattern, host)),
    listedOr(entry.schemes, ['https'], bounds?.schemes, scheme),
    listedOr(entry.ports, [443], bounds?.ports, port),
    pathAllowed(entry.paths, path, entry.placeholders),
    placeholdersAllowed(path, entry),
    queryAllowed(entry.query ?? 'literal', query, entry),
  )
}

/** https and 443 unless the entry says otherwise. Whether bounds open more to an entry that names none is not settled. */
function listedOr<T>(own: readonly T[] | undefined, usual: readonly T[], bound: readonly T[] | undefined, value: T) {
  if (own !== undefined) return own.includes(value)
  if (usual.includes(value)) return bound === undefined || bound.includes(value) ? true : undefined
  return bound?.includes(value) ? undefined : false
}

type Permission = HttpBackend['placeholders']

/** `from` opens its sources, though their text may hold `/` and `..`; else only `/**` holds any text. */
function pathAllowed(patterns: readonly string[] | undefined, path: Path, permission: Permission): Answer {
  if (patterns === undefined) return true
  const wild = path.pieces.flatMap((piece) =>
    typeof piece === 'object' && piece.hole === 'anything' ? [piece.source] : [],
  )
  if (wild.length === 0) return pathsCover(patterns, path.pieces)
  if (patterns.includes('/**')) return true
  const from: readonly string[] = typeof permission === 'object' ? permission.from : []
  if (!wild.every((source) => from.includes(source))) return false
  // How far the literal rest must lie inside the paths is settled only where one segment and several give the same.
  const as = (hole: 'segment' | 'segments') =>
    pathsCover(
      patterns,
      path.pieces.map((piece) => (typeof piece === 'object' && piece.hole === 'anything' ? { ...piece, hole } : piece)),
    )
  const [one, several] = [as('segment'), as('segments')]
  return one === several ? one : undefined
}

/** `{id}` needs `placeholders`, a stage variable `stageVariables`, which follows it. */
function placeholdersAllowed(path: Path, entry: { placeholders?: Permission; stageVariables?: 'allowed' | 'never' }) {
  const late = path.pieces.flatMap((piece) => (typeof piece === 'object' ? [piece] : []))
  return all(
    ...late.map(({ source }): Answer => {
      if (source === 'stageVariables') {
        if (entry.stageVariables !== undefined) return entry.stageVariables === 'allowed'
        return typeof entry.placeholders === 'object' ? undefined : entry.placeholders === 'allowed'
      }
      if (entry.placeholders === undefined || entry.placeholders === 'never') return false
      if (entry.placeholders === 'allowed' || source === 'path') return true
      return entry.placeholders.from.some((each) => each === source) ? true : undefined
    }),
  )
}

function queryAllowed(rule: NonNullable<HttpBackend['query']>, query: Query, entry: { placeholders?: Permission }) {
  if (!query.isThere) return true
  if (query.lateBound) {
    if (rule !== 'late-bound') return false
    return entry.placeholders === 'allowed' ? true : undefined
  }
  if (typeof rule === 'string') return rule !== 'none'
  return query.parameters.every(([name]) => rule.names.some((pattern) => nameMatches(pattern, name)))
}

/** Partition and Regions, outer and inner alike: the entry's list, else the bounds', else the API's own. */
function placesAllowed(
  { regions, partitions }: { regions?: readonly string[] | undefined; partitions?: readonly string[] | undefined },
  bounds: { regions?: readonly string[]; partitions?: readonly string[] } | undefined,
  places: { regions: readonly string[]; partitions: readonly string[] },
  { request, expand }: Facts,
): Answer {
  const regionsOpen = expand(regions ?? bounds?.regions ?? [request.region])
  const partitionsOpen = expand(partitions ?? bounds?.partitions ?? [request.partition])
  const isOpen =
    places.regions.every((region) => regionsOpen.includes(region)) &&
    places.partitions.every((partition) => partitionsOpen.includes(partition))
  // The bounds refuse what their own list lacks; whether the entry that took it over refuses it as well is not settled.
  const isTaken = regions === undefined && bounds?.regions !== undefined
  return isOpen || (isTaken ? undefined : false)
}

export function placesOf(backend: Lambda | Service) {
  return backend.kind === 'lambda'
    ? { regions: [backend.region, backend.ownRegion], partitions: [backend.partition, backend.ownPartition] }
    : { regions: [backend.region], partitions: [backend.partition] }
}

function lambdaCovers({ lambda }: LambdaBackend, backend: Lambda, facts: Facts): Answer {
  return all(
    facts.expand([lambda.account]).includes(backend.account),
    facts.expand(lambda.functions).some((pattern) => nameMatches(pattern, backend.name)),
    qualifierAllowed(lambda, backend.qualifier, facts),
    placesAllowed(lambda, facts.document.org.bounds.uri?.lambda, placesOf(backend), facts),
  )
}

export function qualifierAllowed(
  rule: { qualifiers?: readonly string[]; unqualified?: 'allowed' | 'never' },
  qualifier: string | undefined,
  { expand }: Facts,
): Answer {
  const listed = rule.qualifiers && expand(rule.qualifiers)
  if (qualifier !== undefined) {
    if (listed === undefined || listed.some((each) => nameMatches(each, qualifier))) return true
    // What takes effect is the unqualified function, which the entry allows by that name.
    return qualifier === '$LATEST' && rule.unqualified === 'allowed' ? undefined : false
  }
  if (rule.unqualified === 'allowed' || (rule.unqualified === undefined && listed === undefined)) return true
  // What takes effect is $LATEST, but the entry closes the name without a qualifier.
  return listed?.some((each) => nameMatches(each, '$LATEST')) ? undefined : false
}

export const QUERY_PROTOCOL: readonly string[] = [
  'sqs',
  'sns',
  'ec2',
  'iam',
  'sts',
  'rds',
  'cloudformation',
  'autoscaling',
]
const JSON_PROTOCOL: readonly string[] = ['dynamodb', 'states', 'events', 'kinesis', 'firehose']

function serviceCovers({ aws, query: own, placeholders }: AwsBackend, backend: Service, facts: Facts): Answer {
  const bounds = facts.document.org.bounds.uri?.aws?.filter(({ service }) => service === backend.service) ?? []
  const boundRegions = bounds.flatMap(({ regions = [] }) => regions)
  const listed = backend.query.parameters.find(([name]) => name === 'Action')?.[1]
  const rest = backend.query.parameters.filter(([name]) => name !== 'Action' || backend.action !== undefined)
  const query: Query = { ...backend.query, isThere: rest.length > 0, parameters: rest }
  return all(
    aws.service === backend.service,
    targetCovers(aws, backend, facts, placeholders),
    placesAllowed(aws, boundRegions.length > 0 ? { regions: boundRegions } : undefined, placesOf(backend), facts),
    backend.path === undefined ? true : placeholdersAllowed(backend.path, { placeholders }),
    queryAllowed(own ?? 'none', query, { placeholders }),
    mappedQueryAllowed(own ?? 'none', backend, facts),
    listed === undefined || backend.action !== undefined
      ? true
      : facts.expand(aws.actions ?? []).some((pattern) => nameMatches(pattern, listed)),
    operationKnown(aws, backend, listed, facts),
    bucketsAllowed(aws, backend, facts),
  )
}

/** A mapping onto the query adds to it: a static value as if it were written there. */
function mappedQueryAllowed(
  rule: NonNullable<AwsBackend['query']>,
  { service }: Service,
  { effective }: Facts,
): Answer {
  const isMapped = effective.parameters.some(([destination]) => destination.startsWith('querystring.'))
  // Members of a listed action come this way too, for example MessageBody.
  if (isMapped && QUERY_PROTOCOL.includes(service)) return undefined
  return all(
    ...effective.parameters.map(([destination, source]): Answer => {
      const [, name] = /^querystring\.(.*)$/.exec(destination) ?? []
      if (name === undefined) return true
      if (rule === 'none') return false
      if (typeof rule === 'string') return rule === 'late-bound' || source.startsWith("'")
      if (!rule.names.some((pattern) => nameMatches(pattern, name))) return false
      return source.startsWith("'") ? true : undefined
    }),
  )
}

/** A target that lists subdomains requires one of them; a kind (path or action) that it doesn't list isn't allowed. */
export function targetCovers(aws: AwsTarget, backend: Service, { expand }: Facts, permission: Permission): Answer {
  const { subdomain, path, action } = backend
  const isAt =
    subdomain === undefined
      ? aws.subdomains === undefined
      : expand(aws.subdomains ?? []).some((pattern) => nameMatches(pattern, subdomain))
  if (action !== undefined) return isAt && expand(aws.actions ?? []).some((pattern) => nameMatches(pattern, action))
  return all(isAt, path === undefined || aws.paths === undefined ? false : pathAllowed(aws.paths, path, permission))
}

/**
 * Bodies are judged in a subset: a query-protocol service whose listed action stands in the query of a GET, and what is
 * neither of the query protocol nor of the JSON protocol. Of everything else the interpreter has no opinion.
 */
function operationKnown(aws: AwsTarget, backend: Service, listed: string | undefined, { effective }: Facts): Answer {
  if (JSON_PROTOCOL.includes(backend.service)) return undefined
  if (!QUERY_PROTOCOL.includes(backend.service)) {
    // Where an entry lists both, verb and path have to be one of its actions: which one they are is not read here.
    if (backend.path !== undefined && aws.actions !== undefined) return undefined
    return effective.templates.length === 0 ? true : undefined
  }
  if (effective.parameters.some(([destination]) => destination.startsWith('querystring.'))) return undefined
  return effective.verb === 'GET' && effective.templates.length === 0 && listed !== undefined ? true : undefined
}

/** A literal `Bucket=` of a query is part of the target, where the entry lists buckets. */
function bucketsAllowed(aws: AwsTarget, backend: Service, { expand }: Facts): Answer {
  const bucket = backend.query.parameters.find(([name]) => name === 'Bucket')?.[1]
  if (bucket === undefined) return true
  if (aws.buckets === undefined) return undefined
  return expand(aws.buckets).some((pattern) => nameMatches(pattern, bucket))
}

/**
 * Whether a path has what 2a refuses where a path rule protects it: paths of the bounds, of an entry or of a deny that
 * holds this host. AWS services are always protected.
 */
export function pathHazard(entries: readonly Entry[], facts: Facts): Answer {
  const { backend, expand, document } = facts
  if (backend.kind !== 'http' && backend.kind !== 'service') return staticValuesSound(facts)
  const hazard = backend.path?.hazard ?? 'none'
  if (hazard === 'none') return staticValuesSound(facts)
  if (hazard === 'possible') return undefined
  if (backend.kind === 'service') return false
  const holds = (hosts: readonly string[] | undefined) =>
    hosts === undefined || expand(hosts).some((pattern) => hostMatches(pattern, backend.host))
  const { bounds, deny = [] } = document.org
  const protects = (paths: readonly string[] | undefined): Answer =>
    paths === undefined ? false : paths.includes('/**') ? undefined : true
  // An entry protects the paths that it allows; where one that holds this host names no paths, nothing is protected by it.
  const holding = entries.flatMap((entry) => ('hosts' in entry && holds(entry.hosts) ? [protects(entry.paths)] : []))
  const byEntries = holding.length === 0 ? false : holding.every((each) => each === true) ? true : undefined
  const protectedBy = any([
    protects(bounds.uri?.paths),
    byEntries,
    ...deny.map(({ id: _, message: __, fix: ___, uri, ...others }): Answer => {
      if (uri?.paths === undefined || !holds(uri.hosts)) return false
      // A rule about some verbs, ports or keys alone may protect the path or not.
      const isAlone =
        Object.keys(others).length === 0 && Object.keys(uri).every((name) => /^(?:hosts|paths)$/.test(name))
      return isAlone ? true : undefined
    }),
  ])
  if (protectedBy === true) return false
  // An encoded slash or a dot segment may be refused anywhere: the sentence of 2a lists more than paths that are protected.
  return undefined
}

export type { Http, Lambda, Service }

/** Whether a value is refused that stands in no path, since no placeholder names it, is not settled. */
function staticValuesSound({ effective }: Facts): Answer {
  const strange = effective.parameters.some(
    ([destination, source]) =>
      destination.startsWith('path.') && source.startsWith("'") && !/^'[A-Za-z0-9_~-][A-Za-z0-9._~-]*'$/.test(source),
  )
  return strange ? undefined : true
}
