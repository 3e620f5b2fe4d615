import { literalPattern, rangePattern, shapeOf } from './build.ts'
import { type ParsedPattern, wrong } from './parsed.ts'
import { segmentOf } from './segment.ts'
import { namespacePattern } from './variables.ts'

/** A name without separators: functions, qualifiers, links, actions. Compared as spelt. */
export function parseName(text: string): ParsedPattern {
  const problem = wrongName(text)
  if (problem !== undefined) return problem
  if (!text.includes('*')) return { ok: true, pattern: literalPattern('name', text) }
  const fields = [[{ loop: false, element: segmentOf(text) }]]
  return { ok: true, pattern: rangePattern('name', text, fields, shapeOf('name', text)) }
}

/** A cache namespace: a name with `{team}`, `{restApiId}` and `{resourceId}`. */
export function parseNamespace(text: string): ParsedPattern {
  const problem = wrongName(text)
  if (problem !== undefined) return problem
  if (/[{}]/.test(text.replaceAll(/\{(?:team|restApiId|resourceId)\}/g, ''))) {
    return wrong('The variables of a namespace are {team}, {restApiId} and {resourceId}.')
  }
  return { ok: true, pattern: namespacePattern(text) }
}

/**
 * A dotted parameter name (`header.X-Tenant`, `method.request.querystring.*`), compared as spelt. `*` stays inside its
 * part; where it ends the pattern it takes everything below, dots included. What a denial takes a name for is
 * `deniedForms`.
 */
export function parseParameter(text: string): ParsedPattern {
  const problem = wrongName(text)
  if (problem !== undefined) return problem
  if (!text.includes('*')) return { ok: true, pattern: literalPattern('parameter', text) }
  const isOpen = text.endsWith('*')
  const parts = (isOpen ? text.slice(0, -1) : text).split('.')
  const fields = [parts.map((part) => ({ loop: false, element: segmentOf(part) }))]
  const beside = isOpen ? { open: 1 } : {}
  return { ok: true, pattern: rangePattern('parameter', text, fields, shapeOf('parameter', text), beside) }
}

function wrongName(text: string): ParsedPattern | undefined {
  if (text === '') return wrong('A name is not empty.')
  if (text.includes('**')) {
    return wrong('In a name ** means nothing: write *.', text.replace(/\*+/g, '*'))
  }
  if (!/^[\x21-\x7e]+$/.test(text)) return wrong('A name has neither spaces nor characters beyond ASCII.')
  return undefined
}
