import type { Issuer } from './issuers.ts'
import { isKeyUrl } from './issuers.ts'
import { type FetchJsonOptions, fetchJson } from './key-document.ts'
import { type KeySet, readKeySet, type VerificationKey } from './key-set.ts'

export type KeyAnswer = { ok: true; key: VerificationKey } | { ok: false; code: 'unknown-key' | 'keys-unavailable' }

/** Where an issuer's keys come from. Never rejects. */
export interface KeySource {
  /** The key of this name; `keys-unavailable` where the issuer's keys are not known at the moment. */
  find(kid: string): Promise<KeyAnswer>
}

/** A key set is asked for again when it is this old: a key its issuer removed is dead after at most this long. */
export const KEYS_MAX_AGE_MS = 600_000
/** While the issuer does not answer, its last key set is used up to this age; then its tokens are refused. */
export const KEYS_MAX_STALE_MS = 3_600_000
/** With a key set at hand, an unknown `kid` asks for a newer one at most this often: twice a minute. */
export const KEYS_COOLDOWN_MS = 30_000
/** With none at hand, at most two attempts are made in this time: the second is the retry of a first that failed. */
const RETRY_WINDOW_MS = 60_000

export interface RemoteKeys extends KeySource {
  /** Whether a key set is at hand that may still be used. Asks for one under the same limits as `find`. */
  ready(): Promise<boolean>
}

export interface RemoteKeysOptions extends Omit<FetchJsonOptions, 'insecureLoopback'> {
  /** Unix milliseconds. */
  now(): number
  /** Told of every failed fetch and every key left out; for the operator's log. */
  report?(problem: string): void
}

/**
 * An issuer's keys, fetched when first needed and kept in memory. Concurrent callers share one fetch. Only a `kid` that is
 * not in the set makes a caller wait for a newer set, so that a flood of invented ones slows nobody else down.
 */
export function remoteKeys(issuer: Issuer, options: RemoteKeysOptions): RemoteKeys {
  const { now, report = () => {} } = options
  const fetchOptions = { ...options, insecureLoopback: issuer.insecureLoopback }
  let held: { set: KeySet; fetchedAt: number } | undefined
  let discovered: { jwksUri: string; at: number } | undefined
  let attempts: number[] = []
  let inFlight: Promise<void> | undefined

  /** A clock that was set back makes everything look young: what lies in the future counts as old. */
  const isOlder = (since: number, ageMs: number) => now() - since >= ageMs || now() < since

  const mayFetch = () => {
    const [previous, last] = attempts.length > 1 ? attempts : [undefined, ...attempts]
    if (held) return last === undefined || isOlder(last, KEYS_COOLDOWN_MS)
    return previous === undefined || isOlder(previous, RETRY_WINDOW_MS)
  }

  const locate = async (): Promise<{ ok: true; value: string } | { ok: false; problem: string }> => {
    if (issuer.jwksUri !== undefined) return { ok: true, value: issuer.jwksUri }
    if (discovered && !isOlder(discovered.at, KEYS_MAX_AGE_MS)) return { ok: true, value: discovered.jwksUri }
    const url = `${issuer.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
    const fetched = await fetchJson(url, fetchOptions)
    if (!fetched.ok) return fetched
    const { issuer: named, jwks_uri: jwksUri } = (fetched.value ?? {}) as Record<string, unknown>
    if (named !== issuer.issuer) return { ok: false, problem: `${url} speaks for another issuer` }
    if (typeof jwksUri !== 'string' || !isKeyUrl(jwksUri, issuer.insecureLoopback))
      return { ok: false, problem: `${url} names no https jwks_uri` }
    discovered = { jwksUri, at: now() }
    return { ok: true, value: jwksUri }
  }

  const load = async () => {
    const located = await locate()
    const fetched = located.ok ? await fetchJson(located.value, fetchOptions) : located
    const set = fetched.ok ? readKeySet(fetched.value) : undefined
    if (set) {
      held = { set, fetchedAt: now() }
      for (const problem of set.refused) report(`Key set of ${issuer.issuer}: ${problem}`)
    } else {
      discovered = undefined
      const problem = fetched.ok ? 'the document is not a JWK Set' : fetched.problem
      report(`Cannot read the keys of ${issuer.issuer}: ${problem}.`)
    }
  }

  const refresh = async () => {
    if (!inFlight && mayFetch()) {
      attempts = [...attempts.slice(-1), now()]
      inFlight = load().finally(() => {
        inFlight = undefined
      })
    }
    await inFlight
  }

  const usable = () => (held && !isOlder(held.fetchedAt, KEYS_MAX_STALE_MS) ? held.set : undefined)

  return {
    async ready() {
      if (!held || isOlder(held.fetchedAt, KEYS_MAX_AGE_MS)) await refresh()
      return usable() !== undefined
    },
    async find(kid) {
      if (!held || isOlder(held.fetchedAt, KEYS_MAX_AGE_MS)) await refresh()
      if (held && !held.set.keys.has(kid)) await refresh()
      const set = usable()
      if (!set) return { ok: false, code: 'keys-unavailable' }
      const key = set.keys.get(kid)
      return key ? { ok: true, key } : { ok: false, code: 'unknown-key' }
    },
  }
}

/**
 * Keys that are at hand in this process.
 *
 * @param document A JWK Set of public keys.
 * @throws {Error} if it is not one, or holds a key the gate would not use.
 */
export function fixedKeys(document: unknown): KeySource {
  const set = readKeySet(document)
  if (!set || set.refused.length > 0)
    throw new Error(`Cannot use the key set: ${set ? set.refused.join(' ') : 'it is not a JWK Set.'}`)
  return {
    async find(kid) {
      const key = set.keys.get(kid)
      return key ? { ok: true, key } : { ok: false, code: 'unknown-key' }
    },
  }
}
