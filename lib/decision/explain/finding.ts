import { describe } from '../../policy/patterns/describe.ts'
import type { Pattern } from '../../policy/patterns/pattern.ts'
import type { Remedy, Violation } from '../decision.ts'

/** A violation before its rule's mode and its place in the policy are known. */
export interface Finding extends Omit<Violation, 'mode' | 'policyAt' | 'nearest' | 'fix' | 'remedy'> {
  nearest?: string | undefined
  fix?: string | undefined
  remedy?: Remedy | undefined
  /** JSON pointer into the policy; absent for intrinsic rules. */
  pointer?: string
  /** What of its section the finding is about, where the bounds can be silent on one part and speak of another. */
  aspect?: string
}

/** `a`, `a or b`, `a, b or c`; at most eight are named. */
export function oneOf(values: readonly (string | number)[]): string {
  const shown = values.slice(0, 8)
  if (values.length > 8) return `${shown.join(', ')} or one of ${values.length - 8} more`
  const last = shown.at(-1)
  return shown.length < 2 ? `${last ?? 'nothing'}` : `${shown.slice(0, -1).join(', ')} or ${last}`
}

/** The same for patterns, each in words: a range is no value to write. */
export function rangesOf(patterns: readonly Pattern[]): string {
  const told = patterns.slice(0, 8).map(describe)
  return oneOf(patterns.length > 8 ? [...told, `${patterns.length - 8} more`] : told)
}

const MAX_LISTED = 200
const texts = new WeakMap<readonly Pattern[], readonly string[]>()

/**
 * What a list of patterns allows, as it is told: at most 200 of them, so that an answer stays readable and small. Made
 * once for each list.
 */
export function listed(patterns: readonly Pattern[]): readonly string[] {
  const known = texts.get(patterns)
  if (known !== undefined) return known
  const shown = patterns.slice(0, MAX_LISTED).map(({ text }) => text)
  if (patterns.length > MAX_LISTED) shown.push(`and ${patterns.length - MAX_LISTED} more`)
  texts.set(patterns, Object.freeze(shown))
  return shown
}

/** The JSON pointer of an entry of a map or list of the integration (RFC 6901). */
export function entryOf(member: string, key: string | number): string {
  return `/${member}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`
}

/** The one step of setting a member; none where there is nothing to set it to. */
export function setting(path: string, value: unknown): Remedy | undefined {
  return value === undefined ? undefined : [{ op: 'set', path, value }]
}

export function removing(path: string): Remedy {
  return [{ op: 'remove', path }]
}

/** The one step of putting the integration on a method of another verb. */
export function onMethod(verb: string | undefined): Remedy | undefined {
  return verb === undefined ? undefined : [{ op: 'httpMethod', value: verb }]
}

/** The steps back to what API Gateway does by itself: no link. */
export const TO_INTERNET = [
  { op: 'set', path: '/connectionType', value: 'INTERNET' },
  { op: 'remove', path: '/connectionId' },
  { op: 'remove', path: '/integrationTarget' },
] as const

/** Whose rule a finding is of, and where it stands in the policy. */
export type Pointed = Pick<Finding, 'rule' | 'pointer' | 'aspect'>
