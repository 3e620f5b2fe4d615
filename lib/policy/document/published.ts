import type { PolicyPosition } from '../../decision/decision.ts'
import type { Exception, PolicySet } from './document.ts'

/** 1-based line and column, counted in UTF-16 units. */
export type LineColumn = readonly [line: number, column: number]

/**
 * A policy that passed every check, in the form that is stored and loaded by whoever decides. Plain JSON: reading it
 * back takes neither the YAML parser nor the schema.
 */
export interface PublishedPolicy {
  revision: number
  /** `sha256:<hex>` over the RFC 8785 form of `document`: comments, order and YAML or JSON don't change it. */
  digest: string
  /** The name under which the document was read, for messages. */
  file: string
  document: PolicySet
  /** By JSON pointer: of a member the place of its key, of an entry its first character. See {@link positionOf}. */
  positions: Record<string, LineColumn>
}

/** Exceptions that passed every check against the policy they are published with. Plain JSON, as the policy is. */
export interface PublishedExceptions {
  /** `digest` as a policy's; `file` is the name under which the document was read. */
  exceptions: readonly { file: string; digest: string; document: Exception }[]
}

/** Where a node stands. Inside a team, entries below a section's members are found at the member that holds them. */
export function positionOf({ positions }: Pick<PublishedPolicy, 'positions'>, pointer: string): PolicyPosition {
  for (let at = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
    const found = Object.hasOwn(positions, at) ? positions[at] : undefined
    if (found) return { pointer: at, line: found[0], column: found[1] }
    if (at === '') return { pointer: '', line: 1, column: 1 }
  }
}
