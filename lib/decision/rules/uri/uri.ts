import type {
  AwsBackend,
  AwsTarget,
  Backend,
  HttpBackend,
  LambdaBackend,
  UriBounds as WrittenBounds,
} from '../../../policy/document/sections.ts'
import { deniedPath } from '../../../policy/patterns/denied.ts'
import type { Pattern } from '../../../policy/patterns/pattern.ts'
import type { ServiceUri } from '../../../policy/values/aws-uri.ts'
import { RESOURCE_KINDS } from '../../../policy/values/service/resource-kinds.ts'
import { expand, type Lists } from '../../compile/lists.ts'
import { usingExample } from '../../explain/examples.ts'
import { type Finding, oneOf, onMethod, type Pointed, setting } from '../../explain/finding.ts'
import type { Subject } from '../../subject.ts'
import { named, patternsOf } from '../entries.ts'
import type {
  Backends,
  Denied,
  HttpLimits,
  LambdaLimits,
  QueryLimit,
  ServiceLimits,
  UriBounds,
  Verbs,
} from '../limits.ts'
import type { IntegrationRule, Met } from '../rule.ts'
import { pointerOf, ruleOf } from '../scope.ts'
import { coversHttp, coversHttpBounds, httpMayMeet, queryExceeds, refusedLate } from './http.ts'
import { coversLambda, coversLambdaBounds, lambdaMayMeet } from './lambda.ts'
import { otherService } from './other-service.ts'
import { verbAllowed, verbMet } from './verbs.ts'

/** `uri`: which backends may be called, how, and with which verbs. */
export const uri: IntegrationRule<'uri'> = {
  reads: { uri: true, httpMethod: true },
  silent: [],
  complete: (written) => written,
  compile: compileBackends,
  compileBounds,
  covers(subject, entries, { scope, bounds: { uri: bounds } }, findings) {
    const { backend } = subject
    const base = { rule: ruleOf(scope, 'uri'), pointer: pointerOf(scope, 'uri'), aspect: backend.kind }
    if (backend.kind === 'http') coversHttp(backend, subject, entries, bounds, base, findings)
    else if (backend.kind === 'lambda') coversLambda(backend, subject, entries.lambda, bounds, base, findings)
    else if (backend.kind === 'service') {
      const { services } = subject.loaded
      if (services === undefined) findings.push({ ...base, ...otherService(backend, entries.service, subject) })
      else services.rules.coversService(backend, subject, entries.service, bounds?.services, base, findings)
    }
  },
  coversBounds: judgeBounds,
  speaks(bounds, { aspect }) {
    switch (aspect) {
      case 'lambda':
        return bounds.lambda !== undefined
      case 'account':
        return (bounds.lambda?.accounts ?? bounds.lambda?.functions) !== undefined
      case 'service':
        return bounds.aws !== undefined
      case 'scheme':
        return bounds.schemes !== undefined
      case 'port':
        return bounds.ports !== undefined
      default:
        return bounds.hosts !== undefined
    }
  },
  deny: { compile: compileDenied, mayMeet },
}

function compileBackends(written: readonly Backend[], lists: Lists): Backends {
  const http: HttpLimits[] = []
  const lambda: LambdaLimits[] = []
  const service: ServiceLimits[] = []
  for (const each of written) {
    if ('hosts' in each) http.push(httpLimits(each, lists))
    else if ('lambda' in each) lambda.push(lambdaBackend(each, lists))
    else service.push(serviceBackend(each, lists))
  }
  return { http, hosts: http.flatMap(({ hosts = [] }) => hosts), lambda, service }
}

function httpLimits(written: Partial<HttpBackend>, lists: Lists): HttpLimits {
  const { schemes, ports, query, placeholders, stageVariables } = written
  return {
    kind: 'http',
    ...named('hosts', 'host', written.hosts, lists),
    ...(schemes && { schemes }),
    ...(ports && { ports }),
    ...named('paths', 'path', written.paths, lists),
    ...(query && { query: queryLimit(query, lists) }),
    ...(placeholders && { placeholders }),
    ...(stageVariables && { stageVariables }),
    ...verbs(written),
  }
}

