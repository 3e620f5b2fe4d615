import { withLock } from '../sign-in/lock.ts'
import { revokeSession } from '../sign-in/refresh.ts'
import { readSession, removeSession, type Session } from '../sign-in/session.ts'
import { SignInError } from '../sign-in/sign-in-error.ts'
import type { SignInSurroundings } from './sign-in-surroundings.ts'
import type { Terminal } from './terminal.ts'

/**
 * Forgets the session, then tells the issuer. What an access token opens stays open until it ends: the gate asks no
 * issuer about each.
 *
 * @throws {SignInError} where the issuer could not be told; the session is gone all the same.
 */
export async function logout(terminal: Pick<Terminal, 'err'>, { home }: SignInSurroundings): Promise<void> {
  let session: Session | undefined
  // Under the lock: a refresh that is under way would write the session back.
  await withLock(home, async () => {
    session = await readSession(home).catch((error: unknown) => {
      if (error instanceof SignInError) return undefined
      throw error
    })
    await removeSession(home)
  })
  if (session === undefined) return terminal.err('You were not signed in.')
  const isTold = await revokeSession(session)
  terminal.err(isTold ? 'You are signed out.' : 'You are signed out here; the issuer has no way to be told.')
}
