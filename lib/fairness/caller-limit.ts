import { hash } from 'node:crypto'
import { type Bucket, filled, type Limits, type Turn, turnAfter } from './bucket.ts'

/** Bounds what one caller makes a gate do, whether or not anything is forwarded. */
export interface CallerLimit {
  /** Takes the turn of one request. @param caller From {@link callerKey}. */
  take(caller: string): Turn
}

/** For a gate whose callers are all one person. */
export const NO_CALLER_LIMIT: CallerLimit = { take: () => ({ ok: true }) }

/**
 * Requests of one caller that one process answers. Well above what a person, a pipeline or a portal sends: Terraform's ten
 * at once are held up by API Gateway's eight a second before.
 */
export const CALLER_LIMITS: Limits = { perSecond: 20, burst: 200 }

/** Callers with a bucket of their own, at about 150 bytes each. More have one between them until some fall silent. */
const MOST_CALLERS = 10_000

/**
 * A bucket for each caller, in this process alone: it costs no look-up, so that it can stand before everything that
 * does. A bucket is forgotten once it would be full again, which makes no difference to its owner; it is never dropped
 * before, so that nobody gets a new one by crowding it out.
 *
 * @param now Unix milliseconds.
 */
export function callerLimit(
  now: () => number,
  limits: Limits = CALLER_LIMITS,
  mostCallers = MOST_CALLERS,
): CallerLimit {
  const fullAfterMs = (limits.burst / limits.perSecond) * 1000
  /** The longest silent first. */
  const buckets = new Map<string, Bucket>()
  let others: Bucket | undefined

  function forgetFull(at: number): void {
    for (const [caller, bucket] of buckets) {
      if (at - bucket.at < fullAfterMs) return
      buckets.delete(caller)
    }
  }

  return {
    take(caller) {
      const at = now()
      forgetFull(at)
      const known = buckets.get(caller)
      const isOther = !known && buckets.size >= mostCallers
      const bucket = filled(isOther ? others : known, limits, at)
      const turn = turnAfter((1 - bucket.calls) / limits.perSecond)
      const left = turn.ok ? { ...bucket, calls: bucket.calls - 1 } : bucket
      if (isOther) others = left
      else {
        // Set anew, so that the map stays in the order of the last request.
        buckets.delete(caller)
        buckets.set(caller, left)
      }
      return turn
    },
  }
}

/**
 * Names a verified identity in 16 characters, however long its subject is: what stands in the shared item and in memory
 * is bounded, and 96 bits of SHA-256 can't be hit by choosing a subject.
 */
export function callerKey({ issuer, subject }: { issuer: string; subject: string }): string {
  return hash('sha256', JSON.stringify([issuer, subject]), 'base64url').slice(0, 16)
}
