import type { ResourceKind } from '../../../policy/values/service/resource-kinds.ts'
import { type ResourcePattern, resourcePatternsOf } from '../../../policy/values/service/resource-pattern.ts'
import type { ServiceLimits } from '../limits.ts'

const parsed = new WeakMap<readonly string[], readonly ResourcePattern[]>()

/** The typed list of one kind, parsed once; `undefined` where the entry has none. */
export function resourcesOf({ resources }: ServiceLimits, kind: ResourceKind): readonly ResourcePattern[] | undefined {
  const written = resources[kind]
  if (written === undefined) return undefined
  const known = parsed.get(written) ?? resourcePatternsOf(kind, written)
  parsed.set(written, known)
  return known
}
