import type { CompiledPolicy } from './compile/compiled-policy.ts'
import type { Decision } from './decision.ts'
import { type Asked, Judged } from './judged.ts'

/**
 * The decision on what brings no integration about, such as a deletion: whoever owns the API may do it, so that with
 * an owner that `resolveTeam` named it is always `allow`.
 */
export function ownershipDecision(policy: CompiledPolicy, asked: Asked): Decision {
  return new Judged(policy, asked).decision()
}
