import { setupProfile } from '../sign-in/aws-config-file.ts'
import { readSession } from '../sign-in/session.ts'
import { configHome, readSettings, SETTINGS } from '../sign-in/settings.ts'
import { SignInError } from '../sign-in/sign-in-error.ts'
import type { SignInSurroundings } from './sign-in-surroundings.ts'
import type { Terminal } from './terminal.ts'

export interface SetupProfileFlags {
  profile: string
  endpoint?: string
  region?: string
  force: boolean
}

/**
 * Writes the AWS profile by which every AWS client goes through the gate with the token of this sign-in.
 *
 * @throws {SignInError}
 */
export async function setupAwsProfile(
  { profile: name, endpoint: given, region = undefined, force }: SetupProfileFlags,
  terminal: Pick<Terminal, 'err' | 'now'>,
  { env, home, userHome, program }: SignInSurroundings,
): Promise<void> {
  const last = (await readSession(home))?.settings
  const { endpoint } = await readSettings(home, { flags: { endpoint: given }, env, last })
  if (endpoint === undefined)
    throw new SignInError(`Where is the gate? Give --endpoint, or set ${SETTINGS.endpoint} or config.json's endpoint.`)
  const itsRegion = region ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION || undefined)
  // The profile is used where this environment is not.
  const at = home === configHome({}, userHome) ? [] : ['--config-home', home]
  const result = await setupProfile(
    {
      name,
      endpoint,
      ...(itsRegion !== undefined && { region: itsRegion }),
      credentialProcess: [...program, 'credentials', ...at],
    },
    { env, userHome, now: terminal.now(), force },
  )
  if (!result.changed) return terminal.err(`The profile ${name} in ${result.file} is as it should be.`)
  const backup = result.backup === undefined ? '' : `; what was there is in ${result.backup}`
  terminal.err(`The profile ${name} is in ${result.file}${backup}.`)
  if (itsRegion === undefined) terminal.err('It names no Region: give --region, or set AWS_REGION where you use it.')
  terminal.err(`Try: aws --profile ${name} apigateway get-integration --help`)
}
