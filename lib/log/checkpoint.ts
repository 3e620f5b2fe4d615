import { parseBase64, toBase64 } from './base64.ts'
import { type Cosignature, cosignatureVerifier, readCosignature } from './cosignature.ts'
import { SIGNATURE_TYPES, type Signer, type VerifierKey } from './key.ts'
import { HASH_BYTES, type Hash } from './merkle.ts'
import { type NoteVerifier, noteVerifier, openNote, signNote } from './note.ts'

/** A log's tree at one size (C2SP tlog-checkpoint). */
export interface Checkpoint {
  /** Names the log. */
  origin: string
  /** Leaves. */
  size: number
  root: Hash
}

export type OpenedCheckpoint =
  | { ok: true; checkpoint: Checkpoint; cosignatures: Cosignature[] }
  | { ok: false; reason: 'malformed' | 'no-known-signature' | 'other-origin' }
  | { ok: false; reason: 'bad-signature'; name: string }

/** The text that is signed. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`
}

/**
 * `undefined` where the text is not exactly a checkpoint. Extension lines are refused too: this log writes none, and
 * nobody could audit them.
 */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const [origin = '', size = '', root = '', end, ...more] = text.split('\n')
  const hash = parseBase64(root)
  if (origin === '' || end !== '' || more.length > 0 || hash?.length !== HASH_BYTES) return undefined
  const leaves = parseDecimal(size)
  return leaves === undefined ? undefined : { origin, size: leaves, root: hash }
}

/** A whole number in decimal without leading zeros, up to 2^53 − 1. */
export function parseDecimal(text: string): number | undefined {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(text)) return undefined
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : undefined
}

export function signCheckpoint(checkpoint: Checkpoint, signers: readonly Signer[]): Promise<string> {
  return signNote(formatCheckpoint(checkpoint), signers)
}

/**
 * Verifies a signed checkpoint of the log whose keys are `logKeys`: it must carry a good signature by one of them,
 * none of theirs or of the witnesses' may be bad, and its origin must be the keys' name.
 *
 * @param witnessKeys keys of type 0x04; their good cosignatures are returned, the newest one of each key.
 */
export function openCheckpoint(
  note: Uint8Array,
  logKeys: readonly VerifierKey[],
  witnessKeys: readonly VerifierKey[] = [],
): OpenedCheckpoint {
  const logVerifiers = logKeys.filter((key) => key.type === SIGNATURE_TYPES.ed25519).map(noteVerifier)
  const witnesses = witnessKeys.filter((key) => key.type === SIGNATURE_TYPES.cosignature).map(cosignatureVerifier)
  const byLog = openNote(note, logVerifiers)
  if (!byLog.ok) return byLog
  const checkpoint = parseCheckpoint(byLog.text)
  if (checkpoint === undefined) return { ok: false, reason: 'malformed' }
  if (byLog.verified.some((s) => s.name !== checkpoint.origin)) return { ok: false, reason: 'other-origin' }
  return cosigned(note, checkpoint, witnesses)
}

function cosigned(note: Uint8Array, checkpoint: Checkpoint, witnesses: readonly NoteVerifier[]): OpenedCheckpoint {
  const opened = openNote(note, witnesses)
  if (!opened.ok) {
    return opened.reason === 'no-known-signature' ? { ok: true, checkpoint, cosignatures: [] } : opened
  }
  const newest = new Map<string, Cosignature>()
  for (const signature of opened.verified) {
    const cosignature = readCosignature(signature)
    const key = `${signature.name}+${signature.id}`
    const known = newest.get(key)
    if (cosignature && (known === undefined || known.time < cosignature.time)) newest.set(key, cosignature)
  }
  return { ok: true, checkpoint, cosignatures: [...newest.values()] }
}
