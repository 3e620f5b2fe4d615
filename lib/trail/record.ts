import type { Mode, PolicyPosition } from '../decision/decision.ts'
import type { Role } from '../identity/caller.ts'
import type { DiffEntry } from './difference.ts'
import type { RecordKind } from './item-key.ts'

/** Who asks, as the verified token says. */
export interface Actor {
  iss: string
  sub: string
  clientId?: string
  amr?: string[]
  tokenHash: string
  sourceIp?: string
}

/** What a request is about. Members the request does not name are absent. */
export interface RecordTarget {
  account: string
  region: string
  restApiId?: string
  resourceId?: string
  httpMethod?: string
  /** The resource's path, for example `/orders`. */
  path?: string
  /** The path of the operation that was called, where it is none on an integration. */
  operationPath?: string
}

export interface GateInfo {
  version: string
  functionVersion?: string
  awsRequestId?: string
  coldStart?: boolean
}

/** What whose API it is was read from: of its tags, those that the policy's selectors name. */
export interface OwnershipMembers {
  tags: Readonly<Record<string, string>>
  /** What API Gateway said of the API, or the request that makes it, or asks what if. */
  from: 'GetRestApi' | 'CreateRestApi' | 'JudgeRequests'
  /** Unix milliseconds; it can have been read for an earlier request. */
  readAt: number
}

interface RecordOf<Kind extends RecordKind> {
  v: 1
  id: string
  kind: Kind
  /** The writer's clock, Unix milliseconds. */
  ts: number
  /** There where the record is not all that there was to say: see {@link WholeMembers}. */
  shortened?: true
  whole?: WholeMembers
}

/** What a shortened record says of the whole one. Lists and texts are cut then; `more` counts what was left out, by rule. */
export interface WholeMembers {
  /** Bytes, about: as DynamoDB counts an item. */
  bytes: number
  /** MAC of the whole record, so that two of them can be compared, and a reconstructed one be checked. */
  mac: string
  /** How many entries each of its lists had. */
  entries: Readonly<Record<string, number>>
}

/** What every record of an authenticated request says of it. */
export interface RequestMembers {
  /** Unix milliseconds. */
  receivedAt: number
  actor: Actor
  team?: string
  /** Absent where the API's tags were not asked for. */
  ownership?: OwnershipMembers
  roles: Role[]
  target: RecordTarget
  /** The operation's name, for example `PutIntegration`. */
  action: string
  /** MAC of the request's hash: the hash itself would let a reader test guesses at the body. */
  requestMac: string
  policy: { revision: number; digest: string }
  gate: GateInfo
  client: { userAgent?: string; idempotencyKeyHash?: string }
}

/** A reason for a decision. The message is left out where it could repeat a value that is not kept in clear. */
export interface Reason {
  rule: string
  mode: Mode
  /** JSON pointer into the wire body. */
  field: string
  part?: string
  message?: string
  error?: string
  policyAt?: PolicyPosition
}

export interface DecisionMembers {
  decision: 'allow' | 'deny'
  evaluatorVersion: string
  reasons: Reason[]
  warnings: Reason[]
  dryRun: Reason[]
  /** Reasons and warnings that are not told one by one, by rule. */
  more?: Readonly<Record<string, number>>
  /** The same of `dryRun`. */
  moreDryRun?: Readonly<Record<string, number>>
  exceptionsUsed: string[]
}

/** An integration, named by the MAC of what takes effect. `mac` is absent where there is none. */
export interface Fingerprint {
  present: boolean
  mac?: string
}

/** The change a request asks for. */
export interface ChangeMembers {
  /** Absent where it was not read. */
  before?: Fingerprint
  intended: Fingerprint
  diff: DiffEntry[]
  /** Hex SHA-256 of the sealed request, kept under `B#<sealed>`. */
  sealed?: string
}

/** Why a request was refused other than by policy. */
export interface RefusalMembers {
  /** A word of the gate's own vocabulary, for example `unknown_operation`. */
  reason: string
  type?: string
  status?: number
  /** MAC of the message: AWS's messages repeat values. */
  messageMac?: string
  upstream?: UpstreamMembers
}

export interface UpstreamMembers {
  requestId?: string
  status?: number
  errorCode?: string
  /** The `Date` header, as sent. */
  date?: string
}

