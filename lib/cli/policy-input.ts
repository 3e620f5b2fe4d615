import { compilePolicy, PolicyError } from '../decision/compile/compile.ts'
import type { CompiledPolicy } from '../decision/compile/compiled-policy.ts'
import type { Exception } from '../policy/document/document.ts'
import { type PublishedPolicy, positionOf } from '../policy/document/published.ts'
import { loadExceptions, loadPolicySet } from '../policy/publish/load.ts'
import { CannotJudge, withProblems } from './cannot-judge.ts'
import { readInput } from './input-file.ts'
import type { Terminal } from './terminal.ts'

/** A policy that was never published has no revision yet. */
const UNPUBLISHED = 0

/** @throws {CannotJudge} naming every problem with its place. */
export async function openPolicy(
  file: string,
  exceptions: readonly string[],
  terminal: Pick<Terminal, 'stdin'>,
): Promise<CompiledPolicy> {
  const published = await readPolicy(file, terminal)
  const read: Exception[] = []
  for (const each of exceptions) {
    const text = await readInput(each, terminal)
    const loaded = loadExceptions(text, { file: each, policy: published.document })
    if (loaded.problems.length > 0) throw withProblems(loaded.problems)
    for (const { exception } of loaded.exceptions) {
      const { id } = exception.metadata
      if (read.some(({ metadata }) => metadata.id === id)) throw new CannotJudge(`${each}: Another exception is ${id}.`)
      read.push(exception)
    }
  }
  try {
    return await compilePolicy(published, read)
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error
    throw withProblems(
      error.problems.map(({ pointer, message }) => ({ ...positionOf(published, pointer), file, message })),
    )
  }
}

/** @throws {CannotJudge} naming every problem with its place. */
export async function readPolicy(file: string, terminal: Pick<Terminal, 'stdin'>): Promise<PublishedPolicy> {
  const loaded = loadPolicySet(await readInput(file, terminal), { file, revision: UNPUBLISHED })
  if (!loaded.ok) throw withProblems(loaded.problems)
  return loaded.published
}
