import type { TokenRefusal } from './caller.ts'
import type { ClaimRule, Issuer } from './issuers.ts'
import { refusal } from './refusal.ts'

export type Claims = Readonly<Record<string, unknown>>

/** Longest `sub` taken, in UTF-16 code units: it becomes part of every record. */
const MAX_SUBJECT_LENGTH = 1024

/**
 * Claims that only other kinds of token have: an ID token (OIDC Core §2, §3.3.2.11) or a security event such as a logout
 * token (RFC 8417 §2.2). They are signed by the same keys, and the first may even name the same audience.
 */
const FOREIGN_CLAIMS = ['nonce', 'at_hash', 'c_hash', 's_hash', 'events']

/**
 * Judges the claims of a token whose signature has been verified. Pure: every outcome is a row of a table in its test.
 *
 * The checks of `jwtVerify` in jose are all here, stricter: a gate also has to cap the lifetime, refuse an `iat` in the
 * future, tell kinds of token apart, and read the claims from a parser that refuses a name given twice.
 *
 * @param typ The header's `typ`.
 * @param now Unix time in seconds, whole. A token is expired from the second `exp + tolerance` on (RFC 7519 §4.1.4).
 */
export function judgeClaims(
  claims: Claims,
  typ: string | undefined,
  issuer: Issuer,
  now: number,
): TokenRefusal | undefined {
  if (claims.iss !== issuer.issuer) return refusal('unknown-issuer')
  if (!isForAudience(claims.aud, issuer.audience))
    return refusal('wrong-audience', `The token was not issued for this gate: its audience must be ${issuer.audience}.`)
  return judgeType(claims, typ, issuer) ?? judgeTimes(claims, issuer, now) ?? judgeSubject(claims, issuer)
}

/** RFC 7519 §4.1.3: several audiences are allowed, each of which could replay the token here; identity providers do it. */
function isForAudience(aud: unknown, audience: string): boolean {
  if (Array.isArray(aud)) return aud.every((entry) => typeof entry === 'string') && aud.includes(audience)
  return aud === audience
}

/**
 * A token's kind is its `typ` where the issuer follows RFC 9068; where it types everything `JWT`, an ID token betrays
 * itself by claims of its own, or by having been issued to the very client it is for. A token bound to a key its holder
 * has to prove (`cnf`, RFC 7800) is no bearer token: without the proof, whoever stole it could use it here.
 */
function judgeType(claims: Claims, typ: string | undefined, issuer: Issuer): TokenRefusal | undefined {
  const type = typ?.toLowerCase().replace(/^application\//, '')
  if (!issuer.types.some((taken) => taken.toLowerCase() === type)) return refusal('wrong-type')
  if (FOREIGN_CLAIMS.some((claim) => Object.hasOwn(claims, claim))) return refusal('wrong-type')
  if (claims.azp === issuer.audience || claims.client_id === issuer.audience) return refusal('wrong-type')
  if (Object.hasOwn(claims, 'cnf'))
    return refusal('wrong-type', 'The token is bound to a key (cnf): this gate takes plain bearer tokens.')
  return undefined
}

function judgeTimes(claims: Claims, issuer: Issuer, now: number): TokenRefusal | undefined {
  const { clockToleranceSeconds: tolerance, maxLifetimeSeconds } = issuer
  const { exp, iat, nbf = iat } = claims
  if (exp === undefined || iat === undefined)
    return refusal('missing-claim', `The token has no ${exp === undefined ? 'exp' : 'iat'} claim.`)
  if (!isInstant(exp) || !isInstant(iat) || !isInstant(nbf)) return refusal('malformed')
  if (exp - iat > maxLifetimeSeconds)
    return refusal(
      'lifetime-too-long',
      `The token lives longer than the ${maxLifetimeSeconds} seconds this gate takes from its issuer.`,
    )
  if (iat > now + tolerance || nbf > now + tolerance) return refusal('not-yet-valid')
  if (exp <= now - tolerance) return refusal('expired')
  return undefined
}

/** A JSON number such as 1e999 reads as Infinity. */
function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function judgeSubject(claims: Claims, issuer: Issuer): TokenRefusal | undefined {
  const { sub } = claims
  if (sub === undefined) return refusal('missing-claim', 'The token has no sub claim.')
  if (typeof sub !== 'string' || sub === '' || sub.length > MAX_SUBJECT_LENGTH) return refusal('malformed')
  // A line break would let a subject forge lines of a log; lone surrogates the parser has refused.
  if (/\p{Cc}/u.test(sub)) return refusal('malformed')
  const lacking = issuer.requiredClaims.find((rule) => !claimHolds(claims, rule))
  return lacking && refusal('missing-claim', `The token lacks an accepted value of the claim ${lacking.claim}.`)
}

/** Whether the claim, a string or an array of strings, has one of the rule's values: whole and case-sensitively. */
export function claimHolds(claims: Claims, { claim, anyOf }: ClaimRule): boolean {
  const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined
  if (typeof value === 'string') return anyOf.includes(value)
  return (
    Array.isArray(value) &&
    value.every((entry) => typeof entry === 'string') &&
    value.some((entry) => anyOf.includes(entry))
  )
}
