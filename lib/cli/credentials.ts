import { credentialProcessOutput } from '../sign-in/credential-process.ts'
import { freshSession } from '../sign-in/fresh-session.ts'
import type { Session } from '../sign-in/session.ts'
import type { SignInSurroundings } from './sign-in-surroundings.ts'
import type { Terminal } from './terminal.ts'

/**
 * Prints what an AWS client takes from its `credential_process`: nothing but that on stdout.
 *
 * @throws {SignInError} where nobody is signed in; one line, which AWS clients show.
 */
export async function credentials(
  terminal: Pick<Terminal, 'out' | 'now'>,
  surroundings: SignInSurroundings,
): Promise<void> {
  const { accessToken, expiresAt } = await currentSession(terminal, surroundings)
  await terminal.out(`${credentialProcessOutput(accessToken, expiresAt)}\n`)
}

/** The session, refreshed where that is due. @throws {SignInError} */
export function currentSession(
  { now }: Pick<Terminal, 'now'>,
  { home }: Pick<SignInSurroundings, 'home'>,
): Promise<Session> {
  return freshSession(home, {
    now,
    // AWS clients run this program before every command: the OAuth client is read only where it is needed.
    refresh: async (session) => {
      const { refreshSession } = await import('../sign-in/refresh.ts')
      return refreshSession(session, Math.floor(now() / 1000))
    },
  })
}
