import type { ApiError } from '../apigateway/api-error.ts'
import type { UpstreamAnswer } from '../control-plane/control-plane.ts'
import { RoleNotAssumed } from '../control-plane/role-not-assumed.ts'
import type { Decision } from '../decision/decision.ts'
import { type OperationAttempt, requestMembers } from './attempt.ts'
import { type Claim, newClaim, releaseClaim, retryAfterSeconds } from './claim.ts'
import { type Recorded, recordDenial } from './denial.ts'
import { admit, type Ticket } from './idempotency.ts'
import { commitmentOf, type Ledger, recordItem, type SealedBlob, writeBlob, writeRecord } from './ledger.ts'
import { NoLongerAllowed } from './no-longer-allowed.ts'
import type { IntentRecord, RequestMembers } from './record.ts'
import { StoreUnavailable } from './store.ts'

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
  /** The call could not be made. */
  | { kind: 'unsent'; id: string; reason: string }
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
  attempt: OperationAttempt
  claim: Claim
  ticket: Ticket | undefined
}

/**
 * Lets an attempt in, claims what it is about and has `run` take it from there to its answer. Whatever wasn't sent in the
 * end frees what it took; what a crash leaves behind is the keeper's.
 *
 * @throws {RoleNotAssumed} once it is recorded that nothing was sent.
 */
export async function pursue(
  ledger: Ledger,
  attempt: OperationAttempt,
  run: (course: Course) => Promise<ChangeResult>,
): Promise<ChangeResult> {
  try {
    return await admitted(ledger, attempt, run)
  } catch (error) {
    // Thrown only before sending: what follows the fence never throws.
    if (error instanceof StoreUnavailable) return { kind: 'unavailable', id: attempt.id, reason: error.message }
    throw error
  }
}

async function admitted(
  ledger: Ledger,
  attempt: OperationAttempt,
  run: (course: Course) => Promise<ChangeResult>,
): Promise<ChangeResult> {
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
    const result = await run(course)
    sent = result.kind === 'answered'
    return result
  } finally {
    if (!sent) await letGo(course)
  }
}

/**
 * How an attempt ends that failed before it was sent, once that is recorded in its outcome.
 *
 * @throws {RoleNotAssumed} where that was why.
 */
export function unsent({ claim }: Course, cause: unknown): ChangeResult {
  if (cause instanceof RoleNotAssumed) throw cause.recordedAs(claim.openId)
  if (cause instanceof NoLongerAllowed)
    return { kind: 'denied', decision: cause.decision, id: claim.openId, recorded: true }
  const reason = cause instanceof Error ? cause.message : 'the call could not be made'
  return { kind: cause instanceof StoreUnavailable ? 'unavailable' : 'unsent', id: claim.openId, reason }
}

async function turnedAway(ledger: Ledger, attempt: OperationAttempt, reason: string): Promise<{ id: string }> {
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

/** What an intent says beside who asked for what. */
export type IntentMembers = Omit<IntentRecord, 'v' | 'id' | 'kind' | 'ts' | 'sealed' | keyof RequestMembers> &
  Pick<RequestMembers, 'policy'>

/**
 * Makes the intent durable, and before it the sealed copy that it names.
 *
 * @returns The intent's commitment.
 * @throws {StoreUnavailable} Nothing may then be sent. The intent can be there all the same: the keeper settles it.
 */
export async function writeIntent(course: Course, members: IntentMembers, copy: SealedBlob): Promise<string> {
  const { ledger, attempt } = course
  const record: IntentRecord = {
    v: 1,
    id: attempt.id,
    kind: 'I',
    ts: ledger.now(),
    ...requestMembers(attempt, ledger.keys),
    ...members,
    sealed: copy.name,
  }
  const item = recordItem(ledger, record)
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
  return write(recordItem(ledger, { ...record, id }))
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