function queryLimit(written: NonNullable<HttpBackend['query']>, lists: Lists): QueryLimit {
  return typeof written === 'string'
    ? { most: written }
    : { most: 'literal', names: patternsOf('name', written.names, lists) }
}

function lambdaBackend({ lambda: { account, ...rest }, ...verbsOfIt }: LambdaBackend, lists: Lists): LambdaLimits {
  return { ...lambdaLimits({ ...rest, accounts: [account] }, lists), ...verbs(verbsOfIt) }
}

function lambdaLimits(written: NonNullable<WrittenBounds['lambda']>, lists: Lists): LambdaLimits {
  const { accounts, unqualified, regions, partitions } = written
  return {
    kind: 'lambda',
    ...(accounts && { accounts: expand(accounts, lists) }),
    ...named('functions', 'name', written.functions, lists),
    ...named('qualifiers', 'name', written.qualifiers, lists),
    ...(unqualified && { unqualified }),
    ...(regions && { regions: expand(regions, lists) }),
    ...(partitions && { partitions: expand(partitions, lists) }),
  }
}

function serviceBackend({ aws, query, placeholders, ...rest }: AwsBackend, lists: Lists): ServiceLimits {
  return {
    ...serviceLimits(aws, lists),
    query: query === undefined ? { most: 'none' } : queryLimit(query, lists),
    placeholders: placeholders ?? 'never',
    ...verbs(rest),
  }
}

function serviceLimits(written: AwsTarget, lists: Lists): ServiceLimits {
  const { regions, partitions } = written
  const resources: Partial<Record<(typeof RESOURCE_KINDS)[number], readonly string[]>> = {}
  for (const kind of RESOURCE_KINDS) {
    const entries = written[kind]
    if (entries !== undefined) resources[kind] = expand(entries, lists)
  }
  return {
    kind: 'service',
    service: written.service,
    ...named('subdomains', 'name', written.subdomains, lists),
    ...named('paths', 'path', written.paths, lists),
    ...named('actions', 'name', written.actions, lists),
    ...(regions && { regions: expand(regions, lists) }),
    ...(partitions && { partitions: expand(partitions, lists) }),
    resources,
  }
}

function verbs({ methods, httpMethods }: { methods?: readonly string[]; httpMethods?: readonly string[] }): Verbs {
  return { ...(methods && { methods }), ...(httpMethods && { httpMethods }) }
}

/** Whether a block of the bounds names HTTP backends. */
function namesHttp({ schemes, hosts, ports, paths }: WrittenBounds): boolean {
  return (schemes ?? hosts ?? ports ?? paths) !== undefined
}

function compileBounds(written: WrittenBounds, lists: Lists): UriBounds {
  const { schemes, hosts, ports, paths, query, placeholders, stageVariables, lambda, aws } = written
  return {
    ...(namesHttp(written) && { http: httpLimits({ ...httpMembers({ schemes, hosts, ports, paths }) }, lists) }),
    ...(lambda && { lambda: lambdaLimits(lambda, lists) }),
    ...(aws && { services: aws.map((target) => serviceLimits(target, lists)) }),
    ...(query && { query: { most: query } }),
    ...(placeholders?.path && { placeholders: placeholders.path }),
    ...(stageVariables?.path && { stageVariables: stageVariables.path }),
    ...verbs(written),
  }
}

function httpMembers({
  schemes,
  hosts,
  ports,
  paths,
}: {
  [Member in 'schemes' | 'hosts' | 'ports' | 'paths']: WrittenBounds[Member] | undefined
}): Partial<HttpBackend> {
  return { ...(schemes && { schemes }), ...(hosts && { hosts }), ...(ports && { ports }), ...(paths && { paths }) }
}

