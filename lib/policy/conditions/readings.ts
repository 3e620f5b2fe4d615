import type { ASTNode } from '@marcbachmann/cel-js'
import type { LiteralUse } from './literals.ts'
import { literalUses } from './literals.ts'
import { contentTypeName, destinationName, type NameReading, sourceName } from './names.ts'

/** The expression's text with its names written as one reading has them; the text itself where it speaks of none. */
export function inReading(ast: ASTNode, reading: NameReading): string {
  const names = literalUses(ast).filter(({ domain }) => domain.kind === 'name' || domain.kind === 'contentType')
  let text = ast.input
  // From the end, so that what stands before keeps its place.
  for (const use of names.toSorted((one, other) => other.node.range.start - one.node.range.start)) {
    const { start, end } = use.node.range
    text = text.slice(0, start) + JSON.stringify(nameIn(use, reading)) + text.slice(end)
  }
  return text
}

/** Whether an expression compares names, so that it has two readings. */
export function comparesNames(ast: ASTNode): boolean {
  return literalUses(ast).some(({ domain }) => domain.kind === 'name' || domain.kind === 'contentType')
}

function nameIn({ domain, text }: LiteralUse, reading: NameReading): string {
  if (domain.kind === 'contentType') return contentTypeName(text, reading)
  if (domain.kind === 'name' && domain.of === 'destination') return destinationName(text, reading)
  return sourceName(text, reading)
}
