import { withLock } from '../sign-in/lock.ts'
import { readSession, type Session, writeSession } from '../sign-in/session.ts'
import { readSettings, SETTINGS, type Settings } from '../sign-in/settings.ts'
import { signIn } from '../sign-in/sign-in.ts'
import { SignInError } from '../sign-in/sign-in-error.ts'
import type { SignInSurroundings } from './sign-in-surroundings.ts'
import type { Terminal } from './terminal.ts'

const TIMEOUT_MS = 5 * 60_000

export interface LoginFlags extends Settings {
  device: boolean
  browser: boolean
}

/**
 * Signs in and keeps the session. Whoever signs in again gives only what is to be different.
 *
 * @throws {SignInError}
 */
export async function login(
  { device, browser, ...flags }: LoginFlags,
  terminal: Pick<Terminal, 'err' | 'now'>,
  { env, home, openBrowser }: SignInSurroundings,
): Promise<void> {
  const settings = complete(await readSettings(home, { flags, env, last: await lastSettings(home) }))
  const session = await signIn(settings, {
    device,
    now: terminal.now,
    timeoutMs: TIMEOUT_MS,
    show({ url, userCode }) {
      const code = userCode === undefined ? '' : `\nThe code there must be: ${userCode}`
      terminal.err(`To sign in, open:\n${url}${code}`)
      if (browser && !device) openBrowser(url)
    },
  })
  await withLock(home, () => writeSession(home, session))
  const until = new Date(session.expiresAt * 1000).toISOString()
  const afterwards = session.refreshToken === undefined ? 'sign in again then' : 'renewed by itself'
  terminal.err(`You are signed in at ${settings.issuer} until ${until}, ${afterwards}.`)
}

/** A session that can't be used doesn't keep anybody from the next. */
async function lastSettings(home: string): Promise<Settings | undefined> {
  try {
    return (await readSession(home))?.settings
  } catch (error) {
    if (error instanceof SignInError) return undefined
    throw error
  }
}

function complete(settings: Settings): Session['settings'] {
  const { issuer, clientId = 'sallyport' } = settings
  if (issuer === undefined)
    throw new SignInError(`Where are you to sign in? Give --issuer, or set ${SETTINGS.issuer} or config.json's issuer.`)
  return { ...settings, issuer, clientId }
}
