import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto'
import { canonicalJson } from './canonical.ts'

/**
 * What the trail needs of its secret. Everything is derived from one 32-byte key: locally a file only its owner reads
 * (`openKeyFile`), deployed a data key that KMS decrypted at start.
 */
export interface TrailKeys {
  /** Names the key in every MAC, so that a later key's MACs are not compared with this one's. */
  readonly keyId: string
  /** `hmac-sha256:<keyId>:<base64>` of any JSON value. Equal values have equal MACs. */
  mac(value: unknown): string
  /** Encrypts for a reader who holds the key (AES-256-GCM). */
  seal(plain: Uint8Array): Buffer
  /** The sealed bytes' content; `undefined` where they were altered or sealed under another key. */
  open(sealed: Uint8Array): Buffer | undefined
  /** Base64url HMAC of a text that leaves the house and comes back. */
  sign(text: string): string
  /** Whether `signature` is what {@link sign} gives for `text`, in constant time. */
  verify(text: string, signature: string): boolean
}

export const KEY_BYTES = 32
const SEAL_SALT_BYTES = 16
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** Version, salt and nonce, before what is sealed. */
const SEAL_HEAD_BYTES = 1 + SEAL_SALT_BYTES + NONCE_BYTES
const SEAL_VERSION = 1
/** Sealings under one key; random 96-bit nonces allow it 2^32 (NIST SP 800-38D §8.3). */
const SEALS_PER_KEY = 2 ** 20

/**
 * @param secret {@link KEY_BYTES} unpredictable bytes.
 * @param randomBytes A cryptographic source.
 */
export function trailKeys(secret: Uint8Array, randomBytes: (size: number) => Uint8Array): TrailKeys {
  if (secret.length !== KEY_BYTES)
    throw new RangeError(`Cannot use key: ${secret.length} bytes instead of ${KEY_BYTES}`)
  const macKey = createSecretKey(derive(secret, 'sallyport mac', 32))
  const sealKey = createSecretKey(derive(secret, 'sallyport seal', 32))
  const signKey = createSecretKey(derive(secret, 'sallyport sign', 32))
  const keyId = derive(secret, 'sallyport key id', 4).toString('hex')

  function sign(text: string): string {
    return createHmac('sha256', signKey).update(text).digest('base64url')
  }

  let current: { salt: Uint8Array; key: KeyObject; left: number } | undefined
  /** Making a key ready for AES costs more than sealing one request with it. */
  function currentKey() {
    if (!current || current.left === 0) {
      const salt = randomBytes(SEAL_SALT_BYTES)
      current = { salt, key: keyOfSalt(sealKey, salt), left: SEALS_PER_KEY }
    }
    current.left--
    return current
  }

  return {
    keyId,
    mac: (value) => `hmac-sha256:${keyId}:${createHmac('sha256', macKey).update(macInput(value)).digest('base64')}`,
    seal(plain) {
      const { salt, key } = currentKey()
      // Drawn each time, not counted: a copy of this process must not use a nonce of the original's.
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      return Buffer.concat([
        Buffer.of(SEAL_VERSION),
        salt,
        nonce,
        cipher.update(plain),
        cipher.final(),
        cipher.getAuthTag(),
      ])
    },
    open(sealed) {
      if (sealed[0] !== SEAL_VERSION || sealed.length < SEAL_HEAD_BYTES + TAG_BYTES) return undefined
      const key = keyOfSalt(sealKey, sealed.subarray(1, 1 + SEAL_SALT_BYTES))
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1 + SEAL_SALT_BYTES, SEAL_HEAD_BYTES))
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
      try {
        return Buffer.concat([decipher.update(sealed.subarray(SEAL_HEAD_BYTES, -TAG_BYTES)), decipher.final()])
      } catch {
        return undefined
      }
    },
    sign,
    verify(text, signature) {
      const expected = Buffer.from(sign(text))
      const given = Buffer.from(signature)
      return given.length === expected.length && timingSafeEqual(given, expected)
    },
  }
}

/** A key for what one process seals for a while, so that random nonces never wear the one key out. */
function keyOfSalt(sealKey: KeyObject, salt: Uint8Array): KeyObject {
  return createSecretKey(createHmac('sha256', sealKey).update(salt).digest())
}

function derive(secret: Uint8Array, info: string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', info, length))
}

function macInput(value: unknown): string {
  try {
    return canonicalJson(value)
  } catch {
    return canonicalJson(escapeLoneSurrogates(value))
  }
}

/** JCS has no spelling for a lone surrogate, but a caller's JSON can hold one (`"\ud800"`) and must not stop a record. */
function escapeLoneSurrogates(value: unknown): unknown {
  if (typeof value === 'string') return value.isWellFormed() ? value : { unpaired: JSON.stringify(value) }
  if (Array.isArray(value)) return value.map(escapeLoneSurrogates)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(
    entries.map(([name, member]) => [name.isWellFormed() ? name : JSON.stringify(name), escapeLoneSurrogates(member)]),
  )
}
