import { PolicyUnusable, readPolicyFile } from '../lib/embedded/policy-file.ts'
import type { PublishedPolicy } from '../lib/policy/document/published.ts'

/** Reads and checks a policy file for the bundle. @throws {PolicyUnusable} naming every problem where it has any. */
export async function publishPolicy(file: string): Promise<PublishedPolicy> {
  const read = await readPolicyFile(file, 1)
  if ('problems' in read) throw new PolicyUnusable(file, read.problems)
  return read.policy.published
}
