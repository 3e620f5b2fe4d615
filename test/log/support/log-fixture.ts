import { expect } from 'vitest'
import { storeBlobs } from '../../../lib/log/blobs.ts'
import { openCheckpoint } from '../../../lib/log/checkpoint.ts'
import {
  formatSignerKey,
  parseSignerKey,
  parseVerifierKey,
  type Signer,
  type VerifierKey,
} from '../../../lib/log/key.ts'
import { type Leaf, parseLeaf } from '../../../lib/log/leaf.ts'
import { readPublished, readState } from '../../../lib/log/log-store.ts'
import { leafHash, treeRoot } from '../../../lib/log/merkle.ts'
import { readEntries, readTile } from '../../../lib/log/publish.ts'
import { type Log, sequence } from '../../../lib/log/sequencer.ts'
import { allTiles } from '../../../lib/log/tile.ts'
import { VerifiedTiles } from '../../../lib/log/verified-tiles.ts'
import { type RecordKind, recordKey } from '../../../lib/trail/item-key.ts'
import { memoryStore } from '../../../lib/trail/memory-store.ts'
import { newRecordId } from '../../../lib/trail/record-id.ts'
import { type Item, type Store, StoreUnavailable } from '../../../lib/trail/store.ts'

export const ORIGIN = 'audit.example/test'
export const SHARDS = 4
/** When the fixture's time begins, Unix milliseconds. */
export const EPOCH = Date.UTC(2026, 0, 1)

export function signerOf(seed: number, name = ORIGIN, type: 1 | 4 = 1): Signer {
  const signer = parseSignerKey(formatSignerKey(name, type, Buffer.alloc(32, seed)))
  if (signer === undefined) throw new Error('not a signer key')
  return signer
}

export function keyOf(signer: Signer): VerifierKey {
  const key = parseVerifierKey(signer.verifierKey)
  if (key === undefined) throw new Error('not a verifier key')
  return key
}

export const SIGNER = signerOf(1)

export function logOn(store: Store, signer = SIGNER): Log {
  const blobs = storeBlobs(store)
  const policy = `sha256:${'0'.repeat(64)}`
  return { store, blobs, origin: ORIGIN, signers: [signer], shards: SHARDS, table: 'trail', policy }
}

/** A store that can be copied with everything in it. */
export function copyableStore(): Store & { copy(): Promise<ReturnType<typeof copyableStore>>; all(): Promise<Item[]> } {
  const store = memoryStore()
  const partitions = new Set<string>()
  const all = async () => {
    const items: Item[] = []
    for (const pk of partitions) items.push(...(await store.list({ pk, limit: 1e6 })).items)
    return items
  }
  return {
    ...store,
    async create(item) {
      partitions.add(item.pk)
      return store.create(item)
    },
    all,
    async copy() {
      const other = copyableStore()
      for (const item of await all()) await other.create(item)
      return other
    },
  }
}

/** Overwrites an item as someone with the table's credentials could. */
export async function overwrite(store: Store, pk: string, sk: string, change: (item: Item) => Item): Promise<void> {
  const item = await store.read(pk, sk)
  if (item === undefined) throw new Error(`no item ${pk} ${sk}`)
  const rev = item.rev ?? 1
  if (!(await store.replace({ ...change(item), pk, sk }, rev))) throw new Error(`${pk} ${sk} has no rev`)
}

/** Calls 0, 1, 2 … of a store; `at` throws, before or after the call took effect. */
export function failingAt(store: Store, at: number, when: 'failed' | 'persisted'): Store & { calls(): number } {
  let calls = 0
  const guard = async <T>(call: () => Promise<T>): Promise<T> => {
    const fails = calls++ === at
    if (fails && when === 'failed') throw new StoreUnavailable('injected')
    const result = await call()
    if (fails) throw new StoreUnavailable('injected')
    return result
  }
  return {
    create: (item) => guard(() => store.create(item)),
    read: (pk, sk) => guard(() => store.read(pk, sk)),
    list: (query) => guard(() => store.list(query)),
    replace: (item, rev) => guard(() => store.replace(item, rev)),
    remove: (pk, sk, rev) => guard(() => store.remove(pk, sk, rev)),
    calls: () => calls,
  }
}

let drawn = 0
/** Predictable, and never the same twice. */
function random(): number {
  drawn = (drawn * 1103515245 + 12345) % 2147483648
  return drawn / 2147483648
}

/** Writes a record of the time `ts` and returns its sort key. */
export async function putRecord(store: Store, ts: number, kind: RecordKind = 'D', of?: string): Promise<string> {
  const id = of ?? newRecordId(ts, random)
  const salt = Buffer.alloc(32, drawn % 251).toString('base64')
  const item = { ...recordKey(id, kind, SHARDS), v: 1, salt, record: { v: 1, id, kind, ts, note: `record ${id}` } }
  if (!(await store.create(item))) throw new Error(`${item.sk} is taken`)
  return item.sk
}

/** A log of the genesis leaf and `count` records, one a second from {@link EPOCH} on; `now` is when all are sealed. */
export async function logWith(count: number) {
  const store = copyableStore()
  const keys: string[] = []
  for (let i = 0; i < count; i++) keys.push(await putRecord(store, EPOCH + i * 1000))
  const now = EPOCH + count * 1000 + 90_000
  await sequence(logOn(store), now)
  const result = await sequence(logOn(store), now)
  expect(result).toMatchObject({ outcome: 'sealed', size: count + 1, late: [], unreadable: [] })
  return { store, keys, now }
}

/** Reads a whole log, checks all of it up to the signed checkpoint, and returns its leaves. */
export async function checkedLeaves(store: Store, key = keyOf(SIGNER)): Promise<Leaf[]> {
  const blobs = storeBlobs(store)
  const [state, published] = [await readState(store), await readPublished(store)]
  expect(published).toMatchObject({ size: state?.size, checkpoint: state?.checkpoint })
  const opened = openCheckpoint(Buffer.from(published?.checkpoint ?? ''), [key])
  if (!opened.ok) throw new Error(opened.reason)
  const { size, root } = opened.checkpoint
  const { read } = await VerifiedTiles.open(size, root, (tile) => readTile(blobs, tile))
  const leaves: Leaf[] = []
  for (const tile of allTiles(size)) {
    if (tile.level !== 'entries') continue
    const entries = await readEntries(blobs, tile)
    const hashes = await read(entries.map((_, i) => ({ level: 0, index: leaves.length + i })))
    if (Buffer.compare(Buffer.concat(entries.map(leafHash)), Buffer.concat(hashes)) !== 0) {
      throw new Error(`bundle ${tile.index} is not that of its leaves`)
    }
    for (const entry of entries) {
      const leaf = parseLeaf(entry)
      if (leaf === undefined) throw new Error(`leaf ${leaves.length} is malformed`)
      leaves.push(leaf)
    }
  }
  expect(await treeRoot(size, read)).toEqual(Buffer.from(root))
  return leaves
}

export function sortKeysOf(leaves: readonly Leaf[]): string[] {
  return leaves.flatMap((leaf) => (leaf.k === 'GENESIS' ? [] : [`${leaf.id}#${leaf.k}`]))
}
