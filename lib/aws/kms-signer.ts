import type { KMSClient } from '@aws-sdk/client-kms'
import { formatVerifierKey, SIGNATURE_TYPES, type Signer } from '../log/key.ts'

/** SubjectPublicKeyInfo of an Ed25519 key up to the key itself (RFC 8410 §4). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** The part of the client that is used here. */
export type Kms = Pick<KMSClient, 'send'>

/**
 * A signer whose key never leaves KMS: key spec `ECC_NIST_EDWARDS25519`, algorithm `ED25519_SHA_512`, the message as it
 * is. `ED25519_PH_SHA_512` would sign a hash of it, which no verifier of checkpoints accepts.
 *
 * Not tried against a real account: the tests play KMS with a key of their own.
 *
 * @param keyId Id or ARN; an alias could be pointed at another key.
 * @param name Of the log, as in its checkpoints.
 * @throws where KMS can't be asked, or the key is of another kind.
 */
export async function kmsSigner(keyId: string, name: string, client?: Kms): Promise<Signer> {
  // Loaded with the first use: the API function has no use for it.
  const { GetPublicKeyCommand, KMSClient, SignCommand } = await import('@aws-sdk/client-kms')
  const kms = client ?? new KMSClient({})
  const { PublicKey: spki } = await kms.send(new GetPublicKeyCommand({ KeyId: keyId }))
  if (!spki || Buffer.compare(Buffer.from(spki).subarray(0, SPKI_PREFIX.length), SPKI_PREFIX) !== 0) {
    throw new Error(`Cannot sign with ${keyId}: it is not an Ed25519 key`)
  }
  const verifierKey = formatVerifierKey(name, SIGNATURE_TYPES.ed25519, spki.subarray(SPKI_PREFIX.length))
  return {
    name,
    verifierKey,
    async sign(message) {
      const { Signature: signature } = await kms.send(
        new SignCommand({
          KeyId: keyId,
          Message: message,
          MessageType: 'RAW',
          SigningAlgorithm: 'ED25519_SHA_512',
        }),
      )
      if (signature?.length !== 64) throw new Error(`Cannot sign with ${keyId}: KMS gave no signature`)
      return signature
    },
  }
}
