import { parseBase64, toBase64 } from './base64.ts'
import { formatCheckpoint, openCheckpoint, parseDecimal } from './checkpoint.ts'
import { cosign, cosignatureVerifier } from './cosignature.ts'
import type { Signer, VerifierKey } from './key.ts'
import { HASH_BYTES, type Hash, verifyConsistency } from './merkle.ts'
import { formatSignatureLine, openNote, parseNote } from './note.ts'

/** The newest tree of a log that a witness has cosigned: all it has to remember. */
export interface WitnessedHead {
  size: number
  root: Hash
}

/** A request to cosign (C2SP tlog-witness, add-checkpoint). Nothing of it is verified. */
export interface AddCheckpoint {
  oldSize: number
  /** Consistency of the old size with the checkpoint's. */
  proof: Hash[]
  /** The signed checkpoint, verbatim. */
  checkpoint: string
}

export type WitnessAnswer =
  /** `head` must be stored before `line` is given out. */
  | { ok: true; line: string; head: WitnessedHead }
  | { ok: false; reason: 'refused-signature' | 'inconsistent' | 'size-below-old' }
  /** The caller's idea of the last head is not `size`; it may ask again from there. */
  | { ok: false; reason: 'other-old-size'; size: number }

const MAX_PROOF_HASHES = 63

export function formatAddCheckpoint({ oldSize, proof, checkpoint }: AddCheckpoint): string {
  return `old ${oldSize}\n${proof.map((hash) => `${toBase64(hash)}\n`).join('')}\n${checkpoint}`
}

/** `undefined` where the body breaks the format. */
export function parseAddCheckpoint(body: string): AddCheckpoint | undefined {
  const split = body.indexOf('\n\n')
  if (split < 0) return undefined
  const [old = '', ...lines] = body.slice(0, split).split('\n')
  const oldSize = old.startsWith('old ') ? parseDecimal(old.slice('old '.length)) : undefined
  const proof = lines.map(parseBase64).filter((hash) => hash?.length === HASH_BYTES)
  if (oldSize === undefined || proof.length !== lines.length || proof.length > MAX_PROOF_HASHES) return undefined
  return { oldSize, proof: proof.filter((hash) => hash !== undefined), checkpoint: body.slice(split + 2) }
}

/**
 * Cosigns a checkpoint that continues the last one of its log, and nothing else.
 *
 * Between reading `last` and storing the new head nothing else may be cosigned, or two answers could disagree.
 *
 * @param last the stored head of this log; absent before the first.
 * @param time Unix seconds.
 */
export async function witness(
  last: WitnessedHead | undefined,
  request: AddCheckpoint,
  logKeys: readonly VerifierKey[],
  signer: Signer,
  time: number,
): Promise<WitnessAnswer> {
  const opened = openCheckpoint(Buffer.from(request.checkpoint), logKeys)
  if (!opened.ok) return { ok: false, reason: 'refused-signature' }
  const { size, root } = opened.checkpoint
  if (request.oldSize > size) return { ok: false, reason: 'size-below-old' }
  const known = last?.size ?? 0
  if (request.oldSize !== known) return { ok: false, reason: 'other-old-size', size: known }
  // The first head is taken on trust: there is nothing that it could contradict.
  const continues = last && last.size > 0 ? verifyConsistency(last, { size, root }, request.proof) : true
  if (!continues) return { ok: false, reason: 'inconsistent' }
  return { ok: true, line: await cosign(formatCheckpoint(opened.checkpoint), signer, time), head: { size, root } }
}

/**
 * A checkpoint with the cosignatures of a witness's answer; lines by unknown keys are left out. `undefined` where the
 * answer is malformed, or one by a known key does not verify.
 */
export function addCosignatures(
  checkpoint: string,
  lines: string,
  witnessKeys: readonly VerifierKey[],
): string | undefined {
  const text = parseNote(Buffer.from(checkpoint))?.text
  if (text === undefined) return undefined
  const opened = openNote(Buffer.from(`${text}\n${lines}`), witnessKeys.map(cosignatureVerifier))
  if (opened.ok) return checkpoint + opened.verified.map(formatSignatureLine).join('')
  return opened.reason === 'no-known-signature' ? checkpoint : undefined
}
