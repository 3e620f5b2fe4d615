import type { UpstreamAnswer } from '../control-plane/control-plane.ts'
import type { ChangeResult } from '../trail/course.ts'
import { awsAnswer, awsError } from './aws-answer.ts'
import { warningHeader } from './public-decision.ts'
import {
  busy,
  FATE_UNKNOWN,
  NOT_SENT,
  OTHER_REQUEST,
  TRAIL_UNAVAILABLE,
  upstreamRefusal,
  upstreamSilence,
} from './refusals.ts'
import { denied } from './visit.ts'

type Done = Extract<UpstreamAnswer, { kind: 'done' }>

/**
 * What a caller is told of how a change ended.
 *
 * @param applied API Gateway's answer where it applied the change.
 */
export function changeAnswer(
  result: ChangeResult,
  applied: (answer: Done) => { status: number; body?: object },
): Response {
  const { id } = result
  switch (result.kind) {
    case 'denied':
      return denied(id, result.decision)
    case 'invalid':
      return awsError(id, result.error)
    case 'busy':
      return awsError(id, busy(result.openId), {}, { 'retry-after': String(result.retryAfterSeconds) })
    case 'mismatch':
      return awsError(id, OTHER_REQUEST)
    case 'unavailable':
      return awsError(id, TRAIL_UNAVAILABLE)
    case 'unsent':
      return awsError(id, NOT_SENT)
    case 'unread':
      return result.answer.kind === 'refused'
        ? upstreamRefusal(id, result.answer)
        : upstreamSilence(id, result.answer, false)
    case 'replayed': {
      const replayed = { 'audit-outcome': 'replayed' }
      return result.answer.kind === 'unknown'
        ? awsError(id, FATE_UNKNOWN, {}, replayed)
        : upstream(id, result.answer, replayed)
    }
    case 'answered': {
      const { answer, commit, decision, deferred } = result
      const outcome = deferred ? { 'audit-outcome': 'deferred' } : {}
      return upstream(id, answer, { 'audit-commit': commit, ...outcome, ...warningHeader(decision) })
    }
  }

  function upstream(id: string, answer: UpstreamAnswer, headers: Record<string, string>): Response {
    switch (answer.kind) {
      case 'refused':
        return upstreamRefusal(id, answer, headers)
      case 'unknown':
        return upstreamSilence(id, answer, true)
      case 'done': {
        const { status, body } = applied(answer)
        return awsAnswer(id, status, body, headers)
      }
    }
  }
}
