import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto'
import { parseBase64, toBase64 } from './base64.ts'

/** What a signature is over: `0x01` the note's text, `0x04` a timestamped cosignature of it (C2SP signed-note). */
export const SIGNATURE_TYPES = { ed25519: 0x01, cosignature: 0x04 } as const
export type SignatureType = (typeof SIGNATURE_TYPES)[keyof typeof SIGNATURE_TYPES]

/** A public Ed25519 key under its name. Name and id together say which key a signature is of. */
export interface VerifierKey {
  name: string
  /** Unsigned 32 bits; short, so it names a key and proves nothing. */
  id: number
  type: SignatureType
  /** 32 bytes. */
  publicKey: Uint8Array
}

/** Signs with one Ed25519 key (plain, never prehashed): a key file, KMS. */
export interface Signer {
  name: string
  /** The 64 bytes of the signature (RFC 8032). Rejects where the key can't be used now. */
  sign(message: Uint8Array): Promise<Uint8Array>
  /** As {@link formatVerifierKey} writes it. */
  verifierKey: string
}

const PUBLIC_KEY_BYTES = 32
const SEED_BYTES = 32
/** PKCS #8 of an Ed25519 seed up to the seed itself (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/** Whether a string can name a key: not empty, no Unicode space, no plus, well-formed, no control character. */
export function isKeyName(name: string): boolean {
  return name !== '' && name.isWellFormed() && !/[\p{White_Space}+\x00-\x1f]/u.test(name)
}

/** The first four bytes of SHA-256(name ‖ LF ‖ type ‖ public key). */
export function keyId(name: string, type: SignatureType, publicKey: Uint8Array): number {
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(type), publicKey]), 'buffer').readUInt32BE()
}

/** A verifier key as text: `<name>+<id, 8 hex digits>+<base64(type ‖ public key)>`. */
export function formatVerifierKey(name: string, type: SignatureType, publicKey: Uint8Array): string {
  if (!isKeyName(name)) throw new RangeError(`Cannot name a key ${JSON.stringify(name)}`)
  if (publicKey.length !== PUBLIC_KEY_BYTES) throw new RangeError(`Cannot encode a key of ${publicKey.length} bytes`)
  return encode(name, type, keyId(name, type, publicKey), publicKey)
}

/** `undefined` where the text is no verifier key of a known type, or its id is not the one of its name and key. */
export function parseVerifierKey(text: string): VerifierKey | undefined {
  const decoded = decode(text, PUBLIC_KEY_BYTES)
  if (decoded === undefined) return undefined
  const { name, id, type, key } = decoded
  return id === keyId(name, type, key) ? { name, id, type, publicKey: key } : undefined
}

/** Verifies plain Ed25519 by `key`. Never throws for what a signature holds. */
export function verifyEd25519(key: VerifierKey, message: Uint8Array, signature: Uint8Array): boolean {
  const x = Buffer.from(key.publicKey).toString('base64url')
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return verify(null, message, publicKey, signature)
}

/** A private key as text, as Go's sumdb/note spells it: `PRIVATE+KEY+<name>+<id>+<base64(type ‖ seed)>`. A secret. */
export function formatSignerKey(name: string, type: SignatureType, seed: Uint8Array): string {
  if (!isKeyName(name)) throw new RangeError(`Cannot name a key ${JSON.stringify(name)}`)
  return `${PRIVATE}${encode(name, type, keyId(name, type, publicOf(privateKeyOf(seed))), seed)}`
}

/** A signer in memory from {@link formatSignerKey}'s text; `undefined` where it is no such key. */
export function parseSignerKey(text: string): Signer | undefined {
  if (!text.startsWith(PRIVATE)) return undefined
  const decoded = decode(text.slice(PRIVATE.length), SEED_BYTES)
  if (decoded === undefined) return undefined
  const { name, id, type, key } = decoded
  const privateKey = privateKeyOf(key)
  const publicKey = publicOf(privateKey)
  if (id !== keyId(name, type, publicKey)) return undefined
  return {
    name,
    sign: async (message) => sign(null, message, privateKey),
    verifierKey: formatVerifierKey(name, type, publicKey),
  }
}

const PRIVATE = 'PRIVATE+KEY+'

function encode(name: string, type: SignatureType, id: number, key: Uint8Array): string {
  const idHex = id.toString(16).padStart(8, '0')
  return `${name}+${idHex}+${toBase64(Buffer.concat([Buffer.of(type), key]))}`
}

function decode(text: string, keyBytes: number) {
  // The name holds no plus, but the base64 behind the second one may.
  const [name = '', idHex = ''] = text.split('+', 2)
  const bytes = parseBase64(text.slice(name.length + idHex.length + 2))
  const type = Object.values(SIGNATURE_TYPES).find((t) => t === bytes?.[0])
  if (!isKeyName(name) || !/^[0-9a-f]{8}$/.test(idHex) || type === undefined) return undefined
  if (bytes?.length !== 1 + keyBytes) return undefined
  return { name, id: Number.parseInt(idHex, 16), type, key: bytes.subarray(1) }
}

function privateKeyOf(seed: Uint8Array): KeyObject {
  if (seed.length !== SEED_BYTES) throw new RangeError(`Cannot sign with a seed of ${seed.length} bytes`)
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })
}

function publicOf(privateKey: KeyObject): Uint8Array {
  return Buffer.from(createPublicKey(privateKey).export({ format: 'jwk' }).x ?? '', 'base64url')
}
