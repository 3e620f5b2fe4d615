import { isApproved } from '../policy/document/approval.ts'
import type { Exception } from '../policy/document/document.ts'
import { instantOf } from '../policy/document/instant.ts'
import { SECTIONS, type Section } from '../policy/document/rule-ids.ts'
import type { Allow } from '../policy/document/sections.ts'

/** An exception with its window in Unix milliseconds: it holds from `from` up to, not including, `until`. */
export interface CompiledException {
  id: string
  match: Exception['spec']['match']
  rules: readonly string[]
  from: number
  until: number
  grants: Allow
}

const MAX_DAYS = 90

/**
 * Exceptions by the method they are for. One that nobody else approved, that has no end or one too far away, or that
 * touches a locked rule gives nothing: publishing refuses it, and whoever can write to the store gains nothing by it.
 */
export function indexExceptions(
  exceptions: readonly Exception[],
  locked: readonly string[],
): ReadonlyMap<string, readonly CompiledException[]> {
  const index = new Map<string, CompiledException[]>()
  for (const { metadata, spec } of exceptions) {
    const from = instantOf(spec.notBefore)
    const until = instantOf(spec.notAfter)
    if (from === undefined || until === undefined || until <= from || until - from > MAX_DAYS * 86_400_000) continue
    if (!isApproved(spec)) continue
    const rules = spec.rules.filter((rule) => !locked.includes(rule))
    if (rules.length === 0) continue
    const { match, grants } = spec
    const key = methodKey(match.team, match)
    const compiled = { id: metadata.id, match, rules, from, until, grants }
    const others = index.get(key)
    if (others === undefined) index.set(key, [compiled])
    else others.push(compiled)
  }
  return index
}

const NO_EXCEPTIONS: readonly CompiledException[] = []

/** Those in force for one method. @param now Unix milliseconds. */
export function activeExceptions(
  { exceptions }: { exceptions: ReadonlyMap<string, readonly CompiledException[]> },
  team: string,
  method: MethodName,
  now: number,
): readonly CompiledException[] {
  if (exceptions.size === 0) return NO_EXCEPTIONS
  const all = exceptions.get(methodKey(team, method)) ?? NO_EXCEPTIONS
  return all.filter(({ from, until }) => from <= now && now < until)
}

/** Those of one team that have not ended: in force now, or later. In the order of their ids. @param now Unix milliseconds. */
export function exceptionsOf(
  { exceptions }: { exceptions: ReadonlyMap<string, readonly CompiledException[]> },
  team: string,
  now: number,
): CompiledException[] {
  const all = [...exceptions.values()].flat()
  return all
    .filter(({ match, until }) => match.team === team && now < until)
    .sort((one, other) => (one.id < other.id ? -1 : 1))
}

/** A write that is about no method lacks two of the members, and no exception is for it. */
interface MethodName {
  restApiId: string
  resourceId?: string
  httpMethod?: string
}

function methodKey(team: string, { restApiId, resourceId, httpMethod }: MethodName): string {
  return `${team} ${restApiId} ${resourceId} ${httpMethod}`
}

/** The section that a rule is about: `payments.timeout` and `org.bounds.timeout.maxMillis` are about `timeout`. */
export function sectionOf(rule: string): Section | undefined {
  const fields = rule.split('.')
  const name = fields[0] === 'org' && fields[1] === 'bounds' ? fields[2] : fields.length === 2 ? fields[1] : undefined
  return fields[0] === 'intrinsic' ? undefined : SECTIONS.find((section) => section === name)
}
