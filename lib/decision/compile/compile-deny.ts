import type { DenyRule } from '../../policy/document/document.ts'
import * as compile from './compile-sections.ts'
import type { ConnectionLimits, HttpLimits, LambdaLimits, ServiceLimits } from './compiled-sections.ts'
import type { Lists } from './lists.ts'
import { expand } from './lists.ts'
import { compileNamespace, type NamespacePattern } from './namespace-pattern.ts'
import type { ParameterPattern } from './parameter-pattern.ts'
import type { RolePattern } from './role-pattern.ts'

/** A deny rule: matches where every member that it names matches. */
export interface CompiledDeny {
  id: string
  message: string
  fix?: string
  /** JSON pointer. */
  pointer: string
  types?: readonly string[]
  /** Backends, any kind of which matches; absent where the rule speaks of none. */
  backends?: { http?: HttpLimits; lambda?: LambdaLimits; services?: readonly ServiceLimits[] }
  /** Verbs of the integration. */
  methods?: readonly string[]
  httpMethods?: readonly string[]
  restApiIds?: readonly string[]
  credentials?: { accounts?: readonly string[]; roles?: RolePattern[]; callerPassThrough: boolean }
  connection?: ConnectionLimits
  cache?: { namespaces?: readonly NamespacePattern[]; keyParameters?: ParameterPattern[] }
  parameters?: { destinations?: ParameterPattern[]; sources?: ParameterPattern[] }
  passthrough?: readonly string[]
  contentHandling?: readonly string[]
  responseTransferMode?: readonly string[]
}

export function compileDeny(rule: DenyRule, index: number, lists: Lists): CompiledDeny {
  const { uri, credentials, cache, mapping } = rule
  const parameters = mapping?.requestParameters
  return {
    id: rule.id,
    message: rule.message,
    ...(rule.fix !== undefined && { fix: rule.fix }),
    pointer: `/org/deny/${index}`,
    ...(rule.types && { types: rule.types }),
    ...(uri && backendsOf(uri, lists)),
    ...(uri?.methods && { methods: uri.methods }),
    ...(rule.httpMethods && { httpMethods: rule.httpMethods }),
    ...(rule.restApiIds && { restApiIds: rule.restApiIds }),
    ...(credentials && {
      credentials: {
        ...(credentials.accounts && { accounts: expand(credentials.accounts, lists) }),
        ...(credentials.roles && { roles: compile.roles(credentials.roles, lists) }),
        callerPassThrough: credentials.callerPassThrough === true,
      },
    }),
    ...(rule.connection && { connection: compile.connection(rule.connection, lists) }),
    ...(cache && {
      cache: {
        ...(cache.namespaces && { namespaces: expand(cache.namespaces, lists).map(compileNamespace) }),
        ...(cache.keyParameters && { keyParameters: compile.parameters(cache.keyParameters, lists) }),
      },
    }),
    ...(parameters && {
      parameters: {
        ...(parameters.destinations && { destinations: compile.parameters(parameters.destinations, lists) }),
        ...(parameters.sources && { sources: compile.parameters(parameters.sources, lists) }),
      },
    }),
    ...(rule.passthrough && { passthrough: rule.passthrough }),
    ...(rule.contentHandling && { contentHandling: rule.contentHandling }),
    ...(rule.responseTransferMode && { responseTransferMode: rule.responseTransferMode }),
  }
}

/** Members of one kind of backend say nothing of the others; `methods` speaks of all. */
function backendsOf(uri: NonNullable<DenyRule['uri']>, lists: Lists): Pick<CompiledDeny, 'backends'> {
  const { schemes, hosts, ports, paths, lambda, aws } = uri
  const isHttp = schemes ?? hosts ?? ports ?? paths
  if (!isHttp && !lambda && !aws) return {}
  const members = {
    ...(schemes && { schemes }),
    ...(hosts && { hosts }),
    ...(ports && { ports }),
    ...(paths && { paths }),
  }
  return {
    backends: {
      ...(isHttp && { http: compile.http(members, lists) }),
      ...(lambda && { lambda: compile.lambdaLimits(lambda, lists) }),
      ...(aws && { services: aws.map((target) => compile.serviceLimits(target, lists)) }),
    },
  }
}
