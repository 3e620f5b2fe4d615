import { fromCursor, toCursor } from './cursor.ts'
import type { Ledger, RecordItem } from './ledger.ts'
import { matches, type TrailFilter, walkTrail } from './list.ts'
import { summarise } from './story.ts'

export interface LookUp {
  /** Any JSON value but the empty string, which is never hidden. */
  value: unknown
  filter: TrailFilter
  principal: string
  cursor?: string
  /** Unix milliseconds at which the search stops for this time. */
  until: number
}

/** Where a value stood, or was to stand. */
export interface Occurrence {
  id: string
  /** Unix milliseconds. */
  at: number
  /** JSON pointer into the integration. */
  path: string
  side: 'before' | 'after'
}

export type Found =
  | {
      ok: true
      /** What the trail keeps instead of the value. */
      macs: string[]
      occurrences: Occurrence[]
      /** Where to go on; absent at the end. */
      next?: string
      /** Unix milliseconds back to which was searched; absent at the end. */
      searchedTo?: number
    }
  | { ok: false; reason: 'cursor' }

const MOST_EXAMINED = 2_000
const MOST_FOUND = 100

/**
 * Looks for a value that the trail keeps as a MAC, newest first: as a member's whole value, and for a text also as the
 * static value of a parameter, which API Gateway has in single quotes. A part of a value can't be found.
 *
 * @throws {StoreUnavailable}
 */
export async function lookUp(ledger: Ledger, { value, filter, principal, cursor, until }: LookUp): Promise<Found> {
  const macs = [value, ...(typeof value === 'string' ? [`'${value}'`] : [])].map((each) => ledger.keys.mac(each))
  // The value's MAC is part of the question: a cursor of another look-up doesn't fit.
  const scope = { principal, filter: { ...filter, mac: macs[0] } }
  const position = cursor === undefined ? undefined : fromCursor(ledger.keys, scope, cursor, ledger.now())
  if (cursor !== undefined && position === undefined) return { ok: false, reason: 'cursor' }
  const occurrences: Occurrence[] = []
  const walk = await walkTrail(ledger, filter, position, 200)
  let examined = 0
  for (let step = await walk.next(); step; step = await walk.next()) {
    const summary = summarise(step.items)
    if (summary && matches(summary, filter)) {
      for (const found of occurrencesIn(step.items, macs)) occurrences.push({ id: step.id, at: summary.at, ...found })
    }
    if (++examined < MOST_EXAMINED && occurrences.length < MOST_FOUND && ledger.now() < until) continue
    const next = toCursor(ledger.keys, scope, step.id, ledger.now())
    return { ok: true, macs, occurrences, next, ...(summary && { searchedTo: summary.at }) }
  }
  return { ok: true, macs, occurrences }
}

function occurrencesIn(items: readonly RecordItem[], macs: readonly string[]): Pick<Occurrence, 'path' | 'side'>[] {
  return items.flatMap(({ record }) => {
    if (record.kind !== 'D' && record.kind !== 'I') return []
    return (record.diff ?? []).flatMap(({ path, beforeMac, afterMac }) => [
      ...(beforeMac !== undefined && macs.includes(beforeMac) ? [{ path, side: 'before' as const }] : []),
      ...(afterMac !== undefined && macs.includes(afterMac) ? [{ path, side: 'after' as const }] : []),
    ])
  })
}
