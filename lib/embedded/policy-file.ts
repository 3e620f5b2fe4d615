import { unwatchFile, watchFile } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { compilePolicy, PolicyError } from '../decision/compile/compile.ts'
import type { CompiledPolicy } from '../decision/compile/compiled-policy.ts'
import { type Problem, problemLine } from '../policy/document/problem.ts'
import { positionOf } from '../policy/document/published.ts'
import { loadPolicySet } from '../policy/publish/load.ts'

/** A policy file in force: the last version of it that was good. */
export interface PolicyFile {
  current(): CompiledPolicy
  close(): void
}

/** The file can't be used and no earlier version stands in for it. `problems` say where it is wrong. */
export class PolicyUnusable extends Error {
  override name = 'PolicyUnusable'
  readonly problems: readonly Problem[]
  constructor(file: string, problems: readonly Problem[]) {
    super(`The policy ${file} can't be used:\n${problems.map(problemLine).join('\n')}`)
    this.problems = problems
  }
}

/**
 * Opens a policy file and follows it: a good edit takes effect within half a second, a broken one leaves the last good
 * version in force and is told through `onBroken`. The revision counts the versions this process has seen; the digest
 * names the text.
 *
 * @throws {PolicyUnusable} where the first version is broken or can't be read.
 */
export async function openPolicyFile(
  file: string,
  { onReloaded, onBroken }: { onReloaded(policy: CompiledPolicy): void; onBroken(lines: string[]): void },
): Promise<PolicyFile> {
  let revision = 1
  const first = await readPolicyFile(file, revision)
  if ('problems' in first) throw new PolicyUnusable(file, first.problems)
  let current = first.policy

  // Watched by polling its stat: editors replace files, and a watch on the old inode would go deaf.
  watchFile(file, { interval: 300 }, async () => {
    const next = await readPolicyFile(file, revision + 1)
    if ('problems' in next) return onBroken(next.problems.map(problemLine))
    if (next.policy.published.digest === current.published.digest) return
    revision++
    current = next.policy
    onReloaded(current)
  })
  return { current: () => current, close: () => unwatchFile(file) }
}

/** Reads, checks and compiles a policy file. Never throws for what is in the file. */
export async function readPolicyFile(
  file: string,
  revision: number,
): Promise<{ policy: CompiledPolicy } | { problems: Problem[] }> {
  const nowhere = { file, line: 1, column: 1, pointer: '' }
  // Bytes: decoding here would replace what isn't UTF-8 before it could be refused.
  const text = await readFile(file).catch((error: NodeJS.ErrnoException) => error)
  if (text instanceof Error) {
    const message = text.code === 'ENOENT' ? 'There is no such file.' : `It can't be read: ${text.code}.`
    return { problems: [{ ...nowhere, message }] }
  }
  const loaded = loadPolicySet(text, { file, revision })
  if (!loaded.ok) return { problems: loaded.problems }
  try {
    return { policy: await compilePolicy(loaded.published) }
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error
    const problems = error.problems.map(({ pointer, message }) => {
      const { line, column } = positionOf(loaded.published, pointer)
      return { file, line, column, pointer, message }
    })
    return { problems }
  }
}
