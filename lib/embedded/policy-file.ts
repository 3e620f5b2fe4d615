import { readFile } from 'node:fs/promises'
import { compilePolicy, PolicyError, withExceptions } from '../decision/compile/compile.ts'
import type { CompiledPolicy } from '../decision/compile/compiled-policy.ts'
import { type Problem, problemLine } from '../policy/document/problem.ts'
import { positionOf } from '../policy/document/published.ts'
import { loadPolicySet } from '../policy/publish/load.ts'
import { type ExceptionFiles, readExceptionFiles, stampOf, stampOfExceptions } from './exception-files.ts'

/** A policy file in force: the last version of it that was good, and the exceptions that stand beside it. */
export interface PolicyFile {
  current(): CompiledPolicy
  /** As they were read last; those that are good are in force. */
  exceptions(): ExceptionFiles
  close(): void
}

/** The file (or what stands beside it) can't be used and no earlier version stands in. `problems` say where it is wrong. */
export class PolicyUnusable extends Error {
  override name = 'PolicyUnusable'
  readonly problems: readonly Problem[]
  constructor(file: string, problems: readonly Problem[], what = 'policy') {
    super(`The ${what} ${file} can't be used:\n${problems.map(problemLine).join('\n')}`)
    this.problems = problems
  }
}

/** Told of what changes in the files. */
export interface PolicyFileEvents {
  onReloaded(policy: CompiledPolicy): void
  onBroken(lines: string[]): void
  /** The exceptions were read again: their files have changed, or the policy that they are exceptions to. */
  onExceptions(found: ExceptionFiles): void
}

/** How often the files are looked at. */
const POLL_MS = 300

/**
 * Opens a policy file with the exceptions that stand beside it, and follows them: a good edit takes effect within half a
 * second. A broken edit of the policy leaves the last good version in force and is told through `onBroken`; an exception
 * that is wrong is in force no more. The revision counts the versions this process has seen; the digest names the text.
 *
 * @throws {PolicyUnusable} where the first version of the policy is broken or can't be read.
 */
export async function openPolicyFile(file: string, events: PolicyFileEvents): Promise<PolicyFile> {
  let revision = 1
  // Stamps are taken before the files are read: what changes in between shows at the next look.
  let seen = await stampsOf(file)
  const first = await readPolicyFile(file, revision)
  if ('problems' in first) throw new PolicyUnusable(file, first.problems)
  let found = await readExceptionFiles(file, first.policy.published.document)
  let current = await withFound(first.policy, found)

  const changed = async (): Promise<CompiledPolicy | undefined> => {
    const next = await readPolicyFile(file, revision + 1)
    if ('problems' in next) events.onBroken(next.problems.map(problemLine))
    if ('problems' in next || next.policy.published.digest === current.published.digest) return undefined
    revision++
    return next.policy
  }
  // Polled by stat: editors replace files, and a watch on the old inode would go deaf.
  const look = async () => {
    const stamps = await stampsOf(file)
    const next = stamps.policy === seen.policy ? undefined : await changed()
    const areFilesOther = stamps.exceptions !== seen.exceptions
    seen = stamps
    if (next === undefined && !areFilesOther) return
    const policy = next ?? current
    const before = JSON.stringify(found)
    found = await readExceptionFiles(file, policy.published.document)
    const areOther = JSON.stringify(found) !== before
    // A change that waits is decided again under another policy: one that says the same stays the same.
    if (next === undefined && !areOther) return
    current = await withFound(policy, found)
    if (next !== undefined) events.onReloaded(current)
    if (areOther) events.onExceptions(found)
  }
  let timer: NodeJS.Timeout | undefined
  let isClosed = false
  const follow = () => {
    if (isClosed) return
    timer = setTimeout(() => void look().finally(follow), POLL_MS)
    timer.unref()
  }
  follow()
  return {
    current: () => current,
    exceptions: () => found,
    close() {
      isClosed = true
      clearTimeout(timer)
    },
  }
}

function withFound(policy: CompiledPolicy, { exceptions }: ExceptionFiles): Promise<CompiledPolicy> {
  return withExceptions(
    policy,
    exceptions.map(({ exception }) => exception),
  )
}

async function stampsOf(file: string): Promise<{ policy: string; exceptions: string }> {
  const [policy, exceptions] = await Promise.all([stampOf(file), stampOfExceptions(file)])
  return { policy, exceptions }
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
