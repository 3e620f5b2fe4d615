import { parseBase64, toBase64 } from './base64.ts'
import { openCheckpoint, parseDecimal } from './checkpoint.ts'
import type { VerifierKey } from './key.ts'
import { HASH_BYTES, type Hash, leafHash, verifyInclusion } from './merkle.ts'

/** That one entry is in a log, checkable offline (C2SP tlog-proof@v1). Nothing of it is verified. */
export interface LogProof {
  /** Opaque and unauthenticated; here the record's salt. */
  extra?: Uint8Array
  /** The leaf's, from 0. */
  index: number
  hashes: Hash[]
  /** The signed checkpoint, verbatim. */
  checkpoint: string
}

export type ProofVerdict =
  | { ok: true; size: number; cosigners: string[] }
  | { ok: false; reason: 'malformed' | 'checkpoint-refused' | 'not-included' }

const HEADER = 'c2sp.org/tlog-proof@v1'
/** A tree has no more levels than this. */
const MAX_HASHES = 63

export function formatProof({ extra, index, hashes, checkpoint }: LogProof): string {
  const lines = [HEADER, ...(extra ? [`extra ${toBase64(extra)}`] : []), `index ${index}`, ...hashes.map(toBase64)]
  return `${lines.join('\n')}\n\n${checkpoint}`
}

/** `undefined` where the text breaks the format; the checkpoint inside is left to {@link verifyProof}. */
export function parseProof(text: string): LogProof | undefined {
  const split = text.indexOf('\n\n')
  if (split < 0) return undefined
  const [header, ...lines] = text.slice(0, split).split('\n')
  if (header !== HEADER) return undefined
  const extra = lines[0]?.startsWith('extra ') ? parseBase64(lines.shift()?.slice('extra '.length) ?? '') : null
  const indexLine = lines.shift() ?? ''
  const index = indexLine.startsWith('index ') ? parseDecimal(indexLine.slice('index '.length)) : undefined
  if (extra === undefined || index === undefined || lines.length > MAX_HASHES) return undefined
  const hashes: Hash[] = []
  for (const line of lines) {
    const hash = parseBase64(line)
    if (hash?.length !== HASH_BYTES) return undefined
    hashes.push(hash)
  }
  return { ...(extra && { extra }), index, hashes, checkpoint: text.slice(split + 2) }
}

/**
 * Whether a proof shows that `entry` is in the log of `logKeys`. The caller judges whether `cosigners`, names of keys
 * among `witnessKeys`, are enough.
 */
export function verifyProof(
  text: string,
  entry: Uint8Array,
  logKeys: readonly VerifierKey[],
  witnessKeys: readonly VerifierKey[] = [],
): ProofVerdict {
  const proof = parseProof(text)
  if (proof === undefined) return { ok: false, reason: 'malformed' }
  const opened = openCheckpoint(Buffer.from(proof.checkpoint), logKeys, witnessKeys)
  if (!opened.ok) return { ok: false, reason: 'checkpoint-refused' }
  const { size, root } = opened.checkpoint
  const included = verifyInclusion({ index: proof.index, size, hash: leafHash(entry), root }, proof.hashes)
  if (!included) return { ok: false, reason: 'not-included' }
  return { ok: true, size, cosigners: opened.cosignatures.map((c) => c.name) }
}
