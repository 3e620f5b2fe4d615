import { parseBase64, toBase64 } from './base64.ts'
import { isKeyName, parseVerifierKey, type Signer, type VerifierKey, verifyEd25519 } from './key.ts'

/** One signature line: who says to have signed, and the bytes behind the key's id. */
export interface NoteSignature {
  name: string
  /** Unsigned 32 bits. */
  id: number
  signature: Uint8Array
}

/** A signed note, nothing of it verified (C2SP signed-note). */
export interface UnverifiedNote {
  /** Ends in a newline. */
  text: string
  signatures: NoteSignature[]
}

/** Verifies the signatures of one key on the text of a note. */
export interface NoteVerifier {
  name: string
  id: number
  verify(text: string, signature: Uint8Array): boolean
}

export type OpenedNote =
  | { ok: true; text: string; verified: NoteSignature[] }
  | { ok: false; reason: 'malformed' | 'no-known-signature' }
  | { ok: false; reason: 'bad-signature'; name: string }

/** Bounds on what a stranger can make us verify; the specification asks for at least 16 signatures. */
const MAX_NOTE_BYTES = 1_000_000
const MAX_SIGNATURES = 100
const DASH = '\u2014 '

/** The note's parts; `undefined` where it breaks the format in any way. */
export function parseNote(note: Uint8Array): UnverifiedNote | undefined {
  const whole = decodeUtf8(note)
  if (whole === undefined || /[\x00-\x09\x0b-\x1f]/.test(whole)) return undefined
  const split = whole.lastIndexOf('\n\n')
  if (split < 0 || !whole.endsWith('\n')) return undefined
  const lines = whole.slice(split + 2, -1).split('\n')
  if (lines.length > MAX_SIGNATURES) return undefined
  const signatures: NoteSignature[] = []
  for (const line of lines) {
    const signature = parseSignatureLine(line)
    if (signature === undefined) return undefined
    signatures.push(signature)
  }
  return { text: whole.slice(0, split + 1), signatures }
}

/** The signature of `— <name> <base64(id ‖ signature)>`, without the newline. */
export function parseSignatureLine(line: string): NoteSignature | undefined {
  if (!line.startsWith(DASH)) return undefined
  const [name = '', base64 = '', more] = line.slice(DASH.length).split(' ', 3)
  const bytes = parseBase64(base64)
  if (!isKeyName(name) || more !== undefined || bytes === undefined || bytes.length < 5) return undefined
  return { name, id: Buffer.from(bytes).readUInt32BE(), signature: bytes.subarray(4) }
}

export function formatSignatureLine({ name, id, signature }: NoteSignature): string {
  const idBytes = Buffer.alloc(4)
  idBytes.writeUInt32BE(id)
  return `${DASH}${name} ${toBase64(Buffer.concat([idBytes, signature]))}\n`
}

/**
 * Verifies a note. Signatures by other keys are ignored; one by a given key that does not verify refuses the note; at
 * least one must verify.
 */
export function openNote(note: Uint8Array, verifiers: readonly NoteVerifier[]): OpenedNote {
  const parsed = parseNote(note)
  if (parsed === undefined) return { ok: false, reason: 'malformed' }
  const verified: NoteSignature[] = []
  for (const signature of parsed.signatures) {
    const verifier = verifiers.find((v) => v.name === signature.name && v.id === signature.id)
    if (verifier === undefined) continue
    if (!verifier.verify(parsed.text, signature.signature)) {
      return { ok: false, reason: 'bad-signature', name: signature.name }
    }
    verified.push(signature)
  }
  if (verified.length === 0) return { ok: false, reason: 'no-known-signature' }
  return { ok: true, text: parsed.text, verified }
}

/** Verifies signatures of type 0x01, which are over the text itself. */
export function noteVerifier(key: VerifierKey): NoteVerifier {
  const { name, id } = key
  return { name, id, verify: (text, signature) => verifyEd25519(key, Buffer.from(text), signature) }
}

/** The note of a text that ends in a newline, signed by each signer. */
export async function signNote(text: string, signers: readonly Signer[]): Promise<string> {
  const lines = await Promise.all(
    signers.map(async (signer) => {
      const key = parseVerifierKey(signer.verifierKey)
      if (key === undefined) throw new Error(`Cannot sign as ${signer.name}: its verifier key is malformed`)
      const signature = await signer.sign(Buffer.from(text))
      return formatSignatureLine({ name: key.name, id: key.id, signature })
    }),
  )
  return `${text}\n${lines.join('')}`
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  if (bytes.length > MAX_NOTE_BYTES) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
