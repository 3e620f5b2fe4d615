import type { DenyRule } from '../../../lib/policy/document/document.ts'
import type { AwsTarget } from '../../../lib/policy/document/sections.ts'
import { type Answer, all, any } from './answer.ts'
import { keyMeets, namespacePattern, parameterMeets } from './cache.ts'
import type { Facts } from './facts.ts'
import { isRole, roleParts } from './role.ts'
import { readTemplate } from './templates.ts'
import { arnMatches, completions, hostMatches, nameMatches, type Pieces, pathMayMeet } from './texts.ts'
import type { Http, Lambda, Service } from './uri.ts'

/**
 * Whether a deny bites: every member that it names, and of each any entry, compared with everything that the request can
 * become (policy.md 2, rule 3). Where policy.md leaves a spelling open the answer is `undefined`.
 */
export function denyBites(rule: DenyRule, facts: Facts): Answer {
  const { effective, request } = facts
  const { integration } = effective
  return all(
    rule.types === undefined || rule.types.includes(integration.type),
    rule.httpMethods === undefined || verbMeets(rule.httpMethods, request.httpMethod),
    rule.restApiIds === undefined || rule.restApiIds.includes(request.restApiId),
    rule.uri === undefined || uriMeets(rule.uri, facts),
    rule.credentials === undefined || credentialsMeet(rule.credentials, facts),
    rule.connection === undefined || connectionMeets(rule.connection, facts),
    rule.cache === undefined || cacheMeets(rule.cache, facts),
    rule.mapping?.requestParameters === undefined || mappingMeets(rule.mapping.requestParameters, facts),
    rule.passthrough === undefined || rule.passthrough.some((each) => each === effective.passthrough),
    rule.contentHandling === undefined || rule.contentHandling.some((each) => each === effective.contentHandling),
    rule.responseTransferMode === undefined ||
      rule.responseTransferMode.some((each) => each === effective.transferMode),
  )
}

/** Every listed verb also bites on ANY. */
function verbMeets(verbs: readonly string[], verb: string): boolean {
  return verbs.includes('*') || verbs.includes(verb) || verb === 'ANY'
}

/** Kinds of backend are alternatives: what a rule says of Lambda does not have to hold of an HTTP backend. */
function uriMeets(rule: NonNullable<DenyRule['uri']>, facts: Facts): Answer {
  const { backend, effective } = facts
  if (backend.kind === 'none' || backend.kind === 'unreadable') return false
  const { hosts, schemes, ports, paths, methods, lambda, aws } = rule
  const namesHttp = [hosts, schemes, ports, paths].some((each) => each !== undefined)
  const namesNone = !namesHttp && lambda === undefined && aws === undefined
  const isKind = () => {
    if (namesNone) return true
    if (backend.kind === 'http') return namesHttp && httpMeets(rule, backend, facts)
    if (backend.kind === 'lambda') return lambda !== undefined && lambdaMeets(lambda, backend, facts)
    return aws === undefined ? false : any(aws.map((target) => serviceMeets(target, backend, facts)))
  }
  return all(methods === undefined || verbMeets(methods, effective.verb), isKind())
}

function httpMeets(rule: NonNullable<DenyRule['uri']>, { host, scheme, port, path }: Http, { expand }: Facts): boolean {
  const { hosts, schemes, ports, paths } = rule
  return (
    (hosts === undefined || expand(hosts).some((pattern) => hostMatches(pattern, host))) &&
    (schemes === undefined || schemes.some((each) => each === scheme)) &&
    (ports === undefined || ports.includes(port)) &&
    (paths === undefined || paths.some((pattern) => pathReaches(pattern, path.pieces)))
  )
}

/** As it is spelt, and as a server reads it that decodes and resolves dot segments. */
function pathReaches(pattern: string, pieces: Pieces): boolean {
  const decodedPieces = pieces.map((piece) => (typeof piece === 'string' ? percentDecoded(piece) : piece))
  if (pathMayMeet(pattern, pieces) || pathMayMeet(pattern, decodedPieces)) return true
  return completions(decodedPieces, ['q']).some((text) => pathMayMeet(pattern, [resolved(text)]))
}

