import type { Side, Template } from './template.ts'

/** Velocity drops one backslash of a pair before a text that is one letter and one of these names. */
export const PLUGGABLE_DIRECTIVES: ReadonlySet<string> = new Set([
  'foreach',
  'define',
  'macro',
  'evaluate',
  'parse',
  'include',
  'literal',
  'break',
  'stop',
])

/** A pair of backslashes that Velocity may make one of; the grammar tells which. */
const DROPPED = new RegExp(`\\\\\\\\[^\\\\](?:${[...PLUGGABLE_DIRECTIVES].join('|')})(?:\\\\|$)`)

/** Whether Velocity has nothing to run in the text: each directive and each reference begins with one of two signs. */
export function isStatic(text: string): boolean {
  return !text.includes('$') && !text.includes('#')
}

/** Whether the text renders itself: reading it takes no grammar. */
export function isPlain(text: string): boolean {
  return isStatic(text) && !DROPPED.test(text)
}

/** @param text Plain. */
export function plainTemplate(text: string, side: Side): Template {
  return {
    side,
    text,
    overrides: [],
    sources: [],
    isStatic: true,
    isLiteral: true,
    body: text === '' ? [] : [{ kind: 'text', text, line: 1, column: 1 }],
  }
}
