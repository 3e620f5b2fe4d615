import { latePointerKey, RECORD_KINDS, recordKey, shardKey } from '../trail/item-key.ts'
import { isRecordId, lowestAt, shardOf } from '../trail/record-id.ts'
import type { Item, ListQuery, Store } from '../trail/store.ts'
import { leafOf, type RecordLeaf } from './leaf.ts'
import { type LogState, readPointer } from './log-store.ts'

/** A record is sealed when its id is this old: by then no gate writes it any more. */
export const SEAL_AFTER_MS = 90_000
/** A record found behind the cursor when its id is this old is late. Above the longest wait for an outcome, 20 min. */
export const LATE_AFTER_MS = 25 * 60_000

const { pk: NOTICES } = latePointerKey('')

/** The leaves of one step, and what follows once they are committed. */
export interface Gathered {
  /** In the order of their ids. */
  leaves: RecordLeaf[]
  cursors: string[]
  lateCursors: string[]
  /** Notices whose outcome is, or is about to be, in the log: to be removed after the commit. */
  settled: { pk: string; sk: string; rev: number }[]
  /** Sort keys of items under a shard that are no record. Not evidence; someone planted or damaged them. */
  unreadable: string[]
  /** There is more than was taken. */
  more: boolean
}

/**
 * Reads what the log lacks: each shard from its cursor on, outcomes that a notice says are behind it, and late records.
 *
 * Every leaf up to `state.size` must have its proof pointer: they tell what the log has.
 *
 * @param now Unix milliseconds.
 * @param maxLeaves About how many leaves to take.
 */
export async function gather(
  store: Store,
  state: LogState,
  { now, maxLeaves }: { now: number; maxLeaves: number },
): Promise<Gathered> {
  const shards = state.cursors.length
  const limit = Math.ceil(maxLeaves / shards)
  const unreadable: string[] = []
  const leaves = new Map<string, RecordLeaf>()
  const take = (item: Item, late = false) => {
    const leaf = readRecordItem(item, shards, late)
    if (leaf === undefined) unreadable.push(item.sk)
    else if (!leaves.has(item.sk)) leaves.set(item.sk, leaf)
  }

  let more = false
  const cursors = await Promise.all(
    state.cursors.map(async (cursor, shard) => {
      const { items, rest } = await listBetween(store, shard, cursor, lowestAt(now - SEAL_AFTER_MS), limit)
      for (const item of items) take(item)
      more ||= rest
      return items.at(-1)?.sk ?? cursor
    }),
  )

  const settled: Gathered['settled'] = []
  for (const { id, sk, rev } of await readNotices(store)) {
    const outcome = recordKey(id, 'O', shards)
    // Ahead of the cursor it comes by itself, and the notice waits for it.
    const isBehind = outcome.sk <= (state.cursors[shardOf(id, shards)] ?? '')
    let isLogged = leaves.has(outcome.sk) || (await readPointer(store, id, 'O')) !== undefined
    if (!isLogged && isBehind) {
      const item = await store.read(outcome.pk, outcome.sk)
      if (item) take(item)
      isLogged = leaves.has(outcome.sk)
    }
    if (isLogged) settled.push({ pk: NOTICES, sk, rev })
  }

  const lateCursors = await Promise.all(
    state.lateCursors.map(async (lateCursor, shard) => {
      const cursor = state.cursors[shard] ?? ''
      let bound = lowestAt(now - LATE_AFTER_MS)
      if (cursor < bound) bound = cursor
      const { items, rest } = await listBetween(store, shard, lateCursor, bound, limit)
      more ||= rest
      for (const item of items) {
        const leaf = readRecordItem(item, shards, true)
        if (leaf === undefined || (await readPointer(store, leaf.id, leaf.k)) === undefined) take(item, true)
      }
      return items.at(-1)?.sk ?? lateCursor
    }),
  )

  const inOrder = [...leaves].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, leaf]) => leaf)
  return { leaves: inOrder, cursors, lateCursors, settled, unreadable, more }
}

/** Says that the outcome of `id` is, or will be, written behind the cursor: by the keeper for an attempt that died. */
interface Notice {
  id: string
  sk: string
  rev: number
}

async function readNotices(store: Store): Promise<Notice[]> {
  const { items } = await listUpTo(store, { pk: NOTICES }, Number.POSITIVE_INFINITY)
  return items.flatMap(({ sk, rev }) => {
    const [id = ''] = sk.split('#')
    return isRecordId(id) && rev !== undefined ? [{ id, sk, rev }] : []
  })
}

/** The leaf of an item under a shard; `undefined` where it is no record in its own place. */
function readRecordItem(item: Item, shards: number, late: boolean): RecordLeaf | undefined {
  const [id = '', letter] = item.sk.split('#')
  const kind = RECORD_KINDS.find((k) => k === letter)
  const { salt, record } = item
  if (kind === undefined || !isRecordId(id) || typeof salt !== 'string') return undefined
  const key = recordKey(id, kind, shards)
  if (key.pk !== item.pk || key.sk !== item.sk || !isRecordOf(record, id, kind)) return undefined
  try {
    return leafOf(record, salt, late)
  } catch {
    return undefined // It has no canonical spelling.
  }
}

function isRecordOf<K>(record: unknown, id: string, kind: K): record is { id: string; kind: K } {
  if (typeof record !== 'object' || record === null) return false
  return 'id' in record && record.id === id && 'kind' in record && record.kind === kind
}

/** A shard's items behind `cursor`, up to and with `to`. */
async function listBetween(store: Store, shard: number, cursor: string, to: string, limit: number) {
  if (to <= cursor) return { items: [], rest: false }
  return listUpTo(store, { pk: shardKey(shard), to, ...(cursor !== '' && { after: cursor }) }, limit)
}

async function listUpTo(store: Store, query: ListQuery, limit: number): Promise<{ items: Item[]; rest: boolean }> {
  const items: Item[] = []
  let next = query.after
  do {
    const page = await store.list({
      ...query,
      limit: Math.min(limit - items.length, 1000),
      ...(next !== undefined && { after: next }),
    })
    items.push(...page.items)
    next = page.next
  } while (next !== undefined && items.length < limit)
  return { items, rest: next !== undefined }
}
