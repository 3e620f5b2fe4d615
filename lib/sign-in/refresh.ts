import { refreshTokenGrant, tokenRevocation } from 'openid-client'
import { asking, discoverIssuer, errorCodeOf } from './issuer.ts'
import { newSession } from './new-session.ts'
import type { Session } from './session.ts'
import { SignInError } from './sign-in-error.ts'

/**
 * Trades a refresh token for the next session (RFC 6749 §6).
 *
 * @param now Unix seconds.
 * @throws {SignInError}
 */
export async function refreshSession(session: Session & { refreshToken: string }, now: number): Promise<Session> {
  const { settings, refreshToken } = session
  const configuration = await discoverIssuer(settings)
  const parameters = { ...(settings.resource !== undefined && { resource: settings.resource }) }
  try {
    const answer = await asking(settings.issuer, () => refreshTokenGrant(configuration, refreshToken, parameters))
    return newSession(settings, answer, { now, refreshToken })
  } catch (error) {
    if (errorCodeOf(error) === 'invalid_grant')
      throw new SignInError('Your sign-in has ended: run "sallyport login".', { cause: error })
    throw error
  }
}

/**
 * Tells the issuer that the refresh token is no longer wanted (RFC 7009).
 *
 * @returns Whether it could be told.
 * @throws {SignInError}
 */
export async function revokeSession({ settings, refreshToken }: Session): Promise<boolean> {
  if (refreshToken === undefined) return true
  const configuration = await discoverIssuer(settings)
  if (configuration.serverMetadata().revocation_endpoint === undefined) return false
  await asking(settings.issuer, () =>
    tokenRevocation(configuration, refreshToken, { token_type_hint: 'refresh_token' }),
  )
  return true
}
