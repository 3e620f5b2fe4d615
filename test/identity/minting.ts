import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { VerifyToken } from '../../lib/identity/caller.ts'
import { type Issuer, parseIssuers } from '../../lib/identity/issuers.ts'
import { fixedKeys } from '../../lib/identity/keys.ts'
import { createVerifier, type VerifierOptions } from '../../lib/identity/verify.ts'

/** The clock of these tests, Unix seconds. */
export const NOW = 1_800_000_000
export const ISSUER = 'https://idp.acme.example'
export const AUDIENCE = 'https://gate.acme.example'

export interface KeyPair {
  kid: string
  alg: string
  publicKey: KeyObject
  privateKey: KeyObject
}

export const ec: KeyPair = { kid: 'ec-1', alg: 'ES256', ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
export const rsa: KeyPair = { kid: 'rsa-1', alg: 'RS256', ...generateKeyPairSync('rsa', { modulusLength: 2048 }) }
export const ed: KeyPair = { kid: 'ed-1', alg: 'EdDSA', ...generateKeyPairSync('ed25519') }
/** Same name and type as `ec`, but nobody the gate knows holds it. */
export const stranger: KeyPair = { kid: 'ec-1', alg: 'ES256', ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) }

export function jwkOf({ publicKey, kid, alg }: KeyPair, members: object = {}): Record<string, unknown> {
  return { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig', ...members }
}

export function issuerWith(members: object = {}): Issuer {
  const parsed = parseIssuers([
    { issuer: ISSUER, audience: AUDIENCE, algorithms: ['ES256', 'RS256', 'EdDSA'], ...members },
  ])
  if (!parsed.ok) throw new Error(parsed.message)
  const [issuer] = parsed.value
  if (!issuer) throw new Error('no issuer')
  return issuer
}

/** A verifier that trusts one issuer, whose three keys are at hand. */
export function verifierWith(members: object = {}, options: Partial<VerifierOptions> = {}) {
  const keys = fixedKeys({ keys: [jwkOf(ec), jwkOf(rsa), jwkOf(ed)] })
  return createVerifier({ issuers: [{ issuer: issuerWith(members), keys }], now: () => NOW * 1000, ...options })
}

export const goodClaims = {
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'ana',
  client_id: 'portal',
  iat: NOW - 60,
  exp: NOW + 840,
  groups: ['payments-dev'],
}

export const base64url = (text: string | Uint8Array) => Buffer.from(text).toString('base64url')

export interface Recipe {
  key?: KeyPair
  /** Members over `alg`, `kid` and `typ`; `undefined` leaves one out. A string is the header's JSON itself. */
  header?: Record<string, unknown> | string
  /** Members over `goodClaims`; `undefined` leaves one out. A string or bytes are the payload itself. */
  claims?: Record<string, unknown> | string | Uint8Array
}

/** A token with a true signature over whatever the recipe says, however wrong. */
export function mint({ key = ec, header = {}, claims = {} }: Recipe = {}): string {
  const headerText =
    typeof header === 'string' ? header : JSON.stringify({ alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header })
  const payload =
    typeof claims === 'string' || claims instanceof Uint8Array ? claims : JSON.stringify({ ...goodClaims, ...claims })
  return signed(`${base64url(headerText)}.${base64url(payload)}`, key)
}

/** `input` and its signature by the key's own algorithm, whatever the header in it says. */
export function signed(input: string, { alg, privateKey }: KeyPair = ec): string {
  const digest = alg === 'EdDSA' ? null : `sha${alg.slice(2)}`
  const signature = sign(digest, Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${input}.${base64url(signature)}`
}

/** A token whose "signature" is an HMAC with the given secret. */
export function mintHmac(secret: string | Uint8Array, header: object): string {
  const input = `${base64url(JSON.stringify({ alg: 'HS256', typ: 'at+jwt', ...header }))}.${base64url(JSON.stringify(goodClaims))}`
  return `${input}.${base64url(createHmac('sha256', secret).update(input).digest())}`
}

/** The code of the refusal, or `accepted`. */
export async function outcome(token: string, verify: VerifyToken): Promise<string> {
  const verified = await verify(token)
  return verified.ok ? 'accepted' : verified.refusal.code
}
