import { writeFile } from 'node:fs/promises'
import { formatDocument } from '../policy/document/format.ts'
import { CannotJudge, withProblems } from './cannot-judge.ts'
import { readInput, STDIN } from './input-file.ts'
import type { Terminal } from './terminal.ts'

/** Without either, what a document would look like is printed. */
export interface FmtOptions {
  /** Names the files that are not formatted. */
  check?: boolean
  /** Changes them. */
  write?: boolean
}

/**
 * Brings policies, exceptions and test suites into one layout.
 *
 * @returns 1 where `check` finds a file that isn't formatted.
 * @throws {CannotJudge} where a file isn't a document.
 */
export async function fmt(files: readonly string[], { check, write }: FmtOptions, terminal: Terminal): Promise<0 | 1> {
  let isDifferent = false
  for (const file of files) {
    const before = (await readInput(file, terminal)).toString('utf8')
    const formatted = formatDocument(before, { file })
    if (!formatted.ok) throw withProblems(formatted.problems)
    const { text } = formatted
    if (!check && !write) await terminal.out(text)
    if (text === before) continue
    isDifferent = true
    if (!write && !check) continue
    if (write && file === STDIN)
      throw new CannotJudge('The standard input can be read, not written: leave --write out.')
    if (write) await writeFile(file, text)
    await terminal.out(`${file}: ${write ? 'formatted' : 'not formatted'}\n`)
  }
  return check && isDifferent ? 1 : 0
}
