import { parseRole, parseTarget } from './arn.ts'
import { parseHost } from './host.ts'
import { parseName } from './name.ts'
import { parseParameter } from './parameter.ts'
import { parsePath } from './path.ts'
import type { ParsedPattern, Pattern, PatternKind } from './pattern.ts'
import { parseNamespace } from './variables.ts'

const PARSERS: Readonly<Record<PatternKind, (text: string) => ParsedPattern>> = {
  host: parseHost,
  path: parsePath,
  name: parseName,
  role: parseRole,
  target: parseTarget,
  parameter: parseParameter,
  namespace: parseNamespace,
}

/** Reads a pattern of the policy, or says what is wrong with it and, where that is clear, how it should read. */
export function parsePattern(kind: PatternKind, text: string): ParsedPattern {
  return PARSERS[kind](text)
}

/**
 * As {@link parsePattern}, for patterns of a policy that was checked.
 *
 * @throws {TypeError} The text is no pattern of the kind.
 */
export function patternOf(kind: PatternKind, text: string): Pattern {
  const parsed = parsePattern(kind, text)
  if (parsed.ok) return parsed.pattern
  throw new TypeError(`Cannot read the ${kind} pattern "${text}": ${parsed.message}`)
}
