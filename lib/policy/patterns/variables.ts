import { literalPattern, rangePattern, type Shaped, shapeOf } from './build.ts'
import { wrongName } from './name.ts'
import { type ParsedPattern, type Pattern, wrong } from './pattern.ts'
import { literalOf, type Segment, segmentOf } from './segment.ts'

/** What a cache namespace may be written with; filled in when the request is known. */
export interface NamespaceVariables {
  readonly team?: string
  readonly restApiId?: string
  readonly resourceId?: string
}

/** Inside patterns a variable is one character that no text of a request has: these are for private use (Unicode §23.5). */
const SYMBOLS: readonly (readonly [name: keyof NamespaceVariables, symbol: string])[] = [
  ['team', '\uE000'],
  ['restApiId', '\uE001'],
  ['resourceId', '\uE002'],
]

/** A text that could be taken for a variable. No pattern with variables matches it. */
export const VARIABLE_TEXT = /[\uE000-\uE002]/

/** A cache namespace: a name with `{team}`, `{restApiId}` and `{resourceId}`. */
export function parseNamespace(text: string): ParsedPattern {
  const problem = wrongName(text)
  if (problem !== undefined) return problem
  if (/[{}]/.test(text.replaceAll(/\{(?:team|restApiId|resourceId)\}/g, ''))) {
    return wrong('The variables of a namespace are {team}, {restApiId} and {resourceId}.')
  }
  return { ok: true, pattern: namespacePattern(text) }
}

/** A namespace pattern from its text. Charset and stars are the parser's concern. */
function namespacePattern(text: string): Pattern {
  let symbols = text
  for (const [name, symbol] of SYMBOLS) symbols = symbols.replaceAll(`{${name}}`, symbol)
  return symbols === text
    ? patternFrom(text, segmentOf(text), shapeOf('namespace', text))
    : patternFrom(text, segmentOf(symbols))
}

/**
 * The pattern with the variables filled in that are given; a `*` in a value is a star character, not a wildcard. A
 * pattern of another kind, or without variables, is returned as it is.
 */
export function fillNamespace(pattern: Pattern, variables: NamespaceVariables): Pattern {
  if (pattern.variables === undefined) return pattern
  const [segment] = pattern.runs[0]?.[0] ?? []
  if (segment === undefined) return pattern
  let text = pattern.text
  let pieces = segment.pieces
  for (const [name, symbol] of SYMBOLS) {
    const value = variables[name]
    if (value === undefined) continue
    // A value is put in as it is: String.replaceAll() reads a $ in a replacement text.
    text = text.split(`{${name}}`).join(value)
    pieces = pieces.map((piece) => piece.split(symbol).join(value))
  }
  return patternFrom(text, { ...segment, pieces })
}

/** The segment with each variable as a star: what the variables of an unfilled pattern could turn out to be. */
export function loosened(segment: Segment): Segment {
  const pieces = segment.pieces.flatMap((piece) => piece.split(VARIABLE_TEXT))
  const least: number[] = []
  for (const [index, piece] of segment.pieces.entries()) {
    if (index > 0) least.push(segment.least[index - 1] ?? 1)
    for (let count = piece.split(VARIABLE_TEXT).length; count > 1; count--) least.push(1)
  }
  return { ...segment, pieces, least }
}

function patternFrom(text: string, segment: Segment, shaped?: Shaped): Pattern {
  const literal = literalOf(segment)
  const isFilled = !segment.pieces.some((piece) => VARIABLE_TEXT.test(piece))
  if (literal !== undefined && isFilled) return literalPattern('namespace', text)
  const fields = [[{ loop: false, element: segment }]]
  return rangePattern('namespace', text, fields, shaped, isFilled ? {} : { variables: true })
}
