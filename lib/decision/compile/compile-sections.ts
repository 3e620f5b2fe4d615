import type {
  AwsBackend,
  AwsTarget,
  Backend,
  Connection,
  HttpBackend,
  LambdaBackend,
  Mapping,
  RequestParameters,
  Tls,
  UriBounds,
  CacheLimits as WrittenCache,
} from '../../policy/document/sections.ts'
import type {
  Backends,
  CacheLimits,
  ConnectionLimits,
  HttpLimits,
  LambdaLimits,
  MappingLimits,
  ParameterLimits,
  ServiceLimits,
  TemplateLimits,
  TlsLimits,
} from './compiled-sections.ts'
import { compileHost, type HostPattern } from './host-pattern.ts'
import { expand, type Lists } from './lists.ts'
import { compileName, type NamePattern } from './name-pattern.ts'
import { compileNamespace } from './namespace-pattern.ts'
import { compileParameter, foldHeader, type ParameterPattern } from './parameter-pattern.ts'
import { compilePath } from './path-pattern.ts'
import { compileRole, compileTarget, type RolePattern } from './role-pattern.ts'

/** Written sections to compiled ones; each function takes the part of the document and the lists it may refer to. */

export function hosts(entries: readonly string[], lists: Lists): HostPattern[] {
  return expand(entries, lists).map(compileHost)
}

export function strings(entries: readonly string[], lists: Lists): readonly string[] {
  return expand(entries, lists)
}

export function names(entries: readonly string[], lists: Lists): NamePattern[] {
  return expand(entries, lists).map(compileName)
}

export function roles(entries: readonly string[], lists: Lists): RolePattern[] {
  return expand(entries, lists).map(compileRole)
}

export function parameters(entries: readonly string[], lists: Lists): ParameterPattern[] {
  return expand(entries, lists).map(compileParameter)
}

export function backends(written: readonly Backend[], lists: Lists): Backends {
  const compiled: Backends = { http: [], hosts: [], lambda: [], service: [] }
  for (const each of written) {
    if ('hosts' in each) compiled.http.push(http(each, lists))
    else if ('lambda' in each) compiled.lambda.push(lambdaBackend(each, lists))
    else compiled.service.push(serviceBackend(each, lists))
  }
  compiled.hosts = compiled.http.flatMap((each) => each.hosts ?? [])
  return compiled
}

/** Also takes the HTTP members of bounds and of deny rules, where every member is optional. */
export function http(written: Partial<HttpBackend>, lists: Lists): HttpLimits {
  return {
    kind: 'http',
    ...(written.hosts && { hosts: hosts(written.hosts, lists) }),
    ...(written.schemes && { schemes: written.schemes }),
    ...(written.ports && { ports: written.ports }),
    ...(written.paths && { paths: written.paths.map(compilePath) }),
    ...(written.query && { query: written.query }),
    ...(written.placeholders && { placeholders: written.placeholders }),
    ...(written.stageVariables && { stageVariables: written.stageVariables }),
    ...verbs(written),
  }
}

function lambdaBackend({ lambda, httpMethods }: LambdaBackend, lists: Lists): LambdaLimits {
  const { account, ...rest } = lambda
  return { ...lambdaLimits({ ...rest, accounts: [account] }, lists), ...verbs({ httpMethods }) }
}

export function lambdaLimits(written: NonNullable<UriBounds['lambda']>, lists: Lists): LambdaLimits {
  return {
    kind: 'lambda',
    ...(written.accounts && { accounts: expand(written.accounts, lists) }),
    ...(written.functions && { functions: names(written.functions, lists) }),
    ...(written.qualifiers && { qualifiers: names(written.qualifiers, lists) }),
    ...(written.unqualified && { unqualified: written.unqualified }),
    ...(written.regions && { regions: expand(written.regions, lists) }),
    ...(written.partitions && { partitions: expand(written.partitions, lists) }),
  }
}

