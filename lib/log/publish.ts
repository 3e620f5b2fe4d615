import type { Store } from '../trail/store.ts'
import type { Blobs } from './blobs.ts'
import { type Leaf, parseLeaf } from './leaf.ts'
import {
  createPointer,
  LogDamaged,
  type LogState,
  publishHead,
  raisePointed,
  readPointed,
  readPublished,
  readState,
} from './log-store.ts'
import { HASH_BYTES } from './merkle.ts'
import { decodeStaging } from './staging.ts'
import { decodeEntries, TILE_WIDTH, type Tile, tilePath } from './tile.ts'

/**
 * Puts the staged tiles of a committed head in their places and publishes it; does nothing where that was done. Also
 * the way back after a crash between the commit and here.
 *
 * @throws {LogDamaged}
 */
export async function publish(store: Store, blobs: Blobs, state: LogState): Promise<void> {
  const published = (await readPublished(store))?.size ?? 0
  if (published > state.size && (await readState(store))?.rev === state.rev) {
    // Not overtaken: someone put an older head back, so that the log would be continued differently.
    throw new LogDamaged(`Cannot continue from size ${state.size}: size ${published} was published`)
  }
  if (published >= state.size) return
  const staged = await blobs.get(state.stage)
  if (staged === undefined) {
    // Another process finished this step in between and removed the staging.
    if (((await readPublished(store))?.size ?? 0) >= state.size) return
    throw new LogDamaged(`Cannot publish size ${state.size}: ${state.stage} is missing`)
  }
  const tiles = decodeStaging(staged)
  if (tiles === undefined) throw new LogDamaged(`Cannot publish size ${state.size}: ${state.stage} is malformed`)
  for (const { tile, bytes } of tiles) await blobs.put(tilePath(tile), bytes)
  await publishHead(store, state)
  await blobs.remove(state.stage)
  for (const { tile } of tiles) if (tile.width === TILE_WIDTH) await blobs.removePartials(tilePath(tile))
}

/**
 * Gives every leaf of a published head its proof pointer.
 *
 * @throws {LogDamaged}
 */
export async function pointTo(store: Store, blobs: Blobs, size: number): Promise<void> {
  const from = await readPointed(store)
  if (from >= size) return
  let writes: Promise<void>[] = []
  for await (const { index, leaf } of readLeaves(blobs, from, size, size)) {
    if (leaf.k !== 'GENESIS') writes.push(createPointer(store, leaf.id, leaf.k, index))
    if (writes.length < POINTERS_AT_ONCE) continue
    await Promise.all(writes)
    writes = []
  }
  await Promise.all(writes)
  await raisePointed(store, size)
}

/** Writes under way at once: enough to hide the table's latency, few enough not to be throttled. */
const POINTERS_AT_ONCE = 32

/**
 * The leaves `from` up to (not including) `to` of a published log. They are not checked against the tree.
 *
 * @param size a published size, at least `to`.
 * @throws {LogDamaged}
 */
export async function* readLeaves(
  blobs: Blobs,
  from: number,
  to: number,
  size: number,
): AsyncGenerator<{ index: number; leaf: Leaf }> {
  for (let bundle = Math.floor(from / TILE_WIDTH); bundle * TILE_WIDTH < to; bundle++) {
    const start = bundle * TILE_WIDTH
    const width = Math.min(TILE_WIDTH, size - start)
    const entries = await readEntries(blobs, { level: 'entries', index: bundle, width })
    for (const [offset, entry] of entries.entries()) {
      const index = start + offset
      if (index < from || index >= to) continue
      const leaf = parseLeaf(entry)
      if (leaf === undefined) throw new LogDamaged(`Cannot read leaf ${index}: it is malformed`)
      yield { index, leaf }
    }
  }
}

/**
 * A bundle's entries.
 *
 * @throws {LogDamaged}
 */
export async function readEntries(blobs: Blobs, tile: Tile): Promise<Uint8Array[]> {
  const { bytes, cut } = await wholeOrPartial(blobs, tile)
  const entries = bytes && decodeEntries(bytes)
  const wanted = cut ? entries?.slice(0, tile.width) : entries
  if (wanted?.length !== tile.width) throw new LogDamaged(`Cannot read ${tilePath(tile)}: missing or malformed`)
  return wanted
}

/** A tile's hashes; `undefined` where it is missing. */
export async function readTile(blobs: Blobs, tile: Tile): Promise<Uint8Array | undefined> {
  const { bytes, cut } = await wholeOrPartial(blobs, tile)
  return cut ? bytes?.subarray(0, tile.width * HASH_BYTES) : bytes
}

/** The tile, or the full one it became: partial tiles are removed once there is a full one (C2SP tlog-tiles). */
async function wholeOrPartial(blobs: Blobs, tile: Tile): Promise<{ bytes: Uint8Array | undefined; cut: boolean }> {
  const bytes = await blobs.get(tilePath(tile))
  if (bytes !== undefined || tile.width === TILE_WIDTH) return { bytes, cut: false }
  return { bytes: await blobs.get(tilePath({ ...tile, width: TILE_WIDTH })), cut: true }
}
