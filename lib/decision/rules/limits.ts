import type { Methods, Mock, TemplateUse, Timeout } from '../../policy/document/sections.ts'
import type { Pattern } from '../../policy/patterns/pattern.ts'
import type { ResourceKind } from '../../policy/values/service/resource-kinds.ts'

/**
 * The sections of a policy as the evaluator holds them: patterns parsed, lists expanded. Of a team's section everything
 * is filled in (see `complete` in `rule.ts`); of the bounds an absent member limits nothing.
 */

export type AllowedOrNever = 'allowed' | 'never'

/** Verbs of the integration and of the method. `*` is every verb, ANY included; no list limits nothing. */
export interface Verbs {
  methods?: readonly string[]
  httpMethods?: readonly string[]
}

/** What of a query passes; `names` are those that a literal query may have. */
export interface QueryLimit {
  most: 'none' | 'literal' | 'late-bound'
  names?: readonly Pattern[]
}

/** Names that compare without regard to the case of headers: as compared, and as written, for people. */
export interface Folded {
  patterns: readonly Pattern[]
  written: readonly Pattern[]
}

/** `from`: further sources that may fill a placeholder, whatever their text could lead to. */
export type PlaceholderLimit = AllowedOrNever | { readonly from: readonly string[] }

export interface HttpLimits extends Verbs {
  kind: 'http'
  hosts?: readonly Pattern[]
  schemes?: readonly string[]
  ports?: readonly number[]
  paths?: readonly Pattern[]
  query?: QueryLimit
  placeholders?: PlaceholderLimit
  stageVariables?: AllowedOrNever
}

export interface LambdaLimits extends Verbs {
  kind: 'lambda'
  accounts?: readonly string[]
  functions?: readonly Pattern[]
  qualifiers?: readonly Pattern[]
  unqualified?: AllowedOrNever
  regions?: readonly string[]
  partitions?: readonly string[]
}

export interface ServiceLimits extends Verbs {
  kind: 'service'
  service: string
  subdomains?: readonly Pattern[]
  paths?: readonly Pattern[]
  actions?: readonly Pattern[]
  regions?: readonly string[]
  partitions?: readonly string[]
  query?: QueryLimit
  placeholders?: PlaceholderLimit
  /** Entries as written: a name, `account/name` or an ARN, each with stars. */
  resources: { readonly [Kind in ResourceKind]?: readonly string[] }
}

/** A team's backends by kind, each in the document's order. */
export interface Backends {
  http: readonly HttpLimits[]
  /** Of all entries of {@link http}, for findings. */
  hosts: readonly Pattern[]
  lambda: readonly LambdaLimits[]
  service: readonly ServiceLimits[]
}

/** What any team's backends may be. A kind of backend that the block doesn't name is closed. */
export interface UriBounds extends Verbs {
  /** Absent: no HTTP backend. */
  http?: Pick<HttpLimits, 'kind' | 'hosts' | 'schemes' | 'ports' | 'paths'>
  /** Absent: no function. */
  lambda?: LambdaLimits
  /** Absent: no other AWS service. */
  services?: readonly ServiceLimits[]
  query?: QueryLimit
  placeholders?: AllowedOrNever
  stageVariables?: AllowedOrNever
}

export interface CredentialsLimits {
  roles: readonly Pattern[]
  none: AllowedOrNever
  callerPassThrough: AllowedOrNever
}

export interface CompiledCredentialsBounds {
  accounts?: readonly string[]
  /** The paths that a role may have, as a pattern. */
  rolePath?: { text: string; pattern: Pattern }
  roles?: readonly Pattern[]
  callerPassThrough?: AllowedOrNever
}

export interface ConnectionLimits {
  types?: readonly string[]
  vpcLinks?: readonly Pattern[]
  integrationTargets?: readonly Pattern[]
}

export interface TlsLimits {
  insecureSkipVerification: AllowedOrNever
  hosts?: readonly Pattern[]
}

export interface CompiledCache {
  namespaces?: readonly Pattern[]
  keyParameters?: readonly Pattern[]
  forbiddenKeys?: Folded
  requireAll?: readonly Pattern[]
  requireAny?: readonly Pattern[]
  identityKey?: 'required' | 'optional'
  identityKeys?: readonly Pattern[]
  maxKeyParameters?: number
}

export interface Opened {
  /** As `foldHeader` gives it. */
  destination: string
  sources?: readonly Pattern[]
  staticValues?: readonly string[]
}

export interface ParameterLimits {
  forbidden: boolean
  destinations?: Folded
  sources?: readonly Pattern[]
  staticValues?: AllowedOrNever | readonly string[]
  open: readonly Opened[]
}

export interface TemplateLimits {
  /** The member that names `use`: of bounds each member is a rule. */
  leaf: 'requestTemplates' | 'requestTemplates.use'
  use: TemplateUse
  contentTypes?: readonly string[]
  maxBytes?: number
  /** Names that `$context.requestOverride` may set: as written, and as `foldHeader` gives them. */
  overrides: { written: readonly string[]; folded: readonly string[] }
}

export interface MappingLimits {
  parameters?: ParameterLimits
  templates?: TemplateLimits
}

/** A team's sections. */
export interface Limits {
  types: readonly string[]
  uri: Backends
  credentials: CredentialsLimits
  connection: ConnectionLimits
  tls: TlsLimits
  timeout: Timeout
  cache: CompiledCache
  mapping: MappingLimits
  mock: Mock
  passthrough: readonly string[]
  contentHandling: readonly string[]
  responseTransferMode: readonly string[]
  operations: readonly string[]
  methods: Methods
}

/** The bounds' sections. */
export interface BoundLimits extends Omit<Limits, 'uri' | 'credentials'> {
  uri: UriBounds
  credentials: CompiledCredentialsBounds
}

/** A deny's sections: what each names must be met. */
export interface Denied {
  types: readonly string[]
  uri: {
    http?: Pick<HttpLimits, 'kind' | 'hosts' | 'schemes' | 'ports' | 'paths'>
    lambda?: LambdaLimits
    services?: readonly ServiceLimits[]
    methods?: readonly string[]
  }
  credentials: { accounts?: readonly string[]; roles?: readonly Pattern[]; callerPassThrough: boolean }
  connection: ConnectionLimits
  tls: { insecureSkipVerification: true }
  timeout: Timeout
  cache: { namespaces?: readonly Pattern[]; keyParameters?: readonly Pattern[] }
  mapping: { destinations?: readonly Pattern[]; sources?: readonly Pattern[] }
  passthrough: readonly string[]
  contentHandling: readonly string[]
  responseTransferMode: readonly string[]
}
