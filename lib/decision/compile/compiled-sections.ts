import type { Mock, TemplateUse, Timeout } from '../../policy/document/sections.ts'
import type { HostPattern } from './host-pattern.ts'
import type { NamePattern } from './name-pattern.ts'
import type { NamespacePattern } from './namespace-pattern.ts'
import type { ParameterPattern } from './parameter-pattern.ts'
import type { PathPattern } from './path-pattern.ts'
import type { RolePattern, TargetPattern } from './role-pattern.ts'

/**
 * The sections of a policy as the evaluator holds them: patterns as data, lists expanded. An absent member limits
 * nothing by itself: the bounds do.
 */

type Late = 'none' | 'literal' | 'late-bound'
type Allowed = 'allowed' | 'never'

/** Limits that HTTP and AWS-service backends share. */
export interface Verbs {
  methods?: readonly string[]
  httpMethods?: readonly string[]
}

export interface HttpLimits extends Verbs {
  kind: 'http'
  hosts?: HostPattern[]
  schemes?: readonly string[]
  ports?: readonly number[]
  paths?: PathPattern[]
  query?: Late
  placeholders?: Allowed
  stageVariables?: Allowed
}

export interface LambdaLimits extends Verbs {
  kind: 'lambda'
  accounts?: readonly string[]
  functions?: NamePattern[]
  qualifiers?: NamePattern[]
  unqualified?: Allowed
  regions?: readonly string[]
  partitions?: readonly string[]
}

export interface ServiceLimits extends Verbs {
  kind: 'service'
  service: string
  subdomains?: NamePattern[]
  paths?: PathPattern[]
  actions?: NamePattern[]
  regions?: readonly string[]
  partitions?: readonly string[]
  query?: Late
  placeholders?: Allowed
}

export type BackendLimits = HttpLimits | LambdaLimits | ServiceLimits

/** A team's backends by kind, each in the document's order. */
export interface Backends {
  http: HttpLimits[]
  /** All hosts of the HTTP backends. */
  hosts: HostPattern[]
  lambda: LambdaLimits[]
  service: ServiceLimits[]
}

export interface CredentialsLimits {
  roles?: RolePattern[]
  none: Allowed
  callerPassThrough?: Allowed
  /** Bounds only. */
  accounts?: readonly string[]
  rolePath?: string
}

export interface ConnectionLimits {
  types?: readonly string[]
  vpcLinks?: NamePattern[]
  integrationTargets?: TargetPattern[]
}

export interface TlsLimits {
  insecureSkipVerification: Allowed
  hosts?: HostPattern[]
}

export interface CacheLimits {
  namespaces?: readonly NamespacePattern[]
  keyParameters?: ParameterPattern[]
  forbiddenKeys?: ParameterPattern[]
  requireAll?: ParameterPattern[]
  requireAny?: ParameterPattern[]
  identityKey?: 'required' | 'optional'
  maxKeyParameters?: number
}

export interface Opened {
  /** As `foldHeader` gives it. */
  destination: string
  sources?: ParameterPattern[]
  staticValues?: readonly string[]
}

export interface ParameterLimits {
  forbidden: boolean
  destinations?: ParameterPattern[]
  sources?: ParameterPattern[]
  staticValues?: Allowed | readonly string[]
  open: Opened[]
}

export interface TemplateLimits {
  /** The member that names `use`: of bounds each member is a rule. */
  leaf: 'requestTemplates' | 'requestTemplates.use'
  use: TemplateUse
  contentTypes?: readonly string[]
  maxBytes?: number
  overrides: readonly string[]
}

export interface MappingLimits {
  parameters?: ParameterLimits
  templates?: TemplateLimits
}

export interface Sections {
  types: readonly string[]
  uri: Backends
  credentials: CredentialsLimits
  connection: ConnectionLimits
  tls: TlsLimits
  timeout: Timeout
  cache: CacheLimits
  mapping: MappingLimits
  /** Absent: MOCK is one type among others. */
  mock?: Mock
  passthrough: readonly string[]
  contentHandling: readonly string[]
  responseTransferMode: readonly string[]
}
