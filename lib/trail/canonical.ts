import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'

/**
 * The one spelling of a JSON value (RFC 8785).
 *
 * @throws where the value has none: a lone surrogate, a number that isn't finite, an integer beyond 2^53, `undefined`.
 */
export function canonicalJson(value: unknown): string {
  assertCanonical(value)
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('Cannot canonicalise: not a JSON value')
  return text
}

function assertCanonical(value: unknown): void {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new TypeError('Cannot canonicalise: lone surrogate')
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('Cannot canonicalise: not a finite number')
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      throw new TypeError('Cannot canonicalise: integer beyond 2^53')
    }
  } else if (Array.isArray(value)) {
    for (const member of value) assertCanonical(member)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      assertCanonical(name)
      assertCanonical(member)
    }
  } else if (value !== null && typeof value !== 'boolean') {
    throw new TypeError(`Cannot canonicalise: ${typeof value}`)
  }
}

/** The same value, without members that are `undefined`: what a JSON reader would get back. */
export function withoutUndefined<T>(value: T): T {
  if (Array.isArray(value)) return value.map((member) => withoutUndefined(member)) as T
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(entries.map(([name, member]) => [name, withoutUndefined(member)])) as T
}

/** Bytes of a record's salt. */
export const SALT_BYTES = 32

/**
 * Commits to a record without revealing it: base64 SHA-256(salt ‖ JCS(record)). Whoever lacks the salt cannot test
 * guesses at the record; whoever deletes it erases the content while every proof still verifies.
 *
 * @param salt Base64, {@link SALT_BYTES} bytes.
 */
export function commitment(salt: string, record: unknown): string {
  return createHash('sha256').update(Buffer.from(salt, 'base64')).update(canonicalJson(record)).digest('base64')
}
