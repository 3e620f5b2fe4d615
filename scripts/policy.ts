import { readExceptionFiles } from '../lib/embedded/exception-files.ts'
import { PolicyUnusable, readPolicyFile } from '../lib/embedded/policy-file.ts'
import type { PublishedExceptions, PublishedPolicy } from '../lib/policy/document/published.ts'

/** Reads and checks a policy file for the bundle. @throws {PolicyUnusable} naming every problem where it has any. */
export async function publishPolicy(file: string): Promise<PublishedPolicy> {
  const read = await readPolicyFile(file, 1)
  if ('problems' in read) throw new PolicyUnusable(file, read.problems)
  return read.policy.published
}

/**
 * Reads and checks the exceptions beside a policy file for the bundle. What has ended is left to the evaluator's clock.
 *
 * @throws {PolicyUnusable} naming every problem where there is any: nothing is packaged that would be left out in silence.
 */
export async function publishExceptions(file: string, { document }: PublishedPolicy): Promise<PublishedExceptions> {
  const { exceptions, problems } = await readExceptionFiles(file, document)
  if (problems.length > 0) throw new PolicyUnusable(file, problems)
  return {
    exceptions: exceptions.map(({ exception, digest, file: from }) => ({ file: from, digest, document: exception })),
  }
}
