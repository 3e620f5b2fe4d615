import type { CompiledDeny } from '../compile/compile-deny.ts'
import type { HttpLimits, LambdaLimits, ServiceLimits } from '../compile/compiled-sections.ts'
import { candidates, type HostIndex } from '../compile/host-index.ts'
import { matchesAnyHost } from '../compile/host-pattern.ts'
import { matchesAnyName } from '../compile/name-pattern.ts'
import { matchesNamespace } from '../compile/namespace-pattern.ts'
import { foldHeader, matchesAnyParameter } from '../compile/parameter-pattern.ts'
import { mayMatchPath } from '../compile/path-pattern.ts'
import { matchesAnyRole, matchesTarget } from '../compile/role-pattern.ts'
import type { Finding } from '../explain/finding.ts'
import type { Backend, Subject } from '../subject.ts'
import { hazardFindings } from './judge-intrinsic.ts'
import { verbAllowed } from './judge-verbs.ts'

/** What of the request a deny rule matched. */
interface Matched {
  field: string
  part?: string
  value?: unknown
}

/** The deny rules in order. A rule that names hosts isn't even looked at for most others. */
export function judgeDenies(subject: Subject, denies: HostIndex<CompiledDeny>, findings: Finding[]): void {
  const { backend } = subject
  const rules = backend.kind === 'http' ? candidates(denies, backend.host) : denies.all
  for (const rule of rules) judgeDeny(subject, rule, findings)
}

/** A deny rule against everything it names: all must match. What is late-bound matches what it could turn out to be. */
function judgeDeny(subject: Subject, rule: CompiledDeny, findings: Finding[]): void {
  const { backend } = subject
  const hosts = rule.backends?.http?.hosts
  if (hosts !== undefined && backend.kind === 'http' && !matchesAnyHost(hosts, backend.host)) return
  const matched = matchedBy(subject, rule)
  if (matched === undefined) return
  const { http } = rule.backends ?? {}
  // Another spelling of the path might be what the rule denies: it may not pass for a path that it doesn't.
  if (matched === 'hazardous-path') {
    if (http !== undefined && backend.kind === 'http') {
      findings.push(...hazardFindings('uri', '/uri', backend.path.hazards))
    }
    return
  }
  findings.push({
    ...matched,
    rule: rule.id,
    message: rule.message,
    fix: rule.fix,
    pointer: rule.pointer,
  })
}

function matchedBy(subject: Subject, rule: CompiledDeny): Matched | 'hazardous-path' | undefined {
  const { integration, request } = subject
  const backend = matchBackend(subject, rule)
  if (backend === 'no') return undefined
  let matched: Matched | undefined
  if (rule.types !== undefined) {
    if (!rule.types.includes(integration.type)) return undefined
    matched = { field: '/type', value: integration.type }
  }
  if (rule.httpMethods !== undefined && !verbAllowed(rule.httpMethods, request.httpMethod)) return undefined
  if (rule.restApiIds !== undefined && !rule.restApiIds.includes(request.restApiId)) return undefined
  for (const [section, member] of WORDS) {
    const words = rule[section]
    if (words === undefined) continue
    if (!words.includes(subject[member])) return undefined
    matched = { field: `/${member}`, value: subject[member] }
  }
  for (const match of [matchParameters, matchCache, matchConnection, matchCredentials]) {
    const found = match(subject, rule)
    if (found === 'no') return undefined
    if (found !== 'unnamed') matched = found
  }
  if (backend === 'hazardous-path') return backend
  return (backend === 'unnamed' ? matched : backend) ?? { field: '' }
}

const WORDS = [
  ['passthrough', 'passthroughBehavior'],
  ['contentHandling', 'contentHandling'],
  ['responseTransferMode', 'responseTransferMode'],
] as const

type Match = Matched | 'no' | 'unnamed'

function matchBackend(subject: Subject, { backends, methods }: CompiledDeny): Match | 'hazardous-path' {
  const { backend, integration } = subject
  if (!verbAllowed(methods, integration.httpMethod)) return 'no'
  if (backends === undefined)
    return methods === undefined ? 'unnamed' : { field: '/httpMethod', value: integration.httpMethod }
  switch (backend.kind) {
    case 'http':
      return backends.http === undefined ? 'no' : matchHttp(backend, backends.http)
    case 'lambda':
      return backends.lambda !== undefined && matchesLambda(backend, backends.lambda)
        ? { field: '/uri', part: 'function', value: backend.lambda.function }
        : 'no'
    case 'service':
      return backends.services?.some((service) => matchesService(backend, service))
        ? { field: '/uri', part: 'service', value: backend.service }
        : 'no'
    default:
      return 'no'
  }
}

