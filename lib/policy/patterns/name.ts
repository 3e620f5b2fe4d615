import { literalPattern, rangePattern, shapeOf } from './build.ts'
import { type ParsedPattern, type Sequence, wrong } from './pattern.ts'
import { segmentOf } from './segment.ts'

/** A name without separators: functions, qualifiers, links, actions. Compared as spelt. */
export function parseName(text: string): ParsedPattern {
  const problem = wrongName(text)
  if (problem !== undefined) return problem
  if (!text.includes('*')) return { ok: true, pattern: literalPattern('name', text) }
  return { ok: true, pattern: rangePattern('name', text, fieldsOf, shapeOf('name', text)) }
}

function fieldsOf(text: string): Sequence[] {
  return [[{ loop: false, element: segmentOf(text) }]]
}

/** What no name, namespace or parameter can be. */
export function wrongName(text: string): ParsedPattern | undefined {
  if (text === '') return wrong('A name is not empty.')
  if (text.includes('**')) {
    return wrong('In a name ** means nothing: write *.', text.replace(/\*+/g, '*'))
  }
  if (!/^[\x21-\x7e]+$/.test(text)) return wrong('A name has neither spaces nor characters beyond ASCII.')
  return undefined
}
