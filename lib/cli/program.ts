import { Command, CommanderError } from 'commander'
import { CannotJudge } from './cannot-judge.ts'
import { addPolicyCommands } from './policy-commands.ts'
import { addSignInCommands } from './sign-in-commands.ts'
import type { Terminal } from './terminal.ts'
import { addTrailCommands } from './trail-commands.ts'

const EXIT_CODES = `
Exit codes: 0 all is well, 1 something is denied or failed, 2 it could not be judged.`

/**
 * Runs one command line. Its command's own code is loaded when it is run: the AWS clients run one before each call.
 *
 * @param args What follows the program's name.
 * @returns The exit code.
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  let code = 0
  const program = programFor(terminal, (result) => {
    code = result
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    // Commander has said what is wrong; its own code for that is 1, which here means "denied".
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (!(error instanceof CannotJudge)) throw error
    terminal.err(error.message)
    return 2
  }
}

function programFor(terminal: Terminal, finish: (code: number) => void): Command {
  const program = new Command('sallyport')
    .description('Judges API Gateway integrations by a policy, and helps to write one.')
    .exitOverride()
    .configureOutput({ writeOut: (text) => void terminal.out(text), writeErr: (text) => terminal.err(text.trimEnd()) })
    .showSuggestionAfterError()
    .helpCommand(true)
    .addHelpText(
      'after',
      `
Examples:
  sallyport check --policy policy.yaml requests.yaml
  sallyport test policy.test.yaml
  sallyport explain --policy policy.yaml --team payments
${EXIT_CODES}`,
    )

  addPolicyCommands(program, terminal, finish)
  addSignInCommands(program, terminal, finish)
  addTrailCommands(program, terminal, finish)
  return program
}