function percentDecoded(text: string): string {
  return text.replaceAll(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

function resolved(path: string): string {
  const kept: string[] = []
  for (const segment of path.slice(1).split('/')) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
  }
  return `/${kept.join('/')}`
}

/** An unqualified function is $LATEST. */
function lambdaMeets(
  rule: NonNullable<NonNullable<DenyRule['uri']>['lambda']>,
  backend: Lambda,
  { expand }: Facts,
): Answer {
  const { accounts, functions, regions, partitions, qualifiers, unqualified } = rule
  const qualifier = backend.qualifier ?? '$LATEST'
  return all(
    accounts === undefined || expand(accounts).includes(backend.account),
    functions === undefined || expand(functions).some((pattern) => nameMatches(pattern, backend.name)),
    partitions === undefined || expand(partitions).includes(backend.ownPartition),
    regions === undefined || anyRegion(expand(regions), [backend.ownRegion, backend.region]),
    qualifiers === undefined || expand(qualifiers).some((pattern) => nameMatches(pattern, qualifier)),
    unqualified === undefined ? true : undefined,
  )
}

function anyRegion(regions: readonly string[], own: readonly string[]): Answer {
  const met = own.map((region) => regions.includes(region))
  return met.every((each) => each === met[0]) ? met[0] : undefined
}

/** One spelling of a request to a service. */
interface Spelling {
  subdomain?: string | undefined
  path?: Pieces
  action?: string
}

/** A bucket as virtual host, in the path, or as `Bucket=` of an action. */
function spellings(backend: Service): Spelling[] {
  const { service, subdomain, path, action, query } = backend
  const own: Spelling = { subdomain, ...(path && { path: path.pieces }), ...(action && { action }) }
  if (service !== 's3') return [own]
  const parameter = (name: string) => query.parameters.find(([each]) => each === name)?.[1]
  const bucket = parameter('Bucket')
  if (action !== undefined && bucket !== undefined) {
    const key = `/${parameter('Key') ?? ''}`
    return [own, { path: [`/${bucket}${key}`] }, { subdomain: bucket, path: [key] }]
  }
  if (path === undefined) return [own]
  if (subdomain !== undefined) return [own, { path: [`/${subdomain}`, ...path.pieces] }]
  const [first] = path.pieces
  const [, host, rest] = typeof first === 'string' ? (/^\/([^/]+)(\/.*)?$/.exec(first) ?? []) : []
  if (host === undefined || (rest === undefined && path.pieces.length > 1)) return [own]
  return [own, { subdomain: host, path: [rest ?? '/', ...path.pieces.slice(1)] }]
}

function serviceMeets(target: AwsTarget, backend: Service, facts: Facts): Answer {
  const { expand } = facts
  const { subdomains, paths, actions, regions, partitions, buckets } = target
  // Beside a body another action could stand there.
  const isClosed = facts.effective.verb === 'GET'
  const listed = isClosed
    ? backend.query.parameters.filter(([name]) => name === 'Action').map(([, value]) => value)
    : []
  const isAction = (name: string) => expand(actions ?? []).some((pattern) => nameMatches(pattern, name))
  const bySpelling = spellings(backend).map((spelling, index): Answer => {
    // Beside paths a subdomain speaks of virtual hosts alone; by itself it is the bucket, however that is spelt.
    const at =
      subdomains === undefined ||
      (paths === undefined ? bucketMeets(subdomains, spelling, facts) : named(subdomains, spelling.subdomain, facts))
    const met = paths?.some((pattern) => spelling.path !== undefined && pathReaches(pattern, spelling.path)) ?? false
    const done = (spelling.action !== undefined && isAction(spelling.action)) || listed.some(isAction)
    if (paths === undefined && actions === undefined) return at
    // Which action a verb on a path is, or one that a body names, is not read here.
    const mayBe = actions !== undefined && paths === undefined && spelling.action === undefined && listed.length === 0
    if (at && mayBe) return undefined
    if (!at || !(met || done)) return false
    // A rule that names both means these actions on these paths; which action a verb on a path is, is not read here.
    if (paths !== undefined && actions !== undefined && spelling.action === undefined && !done) {
      return listed.length > 0 ? false : undefined
    }
    // Whether paths alone speak of the objects of every bucket, or begin with a bucket, is not settled for virtual hosts.
    return !done && subdomains === undefined && spelling.subdomain !== undefined && index >= 0 ? undefined : true
  })
  return all(
    target.service === backend.service,
    regions === undefined || expand(regions).includes(backend.region),
    partitions === undefined || expand(partitions).includes(backend.partition),
    buckets === undefined || spellings(backend).some((spelling) => bucketMeets(buckets, spelling, facts)),
    (target.queues ?? target.topics ?? target.tables ?? target.stateMachines ?? target.streams ?? target.eventBuses)
      ? undefined
      : true,
    any(bySpelling),
  )
}

/** The bucket as virtual host, or as what the first segment of the path can become. */
function bucketMeets(buckets: readonly string[], { subdomain, path }: Spelling, facts: Facts): boolean {
  if (named(buckets, subdomain, facts)) return true
  if (path === undefined || subdomain !== undefined) return false
  return facts.expand(buckets).some((bucket) => pathMayMeet(`/${bucket}/**`, path) || pathMayMeet(`/${bucket}`, path))
}

function named(patterns: readonly string[], name: string | undefined, { expand }: Facts): boolean {
  return name !== undefined && expand(patterns).some((pattern) => nameMatches(pattern, name))
}

function credentialsMeet(
  { accounts, roles, callerPassThrough }: NonNullable<DenyRule['credentials']>,
  { effective, expand }: Facts,
): Answer {
  const { credentials } = effective
  if (credentials === '') return false
  if (!isRole(credentials)) {
    // Pass-through may be a caller of any account, whose rights are those of no role that is listed.
    if (accounts !== undefined || roles !== undefined) return undefined
    return callerPassThrough === true
  }
  const { account } = roleParts(credentials)
  return all(
    callerPassThrough === undefined,
    accounts === undefined || expand(accounts).includes(account),
    roles === undefined || expand(roles).some((pattern) => arnMatches(pattern, credentials)),
  )
}

function connectionMeets(
  { types, vpcLinks, integrationTargets }: NonNullable<DenyRule['connection']>,
  { effective, expand }: Facts,
): Answer {
  const { connectionId, integrationTarget } = effective.integration
  const isLink = effective.connectionType === 'VPC_LINK'
  return all(
    types === undefined || types.some((type) => type === effective.connectionType),
    vpcLinks === undefined ||
      (isLink && connectionId !== undefined && expand(vpcLinks).some((each) => nameMatches(each, connectionId))),
    integrationTargets === undefined ||
      (isLink && integrationTarget !== undefined && targetMeets(expand(integrationTargets), integrationTarget)),
  )
}

/** A load balancer is met by its listeners: `listener/app/name/id/listener` is one of `loadbalancer/app/name/id`. */
export function targetMeets(patterns: readonly string[], target: string): Answer {
  if (patterns.some((pattern) => arnMatches(pattern, target))) return true
  const asBalancer = target.replace(/:listener\/(.*)\/[^/]*$/, ':loadbalancer/$1')
  if (asBalancer !== target) return patterns.some((pattern) => arnMatches(pattern, asBalancer))
  const asListener = target.replace(':loadbalancer/', ':listener/')
  return patterns.some((pattern) => arnMatches(pattern.replace(/\/[^/]*$/, ''), asListener)) ? undefined : false
}

function cacheMeets({ namespaces, keyParameters }: NonNullable<DenyRule['cache']>, facts: Facts): boolean {
  const { keys, namespace } = facts.effective
  return (
    (namespaces === undefined ||
      facts
        .expand(namespaces)
        .some((pattern) => nameMatches(namespacePattern(pattern, facts.team, facts), namespace))) &&
    (keyParameters === undefined ||
      keys.some((key) => facts.expand(keyParameters).some((pattern) => keyMeets(pattern, key, facts))))
  )
}

/** Destinations are also what a template overrides. A rule that names both halves bites where one mapping has both. */
function mappingMeets(
  { destinations, sources }: NonNullable<NonNullable<DenyRule['mapping']>['requestParameters']>,
  { effective }: Facts,
): Answer {
  const meets = (patterns: readonly string[] | undefined, name: string) =>
    patterns === undefined || patterns.some((pattern) => parameterMeets(pattern, name))
  const mapped = effective.parameters.map(([destination, source]) => ({
    destination: meets(destinations, destination),
    source: meets(sources, source),
  }))
  if (mapped.some(({ destination, source }) => destination && source)) return true
  const both = destinations !== undefined && sources !== undefined
  if (both && mapped.some(({ destination }) => destination) && mapped.some(({ source }) => source)) return undefined
  if (destinations === undefined) return false
  return any(
    effective.templates.map(([, template]): Answer => {
      const overridden = readTemplate(template)
      if (overridden === undefined || overridden === 'refused') return undefined
      if (!overridden.some((name) => meets(destinations, name))) return false
      return sources === undefined ? true : undefined
    }),
  )
}
