import type { ApiError } from '../apigateway/api-error.ts'
import type { Integration } from '../apigateway/integration.ts'
import type { Change, ControlPlane, UpstreamAnswer, UpstreamIntegration } from '../control-plane/control-plane.ts'
import { RoleNotAssumed } from '../control-plane/role-not-assumed.ts'
import type { Decision } from '../decision/decision.ts'
import { type ChangeAttempt, changeMembers, decisionMembers, policyOf } from './attempt.ts'
import { type ChangeResult, type Course, pursue, unsent, writeIntent } from './course.ts'
import { type Denial, recordDenial, recordRoleNotAssumed } from './denial.ts'
import { forward } from './forward.ts'
import { type Ledger, sealed } from './ledger.ts'
import { answeredChange, observation, upstreamMembers } from './outcome.ts'

/** What is to be done, once it is known what is there. */
export type Prepared =
  | { kind: 'forward'; change: Change; intended: Integration | null; decision: Decision }
  | { kind: 'deny'; decision: Decision; intended?: Integration | null }
  | { kind: 'invalid'; error: ApiError; intended?: Integration | null }

export interface Work {
  controlPlane: Pick<ControlPlane, 'getIntegration' | 'change'>
  /** Unix milliseconds at which an answer is no use any more. */
  deadline: number
  /** Decides on the true state. @param before What is there; `null` where there is none. */
  prepare(before: UpstreamIntegration | null): Prepared
  /** What is then decided on the change that was prepared, where another policy has come into force; `undefined` else. */
  again(intended: Integration | null, before: UpstreamIntegration | null): Decision | undefined
}

/**
 * Takes one change of an integration from a verified caller to its recorded outcome.
 *
 * Nothing is forwarded without a durable intent. Once forwarded, the caller is told the truth, whether or not the
 * outcome could be recorded. Every exit before sending frees what it took; what a crash leaves behind is the keeper's.
 *
 * @throws {RoleNotAssumed} once it is recorded that nothing was sent.
 */
export async function change(ledger: Ledger, attempt: ChangeAttempt, work: Work): Promise<ChangeResult> {
  return pursue(ledger, attempt, (course) => claimed(course, attempt, work))
}

async function claimed(course: Course, attempt: ChangeAttempt, work: Work): Promise<ChangeResult> {
  const { ledger } = course
  const seen = observation(await readBefore(ledger, attempt, work))
  if (seen.kind === 'refused' || seen.kind === 'unknown') {
    const upstream = upstreamMembers(seen.answer)
    const { id } = await recordDenial(ledger, attempt, { refusal: { reason: `before_${seen.kind}`, upstream } })
    return { kind: 'unread', id, answer: seen.answer }
  }
  const before = seen.kind === 'there' ? seen.integration : null
  const prepared = work.prepare(before)
  switch (prepared.kind) {
    case 'deny': {
      const denial = { decision: prepared.decision, before, ...intendedOf(prepared) }
      return { kind: 'denied', decision: prepared.decision, ...(await recordDenial(ledger, attempt, denial)) }
    }
    case 'invalid': {
      const denial = { refusal: { reason: 'invalid', ...prepared.error }, before, ...intendedOf(prepared) }
      return { kind: 'invalid', error: prepared.error, ...(await recordDenial(ledger, attempt, denial)) }
    }
    case 'forward': {
      const { change, intended, decision } = prepared
      const asked = { before, intended }
      const members = {
        operation: change.operation,
        policy: policyOf(decision),
        ...decisionMembers(decision, asked),
        ...changeMembers(asked, attempt.target.resourceId, ledger.keys),
      }
      const commit = await writeIntent(course, members, sealed(ledger, { action: attempt.action, change, ...asked }))
      const forwarded = await forward(course, {
        deadline: work.deadline,
        again: () => work.again(intended, before),
        asked,
        send: (options) => {
          const passRole = intended?.credentials
          return work.controlPlane.change(change, { ...options, ...(passRole && { passRole }) })
        },
        outcome: (id, answer) => answeredChange(ledger, id, answer, members.intended, attempt.target.resourceId),
      })
      if (forwarded.kind === 'not-sent') return unsent(course, forwarded.cause)
      const { answer, deferred, decision: latest = decision } = forwarded
      return { kind: 'answered', id: course.claim.openId, answer, decision: latest, deferred, commit }
    }
  }
}

function intendedOf({ intended }: { intended?: Integration | null }): Pick<Denial, 'intended'> {
  return intended === undefined ? {} : { intended }
}

async function readBefore(ledger: Ledger, attempt: ChangeAttempt, work: Work): Promise<UpstreamAnswer> {
  const { restApiId, resourceId, httpMethod } = attempt.target
  const left = AbortSignal.timeout(Math.max(work.deadline - ledger.now(), 1))
  try {
    return await work.controlPlane.getIntegration({ restApiId, resourceId, httpMethod }, left)
  } catch (error) {
    if (error instanceof RoleNotAssumed) throw await recordRoleNotAssumed(ledger, attempt, error)
    const reason = error instanceof Error ? error.name : 'could not be sent'
    return { kind: 'unknown', reason, upstream: { latencyMs: 0 } }
  }
}
