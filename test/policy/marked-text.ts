import { readFileSync } from 'node:fs'

/** Marks the place at which a problem is expected; not part of the text. */
export const MARK = '¦'

export const examplePolicy = readFileSync(new URL('../../examples/policy.yaml', import.meta.url), 'utf8')

/** Takes the mark out of a text and says where it stood: 1-based line and column. */
export function unmark(marked: string): { text: string; line: number; column: number } {
  const at = marked.indexOf(MARK)
  if (at < 0 || marked.indexOf(MARK, at + 1) >= 0) throw new Error('The text needs exactly one mark.')
  const before = marked.slice(0, at)
  const text = before + marked.slice(at + 1)
  return { text, line: before.split('\n').length, column: at - before.lastIndexOf('\n') }
}

/** `text` with its one occurrence of `from` replaced by `to`. */
export function edit(text: string, from: string, to: string): string {
  if (text.split(from).length !== 2) throw new Error(`The text must hold once: ${from}`)
  return text.replace(from, () => to)
}
