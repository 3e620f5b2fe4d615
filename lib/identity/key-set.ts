import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import * as z from 'zod/mini'
import { ALGORITHMS, type Algorithm } from './issuers.ts'

/** A public key an issuer signs with. The same object for as long as the key set it was read from is in force. */
export interface VerificationKey {
  readonly kid: string
  /** What it may verify: what its type can do, or the one algorithm its JWK names. */
  readonly algorithms: readonly Algorithm[]
  readonly publicKey: KeyObject
}

export interface KeySet {
  keys: ReadonlyMap<string, VerificationKey>
  /** One sentence for each key that is not used, for the operator. Names its position and `kid`. */
  refused: string[]
}

/** Shortest RSA modulus taken, in bits (RFC 7518 §3.3). */
const MIN_RSA_BITS = 2048
/** Smallest RSA exponent taken (FIPS 186-5 §5.1). */
const MIN_RSA_EXPONENT = 65_537n
/** The primes of the published ROCA detector (crocs-muni/roca) that tell the most. */
const ROCA_PRIMES = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157]
/** The members of a JWK that are secret in one key type or another (RFC 7518 §6, RFC 8037 §2). */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'] as const

/** Characters a `kid` may hold: enough for base64, thumbprint URIs and addresses. Read from tokens nobody has verified. */
const KID = /^[A-Za-z0-9._~:@+/=-]{1,128}$/

/** Whether this is a `kid` as the gate takes it, in a token or in a key set. */
export function isKid(value: unknown): value is string {
  return typeof value === 'string' && KID.test(value)
}

const Jwk = z.looseObject({
  kty: z.string(),
  kid: z.unknown(),
  use: z.optional(z.string()),
  key_ops: z.optional(z.array(z.string())),
  alg: z.optional(z.string()),
  n: z.optional(z.string()),
  e: z.optional(z.string()),
  crv: z.optional(z.string()),
  x: z.optional(z.string()),
  y: z.optional(z.string()),
})
type Jwk = z.infer<typeof Jwk>

const Jwks = z.looseObject({ keys: z.array(z.unknown()) })

/**
 * Reads a JWK Set (RFC 7517 §5). A key that is of no use here is left out and named in `refused`; it does not spoil the
 * others. Of keys that share a `kid` none is used: which one is meant would depend on their order.
 *
 * @returns `undefined` where the document is not a JWK Set.
 */
export function readKeySet(document: unknown): KeySet | undefined {
  const set = Jwks.safeParse(document)
  if (!set.success) return undefined
  const keys = new Map<string, VerificationKey>()
  const duplicated = new Set<string>()
  const refused: string[] = []
  set.data.keys.forEach((candidate, index) => {
    const key = readKey(candidate)
    if (typeof key === 'string') {
      refused.push(`Key ${index} ${key}.`)
    } else if (keys.has(key.kid)) {
      duplicated.add(key.kid)
      refused.push(`Key ${index} shares its kid ${key.kid} with another key: neither is used.`)
    } else {
      keys.set(key.kid, key)
    }
  })
  for (const kid of duplicated) keys.delete(kid)
  return { keys, refused }
}

/** The key, or what is wrong with it. */
function readKey(candidate: unknown): VerificationKey | string {
  const parsed = Jwk.safeParse(candidate)
  if (!parsed.success) return 'is not a JWK'
  const jwk = parsed.data
  if (!isKid(jwk.kid)) return 'has no usable kid'
  if (jwk.kty === 'oct') return 'is a shared secret'
  if (SECRET_MEMBERS.some((member) => Object.hasOwn(jwk, member))) return `(kid ${jwk.kid}) holds a private part`
  if (jwk.use !== undefined && jwk.use !== 'sig') return `(kid ${jwk.kid}) is not for signatures`
  if (jwk.key_ops && !jwk.key_ops.includes('verify')) return `(kid ${jwk.kid}) is not for verifying`
  const publicKey = importPublic(jwk)
  if (!publicKey) return `(kid ${jwk.kid}) cannot be read`
  const possible = algorithmsOf(publicKey)
  const algorithms = jwk.alg === undefined ? possible : possible.filter((algorithm) => algorithm === jwk.alg)
  if (algorithms.length === 0) return `(kid ${jwk.kid}) is too weak, or of a type or algorithm not taken here`
  return { kid: jwk.kid, algorithms, publicKey }
}

/** OpenSSL checks that a point is on its curve; only the public members reach it. */
function importPublic({ kty, n, e, crv, x, y }: Jwk): KeyObject | undefined {
  const members = { RSA: { kty, n, e }, EC: { kty, crv, x, y }, OKP: { kty, crv, x } }
  if (kty !== 'RSA' && kty !== 'EC' && kty !== 'OKP') return undefined
  try {
    return createPublicKey({ format: 'jwk', key: members[kty] as JsonWebKey })
  } catch {
    return undefined
  }
}

/** What this key can verify, by its real type and size; nothing where it is too weak. */
function algorithmsOf(key: KeyObject): Algorithm[] {
  const { modulusLength = 0, publicExponent = 0n, namedCurve } = key.asymmetricKeyDetails ?? {}
  switch (key.asymmetricKeyType) {
    case 'rsa':
      if (modulusLength < MIN_RSA_BITS || publicExponent < MIN_RSA_EXPONENT || isRoca(key)) return []
      return ALGORITHMS.filter((algorithm) => algorithm.startsWith('RS') || algorithm.startsWith('PS'))
    case 'ec':
      if (namedCurve === 'prime256v1') return ['ES256']
      if (namedCurve === 'secp384r1') return ['ES384']
      return namedCurve === 'secp521r1' ? ['ES512'] : []
    case 'ed25519':
      return ['EdDSA', 'Ed25519']
    default:
      return []
  }
}

/**
 * Whether this RSA key has the fingerprint of ROCA (CVE-2017-15361): its private key can be computed from it. Such a
 * modulus is a power of 65537 modulo each of these primes; of other moduli, one in some hundred million is.
 */
function isRoca(key: KeyObject): boolean {
  const { n = '' } = key.export({ format: 'jwk' })
  const modulus = BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`)
  return ROCA_PRIMES.every((prime) => {
    const remainder = Number(modulus % BigInt(prime))
    let power = 1
    do {
      if (power === remainder) return true
      power = (power * 65_537) % prime
    } while (power !== 1)
    return false
  })
}
