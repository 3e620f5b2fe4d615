import type { ApiError } from '../apigateway/api-error.ts'
import { RoleNotAssumed } from '../control-plane/role-not-assumed.ts'
import type { CompiledPolicy } from '../decision/compile/compiled-policy.ts'
import type { Decision } from '../decision/decision.ts'
import { refusalLine } from '../decision/explain/refusal-line.ts'
import type { ResolvedTeam } from '../decision/team.ts'
import type { Turn } from '../fairness/bucket.ts'
import { callerKey } from '../fairness/caller-limit.ts'
import type { Caller } from '../identity/caller.ts'
import type { Attempt } from '../trail/attempt.ts'
import { recordDenial, recordRead, recordRoleNotAssumed } from '../trail/denial.ts'
import { StoreUnavailable } from '../trail/store.ts'
import type { ApiTagsReader } from './api-tags.ts'
import { awsError } from './aws-answer.ts'
import type { Gate, Invocation } from './gate.ts'
import { publicDecision } from './public-decision.ts'
import { TOO_MANY_REQUESTS, TRAIL_UNAVAILABLE } from './refusals.ts'

/** One authenticated request on the AWS paths, and the policy version it meets. */
export interface Visit {
  gate: Gate
  caller: Caller
  policy: CompiledPolicy
  attempt: Attempt
  invocation: Invocation
  tags: ApiTagsReader
  /** Whose API it names, as far as its id says; `no-team` has been turned away before. */
  owner: Exclude<ResolvedTeam, { kind: 'no-team' }>
  /** Without `?`. */
  query: string
  body: Uint8Array
}

/** Refuses for another reason than the policy, and records it. */
export async function refuse(
  { gate, attempt }: Pick<Visit, 'gate' | 'attempt'>,
  reason: string,
  error: ApiError,
): Promise<Response> {
  const { id } = await recordDenial(gate.ledger, attempt, { refusal: { reason, ...error } })
  return awsError(id, error)
}

/** Refuses for what the policy says; the full list travels beside the one-line message, for whoever reads the body. */
export function denied(id: string, decision: Decision): Response {
  const error: ApiError = { type: 'AccessDeniedException', status: 403, message: refusalLine(decision) }
  return awsError(id, error, publicDecision(id, decision))
}

/**
 * Makes the calls that a request needs, where its caller's share of the quota allows them. A request is judged first:
 * what is refused anyway, or comes from nobody, uses up nothing.
 *
 * @param calls The most that `answer` makes.
 */
export async function inTurn(
  { gate, attempt, caller }: Visit,
  team: string,
  calls: number,
  answer: () => Promise<Response>,
): Promise<Response> {
  const { target } = attempt
  let turn: Turn
  try {
    turn = await gate.quota.take(target, { team, caller: callerKey(caller) }, calls)
  } catch (error) {
    if (error instanceof StoreUnavailable) return awsError(attempt.id, TRAIL_UNAVAILABLE)
    throw error
  }
  if (!turn.ok) return throttled({ gate, attempt }, turn.retryAfterSeconds)
  const response = await answer()
  // Headers are looked at only then: that has to make them.
  if (
    response.status === TOO_MANY_REQUESTS.status &&
    response.headers.get('x-amzn-errortype') === TOO_MANY_REQUESTS.type
  )
    await gate.quota.drain(target)
  return response
}

/** Refuses for want of a turn, and records it. */
export async function throttled(
  { gate, attempt }: Pick<Visit, 'gate' | 'attempt'>,
  retryAfterSeconds: number,
): Promise<Response> {
  const { id } = await recordDenial(gate.ledger, attempt, { refusal: { reason: 'throttled', ...TOO_MANY_REQUESTS } })
  return awsError(id, TOO_MANY_REQUESTS, {}, { 'retry-after': String(retryAfterSeconds) })
}

/** Records a read and then makes it, in its caller's turn: with the trail down, nothing is read. */
export async function recordedRead(
  visit: Visit,
  team: string,
  calls: number,
  answer: () => Promise<Response>,
): Promise<Response> {
  const { gate, attempt } = visit
  return inTurn(visit, team, calls, async () => {
    try {
      await recordRead(gate.ledger, attempt)
    } catch (error) {
      if (error instanceof StoreUnavailable) return awsError(attempt.id, TRAIL_UNAVAILABLE)
      throw error
    }
    try {
      return await answer()
    } catch (error) {
      throw error instanceof RoleNotAssumed ? await recordRoleNotAssumed(gate.ledger, attempt, error) : error
    }
  })
}

/** Ends a call upstream whose answer would come too late. */
export function deadlineSignal({ gate, invocation }: Visit): AbortSignal {
  return AbortSignal.timeout(Math.max(invocation.deadline - gate.now(), 1))
}
