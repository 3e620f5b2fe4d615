import { type Command, Option } from 'commander'
import { SETTINGS, type Settings } from '../sign-in/settings.ts'
import { SignInError } from '../sign-in/sign-in-error.ts'
import { processSurroundings, type SignInSurroundings } from './sign-in-surroundings.ts'
import type { Terminal } from './terminal.ts'

const EXIT_CODES = `
Exit codes: 0 all is well, 1 it could not be done (one line on stderr says why), 2 the command line is wrong.`

/**
 * Adds the commands of somebody who calls the gate: signing in, and what follows from it.
 *
 * @param surroundingsFor Told the folder that `--config-home` names.
 */
export function addSignInCommands(
  program: Command,
  terminal: Terminal,
  finish: (code: number) => void,
  surroundingsFor: (home: string | undefined) => SignInSurroundings = processSurroundings,
): void {
  const action =
    <Flags extends object>(run: (flags: Flags, surroundings: SignInSurroundings) => Promise<void>) =>
    async ({ configHome, ...flags }: Flags & { configHome?: string }) => {
      try {
        await run(flags as unknown as Flags, surroundingsFor(configHome))
        finish(0)
      } catch (error) {
        if (!(error instanceof SignInError)) throw error
        terminal.err(error.message)
        finish(1)
      }
    }

  program
    .command('login')
    .summary('sign in at your identity provider')
    .description(
      'Signs in at an OpenID Connect issuer and keeps the token, readable by you alone, for the other commands.',
    )
    .addOption(setting('issuer', '--issuer <url>', 'who you sign in at; its discovery document is read'))
    .addOption(setting('clientId', '--client-id <id>', 'the public client registered there; sallyport unless given'))
    .addOption(setting('scope', '--scope <scope>', 'what to ask for'))
    .addOption(setting('audience', '--audience <audience>', 'whom the token is for, where the issuer asks so'))
    .addOption(setting('resource', '--resource <uri>', 'the same by RFC 8707'))
    .addOption(setting('prompt', '--prompt <prompt>', 'consent, where the issuer gives no refresh token without'))
    .addOption(setting('endpoint', '--endpoint <url>', 'the gate, remembered for setup-profile and whoami'))
    .option('--device', 'sign in on another device, by a code', false)
    .option('--no-browser', 'print the address, open nothing')
    .addOption(homeOption())
    .addHelpText('after', EXIT_CODES)
    .action(
      action(async (flags: Settings & { device: boolean; browser: boolean }, surroundings) => {
        const { login } = await import('./login.ts')
        await login(flags, terminal, surroundings)
      }),
    )

  program
    .command('logout')
    .summary('forget the sign-in')
    .description('Removes the token and tells the issuer.')
    .addOption(homeOption())
    .addHelpText('after', EXIT_CODES)
    .action(
      action(async (_flags: object, surroundings) => {
        const { logout } = await import('./logout.ts')
        await logout(terminal, surroundings)
      }),
    )

  program
    .command('credentials')
    .summary('print credentials for an AWS profile')
    .description("Prints what an AWS profile's credential_process must print. Refreshes the token where that is due.")
    .addOption(homeOption())
    .addHelpText('after', EXIT_CODES)
    .action(
      action(async (_flags: object, surroundings) => {
        const { credentials } = await import('./credentials.ts')
        await credentials(terminal, surroundings)
      }),
    )

  program
    .command('setup-profile')
    .summary('write the AWS profile')
    .description('Writes a profile to ~/.aws/config (AWS_CONFIG_FILE) by which AWS clients go through the gate.')
    .option('--profile <name>', 'its name', 'gate')
    .addOption(setting('endpoint', '--endpoint <url>', 'the gate'))
    .option('--region <region>', 'of the APIs; AWS_REGION or AWS_DEFAULT_REGION unless given')
    .option('--force', 'replace a profile of that name that somebody else wrote', false)
    .addOption(homeOption())
    .addHelpText('after', EXIT_CODES)
    .action(
      action(async (flags: { profile: string; endpoint?: string; region?: string; force: boolean }, surroundings) => {
        const { setupAwsProfile } = await import('./setup-profile.ts')
        await setupAwsProfile(flags, terminal, surroundings)
      }),
    )

  program
    .command('whoami')
    .summary('ask the gate who you are')
    .description('Asks the gate whom it takes you for, which teams that makes you, and by which line of the policy.')
    .addOption(setting('endpoint', '--endpoint <url>', 'the gate'))
    .option('--json', 'print the answer as it is', false)
    .addOption(homeOption())
    .addHelpText('after', EXIT_CODES)
    .action(
      action(async (flags: { endpoint?: string; json: boolean }, surroundings) => {
        const { whoami } = await import('./whoami.ts')
        await whoami(flags, terminal, surroundings)
      }),
    )
}

function setting(name: keyof Settings, flags: string, description: string): Option {
  return new Option(flags, `${description} (${SETTINGS[name]})`)
}

function homeOption(): Option {
  return new Option('--config-home <folder>', 'where settings and session are kept (SALLYPORT_CONFIG_HOME)')
}
