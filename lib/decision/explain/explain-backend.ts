import type { AwsBackend, Backend, HttpBackend, LambdaBackend, UriBounds } from '../../policy/document/sections.ts'
import { RESOURCE_KINDS, type ResourceKind } from '../../policy/values/service/resource-kinds.ts'
import type { Lists } from '../compile/lists.ts'
import { type AnyOr, both, either, list, QUERY, words } from './explain-limits.ts'

type Allowed = 'allowed' | 'never'

interface Verbs {
  /** The integration's verb, towards the backend. */
  methods: AnyOr<string>
  /** The method's verb, which the API's caller uses. */
  httpMethods: AnyOr<string>
}

/** `names`: a literal query of these parameters. */
type AllowedQuery = string | { names: readonly string[] }
/** `from`: further sources than the method's own path. */
type AllowedPlaceholders = Allowed | { from: readonly string[] }

/** Backends that one rule of a team allows. */
export type AllowedBackend =
  | ({
      kind: 'http'
      schemes: readonly string[]
      hosts: readonly string[]
      ports: readonly number[]
      paths: AnyOr<string>
      query: AllowedQuery
      placeholders: AllowedPlaceholders
      stageVariables: Allowed
    } & Verbs)
  | ({
      kind: 'lambda'
      accounts: readonly string[]
      functions: readonly string[]
      qualifiers: AnyOr<string>
      unqualified: Allowed
      /** The API's own where none are listed. */
      regions: readonly string[]
      partitions: readonly string[]
    } & Verbs)
  | ({
      kind: 'service'
      service: string
      subdomains: readonly string[]
      paths: readonly string[]
      actions: readonly string[]
      /** What a query or body may name, by kind; what isn't here it may not. */
      resources: { [Kind in ResourceKind]?: readonly string[] }
      query: AllowedQuery
      placeholders: AllowedPlaceholders
      regions: readonly string[]
      partitions: readonly string[]
    } & Verbs)

export function explainBackend(backend: Backend, bounds: UriBounds | undefined, lists: Lists): AllowedBackend {
  if ('hosts' in backend) return httpBackend(backend, bounds ?? {}, lists)
  return 'lambda' in backend
    ? lambdaBackend(backend, bounds ?? {}, lists)
    : serviceBackend(backend, bounds ?? {}, lists)
}

function httpBackend(own: HttpBackend, bounds: UriBounds, lists: Lists): AllowedBackend {
  const { schemes = ['https'], ports = [443] } = bounds
  const placeholders = own.placeholders ?? 'never'
  const outer = bounds.placeholders?.path
  return {
    kind: 'http',
    schemes: own.schemes ? words(own.schemes, bounds.schemes) : schemes,
    hosts: list(own.hosts, lists) ?? [],
    ports: own.ports ? own.ports.filter((port) => bounds.ports?.includes(port) ?? true) : ports,
    paths: either(own.paths, bounds.paths),
    query: queryOf(own.query, 'literal', bounds.query, lists),
    placeholders: outer === 'never' ? outer : placeholders,
    stageVariables: both(
      own.stageVariables ?? (placeholders === 'never' ? 'never' : 'allowed'),
      bounds.stageVariables?.path ?? outer,
    ),
    ...verbsOf(own, bounds),
  }
}

function lambdaBackend(
  { lambda, methods = ['POST'], httpMethods }: LambdaBackend,
  bounds: UriBounds,
  lists: Lists,
): AllowedBackend {
  const outer = bounds.lambda ?? {}
  const qualifiers = either(list(lambda.qualifiers, lists), list(outer.qualifiers, lists))
  return {
    kind: 'lambda',
    accounts: list([lambda.account], lists) ?? [],
    functions: list(lambda.functions, lists) ?? [],
    qualifiers,
    unqualified: both(lambda.unqualified ?? (qualifiers === 'any' ? 'allowed' : 'never'), outer.unqualified),
    regions: list(lambda.regions ?? outer.regions, lists) ?? [],
    partitions: list(lambda.partitions ?? outer.partitions, lists) ?? [],
    ...verbsOf({ methods, ...(httpMethods && { httpMethods }) }, bounds),
  }
}

function serviceBackend(own: AwsBackend, bounds: UriBounds, lists: Lists): AllowedBackend {
  const { aws, placeholders = 'never' } = own
  const outer = bounds.aws?.filter(({ service }) => service === aws.service) ?? []
  const within = (member: 'regions' | 'partitions') => outer.flatMap((target) => target[member] ?? [])
  return {
    kind: 'service',
    service: aws.service,
    subdomains: list(aws.subdomains, lists) ?? [],
    paths: aws.paths ?? [],
    actions: list(aws.actions, lists) ?? [],
    resources: Object.fromEntries(
      RESOURCE_KINDS.flatMap((kind) => (aws[kind] === undefined ? [] : [[kind, list(aws[kind], lists) ?? []]])),
    ),
    query: queryOf(own.query, 'none', bounds.query, lists),
    placeholders: bounds.placeholders?.path === 'never' ? 'never' : placeholders,
    regions: list(aws.regions ?? within('regions'), lists) ?? [],
    partitions: list(aws.partitions ?? within('partitions'), lists) ?? [],
    ...verbsOf(own, bounds),
  }
}

function queryOf(
  own: HttpBackend['query'],
  unnamed: 'none' | 'literal',
  bound: string | undefined,
  lists: Lists,
): AllowedQuery {
  const most = typeof own === 'object' ? 'literal' : (own ?? unnamed)
  const within = QUERY.find((word) => word === most || word === bound) ?? 'none'
  return typeof own === 'object' && within === 'literal' ? { names: list(own.names, lists) ?? [] } : within
}

function verbsOf(own: { methods?: readonly string[]; httpMethods?: readonly string[] }, bounds: UriBounds): Verbs {
  const verbs = (written: readonly string[] = ['*'], bound: readonly string[] | undefined): AnyOr<string> => {
    const found = words(written, bound)
    return found.includes('*') ? 'any' : found
  }
  return { methods: verbs(own.methods, bounds.methods), httpMethods: verbs(own.httpMethods, bounds.httpMethods) }
}
