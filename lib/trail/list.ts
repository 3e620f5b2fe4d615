import { fromCursor, toCursor } from './cursor.ts'
import { walkFeeds } from './feed-walk.ts'
import { readFeedState, rulesOf, termsOfFilter } from './feeds.ts'
import type { Ledger } from './ledger.ts'
import type { Result } from './record.ts'
import { recordTime } from './record-id.ts'
import { type Status, type Summary, summarise } from './story.ts'
import { type Walk, walkShards } from './walk.ts'

/** Which requests to list; members that are absent don't restrict. */
export interface TrailFilter {
  team?: string
  restApiId?: string
  /** The token's `sub`. */
  actor?: string
  decision?: 'allow' | 'deny'
  /** A rule violated in mode `enforce`. */
  rule?: string
  result?: Result
  status?: Status
  /** Unix milliseconds of arrival, inclusive. */
  from?: number
  to?: number
}

export interface TrailQuery {
  filter?: TrailFilter
  /** Who reads: a cursor works for its reader alone. */
  principal: string
  /** 1 to 200; 50 unless told. */
  limit?: number
  /** From an earlier page of the same reader and filter. */
  cursor?: string
}

export type TrailPage =
  | {
      ok: true
      /** Newest first, each request once. */
      entries: Summary[]
      /** Where to go on; absent at the end. A page can be short or empty and still have one. */
      next?: string
      /** Unix milliseconds back to which was searched; absent at the end. */
      searchedTo?: number
    }
  /** The cursor isn't one of this reader and filter, or has expired. */
  | { ok: false; reason: 'cursor' }

/** A request is examined once a page however narrow the filter: this bounds a page's cost. */
const MOST_EXAMINED = 2_000

/**
 * Lists requests by descending id: from the feeds where the filter has one and as far as they have come, straight from
 * the shards otherwise.
 *
 * @throws {StoreUnavailable}
 */
export async function listTrail(ledger: Ledger, query: TrailQuery): Promise<TrailPage> {
  const { filter = {}, principal, cursor } = query
  const limit = Math.min(Math.max(Math.trunc(query.limit ?? 50), 1), 200)
  const scope = { principal, filter: { ...filter } }
  const position = cursor === undefined ? undefined : fromCursor(ledger.keys, scope, cursor, ledger.now())
  if (cursor !== undefined && position === undefined) return { ok: false, reason: 'cursor' }

  const walk = await walkTrail(ledger, filter, position, limit)
  const entries: Summary[] = []
  let step = await walk.next()
  for (let examined = 1; step; examined++) {
    const summary = summarise(step.items)
    if (summary && matches(summary, filter)) entries.push(summary)
    const { id } = step
    step = await walk.next()
    if (!step) break
    // Where the walk has nothing to show, it has searched for as long as one page may.
    if (entries.length === limit || examined === MOST_EXAMINED || !summary) {
      return {
        ok: true,
        entries,
        next: toCursor(ledger.keys, scope, id, ledger.now()),
        searchedTo: summary?.at ?? recordTime(id),
      }
    }
  }
  return { ok: true, entries }
}

/**
 * Walks the requests that a filter may match, newest first. Not all of them need match it.
 *
 * @param below Only ids below this one.
 * @param expected How many are likely to be asked for.
 * @throws {StoreUnavailable}
 */
export async function walkTrail(
  ledger: Ledger,
  filter: TrailFilter,
  below: string | undefined,
  expected: number,
): Promise<Walk> {
  const { from, to } = filter
  const range = {
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(below !== undefined && { below }),
  }
  const terms = termsOfFilter(filter)
  const state = terms.length > 0 ? await readFeedState(ledger.store, ledger.keys) : undefined
  if (state?.upTo === undefined) return walkShards(ledger, range, expected)
  const fed = walkFeeds(ledger, terms, state, range)
  if (below !== undefined && recordTime(below) <= state.upTo) return fed
  const young = walkShards(ledger, { ...range, from: Math.max(state.upTo + 1, from ?? 0) }, expected)
  return { next: async () => (await young.next()) ?? (await fed.next()) }
}

/** Whether a request is one that a listing with this filter shows; its time is not looked at. */
export function matches(summary: Summary, filter: TrailFilter): boolean {
  const { team, restApiId, actor, decision, rule, result, status } = filter
  return (
    (team === undefined || summary.team === team) &&
    (restApiId === undefined || summary.target?.restApiId === restApiId) &&
    (actor === undefined || summary.actor?.sub === actor) &&
    (decision === undefined || summary.decision === decision) &&
    (rule === undefined || rulesOf(summary).has(rule)) &&
    (result === undefined || summary.result === result) &&
    (status === undefined || summary.status === status)
  )
}