function matchHttp(backend: Extract<Backend, { kind: 'http' }>, limits: HttpLimits): Match | 'hazardous-path' {
  const { hosts, schemes, ports, paths } = limits
  const { path } = backend
  if (hosts !== undefined && !matchesAnyHost(hosts, backend.host)) return 'no'
  if (schemes !== undefined && !schemes.includes(backend.scheme)) return 'no'
  if (ports !== undefined && !ports.includes(backend.port)) return 'no'
  if (paths !== undefined && !paths.some((pattern) => mayMatchPath(pattern, path))) {
    return path.hazards.length > 0 ? 'hazardous-path' : 'no'
  }
  if (hosts !== undefined && paths === undefined) return { field: '/uri', part: 'host', value: backend.host }
  if (paths !== undefined) return { field: '/uri', part: 'path', value: path.text }
  return { field: '/uri', part: 'port', value: backend.port }
}

function matchesLambda({ lambda }: Extract<Backend, { kind: 'lambda' }>, limits: LambdaLimits): boolean {
  const { partitions, regions, accounts, functions, qualifiers, unqualified } = limits
  if (partitions !== undefined && !partitions.includes(lambda.partition)) return false
  if (regions !== undefined && !regions.includes(lambda.region)) return false
  if (accounts !== undefined && !accounts.includes(lambda.account)) return false
  if (functions !== undefined && !matchesAnyName(functions, lambda.function)) return false
  if (lambda.qualifier === undefined) return qualifiers === undefined || unqualified !== undefined
  return qualifiers === undefined ? unqualified === undefined : matchesAnyName(qualifiers, lambda.qualifier)
}

function matchesService(uri: Extract<Backend, { kind: 'service' }>, limits: ServiceLimits): boolean {
  const { service, subdomains, paths, actions, regions, partitions } = limits
  if (service !== uri.service) return false
  if (partitions !== undefined && !partitions.includes(uri.partition)) return false
  if (regions !== undefined && !regions.includes(uri.region)) return false
  if (subdomains !== undefined && !(uri.subdomain !== undefined && matchesAnyName(subdomains, uri.subdomain)))
    return false
  if (paths === undefined && actions === undefined) return true
  const { path, action } = uri
  if (path !== undefined) return paths?.some((pattern) => mayMatchPath(pattern, path)) === true
  return action !== undefined && actions !== undefined && matchesAnyName(actions, action)
}

function matchCredentials({ credentials, integration }: Subject, rule: CompiledDeny): Match {
  const limits = rule.credentials
  if (limits === undefined) return 'unnamed'
  const matched = { field: '/credentials', value: integration.credentials }
  if (credentials.kind === 'caller') return limits.callerPassThrough ? matched : 'no'
  if (credentials.kind !== 'role' || (limits.accounts === undefined && limits.roles === undefined)) return 'no'
  if (limits.accounts !== undefined && !limits.accounts.includes(credentials.account)) return 'no'
  if (limits.roles !== undefined && !matchesAnyRole(limits.roles, credentials)) return 'no'
  return { ...matched, part: limits.roles === undefined ? 'account' : 'role' }
}

function matchConnection(subject: Subject, { connection }: CompiledDeny): Match {
  if (connection === undefined) return 'unnamed'
  const { types, vpcLinks, integrationTargets } = connection
  const { connectionType, connectionId, integrationTarget } = subject
  if (types !== undefined && !types.includes(connectionType)) return 'no'
  if (vpcLinks !== undefined && !matchesAnyName(vpcLinks, connectionId)) return 'no'
  if (integrationTargets !== undefined) {
    if (!integrationTargets.some((pattern) => matchesTarget(pattern, integrationTarget))) return 'no'
    return { field: '/integrationTarget', value: integrationTarget }
  }
  return vpcLinks === undefined
    ? { field: '/connectionType', value: connectionType }
    : { field: '/connectionId', value: connectionId }
}

function matchCache(subject: Subject, { cache }: CompiledDeny): Match {
  if (cache === undefined) return 'unnamed'
  const { namespaces, keyParameters } = cache
  const { cacheNamespace, cacheKeyParameters } = subject
  if (namespaces !== undefined && !namespaces.some((pattern) => matchesNamespace(pattern, cacheNamespace, subject)))
    return 'no'
  if (keyParameters === undefined) return { field: '/cacheNamespace', value: cacheNamespace }
  const key = cacheKeyParameters.find((name) => matchesAnyParameter(keyParameters, sourceOf(name, subject)))
  return key === undefined ? 'no' : { field: '/cacheKeyParameters', value: key }
}

function sourceOf(key: string, { integration }: Subject): string {
  const mapped = key.startsWith('integration.request.') ? integration.requestParameters?.[key] : undefined
  return foldHeader(mapped ?? key)
}

function matchParameters(subject: Subject, { parameters }: CompiledDeny): Match {
  if (parameters === undefined) return 'unnamed'
  const { destinations, sources } = parameters
  for (const [key, value] of subject.requestParameters) {
    const destination = foldHeader(key.replace(/^integration\.request\./, ''))
    if (destinations !== undefined && !matchesAnyParameter(destinations, destination)) continue
    if (sources !== undefined && !matchesAnyParameter(sources, foldHeader(value))) continue
    return { field: `/requestParameters/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, value }
  }
  return 'no'
}
