import { fromCursor, toCursor } from './cursor.ts'
import { shardKey } from './item-key.ts'
import type { Ledger, RecordItem } from './ledger.ts'
import type { Result } from './record.ts'
import { highestAt, lowestAt } from './record-id.ts'
import { type Status, type Summary, summarise } from './story.ts'

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
 * Lists requests by descending id, straight from the shards.
 *
 * @throws {StoreUnavailable}
 */
export async function listTrail(ledger: Ledger, query: TrailQuery): Promise<TrailPage> {
  const { filter = {}, principal, cursor } = query
  const limit = Math.min(Math.max(Math.trunc(query.limit ?? 50), 1), 200)
  const scope = { principal, filter: { ...filter } }
  const position = cursor === undefined ? undefined : fromCursor(ledger.keys, scope, cursor, ledger.now())
  if (cursor !== undefined && position === undefined) return { ok: false, reason: 'cursor' }

  const readers = shardReaders(ledger, filter, position, limit)
  await Promise.all(readers.map((reader) => reader.complete()))
  const entries: Summary[] = []
  let last: Summary | undefined
  for (let examined = 0; examined < MOST_EXAMINED && entries.length < limit; examined++) {
    const reader = newest(readers)
    if (!reader) return { ok: true, entries }
    const summary = summarise(reader.take())
    await reader.complete()
    if (!summary) continue
    last = summary
    if (matches(summary, filter)) entries.push(summary)
  }
  if (!last || !newest(readers)) return { ok: true, entries }
  return { ok: true, entries, next: toCursor(ledger.keys, scope, last.id, ledger.now()), searchedTo: last.at }
}

/** Reads one shard's requests from the newest down. */
interface ShardReader {
  /** The id `take` would return next; `undefined` at the end. Valid after `complete`. */
  head(): string | undefined
  /** The records of the next request, in ascending order. */
  take(): RecordItem[]
  /** Reads on until all records of the next request are here. */
  complete(): Promise<void>
}

function shardReaders(ledger: Ledger, filter: TrailFilter, position: string | undefined, limit: number): ShardReader[] {
  // Every key of `position` itself sorts above the bare id.
  const bounds = [position, filter.to === undefined ? undefined : highestAt(filter.to)].filter(
    (key) => key !== undefined,
  )
  const to = bounds.sort().at(0)
  const range = {
    ...(filter.from !== undefined && { from: lowestAt(filter.from) }),
    ...(to !== undefined && { to }),
    descending: true,
    // A page's requests are spread over the shards, with up to two records each.
    limit: Math.min(100, 8 + Math.ceil((3 * limit) / ledger.shards)),
  }
  return Array.from({ length: ledger.shards }, (_, shard) => {
    let buffer: RecordItem[] = []
    let after: string | undefined
    let ended = false
    const head = () => buffer[0]?.record.id
    return {
      head,
      take() {
        const id = head()
        const taken = buffer.filter((item) => item.record.id === id)
        buffer = buffer.slice(taken.length)
        return taken.reverse()
      },
      async complete() {
        while (!ended && buffer.at(-1)?.record.id === head()) {
          const page = await ledger.store.list({ pk: shardKey(shard), ...range, ...(after !== undefined && { after }) })
          buffer.push(...(page.items as RecordItem[]))
          after = page.next
          ended = after === undefined
        }
      },
    }
  })
}

function newest(readers: readonly ShardReader[]): ShardReader | undefined {
  let best: ShardReader | undefined
  for (const reader of readers) {
    if ((reader.head() ?? '') > (best?.head() ?? '')) best = reader
  }
  return best
}

function matches(summary: Summary, filter: TrailFilter): boolean {
  const { team, restApiId, actor, decision, rule, result, status } = filter
  return (
    (team === undefined || summary.team === team) &&
    (restApiId === undefined || summary.target?.restApiId === restApiId) &&
    (actor === undefined || summary.actor?.sub === actor) &&
    (decision === undefined || summary.decision === decision) &&
    (rule === undefined || (summary.reasons?.some((reason) => reason.rule === rule) ?? false)) &&
    (result === undefined || summary.result === result) &&
    (status === undefined || summary.status === status)
  )
}
