import { hash } from 'node:crypto'
import type { Caller, TokenRefusal, Verified, VerifyToken } from './caller.ts'
import { type Claims, judgeClaims } from './claims.ts'
import { MAX_TOKEN_LENGTH, readCompactToken, readJsonObject } from './compact-token.ts'
import type { Issuer } from './issuers.ts'
import type { KeySource } from './keys.ts'
import { tokenMemo } from './memo.ts'
import { refusal } from './refusal.ts'
import { rolesOf } from './roles.ts'
import { verifySignature } from './signature.ts'

/** An issuer and where its keys come from: {@link remoteKeys} or {@link fixedKeys}. */
export interface TrustedIssuer {
  issuer: Issuer
  keys: KeySource
}

export interface VerifierOptions {
  issuers: readonly TrustedIssuer[]
  /** Unix milliseconds. */
  now(): number
  /** Verified tokens remembered; 0 verifies each time. 1000 unless given, about a kilobyte each. */
  memoEntries?: number
}

/**
 * Makes the one door through which tokens are believed. In this order, and the first objection is the answer: size,
 * spelling, header, issuer, algorithm, key, signature, audience, type, times, subject, required claims.
 *
 * @throws {Error} if two issuers share an identifier.
 */
export function createVerifier({ issuers, now, memoEntries = 1000 }: VerifierOptions): VerifyToken {
  const trusted = new Map(issuers.map((entry) => [entry.issuer.issuer, entry]))
  if (trusted.size !== issuers.length) throw new Error('Cannot verify tokens: two issuers share an identifier')
  const memo = tokenMemo(memoEntries)

  return async (token) => {
    if (token.length > MAX_TOKEN_LENGTH) return refuse(refusal('too-large'))
    const nowSeconds = Math.floor(now() / 1000)
    // Safe before the spelling is checked: only canonical spellings are remembered, and another one hashes differently.
    const tokenHash = hash('sha256', token, 'base64url')
    const known = await memo.recall(tokenHash, nowSeconds)
    if (known) return { ok: true, caller: known }

    const read = readCompactToken(token)
    if (!read.ok) return read
    const unverifiedClaims = readJsonObject(read.value.payload)
    if (!unverifiedClaims) return refuse(refusal('malformed'))
    // The token chooses whose keys it is to be tried with, among ours alone.
    const { iss } = unverifiedClaims
    const origin = typeof iss === 'string' ? trusted.get(iss) : undefined
    if (!origin) return refuse(refusal('unknown-issuer'))
    const { issuer, keys } = origin
    const signed = await verifySignature(token, read.value, issuer.algorithms, keys)
    if (!signed.ok) return signed
    const objection = judgeClaims(unverifiedClaims, read.value.header.typ, issuer, nowSeconds)
    if (objection) return refuse(objection)

    const caller = callerOf(unverifiedClaims, issuer, tokenHash)
    const deadFrom = caller.expiresAt + issuer.clockToleranceSeconds
    if (memoEntries > 0) memo.remember(tokenHash, { caller, keys, key: signed.key, deadFrom })
    return { ok: true, caller }
  }
}

const refuse = (objection: TokenRefusal): Verified => ({ ok: false, refusal: objection })

/** @param claims Judged: `sub` is a string, `exp` a number. */
function callerOf(claims: Claims, issuer: Issuer, tokenHash: string): Caller {
  const { sub, client_id: clientId, amr, exp } = claims
  return Object.freeze({
    issuer: issuer.issuer,
    subject: String(sub),
    ...(typeof clientId === 'string' && { clientId }),
    ...(Array.isArray(amr) && { amr: amr.filter((method) => typeof method === 'string') }),
    claims: visibleClaims(claims, issuer.claims),
    roles: rolesOf(claims, issuer.roles),
    expiresAt: Number(exp),
    tokenHash,
  })
}

/** The claims under the names the policy sees; without inherited members, so that no name finds what no token said. */
function visibleClaims(claims: Claims, names: Issuer['claims']): Claims {
  const visible: Record<string, unknown> = Object.create(null)
  if (names === undefined) return Object.freeze(Object.assign(visible, claims))
  for (const [name, claim] of Object.entries(names)) if (Object.hasOwn(claims, claim)) visible[name] = claims[claim]
  return Object.freeze(visible)
}
