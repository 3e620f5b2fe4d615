import type { Violation } from '../decision.ts'

/** A violation before its rule's mode and its place in the policy are known. */
export interface Finding extends Omit<Violation, 'mode' | 'policyAt' | 'nearest' | 'fix'> {
  nearest?: string | undefined
  fix?: string | undefined
  /** JSON pointer into the policy; absent for intrinsic rules. */
  pointer?: string
}

/** `a`, `a or b`, `a, b or c`; at most eight are named. */
export function oneOf(values: readonly (string | number)[]): string {
  const shown = values.slice(0, 8)
  if (values.length > 8) return `${shown.join(', ')} or one of ${values.length - 8} more`
  const last = shown.at(-1)
  return shown.length < 2 ? `${last ?? 'nothing'}` : `${shown.slice(0, -1).join(', ')} or ${last}`
}

const MAX_LISTED = 200
const texts = new WeakMap<readonly { text: string }[], readonly string[]>()

/**
 * What a list of patterns allows, as it is told: at most 200 of them, so that an answer stays readable and small. Made
 * once for each list.
 */
export function listed(patterns: readonly { text: string }[]): readonly string[] {
  const known = texts.get(patterns)
  if (known !== undefined) return known
  const shown = patterns.slice(0, MAX_LISTED).map(({ text }) => text)
  if (patterns.length > MAX_LISTED) shown.push(`and ${patterns.length - MAX_LISTED} more`)
  texts.set(patterns, Object.freeze(shown))
  return shown
}
