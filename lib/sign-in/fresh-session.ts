import { withLock } from './lock.ts'
import { readSession, type Session, writeSession } from './session.ts'
import { SignInError } from './sign-in-error.ts'

/**
 * AWS clients ask for new credentials from 15 minutes before the old ones end, on every call: a token this near its end is
 * replaced. One that lives for less than twice that is replaced at half its life, or it would be on every call.
 */
const REFRESH_BEFORE_SECONDS = 15 * 60
/** A token with less than this left could end on its way. */
const MARGIN_SECONDS = 10

/** Whether a token is to be replaced, where it can be. @param now Unix seconds. */
export function isDue({ obtainedAt, expiresAt }: Session, now: number): boolean {
  return expiresAt - now < Math.min(REFRESH_BEFORE_SECONDS, (expiresAt - obtainedAt) / 2)
}

export interface FreshOptions {
  /** Unix milliseconds. */
  now(): number
  /** Trades the refresh token for the next session. @throws {SignInError} */
  refresh(session: Session & { refreshToken: string }): Promise<Session>
}

/**
 * The session with a token that is good for a while. Refreshes where that is due; processes that find it due at the same
 * time share one refresh, since many issuers take a refresh token once and treat its second use as theft. While the
 * issuer can't be reached, the token at hand is used to its end.
 *
 * @throws {SignInError} where nobody is signed in, or the sign-in has ended.
 */
export async function freshSession(home: string, { now, refresh }: FreshOptions): Promise<Session> {
  const nowSeconds = () => Math.floor(now() / 1000)
  const isAlive = ({ expiresAt }: Session) => expiresAt - nowSeconds() > MARGIN_SECONDS

  const session = await signedIn(home)
  if (!isDue(session, nowSeconds())) return session
  if (session.refreshToken === undefined) {
    if (isAlive(session)) return session
    throw new SignInError('Your sign-in has ended, and its issuer gave no refresh token: run "sallyport login".')
  }
  return withLock(home, async () => {
    const current = await signedIn(home)
    const { refreshToken } = current
    if (!isDue(current, nowSeconds()) || refreshToken === undefined) return current
    try {
      const next = await refresh({ ...current, refreshToken })
      await writeSession(home, next)
      return next
    } catch (error) {
      if (isAlive(current) && error instanceof SignInError) return current
      throw error
    }
  })
}

async function signedIn(home: string): Promise<Session> {
  const session = await readSession(home)
  if (!session) throw new SignInError('You are not signed in: run "sallyport login".')
  return session
}
