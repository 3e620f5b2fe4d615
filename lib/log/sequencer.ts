import type { Store } from '../trail/store.ts'
import { toBase64 } from './base64.ts'
import { type Blobs, BlobTaken } from './blobs.ts'
import { openCheckpoint, signCheckpoint } from './checkpoint.ts'
import { type Gathered, gather } from './gather.ts'
import { parseVerifierKey, type Signer, type VerifierKey } from './key.ts'
import { formatLeaf, type Leaf } from './leaf.ts'
import { commitState, LogDamaged, type LogState, readPublished, readState } from './log-store.ts'
import { EMPTY_ROOT, HASH_BYTES, type Hash, leafHash } from './merkle.ts'
import { pointTo, publish, readEntries, readTile } from './publish.ts'
import { encodeStaging } from './staging.ts'
import { appendEntries, appendLeaves, edgeRoot, rightEdge, TILE_WIDTH, type TileData, tilePath } from './tile.ts'
import { TileRefused, VerifiedTiles } from './verified-tiles.ts'

/** A log and what it needs to grow. */
export interface Log {
  store: Store
  blobs: Blobs
  /** Names the log in its checkpoints: `audit.<org>/<deployment>`. The signers have the same name. */
  origin: string
  /** All sign. While the key changes: the old and the new one. */
  signers: readonly [Signer, ...Signer[]]
  /** How many shards the records are spread over. */
  shards: number
  /** For the genesis leaf: the table's name, and the digest of the policy in force, `sha256:<hex>`. */
  table: string
  policy: string
}

/**
 * What one run did.
 * - `sealed`: the log holds everything up to `size`, of which `added` leaves are new (0: there was nothing to add).
 *   `late` and `unreadable` are sort keys, to be alarmed on; `more` asks for another run at once.
 * - `lost`: another process was faster; nothing was written.
 * - `damaged`: what is stored is not what was committed to. Nothing was written; someone has to look.
 */
export type Sequenced =
  | { outcome: 'sealed'; size: number; added: number; late: string[]; unreadable: string[]; more: boolean }
  | { outcome: 'lost' }
  | { outcome: 'damaged'; reason: string }

/** About how many leaves one run takes: some 3 MB of entries. */
const MAX_LEAVES = 16_384

/**
 * One step of the log: finishes what a crashed step left, then appends the records that are due, signs, commits and
 * publishes. Several may run at once: one wins, the others change nothing. The order is Sunlight's: staged, committed
 * by one conditional write, then put in place, so that no tile is ever written that was not committed to.
 *
 * @param now Unix milliseconds.
 * @throws {StoreUnavailable} and whatever the signer throws. What was committed is finished by the next run.
 */
export async function sequence(log: Log, now: number, maxLeaves = MAX_LEAVES): Promise<Sequenced> {
  try {
    const state = await readState(log.store)
    return await (state ? extend(log, state, now, maxLeaves) : begin(log, now))
  } catch (error) {
    if (error instanceof LogDamaged || error instanceof TileRefused || error instanceof BlobTaken) {
      return { outcome: 'damaged', reason: error.message }
    }
    throw error
  }
}

/** The first step: a log of the genesis leaf alone. */
async function begin(log: Log, now: number): Promise<Sequenced> {
  // Whoever deletes the head must not get a second log with the same name and key.
  if ((await readPublished(log.store)) !== undefined) {
    throw new LogDamaged('Cannot begin a log: the head is missing, but one was published')
  }
  const { origin, table, policy } = log
  const cursors = Array.from({ length: log.shards }, () => '')
  const step = grow(0, [], [], [{ k: 'GENESIS', origin, table, policy, ts: now }])
  return commit(log, undefined, step, {
    leaves: [],
    cursors,
    lateCursors: cursors,
    settled: [],
    unreadable: [],
    more: true,
  })
}

async function extend(log: Log, state: LogState, now: number, maxLeaves: number): Promise<Sequenced> {
  const { store, blobs } = log
  const root = checkedRoot(log, state)
  await publish(store, blobs, state)
  const { edge } = await VerifiedTiles.open(state.size, root, (tile) => readTile(blobs, tile))
  const partial = await partialEntries(blobs, state.size, edge)
  await pointTo(store, blobs, state.size)

  const gathered = await gather(store, state, { now, maxLeaves })
  if (gathered.leaves.length > 0) {
    return commit(log, state, grow(state.size, edge, partial, gathered.leaves), gathered)
  }
  if (gathered.lateCursors.join() !== state.lateCursors.join()) {
    const { rev: _, ...same } = state
    if (!(await commitState(store, state, { ...same, lateCursors: gathered.lateCursors }))) return { outcome: 'lost' }
  }
  await settle(store, gathered.settled)
  return sealed(state.size, gathered)
}

