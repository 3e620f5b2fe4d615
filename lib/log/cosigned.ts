import type { Store } from '../trail/store.ts'
import { openCheckpoint } from './checkpoint.ts'
import type { VerifierKey } from './key.ts'
import { formatSignatureLine, parseNote } from './note.ts'
import { addCosignatures } from './witness.ts'

// Cosignatures are kept apart from the log's own head: whoever takes them in needs no right to write that one.

const PARTITION = 'COSIGNED'

export interface CosignedHead {
  size: number
  /** The checkpoint with the cosignatures that are known of it. */
  checkpoint: string
}

export type CosignatureRefusal =
  /** It is no checkpoint of this log, signed by it. */
  | 'not-ours'
  /** It holds no cosignature by a witness that is known here, or a bad one. */
  | 'not-cosigned'

/**
 * Keeps the cosignatures of a cosigned checkpoint. What comes again is not kept twice; one of a key and size stays the
 * first one.
 *
 * @param cosigned A checkpoint as a witness hands it over, unverified.
 * @returns The size of its tree, or why it is refused.
 */
export async function keepCosignatures(
  store: Store,
  cosigned: Uint8Array,
  logKeys: readonly VerifierKey[],
  witnessKeys: readonly VerifierKey[],
): Promise<{ size: number } | { refused: CosignatureRefusal }> {
  const bare = openCheckpoint(cosigned, logKeys)
  const note = parseNote(cosigned)
  if (!bare.ok || !note) return { refused: 'not-ours' }
  const opened = openCheckpoint(cosigned, logKeys, witnessKeys)
  if (!opened.ok || opened.cosignatures.length === 0) return { refused: 'not-cosigned' }
  const { size } = opened.checkpoint
  const byLog = note.signatures.filter((s) => logKeys.some((key) => key.name === s.name && key.id === s.id))
  const checkpoint = `${note.text}\n${byLog.map(formatSignatureLine).join('')}`
  for (const signature of note.signatures) {
    if (!witnessKeys.some((key) => key.name === signature.name && key.id === signature.id)) continue
    const sk = `${sizeKey(size)}#${signature.id.toString(16).padStart(8, '0')}`
    await store.create({ pk: PARTITION, sk, checkpoint, line: formatSignatureLine(signature) })
  }
  return { size }
}

/** A published checkpoint with the cosignatures that are known of it. */
export async function withCosignatures(
  store: Store,
  head: { size: number; checkpoint: string },
  witnessKeys: readonly VerifierKey[],
): Promise<string> {
  const prefix = sizeKey(head.size)
  const { items } = await store.list({ pk: PARTITION, from: `${prefix}#`, to: `${prefix}#~` })
  const lines = items.map((item) => String(item.line)).join('')
  return (lines !== '' && addCosignatures(head.checkpoint, lines, witnessKeys)) || head.checkpoint
}

/** The largest checkpoint that a witness has cosigned, with all its cosignatures; `undefined` where there is none. */
export async function readCosigned(
  store: Store,
  witnessKeys: readonly VerifierKey[],
): Promise<CosignedHead | undefined> {
  const { items } = await store.list({ pk: PARTITION, descending: true, limit: 1 })
  const [newest] = items
  if (!newest) return undefined
  const head = { size: Number(newest.sk.slice(0, SIZE_DIGITS)), checkpoint: String(newest.checkpoint) }
  return { size: head.size, checkpoint: await withCosignatures(store, head, witnessKeys) }
}

const SIZE_DIGITS = 16

function sizeKey(size: number): string {
  return String(size).padStart(SIZE_DIGITS, '0')
}
