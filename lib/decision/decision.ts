import type { Integration, MethodPath } from '../apigateway/integration.ts'
import type { ApiTags } from './compile/tag-owners.ts'

/** How a rule bites: `enforce` denies, `warn` allows and tells the caller, `dry-run` allows and tells only the trail. */
export type Mode = 'enforce' | 'warn' | 'dry-run'

/** Where a decision is asked for; a rule's mode can differ by it. */
export type EnforcementPoint = 'request' | 'ci' | 'scan'

/** Where something stands in the policy document: a JSON pointer (RFC 6901), 1-based line and column. */
export interface PolicyPosition {
  pointer: string
  line: number
  column: number
}

/**
 * Steps on the request that clear a violation, for programs: `set` and `remove` name a JSON pointer into the wire body,
 * `httpMethod` the verb of a method to put the integration on instead.
 */
export type Remedy = readonly (
  | { op: 'set'; path: string; value: unknown }
  | { op: 'remove'; path: string }
  | { op: 'httpMethod'; value: string }
)[]

/** One reason to say no, complete enough to act on. */
export interface Violation {
  /** The rule's id, for example `payments.uri`, `org.bounds.uri.hosts`, `intrinsic.uri.userinfo`. */
  rule: string
  mode: Mode
  /** JSON pointer into the wire body. */
  field: string
  /** The part of the value that fails: host, port, path, account, role name … */
  part?: string
  value?: unknown
  allowed?: unknown
  /** The closest thing that would pass. */
  nearest?: string
  message: string
  /** What to do, for a person. */
  fix?: string
  /** The same for a program; absent where no other request would pass. */
  remedy?: Remedy
  /** Set where the rule could not be evaluated; it counts as violated. */
  error?: string
  policyAt?: PolicyPosition
}

/** Violations that each list of a decision tells whole. Further ones are counted by rule. */
export const MOST_TOLD = 100

/**
 * The verdict on one request. Deterministic: the same inputs give the same decision, byte for byte.
 *
 * Its size is bounded whatever the request holds: see `tellingOf` for the longest texts. A list of 100 ordinary
 * violations has about 50,000 characters; the largest one that a request can cause has fewer than 400,000.
 */
export interface Decision {
  decision: 'allow' | 'deny'
  team: string
  policyRevision: number
  /** `sha256:<hex>` of the policy document. */
  policyDigest: string
  evaluatorVersion: string
  /** RFC 3339, UTC, whole milliseconds. */
  evaluatedAt: string
  /** Violations in mode `enforce`; empty exactly where the decision is `allow`. The first {@link MOST_TOLD}. */
  violations: Violation[]
  /** Violations in mode `warn`; the first {@link MOST_TOLD}. */
  warnings: Violation[]
  /** Violations in mode `dry-run`: for the trail, never shown to the caller. The first {@link MOST_TOLD}. */
  dryRun: Violation[]
  /** How many violations and warnings there are beyond those told, by rule; absent where all are told. */
  more?: Readonly<Record<string, number>>
  /** The same of {@link dryRun}: for the trail, never shown to the caller. */
  moreDryRun?: Readonly<Record<string, number>>
  /** Ids of exceptions without which a rule would have failed. */
  exceptionsUsed: string[]
  /** Ids of rules that need a caller where there was none (a scan); absent where every rule was evaluated. */
  notEvaluable?: string[]
}

/** What is to be judged: the integration that would result, and the method it would serve. */
export interface DecisionRequest extends MethodPath {
  /** The API's tags, where ownership rests on them; unknown where absent, and then nobody owns it by them. */
  tags?: ApiTags
  integration: Integration
  /** The integration it would replace; `null` when there is none, absent when it isn't known. */
  before?: Integration | null
  /** Partition and Region of the API, for example `aws` and `eu-west-1`. */
  partition: string
  region: string
}
