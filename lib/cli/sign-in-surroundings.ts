import { spawn } from 'node:child_process'
import { homedir } from 'node:os'
import { configHome } from '../sign-in/settings.ts'

/** What the commands that sign in have around them, beside a terminal. */
export interface SignInSurroundings {
  env: Readonly<Record<string, string | undefined>>
  userHome: string
  /** The folder of settings and session. */
  home: string
  /** The command line that runs this program, without arguments. */
  program: readonly string[]
  /** Opens a page where the person sits; where that fails, they have its address. */
  openBrowser(url: string): void
}

/** @param home Where it was named on the command line. */
export function processSurroundings(home: string | undefined): SignInSurroundings {
  const { env, execPath, execArgv, argv } = process
  const userHome = homedir()
  return {
    env,
    userHome,
    home: home ?? configHome(env, userHome),
    program: [execPath, ...execArgv, argv[1] ?? ''],
    openBrowser,
  }
}

/** Without a shell: the address comes from an issuer. */
function openBrowser(url: string): void {
  const [command = '', ...args] = OPENERS[process.platform] ?? ['xdg-open']
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true })
  child.on('error', () => {})
  child.unref()
}

const OPENERS: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
}
