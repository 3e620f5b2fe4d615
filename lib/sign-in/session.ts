import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { readPrivately, writePrivately } from './private-file.ts'
import { SettingsSchema } from './settings.ts'
import { SignInError } from './sign-in-error.ts'

const Session = z.strictObject({
  version: z.literal(1),
  /** As they were at sign-in: a refresh token is sent nowhere but to the issuer that gave it. */
  settings: z.extend(SettingsSchema, { issuer: z.string(), clientId: z.string() }),
  accessToken: z.string(),
  /** Unix seconds. */
  obtainedAt: z.number(),
  expiresAt: z.number(),
  refreshToken: z.optional(z.string()),
})

/** One sign-in, kept in `session.json`. */
export type Session = z.infer<typeof Session>

const pathIn = (home: string) => join(home, 'session.json')

/**
 * @returns `undefined` where nobody is signed in.
 * @throws {SignInError} where the file can't be trusted or used.
 */
export async function readSession(home: string): Promise<Session | undefined> {
  const text = await readPrivately(pathIn(home))
  if (text === undefined) return undefined
  const parsed = Session.safeParse(jsonOrUndefined(text))
  // What it holds stays out of the message: it may be most of a token.
  if (!parsed.success) throw new SignInError(`Cannot use ${pathIn(home)}: it is no session. Sign in again.`)
  return parsed.data
}

export function writeSession(home: string, session: Session): Promise<void> {
  return writePrivately(pathIn(home), `${JSON.stringify(session)}\n`)
}

export function removeSession(home: string): Promise<void> {
  return rm(pathIn(home), { force: true })
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
