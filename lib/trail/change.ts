import type { Change, ControlPlane, UpstreamAnswer, UpstreamIntegration } from '../control-plane/control-plane.ts'
import type { Decision } from '../decision/decision.ts'
import type { ApiError } from '../integration/api-error.ts'
import type { Integration } from '../integration/integration.ts'
import { type AskedChange, type ChangeAttempt, changeMembers, decisionMembers, requestMembers } from './attempt.ts'
import { type Claim, newClaim, releaseClaim, retryAfterSeconds } from './claim.ts'
import { type Denial, type Recorded, recordDenial } from './denial.ts'
import { forward } from './forward.ts'
import { admit, type Ticket } from './idempotency.ts'
import { commitmentOf, type Ledger, recordItem, sealed, writeBlob, writeRecord } from './ledger.ts'
import { observation, upstreamMembers } from './outcome.ts'
import { StoreUnavailable } from './store.ts'

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
}

/** How an attempt ended. `id` names its record, which can differ from the attempt's id. */
export type ChangeResult =
  | ({ kind: 'denied'; decision: Decision } & Recorded)
  | ({ kind: 'invalid'; error: ApiError } & Recorded)
  /** Another attempt holds the method, or the same request is under way. Nothing was sent. */
  | { kind: 'busy'; id: string; openId: string; retryAfterSeconds: number }
  /** The idempotency key was used for another request. Nothing was sent. */
  | { kind: 'mismatch'; id: string; openId: string }
  /** The trail can't promise a record, or the fence did not hold. Nothing was sent. */
  | { kind: 'unavailable'; id: string; reason: string }
  /** API Gateway refused the question what is there, or did not answer it. The change was not sent. */
  | { kind: 'unread'; id: string; answer: Exclude<UpstreamAnswer, { kind: 'done' }> }
  /** The change was sent. `deferred`: its outcome is recorded later, by the keeper. */
  | {
      kind: 'answered'
      id: string
      answer: UpstreamAnswer
      decision: Decision
      deferred: boolean
      /** `sha256=<base64>`: the intent's commitment. */
      commit: string
    }
  /** The recorded answer of the same request, made before under `id`. Nothing was sent. */
  | { kind: 'replayed'; id: string; answer: UpstreamAnswer }

/** An attempt on its way; the members change as it proceeds. */
export interface Course {
  ledger: Ledger
  attempt: ChangeAttempt
  claim: Claim
  ticket: Ticket | undefined
}

/**
 * Takes one change from a verified caller to its recorded outcome.
 *
 * Nothing is forwarded without a durable intent. Once forwarded, the caller is told the truth, whether or not the
 * outcome could be recorded. Every exit before sending frees what it took; what a crash leaves behind is the keeper's.
 */
export async function change(ledger: Ledger, attempt: ChangeAttempt, work: Work): Promise<ChangeResult> {
  try {
    return await admitted(ledger, attempt, work)
  } catch (error) {
    // Thrown only before sending: what follows the fence never throws.
    if (error instanceof StoreUnavailable) return { kind: 'unavailable', id: attempt.id, reason: error.message }
    throw error
  }
}

async function admitted(ledger: Ledger, attempt: ChangeAttempt, work: Work): Promise<ChangeResult> {
  const { idempotencyKey } = attempt.client
  let ticket: Ticket | undefined
  if (idempotencyKey !== undefined) {
    const admission = await admit(ledger, attempt, idempotencyKey)
    switch (admission.kind) {
      case 'admitted':
        ticket = admission.ticket
        break
      case 'replay':
        return { kind: 'replayed', id: admission.id, answer: admission.answer }
      case 'busy':
        return { ...admission, ...(await turnedAway(ledger, attempt, 'request_in_progress')) }
      case 'mismatch':
        return { ...admission, ...(await turnedAway(ledger, attempt, 'idempotency_key_reused')) }
    }
  }

  const course: Course = { ledger, attempt, claim: newClaim(ledger, attempt), ticket }
  let sent = false
  try {
    if (!(await ledger.store.create(course.claim))) return await busy(course)
    const result = await claimed(course, work)
    sent = result.kind === 'answered'
    return result
  } finally {
    if (!sent) await letGo(course)
  }
}

async function turnedAway(ledger: Ledger, attempt: ChangeAttempt, reason: string): Promise<{ id: string }> {
  const { id } = await recordDenial(ledger, attempt, { refusal: { reason } })
  return { id }
}

