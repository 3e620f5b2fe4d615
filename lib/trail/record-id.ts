import { decodeTime, encodeTime, ulid } from 'ulid'

/** 26 characters of Crockford's base 32: 48 bits of Unix milliseconds, then 80 random bits. */
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/
/** How many random numbers {@link newRecordId} draws. */
export const ULID_RANDOM_CHARACTERS = 16
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** A number in [0, 1), unpredictable where it matters. */
export type Random = () => number

/** Names one request in the trail: a ULID, so ids sort by the gate's clock. `now` is Unix milliseconds. */
export function newRecordId(now: number, random: Random): string {
  // `ulid` takes a time of 0 for the present.
  return encodeTime(now, 10) + ulid(now, random).slice(10)
}

export function isRecordId(text: string): boolean {
  return ULID.test(text)
}

/** Unix milliseconds at which the id was drawn, by the clock of the gate that drew it. */
export function recordTime(id: string): number {
  return decodeTime(id)
}

/** The shard a request's records live in: the low 6 bits of the id's random part, modulo `shards`. */
export function shardOf(id: string, shards: number): number {
  const high = DIGITS.indexOf(id.charAt(24)) & 1
  const low = DIGITS.indexOf(id.charAt(25))
  return (high * 32 + low) % shards
}

/** The lowest sort key a record of this millisecond or later can have. */
export function lowestAt(time: number): string {
  return encodeTime(clampTime(time), 10)
}

/** Above every sort key a record of this millisecond or earlier can have: `~` sorts behind all characters of a key. */
export function highestAt(time: number): string {
  return `${encodeTime(clampTime(time), 10)}~`
}

const LATEST_MS = 2 ** 48 - 1

function clampTime(time: number): number {
  return Math.min(Math.max(Math.trunc(time), 0), LATEST_MS)
}
