import { parseJson } from '../apigateway/json.ts'
import type { TokenRefusal } from './caller.ts'
import { isKid } from './key-set.ts'
import { refusal } from './refusal.ts'

/** In characters; API Gateway's front door takes 10,240 bytes of headers in all. */
export const MAX_TOKEN_LENGTH = 8192

/** A JWT taken apart. Nothing in it is verified: whoever sent it wrote it. */
export interface UnverifiedToken {
  header: { alg: string; kid: string; typ?: string }
  payload: Uint8Array
}

/**
 * Header members taken, all as strings; `x5t` and `x5t#S256` are ignored, Entra ID sends them. The others are refused
 * rather than ignored: `jku`, `jwk`, `x5u` and `x5c` offer the attacker's own key to whatever reads the token after us,
 * `crit` and `b64` change what the signature means, `zip`, `enc` and `cty` announce something other than claims.
 */
const HEADER_MEMBERS = new Set(['alg', 'kid', 'typ', 'x5t', 'x5t#S256'])

/**
 * Takes a JWS in compact serialization (RFC 7515 §3.1) apart where it is spelled the one canonical way, so that a token
 * has one spelling, one hash and one meaning: no spaces, no padding, no unused bits set, no member twice.
 */
export function readCompactToken(
  token: string,
): { ok: true; value: UnverifiedToken } | { ok: false; refusal: TokenRefusal } {
  if (token.length > MAX_TOKEN_LENGTH) return { ok: false, refusal: refusal('too-large') }
  const parts = token.split('.', 4)
  const [header, payload, signature] = parts.map(decodeCanonical)
  if (parts.length !== 3 || !header || !payload || !signature) return { ok: false, refusal: refusal('malformed') }
  const parsed = readJsonObject(header)
  if (!parsed) return { ok: false, refusal: refusal('malformed') }
  for (const [name, value] of Object.entries(parsed)) {
    if (!HEADER_MEMBERS.has(name)) return { ok: false, refusal: refusal('unsupported-header') }
    if (typeof value !== 'string') return { ok: false, refusal: refusal('malformed') }
  }
  const { alg, kid, typ } = parsed as Record<string, string>
  if (alg === undefined) return { ok: false, refusal: refusal('malformed') }
  if (!isKid(kid)) return { ok: false, refusal: refusal('malformed', 'The token header names no usable key (kid).') }
  return { ok: true, value: { header: { alg, kid, ...(typ !== undefined && { typ }) }, payload } }
}

/** A JSON object without repeated members (RFC 7519 §4 lets a parser take the last; two parsers would differ). */
export function readJsonObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  const parsed = parseJson(bytes)
  if (!parsed.ok || typeof parsed.value !== 'object' || parsed.value === null || Array.isArray(parsed.value))
    return undefined
  return parsed.value as Record<string, unknown>
}

/** The bytes of a non-empty part, where encoding them again gives the same characters. */
function decodeCanonical(part: string): Uint8Array | undefined {
  const bytes = Buffer.from(part, 'base64url')
  return part !== '' && bytes.toString('base64url') === part ? bytes : undefined
}