async function busy({ ledger, attempt, claim }: Course): Promise<ChangeResult> {
  const holder = (await ledger.store.read(claim.pk, claim.sk)) as Claim | undefined
  const { id } = await turnedAway(ledger, attempt, 'target_busy')
  return {
    kind: 'busy',
    id,
    openId: holder?.openId ?? attempt.id,
    retryAfterSeconds: retryAfterSeconds(holder, ledger.now()),
  }
}

/** Frees the method and the idempotency key of an attempt that was not sent. What fails is left to lease and keeper. */
async function letGo({ ledger, claim, ticket }: Course): Promise<void> {
  await Promise.allSettled([
    releaseClaim(ledger, claim),
    ticket && ledger.store.remove(ticket.pk, ticket.sk, ticket.rev),
  ])
}

async function claimed(course: Course, work: Work): Promise<ChangeResult> {
  const { ledger, attempt } = course
  const seen = observation(await readBefore(course, work))
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
      const { intended, decision } = prepared
      const commit = await writeIntent(course, prepared.change, { before, intended }, decision)
      const forwarded = await forward(course, { ...work, change: prepared.change, intended })
      if (forwarded.kind === 'not-sent') {
        return { kind: 'unavailable', id: course.claim.openId, reason: forwarded.reason }
      }
      const { answer, deferred } = forwarded
      return { kind: 'answered', id: course.claim.openId, answer, decision, deferred, commit }
    }
  }
}

function intendedOf({ intended }: { intended?: Integration | null }): Pick<Denial, 'intended'> {
  return intended === undefined ? {} : { intended }
}

async function readBefore({ ledger, attempt }: Course, work: Work): Promise<UpstreamAnswer> {
  const { restApiId, resourceId, httpMethod } = attempt.target
  const left = AbortSignal.timeout(Math.max(work.deadline - ledger.now(), 1))
  try {
    return await work.controlPlane.getIntegration({ restApiId, resourceId, httpMethod }, left)
  } catch (error) {
    const reason = error instanceof Error ? error.name : 'could not be sent'
    return { kind: 'unknown', reason, upstream: { latencyMs: 0 } }
  }
}

/**
 * Makes the intent durable, and before it the sealed copy that it names.
 *
 * @returns The intent's commitment.
 * @throws {StoreUnavailable} Nothing may then be sent. The intent can be there all the same: the keeper settles it.
 */
async function writeIntent(
  course: Course,
  asked: Change,
  { before, intended }: AskedChange,
  decision: Decision,
): Promise<string> {
  const { ledger, attempt } = course
  const copy = sealed(ledger, { action: attempt.action, change: asked, before, intended })
  const item = recordItem(ledger, {
    v: 1,
    id: attempt.id,
    kind: 'I',
    ts: ledger.now(),
    operation: asked.operation,
    ...requestMembers(attempt, ledger.keys),
    ...decisionMembers(decision, { before: before ?? null, intended }),
    ...changeMembers({ before: before ?? null, intended }, attempt.target.resourceId, ledger.keys),
    sealed: copy.name,
  })
  await writeBlob(ledger.store, copy)
  const write = async (written: typeof item) => {
    if (!(await writeRecord(ledger, written))) throw new StoreUnavailable(`Cannot write ${written.sk}: the id is taken`)
    return `sha256=${commitmentOf(written)}`
  }
  try {
    return await write(item)
  } catch (error) {
    if (!(error instanceof StoreUnavailable && error.throttled)) throw error
  }
  // Nothing was recorded under the first id: another one lies in another shard. Claim and ticket must name it first.
  const id = ledger.newId()
  await rename(course, id)
  return write(recordItem(ledger, { ...item.record, id }))
}

async function rename(course: Course, id: string): Promise<void> {
  const { ledger, claim, ticket } = course
  if (!(await ledger.store.replace({ ...claim, openId: id }, claim.rev))) {
    throw new StoreUnavailable('Cannot rename the claim: it is no longer held')
  }
  course.claim = { ...claim, openId: id, rev: claim.rev + 1 }
  if (!ticket) return
  if (!(await ledger.store.replace({ ...ticket, id }, ticket.rev))) {
    throw new StoreUnavailable('Cannot rename the ticket: it is no longer held')
  }
  course.ticket = { ...ticket, id, rev: ticket.rev + 1 }
}
