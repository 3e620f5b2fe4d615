import type { ChangeOptions, UpstreamAnswer } from '../control-plane/control-plane.ts'
import { RoleNotAssumed } from '../control-plane/role-not-assumed.ts'
import type { Decision } from '../decision/decision.ts'
import { type AskedChange, decisionMembers, policyOf } from './attempt.ts'
import { LEASE_MS, LONGEST_CALL_MS, releaseClaim } from './claim.ts'
import type { Course } from './course.ts'
import { keepAnswer } from './idempotency.ts'
import { type Ledger, recordItem } from './ledger.ts'
import { NoLongerAllowed } from './no-longer-allowed.ts'
import { type KnownAnswer, notSentOutcome } from './outcome.ts'
import type { OutcomeRecord } from './record.ts'
import { recordTime } from './record-id.ts'

export type Forwarded =
  | {
      kind: 'answered'
      answer: UpstreamAnswer
      deferred: boolean
      /** What allowed it in the end, where that isn't the decision of the intent. */
      decision?: Decision
    }
  | { kind: 'not-sent'; cause: unknown }

/** What is sent, and how what API Gateway says to it is recorded. */
export interface Sending {
  /** Unix milliseconds. */
  deadline: number
  /**
   * Decides again where the policy in force isn't the one that was decided by last; `undefined` where it is. Asked right
   * before sending: a policy must reach what waited while it was switched.
   */
  again(): Decision | undefined
  /** What is decided on, as far as it is an integration. */
  asked: AskedChange | undefined
  send(options: ChangeOptions): Promise<UpstreamAnswer>
  outcome(id: string, answer: KnownAnswer): OutcomeRecord
}

/** An outcome this long after its id lies behind the log's cursor: its claim stays, so that the keeper points the log at it. */
const PROMPT_MS = 30_000

/**
 * Sends one change whose intent is durable, and records what became of it.
 *
 * Never throws: from the fence on, the caller must be told what happened.
 */
export async function forward(course: Course, work: Sending): Promise<Forwarded> {
  const { ledger } = course
  const id = course.claim.openId
  let fenced = false
  let decision: Decision | undefined
  const fence = async () => {
    const at = ledger.now()
    if (at >= work.deadline) throw new Error('the deadline passed before it was sent')
    decision = stillAllowed(work.again())
    const policy = decision && { policy: policyOf(decision) }
    const sending = { ...course.claim, ...policy, phase: 'SENDING' as const, fencedAt: at, lease: at + LEASE_MS }
    if (!(await ledger.store.replace(sending, course.claim.rev)))
      throw new Error('the keeper stopped it before it was sent')
    course.claim = { ...sending, rev: course.claim.rev + 1 }
    if (ledger.now() >= work.deadline) throw new Error('the deadline passed before it was sent')
    // The claim names the policy before, so that not even what the one of now allows is sent.
    if (stillAllowed(work.again())) throw new Error('another policy came into force just before it was sent')
    fenced = true
  }
  const signal = AbortSignal.timeout(Math.min(Math.max(work.deadline - ledger.now(), 1), LONGEST_CALL_MS))
  let answer: UpstreamAnswer
  try {
    answer = await work.send({ tag: `${id}.1`, fence, signal })
  } catch (error) {
    if (!fenced) return notSent(course, error, work.asked)
    // Whatever failed behind the fence, the request may have left.
    answer = { kind: 'unknown', reason: 'the call failed after it was fenced', upstream: { latencyMs: 0 } }
  }
  // Neither outcome nor release: only the keeper can tell what became of it, and until then the method stays claimed.
  if (answer.kind === 'unknown') return { kind: 'answered', answer, deferred: true, ...(decision && { decision }) }

  const { policy } = course.claim
  const recorded = await recordOutcome(ledger, () => ({
    ...work.outcome(course.claim.openId, answer),
    ...(policy && { policy }),
  }))
  if (recorded) await finish(course, answer)
  return { kind: 'answered', answer, deferred: !recorded, ...(decision && { decision }) }
}

/** @throws {NoLongerAllowed} */
function stillAllowed(decision: Decision | undefined): Decision | undefined {
  if (decision?.decision === 'deny') throw new NoLongerAllowed(decision)
  return decision
}

async function notSent(course: Course, cause: unknown, asked: AskedChange | undefined): Promise<Forwarded> {
  const upstream = cause instanceof RoleNotAssumed && { upstream: { errorCode: cause.reason } }
  const denied = cause instanceof NoLongerAllowed && { denied: deniedBy(cause.decision, asked) }
  const by = { writtenBy: 'gate', evidence: 'FENCE', ...upstream, ...denied } as const
  await recordOutcome(course.ledger, () => notSentOutcome(course.ledger, course.claim.openId, by))
  return { kind: 'not-sent', cause }
}

function deniedBy(decision: Decision, asked: AskedChange | undefined): NonNullable<OutcomeRecord['denied']> {
  const { reasons, more } = decisionMembers(decision, asked)
  return { policy: policyOf(decision), reasons, ...(more && { more }) }
}

/** Whether the attempt has a durable outcome now, this one or the keeper's. Never throws. */
async function recordOutcome(ledger: Ledger, make: () => OutcomeRecord): Promise<boolean> {
  let record: OutcomeRecord | undefined
  try {
    record = make()
    await ledger.store.create(recordItem(ledger, record))
    return true
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown'
    ledger.log('audit_outcome_deferred', { reason, ...(record && { record }) })
    return false
  }
}

/** Keeps the answer for repetitions and frees the method. What fails here is tidied by the keeper and by time. */
async function finish({ ledger, claim, ticket }: Course, answer: UpstreamAnswer): Promise<void> {
  const prompt = ledger.now() - recordTime(claim.openId) < PROMPT_MS
  await Promise.allSettled([ticket && keepAnswer(ledger, ticket, answer), prompt && releaseClaim(ledger, claim)])
}
