import { integrationAnswer } from '../apigateway/effective.ts'
import type { Integration } from '../apigateway/integration.ts'
import type { UpstreamAnswer, UpstreamIntegration } from '../control-plane/control-plane.ts'
import { idempotencyScope, type OperationAttempt } from './attempt.ts'
import { type Claim, claimKeyOfAttempt, firstRev, LEASE_MS, retryAfterSeconds } from './claim.ts'
import { idempotencyItemKey } from './item-key.ts'
import { type Ledger, readBlob, readRecord } from './ledger.ts'
import type { IntentRecord, OutcomeRecord } from './record.ts'
import type { Item } from './store.ts'

/** Which attempt a caller's idempotency key stands for. */
export interface Ticket extends Item {
  id: string
  requestMac: string
  /** Unix milliseconds. */
  at: number
  /** Unix seconds: DynamoDB's time to live. Expired items stay readable for days. */
  ttl: number
  /** The sealed answer, base64; absent until there is one. */
  answer?: string
  rev: number
}

export type Admission =
  | { kind: 'admitted'; ticket: Ticket }
  | { kind: 'replay'; id: string; answer: UpstreamAnswer }
  | { kind: 'busy'; openId: string; retryAfterSeconds: number }
  | { kind: 'mismatch'; openId: string }

const KEPT_MS = 24 * 60 * 60_000
/** Beyond this a sealed answer isn't kept beside its ticket, which must fit one item. */
const LONGEST_ANSWER = 300 * 1024
/** Refusals that ask for another try: repeating them would make the try pointless. */
const TRANSIENT = new Set([408, 409, 425, 429])

/**
 * Lets an attempt in under its caller's idempotency key, or says what became of the attempt that came before it.
 *
 * The key is scoped by the verified caller: nobody is told another's answer for having guessed a key.
 *
 * @throws {StoreUnavailable}
 */
export async function admit(ledger: Ledger, attempt: OperationAttempt, key: string): Promise<Admission> {
  const now = ledger.now()
  const ticket: Ticket = {
    ...idempotencyItemKey(idempotencyScope(attempt.actor, key)),
    id: attempt.id,
    requestMac: ledger.keys.mac(attempt.requestHash),
    at: now,
    ttl: Math.ceil((now + KEPT_MS) / 1000),
    rev: firstRev(ledger),
  }
  if (await ledger.store.create(ticket)) return { kind: 'admitted', ticket }
  const earlier = (await ledger.store.read(ticket.pk, ticket.sk)) as Ticket | undefined
  // Gone between the two calls: whoever removed it sent nothing.
  if (!earlier) return { kind: 'busy', openId: attempt.id, retryAfterSeconds: 1 }
  if (earlier.ttl * 1000 > now) {
    if (earlier.requestMac !== ticket.requestMac) return { kind: 'mismatch', openId: earlier.id }
    const verdict = await judge(ledger, attempt, earlier)
    if (verdict) return verdict
  }
  // Settled without an answer to repeat, or never recorded: this attempt takes its place, if it is the only one to try.
  if (await ledger.store.replace(ticket, earlier.rev)) {
    return { kind: 'admitted', ticket: { ...ticket, rev: earlier.rev + 1 } }
  }
  return { kind: 'busy', openId: earlier.id, retryAfterSeconds: 1 }
}

/** What the earlier attempt means for its repetition; `undefined` where it may be made anew. */
async function judge(ledger: Ledger, attempt: OperationAttempt, earlier: Ticket): Promise<Admission | undefined> {
  // The outcome is read last: one that is written in between is then seen, not mistaken for an attempt under way.
  const intent = await readRecord(ledger, earlier.id, 'I')
  const outcome = await readRecord(ledger, earlier.id, 'O')
  if (outcome) {
    const answer = intent && (await recordedAnswer(ledger, attempt, earlier, intent, outcome))
    return answer && { kind: 'replay', id: earlier.id, answer }
  }
  if (!intent) {
    if (await readRecord(ledger, earlier.id, 'D')) return undefined
    // Too old to write its intent any more: it can't be sent.
    if (ledger.now() - earlier.at >= LEASE_MS) return undefined
  }
  const { pk, sk } = claimKeyOfAttempt(ledger, attempt)
  const claim = (await ledger.store.read(pk, sk)) as Claim | undefined
  return { kind: 'busy', openId: earlier.id, retryAfterSeconds: retryAfterSeconds(claim, ledger.now()) }
}

/**
 * The answer to repeat: of a change known to be applied, or of a lasting refusal; or that there is none, and will be none,
 * of a call beside integrations. Making that again could make a second deployment, or a second API.
 */
async function recordedAnswer(
  ledger: Ledger,
  attempt: OperationAttempt,
  ticket: Ticket,
  intent: IntentRecord,
  outcome: OutcomeRecord,
): Promise<UpstreamAnswer | undefined> {
  const applied = outcome.result === 'SUCCEEDED' || outcome.result === 'APPLIED'
  const status = outcome.upstream?.status
  if (outcome.result === 'UNKNOWN' && intent.call)
    return { kind: 'unknown', reason: 'its answer was lost', upstream: { latencyMs: 0 } }
  if (!applied && (outcome.result !== 'REJECTED' || status === undefined || TRANSIENT.has(status))) return undefined
  const kept = ticket.answer === undefined ? undefined : ledger.keys.open(Buffer.from(ticket.answer, 'base64'))
  if (kept) return JSON.parse(kept.toString('utf8')) as UpstreamAnswer

  const { requestId } = outcome.upstream ?? {}
  const upstream = { ...(requestId !== undefined && { requestId }), latencyMs: outcome.latencyMs ?? 0 }
  if (!applied) {
    const message = 'The same request was refused before; its message was not kept.'
    const errorType = outcome.upstream?.errorCode ?? 'BadRequestException'
    return { kind: 'refused', status: status ?? 400, errorType, message, upstream }
  }
  // Of a call beside integrations there is nothing to make an answer of: it was in the kept one alone.
  const integration = await intendedAnswer(ledger, intent, attempt.target.resourceId ?? '')
  const made = MADE[intent.operation] ?? 200
  return { kind: 'done', status: status ?? made, ...(integration && { integration }), upstream }
}

const MADE: Readonly<Record<string, number>> = { PutIntegration: 201, UpdateIntegration: 200, DeleteIntegration: 204 }

/** What API Gateway answers for the intended integration, from the sealed request. */
async function intendedAnswer(
  ledger: Ledger,
  intent: IntentRecord,
  resourceId: string,
): Promise<UpstreamIntegration | undefined> {
  const request = intent.sealed === undefined ? undefined : await readBlob(ledger, intent.sealed)
  const { intended } = (request ?? {}) as { intended?: Integration | null }
  return intended ? (integrationAnswer(intended, resourceId) as UpstreamIntegration) : undefined
}

/** Keeps a known answer for repetitions. */
export async function keepAnswer(ledger: Ledger, ticket: Ticket, answer: UpstreamAnswer): Promise<void> {
  const text = ledger.keys.seal(Buffer.from(JSON.stringify(answer))).toString('base64')
  if (text.length <= LONGEST_ANSWER) await ledger.store.replace({ ...ticket, answer: text }, ticket.rev)
}
