import { decodeJwt } from 'jose'
import type { TokenEndpointResponse, TokenEndpointResponseHelpers } from 'openid-client'
import type { Session } from './session.ts'
import { SignInError } from './sign-in-error.ts'

export type TokenAnswer = TokenEndpointResponse & TokenEndpointResponseHelpers

/**
 * The session an issuer's answer begins or carries on.
 *
 * @param refreshToken The one in use so far: kept where the answer brings no other (RFC 6749 §6).
 * @param now Unix seconds.
 * @throws {SignInError} where the access token is not a JWT with an expiry: the gate would take no other.
 */
export function newSession(
  settings: Session['settings'],
  answer: TokenAnswer,
  { now, refreshToken = answer.refresh_token }: { now: number; refreshToken?: string | undefined },
): Session {
  const { access_token: accessToken, refresh_token: next = refreshToken } = answer
  const lifetime = answer.expiresIn()
  // The client and the gate read the same `exp`; an issuer's `expires_in` may be sooner, when the token is revoked.
  const expiresAt = Math.min(expiryOf(accessToken, settings), lifetime === undefined ? Infinity : now + lifetime)
  return {
    version: 1,
    settings,
    accessToken,
    obtainedAt: now,
    expiresAt,
    ...(next !== undefined && { refreshToken: next }),
  }
}

function expiryOf(token: string, { issuer, audience, resource }: Session['settings']): number {
  const hint = (audience ?? resource) ? '' : ' Ask for one with --audience, --resource or --scope.'
  let exp: unknown
  try {
    exp = decodeJwt(token).exp
  } catch {
    throw new SignInError(`${issuer} gave an access token that is no JWT, and the gate takes no other.${hint}`)
  }
  if (typeof exp !== 'number') throw new SignInError(`${issuer} gave an access token that never expires.`)
  return exp
}
