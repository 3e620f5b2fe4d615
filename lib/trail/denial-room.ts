import type { Limits } from '../fairness/bucket.ts'
import { callerBuckets } from '../fairness/caller-buckets.ts'
import { callerKey } from '../fairness/caller-limit.ts'
import type { Actor } from './record.ts'

/** Bounds how much of the table one caller's denials take, not how many are recorded. */
export interface DenialRoom {
  /** Whether there is room for a denial's whole record and the copy of its request. Takes it where there is. */
  take(actor: Actor, bytes: number): boolean
}

/**
 * Bytes of whole denials of one caller that one process keeps. An ordinary one has about 3,000 with its copy: 700 at once
 * and three a second from then on. One request of the largest size fits.
 */
export const DENIAL_BYTES: Limits = { perSecond: 10_240, burst: 2 * 1024 * 1024 }

/**
 * A bucket of bytes for each caller, in this process. A denial beyond it is recorded as well, shortened and without the
 * copy of its request: a few kilobytes whatever the request held.
 *
 * @param now Unix milliseconds.
 */
export function denialRoom(now: () => number, limits: Limits = DENIAL_BYTES): DenialRoom {
  const buckets = callerBuckets(now, limits)
  return { take: ({ iss, sub }, bytes) => buckets.take(callerKey({ issuer: iss, subject: sub }), bytes).ok }
}
