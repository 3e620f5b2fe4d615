import { hash } from 'node:crypto'

/**
 * The one spelling of a JSON value (RFC 8785): what `JSON.stringify` makes of it, with the names of each object in the
 * order of their UTF-16 code units. Written here rather than by a library so that checking and spelling are one walk:
 * the trail does it several times a request.
 *
 * @throws where the value has none: a lone surrogate, a number that isn't finite, an integer beyond 2^53, `undefined`.
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return spelt(value)
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError('Cannot canonicalise: not a finite number')
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
        throw new TypeError('Cannot canonicalise: integer beyond 2^53')
      }
      return JSON.stringify(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? listJson(value) : membersJson(value)
    default:
      throw new TypeError(`Cannot canonicalise: ${typeof value}`)
  }
}

/** A character that `JSON.stringify` may have to escape, or half of one. */
const UNLIKE_ITSELF = /[^ !#-[\]-~]/

function spelt(text: string): string {
  if (!UNLIKE_ITSELF.test(text)) return `"${text}"`
  if (!text.isWellFormed()) throw new TypeError('Cannot canonicalise: lone surrogate')
  return JSON.stringify(text)
}

function listJson(list: readonly unknown[]): string {
  let text = ''
  for (const member of list) text += `${text && ','}${canonicalJson(member)}`
  return `[${text}]`
}

function membersJson(object: object): string {
  const members = object as Readonly<Record<string, unknown>>
  let text = ''
  for (const name of Object.keys(members).sort()) text += `${text && ','}${spelt(name)}:${canonicalJson(members[name])}`
  return `{${text}}`
}

/** The same value, without members that are `undefined`: what a JSON reader would get back. A copy only where needed. */
export function withoutUndefined<T>(value: T): T {
  return hasUndefined(value) ? copyWithoutUndefined(value) : value
}

function hasUndefined(value: unknown): boolean {
  if (value === undefined) return true
  if (typeof value !== 'object' || value === null) return false
  return Array.isArray(value) ? value.some(hasUndefined) : Object.values(value).some(hasUndefined)
}

function copyWithoutUndefined<T>(value: T): T {
  if (Array.isArray(value)) return value.map((member) => copyWithoutUndefined(member)) as T
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(entries.map(([name, member]) => [name, copyWithoutUndefined(member)])) as T
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
  return hash('sha256', Buffer.concat([Buffer.from(salt, 'base64'), Buffer.from(canonicalJson(record))]), 'base64')
}
