import type { TokenRefusal } from './caller.ts'
import { refusal } from './refusal.ts'

/**
 * Finds the one token of a request: in `Authorization: Bearer` (RFC 6750 §2.1), or in `X-Amz-Security-Token`, where an
 * unmodified AWS client puts its session token. The `Authorization` of such a client is a signature made with keys that
 * mean nothing here, and is ignored. Whoever sends two different tokens is refused: two readers could choose differently.
 *
 * @param headers Values of a header sent several times are joined by commas, as `Headers` and API Gateway do.
 */
export function tokenFromHeaders(
  headers: Pick<Headers, 'get'>,
): { ok: true; token: string } | { ok: false; refusal: TokenRefusal } {
  const authorization = (headers.get('authorization') ?? '').split(',').map((value) => value.trim())
  const bearers = authorization.filter(isBearer)
  const session = (headers.get('x-amz-security-token') ?? '').trim()
  // No token holds a comma; one beside a bearer token is a second value, of whatever scheme.
  if ((bearers.length > 0 && authorization.length > 1) || session.includes(','))
    return { ok: false, refusal: refusal('conflicting') }
  const bearer = (bearers[0] ?? '').slice('Bearer'.length).trim()
  if (bearer !== '' && session !== '' && bearer !== session) return { ok: false, refusal: refusal('conflicting') }
  const token = bearer || session
  if (token === '') return { ok: false, refusal: refusal('missing') }
  if (/\s/.test(token)) return { ok: false, refusal: refusal('malformed') }
  return { ok: true, token }
}

/** Scheme names are case-insensitive (RFC 9110 §11.1). */
function isBearer(credentials: string): boolean {
  const scheme = credentials.slice(0, 'Bearer'.length).toLowerCase()
  return scheme === 'bearer' && /^( |$)/.test(credentials.slice('Bearer'.length))
}