/** One rule for each member of `org.bounds.uri`; of a kind of backend that the block doesn't name, the block's own. */
function judgeBounds(subject: Subject, bounds: UriBounds, _around: unknown, findings: Finding[]): void {
  const { backend, integration, request } = subject
  if (backend.kind === 'mock' || backend.kind === 'unreadable') return
  const closed = closedKind(backend.kind, bounds, subject)
  if (closed !== undefined) findings.push({ ...boundAt(closed.leaf), ...closed.finding, value: nameOf(backend) })
  else if (backend.kind === 'http') coversHttpBounds(backend, subject, bounds, boundAt, findings)
  else if (backend.kind === 'lambda' && bounds.lambda) coversLambdaBounds(backend, bounds.lambda, boundAt, findings)
  else if (backend.kind === 'service') {
    const { services = [] } = bounds
    const model = subject.loaded.services
    if (model === undefined) findings.push({ ...boundAt('aws'), ...otherService(backend, services, subject) })
    else model.rules.coversServiceBounds(backend, subject, services, boundAt('aws'), findings)
  }

  if ('query' in backend && bounds.query !== undefined && queryExceeds(backend, bounds.query)) {
    findings.push({
      ...boundAt('query'),
      field: '/uri',
      part: 'query',
      value: backend.query,
      allowed: bounds.query.most,
      message: `The query is ${backend.query}, where only ${bounds.query.most} is allowed.`,
      fix: 'Remove the query.',
      remedy: setting('/uri', (integration.uri ?? '').replace(/[?&].*$/, '')),
    })
  }
  judgeLateBounds(subject, bounds, findings)
  if (bounds.methods !== undefined && !verbAllowed(bounds.methods, integration.httpMethod)) {
    const [nearest] = bounds.methods
    findings.push({
      ...boundAt('methods'),
      field: '/httpMethod',
      value: integration.httpMethod ?? '',
      allowed: bounds.methods,
      nearest,
      message: `The integration may call ${oneOf(bounds.methods)}, not ${integration.httpMethod ?? 'nothing'}.`,
      fix: `Set httpMethod to ${oneOf(bounds.methods)}.`,
      remedy: setting('/httpMethod', nearest),
    })
  }
  if (bounds.httpMethods !== undefined && !verbAllowed(bounds.httpMethods, request.httpMethod)) {
    findings.push({
      ...boundAt('httpMethods'),
      field: '',
      part: 'httpMethod',
      value: request.httpMethod,
      allowed: bounds.httpMethods,
      message: `Only methods ${oneOf(bounds.httpMethods)} may have a backend, not ${request.httpMethod}.`,
      fix: `Put the integration on a method ${oneOf(bounds.httpMethods)}.`,
      remedy: onMethod(bounds.httpMethods.find((verb) => verb !== '*')),
    })
  }
}

function boundAt(leaf: string): Pointed {
  return { rule: `org.bounds.uri.${leaf}`, pointer: `/org/bounds/uri/${leaf.replaceAll('.', '/')}` }
}

/** Placeholders and stage variables in the path, of whichever kind of backend. */
function judgeLateBounds(subject: Subject, bounds: UriBounds, findings: Finding[]): void {
  const { placeholders = 'allowed', stageVariables } = bounds
  const isSplit = stageVariables !== undefined
  const filled = refusedLate(subject.path, placeholders, isSplit ? 'allowed' : placeholders)
  if (filled !== undefined) findings.push(lateBound(filled, 'placeholders.path', subject))
  const staged = isSplit ? refusedLate(subject.path, 'allowed', stageVariables) : undefined
  if (staged !== undefined) findings.push(lateBound(staged, 'stageVariables.path', subject))
}

function lateBound(value: string, leaf: string, { integration }: Subject): Finding {
  return {
    ...boundAt(leaf),
    field: '/uri',
    part: 'path',
    value,
    allowed: 'literal',
    message: `${value} is filled in later, and could lead to any path of this backend.`,
    fix: 'Write the path literally.',
    remedy: setting('/uri', (integration.uri ?? '').replace(/\$?\{[^}]*\}/g, 'value')),
  }
}

