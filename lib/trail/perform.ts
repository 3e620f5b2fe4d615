import type { ControlPlane } from '../control-plane/control-plane.ts'
import type { OperationCall } from '../control-plane/operation-call.ts'
import type { Decision } from '../decision/decision.ts'
import { decisionMembers, type OperationAttempt, policyOf } from './attempt.ts'
import { type ChangeResult, pursue, unsent, writeIntent } from './course.ts'
import { recordDenial } from './denial.ts'
import { forward } from './forward.ts'
import { type Ledger, sealed } from './ledger.ts'
import { answeredCall } from './outcome.ts'

/** A call of an operation beside integrations, with the decision that allows it. */
export interface AllowedCall {
  controlPlane: Pick<ControlPlane, 'perform'>
  /** Unix milliseconds at which an answer is no use any more. */
  deadline: number
  call: OperationCall
  decision: Decision
  /** What is decided where another policy has come into force than the one decided by last; `undefined` else. */
  again(): Decision | undefined
}

/**
 * Takes one allowed call from a verified caller to its recorded outcome, as `change` takes a change: ticket, claim,
 * intent, fence, one attempt, outcome. Nothing is looked up before or after, so that an answer which is lost stays
 * unknown: the keeper says so once the call can no longer arrive.
 *
 * @throws {RoleNotAssumed} once it is recorded that nothing was sent.
 */
export async function perform(ledger: Ledger, attempt: OperationAttempt, allowed: AllowedCall): Promise<ChangeResult> {
  const { controlPlane, deadline, call, again } = allowed
  const { operation, verb, path, body } = call
  return pursue(ledger, attempt, async (course) => {
    const decision = again() ?? allowed.decision
    if (decision.decision === 'deny')
      return { kind: 'denied', decision, ...(await recordDenial(ledger, attempt, { decision })) }
    const members = {
      operation,
      policy: policyOf(decision),
      ...decisionMembers(decision, undefined),
      call: { verb, path, ...(body !== undefined && { bodyMac: ledger.keys.mac(body) }) },
    }
    const commit = await writeIntent(course, members, sealed(ledger, { action: attempt.action, call }))
    const forwarded = await forward(course, {
      deadline,
      again,
      asked: undefined,
      send: (options) => controlPlane.perform(call, options),
      outcome: (id, answer) => answeredCall(ledger, id, answer, call),
    })
    if (forwarded.kind === 'not-sent') return unsent(course, forwarded.cause)
    const { answer, deferred, decision: latest = decision } = forwarded
    return { kind: 'answered', id: course.claim.openId, answer, decision: latest, deferred, commit }
  })
}
