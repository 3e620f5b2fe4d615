import type { ControlPlane } from '../control-plane/control-plane.ts'
import type { ApiPlace } from '../control-plane/targets.ts'
import type { CompiledPolicy } from '../decision/compile/compiled-policy.ts'
import type { CallerLimit } from '../fairness/caller-limit.ts'
import type { Quota } from '../fairness/quota.ts'
import type { VerifyToken } from '../identity/caller.ts'
import type { VerifierKey } from '../log/key.ts'
import type { Counter } from '../trail/aggregate.ts'
import type { Attempt } from '../trail/attempt.ts'
import type { Ledger } from '../trail/ledger.ts'

/** The parts one gate is made of. Composed in `functions/` and by the local system. */
export interface Gate {
  verify: VerifyToken
  /** The policy in force. Asked once a request, so that one request meets one version. */
  policy(): CompiledPolicy
  ledger: Ledger
  /** Counts the requests that are not recorded one by one. */
  counter: Counter
  controlPlane: ControlPlane
  /** Other accounts and Regions, by the name that paths call them by; none unless given. */
  targets?: ReadonlyMap<string, Pick<Gate, 'api' | 'controlPlane'>>
  /** The calls that may be made to them. */
  quota: Quota
  /** How much one caller makes this process do. */
  callers: CallerLimit
  /** Unix milliseconds. */
  now(): number
  /** Where the APIs live. */
  api: ApiPlace
  /** Witnesses of the trail's log whose cosignatures are taken in; none unless given. */
  witnessKeys?: readonly VerifierKey[]
  /** Of this software, for the trail. */
  version: string
  /** One structured line for operators. */
  log(event: string, members: Record<string, unknown>): void
  /** Whether every issuer's keys are at hand; absent where they always are. */
  issuerKeys?(): Promise<boolean>
  /** Told of each request whose sender is known, before anything is decided or recorded. */
  arrived?(attempt: Partial<Pick<Attempt, 'action' | 'team'>>): void
}

/** What the surroundings say of one request, as opposed to what its sender says. */
export interface Invocation {
  /** Address of the connection's other end; never taken from a header. */
  sourceIp?: string
  /** The path as it was sent. A `Request` has its dot segments resolved, and a path that needs that is refused. */
  rawPath?: string
  awsRequestId?: string
  functionVersion?: string
  coldStart?: boolean
  /** The answer is handed over whole: a stream reaches nobody before it has ended. */
  isBuffered?: boolean
  /** Unix milliseconds; upstream calls that would end later are given up, with an unknown outcome. */
  deadline: number
}
