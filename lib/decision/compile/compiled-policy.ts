import type { Rollout } from '../../policy/document/document.ts'
import type { PublishedPolicy } from '../../policy/document/published.ts'
import type { Methods, Mock, Timeout } from '../../policy/document/sections.ts'
import type { Conditions } from '../conditions.ts'
import type { PolicyPosition } from '../decision.ts'
import type { CompiledException } from '../exceptions.ts'
import type { HttpFallback } from '../rules/judge-http.ts'
import type { Claims } from './claims.ts'
import type { Effective } from './compile-allow.ts'
import type { CompiledDeny } from './compile-deny.ts'
import type {
  CacheLimits,
  ConnectionLimits,
  CredentialsLimits,
  HttpLimits,
  LambdaLimits,
  MappingLimits,
  ServiceLimits,
  TlsLimits,
} from './compiled-sections.ts'
import type { HostIndex } from './host-index.ts'
import type { TagOwners } from './tag-owners.ts'

export interface CompiledBounds {
  types?: readonly string[]
  /** HTTP members; `placeholders` and `stageVariables` speak of the path. */
  http?: HttpLimits
  lambda?: LambdaLimits
  services?: readonly ServiceLimits[]
  credentials?: Partial<CredentialsLimits>
  connection?: ConnectionLimits
  tls?: TlsLimits
  timeout?: Timeout
  cache?: CacheLimits
  mapping?: MappingLimits
  mock?: Mock
  passthrough?: readonly string[]
  contentHandling?: readonly string[]
  responseTransferMode?: readonly string[]
  operations?: readonly string[]
  methods?: Methods
}

export interface CompiledTeam extends Effective {
  name: string
  /** The bounds with `{team}` filled in. */
  bounds: CompiledBounds
  rollout: Rollout | undefined
  restApiIds: readonly string[]
}

/** A policy ready to decide with. Opaque to all but `lib/decision`. */
export interface CompiledPolicy {
  published: PublishedPolicy
  bounds: CompiledBounds
  httpFallback: HttpFallback
  /** By the hosts that a rule names. */
  denies: HostIndex<CompiledDeny>
  conditions: Conditions | undefined
  /** Where pointers that violations cite stand; filled as they are first cited. */
  places: Map<string, PolicyPosition>
  /** Filled as teams are first decided for. */
  teams: Map<string, CompiledTeam>
  identities: Identities
  claims: () => Claims
  /** By {@link methodKey}. */
  exceptions: ReadonlyMap<string, readonly CompiledException[]>
}

export interface Identities {
  /** Claim name to value to the teams it names. */
  teams: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>
  /** REST API id to its team. */
  owners: ReadonlyMap<string, string>
  /** Absent where no team owns by tags. */
  tagged?: TagOwners
}
