import { parseVerifierKey, SIGNATURE_TYPES, type Signer, type VerifierKey, verifyEd25519 } from './key.ts'
import { formatSignatureLine, type NoteSignature, type NoteVerifier } from './note.ts'

/** A witness's statement: at `time`, this was the largest consistent tree it had seen (C2SP tlog-cosignature). */
export interface Cosignature {
  /** The witness. */
  name: string
  /** Unix seconds, by the witness's clock. */
  time: number
}

const TIME_BYTES = 8
const SIGNATURE_BYTES = 64

/**
 * The signature line of a witness on a checkpoint's text: `time` in 8 bytes, then the Ed25519 signature. The caller has
 * checked that the checkpoint continues the last one it cosigned.
 *
 * @param time Unix seconds.
 */
export async function cosign(checkpointText: string, signer: Signer, time: number): Promise<string> {
  const key = parseVerifierKey(signer.verifierKey)
  if (key?.type !== SIGNATURE_TYPES.cosignature) {
    throw new Error(`Cannot cosign as ${signer.name}: its key is not of type 0x04`)
  }
  const timeBytes = Buffer.alloc(TIME_BYTES)
  timeBytes.writeBigUInt64BE(BigInt(time))
  const signature = Buffer.concat([timeBytes, await signer.sign(cosignedMessage(checkpointText, time))])
  return formatSignatureLine({ name: key.name, id: key.id, signature })
}

/** Verifies signatures of type 0x04. */
export function cosignatureVerifier(key: VerifierKey): NoteVerifier {
  const { name, id } = key
  return {
    name,
    id,
    verify(text, signature) {
      const cosignature = readCosignature({ name, id, signature })
      if (cosignature === undefined) return false
      return verifyEd25519(key, cosignedMessage(text, cosignature.time), signature.subarray(TIME_BYTES))
    },
  }
}

/** What a signature of type 0x04 says; `undefined` where it is of another length or its time is above 2^53 − 1. */
export function readCosignature({ name, signature }: NoteSignature): Cosignature | undefined {
  if (signature.length !== TIME_BYTES + SIGNATURE_BYTES) return undefined
  const time = Number(Buffer.from(signature).readBigUInt64BE())
  return Number.isSafeInteger(time) ? { name, time } : undefined
}

function cosignedMessage(checkpointText: string, time: number): Uint8Array {
  return Buffer.from(`cosignature/v1\ntime ${time}\n${checkpointText}`)
}
