import { type FaultWords, Lines } from './fault.ts'
import type { HolePiece, Piece, Template, TemplateFault, TextPiece } from './template.ts'

/** Where a character of a known text stands in the template; what comes out of a variable stands where it is written. */
export function positionIn({ text, line, column, folded }: TextPiece, index: number): { line: number; column: number } {
  if (folded) return { line, column }
  const before = text.lastIndexOf('\n', index - 1)
  if (index === 0 || before < 0) return { line, column: column + index }
  let lines = 0
  for (let at = text.indexOf('\n'); at >= 0 && at < index; at = text.indexOf('\n', at + 1)) lines += 1
  return { line: line + lines, column: index - before }
}

/** Where a template begins. */
export const START = { line: 1, column: 1 }

/** Where the first piece with a position stands. */
export function firstOf(pieces: readonly Piece[]): { line: number; column: number } {
  for (const piece of pieces) {
    if (piece.kind === 'text' || piece.kind === 'hole') return piece
    const inner = firstOf(piece.kind === 'repeat' ? piece.body : piece.branches.flat())
    if (inner !== START) return inner
  }
  return START
}

/** A fault at a position of the template. The value is the rest of the line, up to a blank, where it is not given. */
export function faultIn(
  template: Template,
  { line, column }: { line: number; column: number },
  words: Omit<FaultWords, 'value'> & { value?: string },
): TemplateFault {
  const lines = new Lines(template.text)
  return lines.fault(line, column, { ...words, value: words.value ?? wordAt(template.text, line, column) })
}

/** What stands at a hole, for messages: the reference as far as it has no blank outside parentheses. */
export function spellingAt({ text }: Template, { line, column }: HolePiece): string {
  return wordAt(text, line, column)
}

function wordAt(text: string, line: number, column: number): string {
  let start = 0
  for (let at = 1; at < line; at += 1) start = text.indexOf('\n', start) + 1
  const from = start + column - 1
  const isFormal = /^\$!?\{/.test(text.slice(from, from + 3))
  let depth = 0
  let end = from
  while (end < text.length && end - from < 80) {
    const character = text[end] ?? ''
    if (depth === 0 && character === '}') {
      if (isFormal) end += 1
      break
    }
    if (character === '(') depth += 1
    if (character === ')') depth -= 1
    if (depth < 0 || (depth === 0 && end > from && /[\s&"<,]/.test(character))) break
    end += 1
    if (depth === 0 && character === ')' && text[end] !== '.' && !isFormal) break
  }
  return text.slice(from, Math.max(end, from + 1))
}