export interface DeniedRecord extends RecordOf<'D'>, RequestMembers, Partial<DecisionMembers>, Partial<ChangeMembers> {
  refusal?: RefusalMembers
}

/** A call of an operation beside integrations. Its body is in the sealed copy alone. */
export interface CallMembers {
  verb: string
  path: string
  /** Absent where the operation takes no body. */
  bodyMac?: string
}

/** Has the members of a change to an integration, or `call`. */
export interface IntentRecord extends RecordOf<'I'>, RequestMembers, DecisionMembers, Partial<ChangeMembers> {
  /** The operation's name. */
  operation: string
  call?: CallMembers
}

/** A verdict that came after an intent. */
export interface DenialMembers extends Pick<DecisionMembers, 'reasons' | 'more'> {
  policy: { revision: number; digest: string }
}

export const RESULTS = [
  /** API Gateway answered 2xx. */
  'SUCCEEDED',
  /** API Gateway answered 4xx: not applied. */
  'REJECTED',
  /** Never sent. */
  'ABORTED_NOT_SENT',
  /** The answer was lost; the target is as intended and was not before. */
  'APPLIED',
  /** The answer was lost; the target is as before, and the signed request can no longer arrive. */
  'NOT_APPLIED',
  /** The answer was lost; the target is neither as intended nor as before: someone else wrote. */
  'SUPERSEDED',
  /** The answer was lost; the method or API is gone. */
  'TARGET_GONE',
  /** The answer was lost; the target was already as intended. */
  'NOOP_OR_APPLIED',
  /** The answer was lost, and nothing is left to compare the target with. */
  'UNKNOWN',
] as const
export type Result = (typeof RESULTS)[number]

export interface OutcomeRecord extends RecordOf<'O'> {
  result: Result
  /** How the result is known. `FENCE`: the attempt was stopped before sending. `SWEEP`: it never reached the fence. */
  evidence: 'ANSWER' | 'FENCE' | 'OBSERVED' | 'SWEEP'
  writtenBy: 'gate' | 'keeper'
  attempt: number
  upstream?: UpstreamMembers
  observed?: Fingerprint
  /** Whether what API Gateway answered is what was intended; absent where it answered no integration. */
  asIntended?: boolean
  /** The policy that allowed what was sent, where it came into force after the intent. */
  policy?: { revision: number; digest: string }
  /** Why the attempt was stopped, where a policy that came into force after the intent no longer allows it. */
  denied?: DenialMembers
  /** Of what a creation beside integrations made: an API, a resource, a deployment. */
  madeId?: string
  latencyMs?: number
  /** The writer's clock minus API Gateway's, whole seconds' precision. */
  skewMs?: number
  /** Why nothing more is known. */
  note?: string
  /** What is known of the request where it left no intent. */
  claim?: { actor: { iss: string; sub: string }; team: string; action: string; target: RecordTarget }
}

export interface ReadRecord extends RecordOf<'R'>, RequestMembers {
  /** Of a dry run: how much was asked about. What was found is in a record of its own, since it is known later. */
  asked?: AskedMembers
}

/** What somebody would like judged without its being made. */
export interface AskedMembers {
  requests: number
  /** Of the request's body. */
  bytes: number
}

/** What a dry run found. Its request is in the read of the same id, which was there before anything was judged. */
export interface VerdictsRecord extends RecordOf<'V'> {
  judged: JudgedMembers
}

/** Requests that were judged without being made; one record for all that were asked about at once. */
export interface JudgedMembers {
  requests: number
  denied: number
  /** Violated in mode `enforce`, most frequent first, and how many requests did so. */
  rules: { rule: string; requests: number }[]
}

export interface AggregateEntry {
  source: string
  reason: string
  count: number
  /** Unix milliseconds. */
  first: number
  last: number
  samples: string[]
}

/** Requests of one minute that are counted instead of itemised: those without a valid token. */
export interface AggregateRecord extends RecordOf<'A'> {
  /** Start of the minute, Unix milliseconds. */
  minute: number
  entries: AggregateEntry[]
  /** How many more requests there were from sources beyond the itemised ones. */
  others: number
}

export type TrailRecord = DeniedRecord | IntentRecord | OutcomeRecord | ReadRecord | AggregateRecord | VerdictsRecord
