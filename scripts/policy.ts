import { readFile } from 'node:fs/promises'
import { problemLine } from '../lib/embedded/policy-file.ts'
import { loadPolicySet } from '../lib/policy/load.ts'
import type { PublishedPolicy } from '../lib/policy/published.ts'

/** Reads and checks a policy file for the bundle. @throws Error naming every problem where it has any. */
export async function publishPolicy(file: string): Promise<PublishedPolicy> {
  const loaded = loadPolicySet(await readFile(file), { file, revision: 1 })
  if (loaded.ok) return loaded.published
  throw new Error([`The policy ${file} can't be packaged:`, ...loaded.problems.map(problemLine)].join('\n'))
}
