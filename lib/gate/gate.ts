import type { ControlPlane } from '../control-plane/control-plane.ts'
import type { CompiledPolicy } from '../decision/compiled-policy.ts'
import type { VerifyToken } from '../identity/caller.ts'
import type { Counter } from '../trail/aggregate.ts'
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
  /** Unix milliseconds. */
  now(): number
  /** Where the APIs live. */
  api: { account: string; partition: string; region: string }
  /** Of this software, for the trail. */
  version: string
  /** One structured line for operators. */
  log(event: string, members: Record<string, unknown>): void
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
  /** Unix milliseconds; upstream calls that would end later are given up, with an unknown outcome. */
  deadline: number
}
