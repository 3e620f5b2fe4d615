import type { Pattern } from './pattern.ts'
import { parsePattern } from './parse.ts'
import { valueOf } from './value.ts'

export function deniedForms(pattern: Pattern): Pattern[] {
  const folded = pattern.text
    .replace(/^((?:method\.request\.)?)multivalue(header|querystring)\./, '$1$2.')
    .replace(/^((?:(?:method|integration)\.request\.)?header\.)(.*)$/, (_, at: string, name: string) => at + name.toLowerCase().replaceAll('_', '-'))
  if (pattern.literal !== undefined) return [valueOf('parameter', folded)]
  const parsed = parsePattern('parameter', folded)
  return parsed.ok ? [parsed.pattern] : [pattern]
}
