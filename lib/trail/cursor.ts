import { canonicalJson } from './canonical.ts'
import { isRecordId } from './record-id.ts'
import type { TrailKeys } from './trail-keys.ts'

/** What a cursor is good for: one reader, one question. */
export interface CursorScope {
  principal: string
  filter: Readonly<Record<string, unknown>>
}

const GOOD_FOR_MS = 60 * 60_000

/**
 * A place in a listing, to be handed to a caller: an id, so it stays right whatever is written meanwhile. Signed with
 * its reader, its filter and its expiry, so that it can't be moved, widened or passed on.
 */
export function toCursor(keys: TrailKeys, scope: CursorScope, position: string, now: number): string {
  const expires = Math.trunc(now) + GOOD_FOR_MS
  return `${position}.${expires}.${keys.sign(signedText(scope, position, expires))}`
}

/** @returns The position; `undefined` for a cursor that isn't ours, isn't this reader's and question's, or has expired. */
export function fromCursor(keys: TrailKeys, scope: CursorScope, cursor: string, now: number): string | undefined {
  const [position = '', expiry = '', signature = '', ...rest] = cursor.split('.', 4)
  if (rest.length > 0 || !isRecordId(position) || !/^\d{1,15}$/.test(expiry)) return undefined
  const expires = Number(expiry)
  if (!keys.verify(signedText(scope, position, expires), signature) || now >= expires) return undefined
  return position
}

function signedText({ principal, filter }: CursorScope, position: string, expires: number): string {
  const asked = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined))
  const text = ['cursor', principal, position, expires, asked]
  return canonicalJson(JSON.parse(JSON.stringify(text).toWellFormed()))
}
