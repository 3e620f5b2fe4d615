import type { OperationAttempt } from './attempt.ts'
import { clippedTarget } from './attempt.ts'
import { claimKey, type ItemKey } from './item-key.ts'
import type { Ledger } from './ledger.ts'
import type { RecordTarget, RequestMembers } from './record.ts'
import type { Item } from './store.ts'

/**
 * One attempt's hold on a method, or on whatever else it changes. While it exists, no other attempt may change that.
 * - `CLAIMED`: not sent. - `SENDING`: fenced, so it may have been sent. - `RECON`: the keeper stopped it before sending.
 */
export interface Claim extends Item {
  openId: string
  phase: 'CLAIMED' | 'SENDING' | 'RECON'
  /** Unix milliseconds from which the keeper may act on it. */
  lease: number
  /** Unix milliseconds of the fence, just after signing. */
  fencedAt?: number
  rev: number
  action: string
  team: string
  actor: { iss: string; sub: string }
  target: RecordTarget
  /** The policy that allowed what is sent, where it came into force after the intent. */
  policy?: { revision: number; digest: string }
}

/** How long an attempt is left alone: at the claim, and again at the fence. */
export const LEASE_MS = 60_000

/** The longest a call may stay open, so that no answer is outstanding when its lease ends. */
export const LONGEST_CALL_MS = 50_000

/**
 * How long a signed request can still be accepted: AWS allows five minutes in most cases, fifteen in some; the rest is
 * for clocks that disagree.
 */
export const GRACE_MS = 20 * 60_000

/** How often the keeper runs. */
const KEEPER_PERIOD_MS = 60_000

/**
 * Where the claim of a request lies, by what its record says of it. What a creation makes has no id yet: creations keep
 * nothing but their own repetition waiting.
 */
export function claimKeyOf({ action, target, requestMac }: Pick<RequestMembers, 'action' | 'target' | 'requestMac'>) {
  return claimKey(target, isCreation(action) ? requestMac : '')
}

/** As {@link claimKeyOf}, before there is a record. */
export function claimKeyOfAttempt(ledger: Ledger, { action, target, requestHash }: OperationAttempt): ItemKey {
  return claimKey(clippedTarget(target), isCreation(action) ? ledger.keys.mac(requestHash) : '')
}

function isCreation(action: string): boolean {
  return action.startsWith('Create')
}

export function newClaim(ledger: Ledger, attempt: OperationAttempt): Claim {
  return {
    ...claimKeyOfAttempt(ledger, attempt),
    openId: attempt.id,
    phase: 'CLAIMED',
    lease: ledger.now() + LEASE_MS,
    rev: firstRev(ledger),
    action: attempt.action,
    team: attempt.team,
    actor: { iss: attempt.actor.iss, sub: attempt.actor.sub },
    target: clippedTarget(attempt.target),
  }
}

/**
 * A first revision no other life of the same key has: a delayed removal of a claim must not hit the claim that the next
 * attempt made in its place.
 */
export function firstRev(ledger: Ledger): number {
  return Buffer.from(ledger.randomBytes(6)).readUIntBE(0, 6)
}

/** Seconds after which it is worth trying again; at least one. */
export function retryAfterSeconds(claim: Claim | undefined, now: number): number {
  if (!claim || now < claim.lease) return 2
  const settled = claim.phase === 'SENDING' ? (claim.fencedAt ?? claim.lease) + GRACE_MS : now
  return Math.ceil((Math.max(settled - now, 0) + KEEPER_PERIOD_MS) / 1000)
}

/**
 * Frees the method if the claim's attempt still holds it, also where the reply to its last change was lost. A claim
 * whose lease is over belongs to the keeper, which writes the outcome before it frees the method.
 */
export async function releaseClaim(ledger: Ledger, claim: Claim): Promise<void> {
  if (ledger.now() >= claim.lease) return
  if (await ledger.store.remove(claim.pk, claim.sk, claim.rev)) return
  const stored = (await ledger.store.read(claim.pk, claim.sk)) as Claim | undefined
  if (stored?.openId !== claim.openId || stored.phase === 'RECON') return
  await ledger.store.remove(stored.pk, stored.sk, stored.rev)
}
