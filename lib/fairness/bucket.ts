/** What a bucket gives. */
export interface Limits {
  /** Calls a second. */
  perSecond: number
  /** Calls at once, after a quiet time. */
  burst: number
}

/** A bucket of calls, as plain JSON. `at`: when it was last filled up, Unix milliseconds. */
export interface Bucket {
  calls: number
  at: number
}

export type Turn = { ok: true } | { ok: false; retryAfterSeconds: number }

/**
 * A bucket with what has come in since. Pure.
 *
 * @param bucket `undefined` for a new one, which is full.
 * @param now Unix milliseconds; a clock behind the last one takes nothing away.
 */
export function filled(bucket: Bucket | undefined, { perSecond, burst }: Limits, now: number): Bucket {
  if (!bucket) return { calls: burst, at: now }
  const elapsed = Math.max(now - bucket.at, 0)
  return { calls: Math.min(burst, bucket.calls + (elapsed * perSecond) / 1000), at: Math.max(now, bucket.at) }
}

/** @param seconds Until there will be enough; whoever comes back sooner comes for nothing. */
export function turnAfter(seconds: number): Turn {
  return seconds > 0 ? { ok: false, retryAfterSeconds: Math.max(1, Math.ceil(seconds)) } : { ok: true }
}