function nameOf(backend: Exclude<Subject['backend'], { kind: 'mock' | 'unreadable' }>): string {
  switch (backend.kind) {
    case 'http':
      return backend.host
    case 'lambda':
      return `${backend.lambda.account}:${backend.lambda.function}`
    case 'service':
      return backend.service
  }
}

function isNamed(kind: 'http' | 'lambda' | 'service', { http, lambda, services }: UriBounds): boolean {
  switch (kind) {
    case 'http':
      return http !== undefined
    case 'lambda':
      return lambda !== undefined
    case 'service':
      return services !== undefined
  }
}

function closedKind(kind: 'http' | 'lambda' | 'service', bounds: UriBounds, { examples }: Subject) {
  if (isNamed(kind, bounds)) return undefined
  const example = examples().find((each) => isNamed(each.kind, bounds))
  const open = Object.entries({
    'HTTP backends': bounds.http,
    'Lambda functions': bounds.lambda,
    'AWS services': bounds.services,
  })
    .filter(([, limits]) => limits !== undefined)
    .map(([words]) => words)
  const { leaf, part, words } = KINDS[kind]
  const finding = {
    field: '/uri',
    part,
    allowed: open,
    message: `The organisation's bounds name no ${words}, so none may be a backend.`,
    ...(example === undefined
      ? { fix: 'No other request would pass: the team lists no backend of a kind that the bounds name.' }
      : { fix: `Use one of ${oneOf(open)}, for example ${example.uri}.`, remedy: usingExample(example) }),
  }
  return { leaf, finding }
}

const KINDS = {
  http: { leaf: 'hosts', part: 'host', words: 'HTTP backends' },
  lambda: { leaf: 'lambda', part: 'function', words: 'Lambda functions' },
  service: { leaf: 'aws', part: 'service', words: 'AWS services' },
} as const

/** Members of one kind of backend say nothing of the others; `methods` speaks of all. */
function compileDenied(written: DeniedUri, lists: Lists): Denied['uri'] {
  const { lambda, aws, methods } = written
  const { schemes, hosts, ports, paths } = written
  return {
    ...(namesHttp(written) && { http: denied(httpLimits(httpMembers({ schemes, hosts, ports, paths }), lists)) }),
    ...(lambda && { lambda: lambdaLimits(lambda, lists) }),
    ...(aws && { services: aws.map((target) => denied(serviceLimits(target, lists))) }),
    ...(methods && { methods }),
  }
}

function denied<L extends { paths?: readonly Pattern[] }>(limits: L): L {
  return limits.paths === undefined ? limits : { ...limits, paths: limits.paths.map(deniedPath) }
}

type DeniedUri = Omit<WrittenBounds, 'placeholders' | 'stageVariables' | 'query' | 'httpMethods'>

function mayMeet(subject: Subject, { http, lambda, services, methods }: Denied['uri']): Met | undefined {
  const { backend, integration } = subject
  if (backend.kind === 'mock' || !verbMet(methods, integration.httpMethod)) return undefined
  if (http === undefined && lambda === undefined && services === undefined) {
    return { field: '/httpMethod', value: integration.httpMethod }
  }
  switch (backend.kind) {
    case 'http': {
      const met = http && httpMayMeet(backend, subject, http)
      return met === 'hazard'
        ? { field: '/uri', part: 'path', value: backend.path.text, hazards: backend.path.hazards }
        : met
    }
    case 'lambda':
      return lambda && lambdaMayMeet(backend, lambda)
    case 'service':
      return services && metService(backend, subject, services)
    case 'unreadable':
      return undefined // denied for that already
  }
}

/** Without the model a service could be any. */
function metService(backend: ServiceUri, subject: Subject, denied: readonly ServiceLimits[]): Met | undefined {
  const model = subject.loaded.services
  if (model === undefined) return { field: '/uri', part: 'service', value: backend.service }
  return model.rules.serviceMayMeet(backend, subject, denied)
}
