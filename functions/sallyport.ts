import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

// The AWS clients run "credentials" before each call of theirs, and most of its time would go into compiling. In the user's
// own cache folder: Node's default is in the shared temporary one, where another user could put code for this one to run.
const { XDG_CACHE_HOME: cacheHome = '' } = process.env
enableCompileCache(join(isAbsolute(cacheHome) ? cacheHome : join(homedir(), '.cache'), 'sallyport'))

const { run } = await import('../lib/cli/program.ts')
const { processTerminal } = await import('../lib/cli/terminal.ts')

const terminal = processTerminal()
process.exitCode = await run(process.argv.slice(2), terminal).catch((error: unknown) => {
  terminal.err(`Sallyport failed, which is a bug: ${error instanceof Error ? error.message : String(error)}`)
  return 2
})
