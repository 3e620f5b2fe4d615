import { shardKey } from './item-key.ts'
import type { Ledger, RecordItem } from './ledger.ts'
import { highestAt, lowestAt } from './record-id.ts'

/** Where a walk through the trail has come to. */
export interface Step {
  /** The request it is at: every one above it was walked past. */
  id: string
  /** Its records, in ascending order; none where it only says how far was searched. */
  items: RecordItem[]
}

/** A walk through the requests by descending id. */
export interface Walk {
  /** `undefined` at the end. */
  next(): Promise<Step | undefined>
}

/** Which ids to walk: from `to` down. Absent members don't restrict. */
export interface Range {
  /** Unix milliseconds of the ids, inclusive. */
  from?: number
  to?: number
  /** Only ids below this one. */
  below?: string
}

/**
 * Walks all requests, straight from the shards.
 *
 * @param expected How many requests are likely to be asked for: what a shard is asked for at once follows from it.
 */
export function walkShards(ledger: Ledger, range: Range, expected: number): Walk {
  const readers = shardReaders(ledger, range, expected)
  let incomplete = readers
  return {
    async next() {
      await Promise.all(incomplete.map((reader) => reader.complete()))
      const reader = newest(readers)
      const items = reader?.take() ?? []
      const [first] = items
      if (!reader || !first) return undefined
      incomplete = [reader]
      return { id: first.record.id, items }
    },
  }
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

function shardReaders(ledger: Ledger, { from, to, below }: Range, expected: number): ShardReader[] {
  // Every key of the request `below` itself sorts above the bare id.
  const bounds = [below, to === undefined ? undefined : highestAt(to)].filter((key) => key !== undefined)
  const highest = bounds.sort().at(0)
  const range = {
    ...(from !== undefined && { from: lowestAt(from) }),
    ...(highest !== undefined && { to: highest }),
    descending: true,
    // A page's requests are spread over the shards, with up to two records each.
    limit: Math.min(100, 8 + Math.ceil((3 * expected) / ledger.shards)),
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
