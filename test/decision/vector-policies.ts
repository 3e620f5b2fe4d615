import { readFileSync } from 'node:fs'
import { compilePolicy } from '../../lib/decision/compile/compile.ts'
import type { CompiledPolicy } from '../../lib/decision/compile/compiled-policy.ts'
import type { PublishedPolicy } from '../../lib/policy/document/published.ts'
import { loadPolicySet } from '../../lib/policy/publish/load.ts'

/** The clock of the vectors, unless one says otherwise. */
export const NOW = Date.parse('2026-12-01T09:00:00Z')

/** A policy that passed every check of publishing; throws with what is wrong with it. */
export function published(text: string, file: string): PublishedPolicy {
  const loaded = loadPolicySet(text, { file, revision: 42 })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems, undefined, 2))
  return loaded.published
}

const example = published(readFileSync(new URL('../../examples/policy.yaml', import.meta.url), 'utf8'), 'policy.yaml')
const written: Record<string, object> = JSON.parse(
  readFileSync(new URL('../vectors/decision-policies.json', import.meta.url), 'utf8'),
)

/** The example policy and those of `decision-policies.json`, by name. */
export const policies = new Map<string, CompiledPolicy>([['example', await compilePolicy(example)]])
for (const [name, document] of Object.entries(written)) {
  policies.set(name, await compilePolicy(published(JSON.stringify(document), name)))
}

export function policyNamed(name: string): CompiledPolicy {
  const policy = policies.get(name)
  if (policy === undefined) throw new Error(`Cannot find policy ${name}: decision-policies.json has none`)
  return policy
}
