import type { Side, Template } from './template.ts'

/** Whether Velocity finds nothing to do in the text: each directive and each reference begins with one of two characters. */
export function isStatic(text: string): boolean {
  return !text.includes('$') && !text.includes('#')
}

/** @param text Static: it renders itself, so that it needs no grammar. */
export function staticTemplate(text: string, side: Side): Template {
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
