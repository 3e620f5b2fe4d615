import { problemLine } from '../policy/document/problem.ts'
import { lintPolicySet } from '../policy/publish/lint.ts'
import { openPolicy } from './policy-input.ts'
import type { Terminal } from './terminal.ts'
import { plural } from './text-report.ts'

/**
 * Prints what policies say in vain.
 *
 * @returns 0 where nothing is found, 1 where something is.
 * @throws {CannotJudge} where a policy can't be read or published.
 */
export async function lint(files: readonly string[], { now }: { now: number }, terminal: Terminal): Promise<0 | 1> {
  let found = 0
  for (const file of files) {
    const { published } = await openPolicy(file, [], terminal)
    const problems = lintPolicySet(published, now)
    found += problems.length
    if (problems.length > 0) await terminal.out(`${problems.map(problemLine).join('\n')}\n`)
  }
  await terminal.out(found === 0 ? `${plural(files.length, 'policy', 'policies')}: nothing found.\n` : '')
  return found === 0 ? 0 : 1
}
