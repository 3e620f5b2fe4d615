import type { UpstreamAnswer, UpstreamIntegration } from '../control-plane/control-plane.ts'
import type { OperationCall } from '../control-plane/operation-call.ts'
import { fingerprint, sameFingerprint } from './attempt.ts'
import type { Ledger } from './ledger.ts'
import type { Fingerprint, OutcomeRecord, Result, UpstreamMembers } from './record.ts'
import { clip } from './redact.ts'

/** API Gateway's answer to a GetIntegration: what is there, or why that isn't known. */
export type Observation =
  | { kind: 'there'; integration: UpstreamIntegration }
  | { kind: 'none' }
  /** The method, resource or API is gone, or the gate may not see it. */
  | { kind: 'refused'; answer: Extract<UpstreamAnswer, { kind: 'refused' }> }
  | { kind: 'unknown'; answer: Extract<UpstreamAnswer, { kind: 'unknown' }> }

/** Reads the answer to GetIntegration. One without a `type` is no integration: so moto says that there is none. */
export function observation(answer: UpstreamAnswer): Observation {
  switch (answer.kind) {
    case 'done':
      return answer.integration?.type ? { kind: 'there', integration: answer.integration } : { kind: 'none' }
    case 'refused':
      return answer.status === 404 && answer.message.includes('Invalid Integration identifier specified')
        ? { kind: 'none' }
        : { kind: 'refused', answer }
    case 'unknown':
      return { kind: 'unknown', answer }
  }
}

export function upstreamMembers(answer: UpstreamAnswer): UpstreamMembers {
  const { requestId, date } = answer.upstream
  return {
    ...(requestId !== undefined && { requestId: clip(requestId) }),
    ...(answer.status !== undefined && { status: answer.status }),
    ...(answer.kind === 'refused' && { errorCode: clip(answer.errorType, 128) }),
    ...(date !== undefined && { date: clip(date, 64) }),
  }
}

/** An answer that says whether the request was applied. */
export type KnownAnswer = Exclude<UpstreamAnswer, { kind: 'unknown' }>

/** What the gate records of a known answer. */
export function answeredOutcome(ledger: Ledger, id: string, answer: KnownAnswer): OutcomeRecord {
  const now = ledger.now()
  const sent = Date.parse(answer.upstream.date ?? '')
  return {
    v: 1,
    id,
    kind: 'O',
    ts: now,
    result: answer.kind === 'done' ? 'SUCCEEDED' : 'REJECTED',
    evidence: 'ANSWER',
    writtenBy: 'gate',
    attempt: 1,
    upstream: upstreamMembers(answer),
    latencyMs: answer.upstream.latencyMs,
    ...(Number.isFinite(sent) && { skewMs: now - sent }),
  }
}

/**
 * The same of an integration, with a comparison of what API Gateway made of it.
 *
 * @param intended What was asked for.
 * @param resourceId The default cache namespace.
 */
export function answeredChange(
  ledger: Ledger,
  id: string,
  answer: KnownAnswer,
  intended: Fingerprint,
  resourceId: string,
): OutcomeRecord {
  const outcome = answeredOutcome(ledger, id, answer)
  if (answer.kind !== 'done' || !answer.integration?.type) return outcome
  const observed = fingerprint(answer.integration, resourceId, ledger.keys)
  const asIntended = sameFingerprint(observed, intended)
  const compared = { ...outcome, observed, asIntended }
  if (!asIntended) ledger.log('normaliser_mismatch', { record: compared })
  return compared
}

/** The same of an operation beside integrations, with the id of what it made. */
export function answeredCall(ledger: Ledger, id: string, answer: KnownAnswer, { verb }: OperationCall): OutcomeRecord {
  const outcome = answeredOutcome(ledger, id, answer)
  const madeId = verb === 'POST' && answer.kind === 'done' ? Object(answer.document).id : undefined
  return typeof madeId === 'string' ? { ...outcome, madeId: clip(madeId, 64) } : outcome
}

/** The outcome of an attempt that was never sent. */
export function notSentOutcome(
  ledger: Ledger,
  id: string,
  by: Pick<OutcomeRecord, 'writtenBy' | 'evidence' | 'claim' | 'upstream' | 'denied'>,
): OutcomeRecord {
  const result: Result = 'ABORTED_NOT_SENT'
  return { v: 1, id, kind: 'O', ts: ledger.now(), result, attempt: 1, ...by }
}