/** A tree after one step. */
interface Step {
  size: number
  root: Hash
  tiles: TileData[]
}

function grow(
  size: number,
  edge: readonly Uint8Array[],
  partial: readonly Uint8Array[],
  leaves: readonly Leaf[],
): Step {
  const entries = leaves.map(formatLeaf)
  const added = appendLeaves(size, edge, entries.map(leafHash))
  const next = size + leaves.length
  const known = new Map(rightEdge(size).map((tile, i) => [tilePath(tile), edge[i]]))
  for (const { tile, bytes } of added) known.set(tilePath(tile), bytes)
  const nextEdge = rightEdge(next).map((tile) => known.get(tilePath(tile)) ?? new Uint8Array())
  const tiles = [...added, ...appendEntries(size, partial, entries)]
  return { size: next, root: edgeRoot(next, nextEdge), tiles }
}

async function commit(log: Log, before: LogState | undefined, step: Step, gathered: Gathered): Promise<Sequenced> {
  const { store, blobs, origin, signers } = log
  const { size, root, tiles } = step
  // Two processes that start from one head and find the same records stage the same bytes; any others differ in name.
  const stage = `stage/${before?.rev ?? 0}-${size}-${Buffer.from(root).toString('hex')}`
  await blobs.put(stage, encodeStaging(tiles))
  const checkpoint = await signCheckpoint({ origin, size, root }, signers)
  const { cursors, lateCursors } = gathered
  const next = { size, root: toBase64(root), checkpoint, stage, cursors, lateCursors }
  if (!(await commitState(store, before, next))) {
    await dropStaging(log, stage)
    return { outcome: 'lost' }
  }
  await publish(store, blobs, { ...next, rev: (before?.rev ?? 0) + 1 })
  await pointTo(store, blobs, size)
  await settle(store, gathered.settled)
  return sealed(size, gathered)
}

/** Removes what a lost step staged, unless the winner staged the same and has yet to put it in place. */
async function dropStaging({ store, blobs }: Log, stage: string): Promise<void> {
  if ((await readState(store))?.stage !== stage) await blobs.remove(stage)
}

async function settle(store: Store, settled: Gathered['settled']): Promise<void> {
  for (const { pk, sk, rev } of settled) await store.remove(pk, sk, rev)
}

function sealed(size: number, { leaves, unreadable, more }: Gathered): Sequenced {
  const late = leaves.filter((leaf) => leaf.late).map((leaf) => `${leaf.id}#${leaf.k}`)
  return { outcome: 'sealed', size, added: leaves.length, late, unreadable, more }
}

/** The root of a head that this log signed. */
function checkedRoot({ origin, signers, shards }: Log, state: LogState): Hash {
  const opened = openCheckpoint(Buffer.from(state.checkpoint), signers.map(verifierKeyOf))
  if (!opened.ok) throw new LogDamaged(`Cannot continue the log: its checkpoint is refused, ${opened.reason}`)
  const { checkpoint } = opened
  if (checkpoint.origin !== origin || checkpoint.size !== state.size || toBase64(checkpoint.root) !== state.root) {
    throw new LogDamaged('Cannot continue the log: its head is not what its checkpoint says')
  }
  if (state.cursors.length !== shards || state.lateCursors.length !== shards) {
    throw new LogDamaged(`Cannot continue the log: it is of ${state.cursors.length} shards, not ${shards}`)
  }
  return checkpoint.root
}

function verifierKeyOf(signer: Signer): VerifierKey {
  const key = parseVerifierKey(signer.verifierKey)
  if (key === undefined) throw new Error(`Cannot use signer ${signer.name}: its verifier key is malformed`)
  return key
}

/** The entries of the partial bundle, each checked against its hash in the level-0 tile. */
async function partialEntries(blobs: Blobs, size: number, edge: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const width = size % TILE_WIDTH
  if (width === 0) return []
  const entries = await readEntries(blobs, { level: 'entries', index: Math.floor(size / TILE_WIDTH), width })
  const hashes = edge[0] ?? EMPTY_ROOT
  for (const [i, entry] of entries.entries()) {
    if (Buffer.compare(leafHash(entry), hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES)) !== 0) {
      throw new LogDamaged(`Cannot continue the log: entry ${size - width + i} is not the one its tile commits to`)
    }
  }
  return entries
}