function serviceBackend({ aws, query, placeholders, ...rest }: AwsBackend, lists: Lists): ServiceLimits {
  return {
    ...serviceLimits(aws, lists),
    query: query ?? 'literal',
    placeholders: placeholders ?? 'never',
    ...verbs(rest),
  }
}

export function serviceLimits(written: AwsTarget, lists: Lists): ServiceLimits {
  return {
    kind: 'service',
    service: written.service,
    ...(written.subdomains && { subdomains: names(written.subdomains, lists) }),
    ...(written.paths && { paths: written.paths.map(compilePath) }),
    ...(written.actions && { actions: names(written.actions, lists) }),
    ...(written.regions && { regions: expand(written.regions, lists) }),
    ...(written.partitions && { partitions: expand(written.partitions, lists) }),
  }
}

export function verbs(written: {
  methods?: readonly string[] | undefined
  httpMethods?: readonly string[] | undefined
}): { methods?: readonly string[]; httpMethods?: readonly string[] } {
  return {
    ...(written.methods && { methods: written.methods }),
    ...(written.httpMethods && { httpMethods: written.httpMethods }),
  }
}

export function connection(written: Connection, lists: Lists): ConnectionLimits {
  return {
    ...(written.types && { types: written.types }),
    ...(written.vpcLinks && { vpcLinks: names(written.vpcLinks, lists) }),
    ...(written.integrationTargets && {
      integrationTargets: expand(written.integrationTargets, lists).map(compileTarget),
    }),
  }
}

export function tls(written: Tls, lists: Lists): TlsLimits {
  return {
    insecureSkipVerification: written.insecureSkipVerification,
    ...(written.hosts && { hosts: hosts(written.hosts, lists) }),
  }
}

export function cache(written: WrittenCache, lists: Lists): CacheLimits {
  const { requireKeys, identityKey, maxKeyParameters } = written
  return {
    ...(written.namespaces && { namespaces: expand(written.namespaces, lists).map(compileNamespace) }),
    ...(written.keyParameters && { keyParameters: parameters(written.keyParameters, lists) }),
    ...(written.forbiddenKeys && { forbiddenKeys: parameters(written.forbiddenKeys, lists) }),
    ...(requireKeys?.allOf && { requireAll: parameters(requireKeys.allOf, lists) }),
    ...(requireKeys?.anyOf && { requireAny: parameters(requireKeys.anyOf, lists) }),
    ...(identityKey && { identityKey }),
    ...(maxKeyParameters !== undefined && { maxKeyParameters }),
  }
}

export function mapping(written: Mapping, lists: Lists): MappingLimits {
  const { requestParameters, requestTemplates } = written
  return {
    ...(requestParameters && { parameters: parameterLimits(requestParameters, lists) }),
    ...(requestTemplates && { templates: templateLimits(requestTemplates) }),
  }
}

function parameterLimits(written: RequestParameters | 'forbidden', lists: Lists): ParameterLimits {
  if (written === 'forbidden') return { forbidden: true, open: [] }
  const staticValues = written.staticValues ?? (written.sources ? 'never' : undefined)
  return {
    forbidden: false,
    ...(written.destinations && { destinations: parameters(written.destinations, lists) }),
    ...(written.sources && { sources: parameters(written.sources, lists) }),
    ...(staticValues && { staticValues }),
    open: (written.open ?? []).map(({ destination, sources, staticValues: values }) => ({
      destination: foldHeader(destination),
      ...(sources && { sources: parameters(sources, lists) }),
      ...(values && { staticValues: values }),
    })),
  }
}

function templateLimits(written: NonNullable<Mapping['requestTemplates']>): TemplateLimits {
  if (typeof written === 'string') return { leaf: 'requestTemplates', use: written, overrides: [] }
  const { use, contentTypes, maxBytes, overrides } = written
  return {
    leaf: 'requestTemplates.use',
    use,
    ...(contentTypes && { contentTypes }),
    ...(maxBytes !== undefined && { maxBytes }),
    overrides: overrides === undefined || overrides === 'never' ? [] : overrides.map(foldHeader),
  }
}
