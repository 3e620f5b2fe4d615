import { run } from '../lib/cli/program.ts'
import { processTerminal } from '../lib/cli/terminal.ts'

const terminal = processTerminal()
process.exitCode = await run(process.argv.slice(2), terminal).catch((error: unknown) => {
  terminal.err(`Sallyport failed, which is a bug: ${error instanceof Error ? error.message : String(error)}`)
  return 2
})
