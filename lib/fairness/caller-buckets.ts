import { type Bucket, filled, type Limits, type Turn, turnAfter } from './bucket.ts'

/** A bucket for each caller, in this process alone. */
export interface CallerBuckets {
  /**
   * Takes an amount out of a caller's bucket, all of it or nothing.
   *
   * @param caller From `callerKey`.
   */
  take(caller: string, amount: number): Turn
}

/** Callers with a bucket of their own, at about 150 bytes each. More have one between them until some fall silent. */
const MOST_CALLERS = 10_000

/**
 * Buckets in memory: they cost no look-up. A bucket is forgotten once it would be full again, which makes no difference to
 * its owner; it is never dropped before, so that nobody gets a new one by crowding it out.
 *
 * @param now Unix milliseconds.
 */
export function callerBuckets(now: () => number, limits: Limits, mostCallers = MOST_CALLERS): CallerBuckets {
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
    take(caller, amount) {
      const at = now()
      forgetFull(at)
      const known = buckets.get(caller)
      const isOther = !known && buckets.size >= mostCallers
      const bucket = filled(isOther ? others : known, limits, at)
      const turn = turnAfter((amount - bucket.calls) / limits.perSecond)
      const left = turn.ok ? { ...bucket, calls: bucket.calls - amount } : bucket
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
