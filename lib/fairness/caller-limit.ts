import { hash } from 'node:crypto'
import type { Limits, Turn } from './bucket.ts'
import { callerBuckets } from './caller-buckets.ts'

/** Bounds what one caller makes a gate do, whether or not anything is forwarded. */
export interface CallerLimit {
  /**
   * Takes the turn of one request.
   *
   * @param caller From {@link callerKey}.
   * @param turns How many ordinary requests it is worth; one unless told.
   */
  take(caller: string, turns?: number): Turn
}

/** For a gate whose callers are all one person. */
export const NO_CALLER_LIMIT: CallerLimit = { take: () => ({ ok: true }) }

/**
 * Requests of one caller that one process answers. Well above what a person, a pipeline or a portal sends: Terraform's ten
 * at once are held up by API Gateway's eight a second before.
 */
export const CALLER_LIMITS: Limits = { perSecond: 20, burst: 200 }

/**
 * A bucket of requests for each caller, in this process alone: it costs no look-up, so that it can stand before everything
 * that does.
 *
 * @param now Unix milliseconds.
 */
export function callerLimit(now: () => number, limits: Limits = CALLER_LIMITS, mostCallers?: number): CallerLimit {
  const buckets = callerBuckets(now, limits, mostCallers)
  return { take: (caller, turns = 1) => buckets.take(caller, turns) }
}

/**
 * Names a verified identity in 16 characters, however long its subject is: what stands in the shared item and in memory
 * is bounded, and 96 bits of SHA-256 can't be hit by choosing a subject.
 */
export function callerKey({ issuer, subject }: { issuer: string; subject: string }): string {
  return hash('sha256', JSON.stringify([issuer, subject]), 'base64url').slice(0, 16)
}
