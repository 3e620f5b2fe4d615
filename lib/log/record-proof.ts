import { type RecordKind, recordKey } from '../trail/item-key.ts'
import type { Store } from '../trail/store.ts'
import { parseBase64, toBase64 } from './base64.ts'
import type { Blobs } from './blobs.ts'
import { parseCheckpoint } from './checkpoint.ts'
import type { VerifierKey } from './key.ts'
import { formatLeaf, leafOf } from './leaf.ts'
import { LogDamaged, readPointer } from './log-store.ts'
import { inclusionProof } from './merkle.ts'
import { parseNote } from './note.ts'
import { formatProof, type ProofVerdict, parseProof, verifyProof } from './proof.ts'
import { readTile } from './publish.ts'
import { VerifiedTiles } from './verified-tiles.ts'

/**
 * The `tlog-proof` of a record, with its salt as the extra data; `undefined` where the record is not in the tree of
 * `checkpoint`: it is younger, or there is none. An erased record still has its proof, without the salt.
 *
 * @param checkpoint A published checkpoint, signed; cosigned where that is wanted.
 * @throws {LogDamaged} {TileRefused} where the stored tiles are not those of the checkpoint.
 */
export async function proveRecord(
  { store, blobs, shards }: { store: Store; blobs: Blobs; shards: number },
  checkpoint: string,
  id: string,
  kind: RecordKind,
): Promise<string | undefined> {
  const note = parseNote(Buffer.from(checkpoint))
  const head = note && parseCheckpoint(note.text)
  if (head === undefined) throw new LogDamaged('Cannot prove anything: the checkpoint is malformed')
  const index = await readPointer(store, id, kind)
  if (index === undefined || index >= head.size) return undefined
  const { read } = await VerifiedTiles.open(head.size, head.root, (tile) => readTile(blobs, tile))
  const hashes = await inclusionProof(index, head.size, read)
  const { pk, sk } = recordKey(id, kind, shards)
  const item = await store.read(pk, sk)
  const salt = typeof item?.salt === 'string' ? parseBase64(item.salt) : undefined
  return formatProof({ ...(salt && { extra: salt }), index, hashes, checkpoint })
}

/** Whether a proof as {@link proveRecord} makes it shows that exactly this record is in the log of `logKeys`. */
export function verifyRecordProof(
  record: { id: string; kind: RecordKind },
  proof: string,
  logKeys: readonly VerifierKey[],
  witnessKeys: readonly VerifierKey[] = [],
): ProofVerdict {
  const extra = parseProof(proof)?.extra
  if (extra === undefined) return { ok: false, reason: 'malformed' }
  const verdicts = [false, true].map((late) => {
    const entry = formatLeaf(leafOf(record, toBase64(extra), late))
    return verifyProof(proof, entry, logKeys, witnessKeys)
  })
  return verdicts.find((verdict) => verdict.ok) ?? verdicts[0] ?? { ok: false, reason: 'malformed' }
}
