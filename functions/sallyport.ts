import { run } from '../lib/cli/program.ts'
import { processTerminal } from '../lib/cli/terminal.ts'

process.exitCode = await run(process.argv.slice(2), processTerminal())
