import { canonicalJson } from '../trail/canonical.ts'
import { recordKey } from '../trail/item-key.ts'
import type { Store } from '../trail/store.ts'
import type { Blobs } from './blobs.ts'
import type { RecordLeaf } from './leaf.ts'
import { readEntries, readLeaves, readTile } from './publish.ts'
import { allTiles, encodeEntries, TILE_WIDTH, tilePath } from './tile.ts'

/**
 * The files of an offline bundle beside its tiles, which lie where the C2SP layout has them.
 * - `checkpoint`: the signed checkpoint, with cosignatures where it has any. - `vkey`: the verifier key, one line; only
 *   to be compared with one that was had elsewhere.
 * - `records.jsonl`: one {@link SaltedRecord} a line in canonical JSON, in the order of the log; erased ones are absent.
 * - `previous-checkpoint`: an earlier signed checkpoint that this log continues; optional.
 */
export const BUNDLE_FILES = {
  checkpoint: 'checkpoint',
  verifierKey: 'vkey',
  records: 'records.jsonl',
  previous: 'previous-checkpoint',
} as const

/** What opens a leaf's commitment. */
export interface SaltedRecord {
  record: unknown
  /** Base64. */
  salt: string
}

/** What a bundle is made of. */
export interface BundleSource {
  store: Store
  blobs: Blobs
  shards: number
  /** A published checkpoint, signed, and its size. */
  head: { size: number; checkpoint: string }
  verifierKey: string
  /** An earlier signed checkpoint. */
  previous?: string
}

/**
 * The bundle's content, piece by piece; a path that comes again continues its file.
 *
 * @throws {LogDamaged} where a tile is missing. Nothing is checked: that is for the reader, who trusts nobody.
 */
export async function* exportBundle(source: BundleSource): AsyncGenerator<{ path: string; bytes: Uint8Array }> {
  const { blobs, head, verifierKey, previous } = source
  yield { path: BUNDLE_FILES.checkpoint, bytes: Buffer.from(head.checkpoint) }
  yield { path: BUNDLE_FILES.verifierKey, bytes: Buffer.from(`${verifierKey}\n`) }
  if (previous !== undefined) yield { path: BUNDLE_FILES.previous, bytes: Buffer.from(previous) }
  for (const tile of allTiles(head.size)) {
    const bytes = tile.level === 'entries' ? encodeEntries(await readEntries(blobs, tile)) : await readTile(blobs, tile)
    yield { path: tilePath(tile), bytes: bytes ?? new Uint8Array() }
  }
  yield { path: BUNDLE_FILES.records, bytes: new Uint8Array() }
  for await (const records of recordsOf(source)) {
    yield { path: BUNDLE_FILES.records, bytes: Buffer.from(records.map((r) => `${canonicalJson(r)}\n`).join('')) }
  }
}

/** The records behind the leaves, in their order, without those that were erased; a tile's worth at a time. */
async function* recordsOf({ store, blobs, shards, head }: BundleSource): AsyncGenerator<SaltedRecord[]> {
  for (let index = 0; index * TILE_WIDTH < head.size; index++) {
    yield await recordsBehind({ store, blobs, shards }, index, head.size)
  }
}

/**
 * The records behind the entry bundle `index`, in the order of their leaves, without those that were erased.
 *
 * @param size Of the tree, a published one: leaves beyond it are left out.
 * @throws {LogDamaged} {StoreUnavailable}
 */
export async function recordsBehind(
  { store, blobs, shards }: Pick<BundleSource, 'store' | 'blobs' | 'shards'>,
  index: number,
  size: number,
): Promise<SaltedRecord[]> {
  const from = index * TILE_WIDTH
  const leaves: RecordLeaf[] = []
  for await (const { leaf } of readLeaves(blobs, from, Math.min(from + TILE_WIDTH, size), size)) {
    if (leaf.k !== 'GENESIS') leaves.push(leaf)
  }
  const items = await Promise.all(
    leaves.map(({ id, k }) => {
      const { pk, sk } = recordKey(id, k, shards)
      return store.read(pk, sk)
    }),
  )
  return items.flatMap((item) => (item ? [{ record: item.record, salt: String(item.salt) }] : []))
}
