import type { Violation } from './decision.ts'

/** A violation before its rule's mode and its place in the policy are known. */
export interface Finding extends Omit<Violation, 'mode' | 'policyAt'> {
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

/** What a list of patterns allows, as it is told: at most 200 of them, so that an answer stays readable and small. */
export function listed(patterns: readonly { text: string }[]): string[] {
  const texts = patterns.slice(0, MAX_LISTED).map(({ text }) => text)
  return patterns.length > MAX_LISTED ? [...texts, `and ${patterns.length - MAX_LISTED} more`] : texts
}
