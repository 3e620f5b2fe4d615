import type { Rollout } from '../../policy/document/document.ts'
import type { PublishedPolicy } from '../../policy/document/published.ts'
import type { Conditions } from '../conditions.ts'
import type { PolicyPosition } from '../decision.ts'
import type { CompiledException } from '../exceptions.ts'
import type { Example } from '../explain/examples.ts'
import type { CompiledDeny } from '../rules/deny.ts'
import type { IndexedClaims } from './claims.ts'
import type { CompiledBoundSections, Effective } from './complete.ts'
import type { Loaded } from './loaded.ts'
import type { TagOwners } from './tag-owners.ts'

export interface CompiledTeam extends Effective {
  name: string
  rollout: Rollout | undefined
  restApiIds: readonly string[]
  /** By the partition and Region of the API; filled as findings first need them. */
  examples: Map<string, readonly Example[]>
}

/** A policy ready to decide with. Opaque to all but `lib/decision`. */
export interface CompiledPolicy {
  published: PublishedPolicy
  bounds: CompiledBoundSections
  denies: readonly CompiledDeny[]
  conditions: Conditions | undefined
  /** Where pointers that violations cite stand; filled as they are first cited. */
  places: Map<string, PolicyPosition>
  /** Filled as teams are first decided for. */
  teams: Map<string, CompiledTeam>
  identities: Identities
  claims: () => IndexedClaims
  /** By {@link methodKey}. */
  exceptions: ReadonlyMap<string, readonly CompiledException[]>
  loaded: Loaded
}

export interface Identities {
  /** Claim name to value to the teams it names. */
  teams: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>
  /** REST API id to its team. */
  owners: ReadonlyMap<string, string>
  /** Absent where no team owns by tags. */
  tagged?: TagOwners
}
