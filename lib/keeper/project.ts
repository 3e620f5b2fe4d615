import type { Blobs } from '../log/blobs.ts'
import type { Leaf } from '../log/leaf.ts'
import { readPublished } from '../log/log-store.ts'
import { readLeaves } from '../log/publish.ts'
import { feed, readFeedState, saveFeedState } from '../trail/feeds.ts'
import { recordKey } from '../trail/item-key.ts'
import type { Ledger, RecordItem } from '../trail/ledger.ts'
import type { OutcomeRecord } from '../trail/record.ts'
import { recordTime } from '../trail/record-id.ts'

export interface Projection {
  /** Leaves that were fed by this run. */
  projected: number
  /** The recent outcome whose writer's clock disagreed most with API Gateway's. */
  skew?: { id: string; skewMs: number }
}

/** Saved after each: what a keeper that dies loses. */
const STEP_LEAVES = 1_024
/** Reads and writes under way at once. */
const AT_ONCE = 32
/** Outcomes older than this are no news: their skew was told when they were. */
const NEWS_MS = 60 * 60_000

/**
 * Brings the feeds up to the published log, from where they were.
 *
 * @param caughtUpTo Unix milliseconds up to which the log holds every request; absent where that isn't known.
 * @param until Unix milliseconds at which to stop. The next run goes on.
 * @throws {StoreUnavailable} {LogDamaged}
 */
export async function project(
  ledger: Ledger,
  blobs: Blobs,
  { caughtUpTo, until }: { caughtUpTo?: number; until: number },
): Promise<Projection> {
  const { store, keys } = ledger
  const projection: Projection = { projected: 0 }
  let state = await readFeedState(store, keys)
  const size = (await readPublished(store))?.size ?? 0
  let since = state?.since
  let index = state?.index ?? 0
  while (index < size && ledger.now() < until) {
    const to = Math.min(index + STEP_LEAVES, size)
    for await (const leaves of batches(readLeaves(blobs, index, to, size))) {
      const records = await Promise.all(leaves.map((leaf) => feedLeaf(ledger, leaf)))
      for (const record of records) noteSkew(projection, record, ledger.now())
      since = leaves.reduce((oldest, { id }) => Math.min(oldest, recordTime(id)), since ?? Number.POSITIVE_INFINITY)
    }
    projection.projected += to - index
    index = to
    const upTo = state?.upTo
    const progress = { index, ...(since !== undefined && { since }), ...(upTo !== undefined && { upTo }) }
    state = await saveFeedState(store, keys, state, progress)
    if (!state) return projection
  }
  if (index === size && state && caughtUpTo !== undefined && caughtUpTo > (state.upTo ?? 0)) {
    await saveFeedState(store, keys, state, { index, ...(since !== undefined && { since }), upTo: caughtUpTo })
  }
  return projection
}

type RecordLeaf = Exclude<Leaf, { k: 'GENESIS' }>

async function* batches(leaves: AsyncIterable<{ leaf: Leaf }>): AsyncGenerator<RecordLeaf[]> {
  let batch: RecordLeaf[] = []
  for await (const { leaf } of leaves) {
    if (leaf.k !== 'GENESIS') batch.push(leaf)
    if (batch.length < AT_ONCE) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** @returns The record; `undefined` where it was erased. */
async function feedLeaf({ store, keys, shards }: Ledger, { id, k }: RecordLeaf) {
  const { pk, sk } = recordKey(id, k, shards)
  const item = (await store.read(pk, sk)) as RecordItem | undefined
  if (item) await feed(store, keys, item.record)
  return item?.record
}

function noteSkew(projection: Projection, record: RecordItem['record'] | undefined, now: number): void {
  if (record?.kind !== 'O') return
  const { id, ts, skewMs }: OutcomeRecord = record
  if (skewMs === undefined || now - ts > NEWS_MS) return
  if (Math.abs(skewMs) > Math.abs(projection.skew?.skewMs ?? 0)) projection.skew = { id, skewMs }
}
