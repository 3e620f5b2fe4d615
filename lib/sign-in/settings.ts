import { readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import * as z from 'zod/mini'
import { isKeyUrl } from '../identity/issuers.ts'
import { SignInError } from './sign-in-error.ts'

const text = z.string().check(z.minLength(1), z.maxLength(2048), z.regex(/^[\x20-\x7e]+$/, 'must be printable ASCII'))

/**
 * Where a token, or the right to fetch one, may be sent: https, or plain http that stays on this machine.
 */
const Address = text.check(
  z.refine((url) => isKeyUrl(url, true), 'must be an https URL (http on 127.0.0.1, [::1] or localhost)'),
)

export const SettingsSchema = z.strictObject({
  /** The issuer's identifier, where its discovery document is found (OIDC Discovery §4). */
  issuer: z.optional(Address),
  /** A public client, registered with the redirect URI `http://127.0.0.1/callback` on any port (RFC 8252 §7.3). */
  clientId: z.optional(text),
  /** Space-separated. Unless given, what the issuer offers of `openid` and `offline_access`. */
  scope: z.optional(text),
  /** Sent as `audience`, for issuers that choose the token's `aud` by it. */
  audience: z.optional(text),
  /** Sent as `resource` (RFC 8707), for issuers that choose the token's `aud` by that. */
  resource: z.optional(text),
  /** Sent as `prompt`: some issuers give a refresh token only after `consent` (OIDC Core §11). */
  prompt: z.optional(text),
  /** The gate, as AWS clients are given it. */
  endpoint: z.optional(Address),
})
export type Settings = z.infer<typeof SettingsSchema>

/** What can be given on the command line, in the environment and in the file, under these names. */
export const SETTINGS = {
  issuer: 'SALLYPORT_ISSUER',
  clientId: 'SALLYPORT_CLIENT_ID',
  scope: 'SALLYPORT_SCOPE',
  audience: 'SALLYPORT_AUDIENCE',
  resource: 'SALLYPORT_RESOURCE',
  prompt: 'SALLYPORT_PROMPT',
  endpoint: 'SALLYPORT_ENDPOINT',
} as const satisfies Record<keyof Settings, string>

type Env = Readonly<Record<string, string | undefined>>

/** The folder for settings and session: SALLYPORT_CONFIG_HOME, else `sallyport` where the XDG base directories say. */
export function configHome(env: Env, userHome: string): string {
  if (env.SALLYPORT_CONFIG_HOME) return env.SALLYPORT_CONFIG_HOME
  const { XDG_CONFIG_HOME: base } = env
  // A relative path is to be ignored, says the specification.
  return join(base && isAbsolute(base) ? base : join(userHome, '.config'), 'sallyport')
}

/**
 * What is asked for: by a flag, else the environment, else `config.json` in the folder, else as the last time.
 *
 * @throws {SignInError} naming the first wrong member and where it comes from.
 */
export async function readSettings(
  home: string,
  { flags, env, last }: { flags: Settings; env: Env; last: Settings | undefined },
): Promise<Settings> {
  const fromEnv = Object.fromEntries(Object.entries(SETTINGS).map(([name, variable]) => [name, env[variable]]))
  const file = join(home, 'config.json')
  return {
    ...last,
    ...parse(await readJson(file), file),
    ...parse(defined(fromEnv), 'The environment'),
    ...parse(defined(flags), 'The command line'),
  }
}

function defined(members: Readonly<Record<string, string | undefined>>): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== ''))
}

function parse(members: unknown, where: string): Settings {
  const parsed = SettingsSchema.safeParse(members)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const name = issue?.path.join('.') || (issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : '')
  const complaint = issue?.code === 'custom' || issue?.code === 'invalid_format' ? issue.message : 'is not a setting'
  throw new SignInError(`${where}: ${name || 'it'} ${complaint}.`)
}

async function readJson(file: string): Promise<unknown> {
  let json: string
  try {
    json = await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return {}
    throw new SignInError(`Cannot read ${file}: ${code}.`, { cause: error })
  }
  try {
    return JSON.parse(json)
  } catch {
    throw new SignInError(`Cannot read ${file}: it is not JSON.`)
  }
}
