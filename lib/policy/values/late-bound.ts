/**
 * Parts of a value that API Gateway fills in later: `${stageVariables.x}` (whoever may write the stage) and `{param}`
 * (whoever calls the API). Only these two spellings exist in API Gateway's documentation; what else it might expand is
 * unknown, so every other `$`, `{` or `}` is a {@link LateBoundScan.malformedAt}.
 */
export interface LateBound {
  kind: 'stageVariable' | 'placeholder'
  name: string
  /** As written, for messages. */
  text: string
}

export interface LateBoundScan {
  /** Literal text and late-bound parts in turn, up to {@link malformedAt}; empty texts are left out. */
  pieces: readonly (string | LateBound)[]
  /** The first late-bound part; absent where there is none. */
  first?: LateBound
  stageVariables: boolean
  placeholders: boolean
  /** Index of a `$`, `{` or `}` outside the two documented forms; -1 where there is none. */
  malformedAt: number
}

const STAGE_VARIABLE = '${stageVariables.'

/** Finds what is late-bound in `text`; linear. */
export function scanLateBound(text: string): LateBoundScan {
  if (!isLateBound(text)) {
    return { pieces: text === '' ? [] : [text], stageVariables: false, placeholders: false, malformedAt: -1 }
  }
  const pieces: (string | LateBound)[] = []
  const found: LateBoundScan = { pieces, stageVariables: false, placeholders: false, malformedAt: -1 }
  let literalAt = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code !== DOLLAR && code !== OPEN && code !== CLOSE) continue
    const late = lateBoundAt(text, at)
    if (late === undefined) {
      found.malformedAt = at
      return found
    }
    if (at > literalAt) pieces.push(text.slice(literalAt, at))
    pieces.push(late)
    found.first ??= late
    if (late.kind === 'stageVariable') found.stageVariables = true
    else found.placeholders = true
    literalAt = at + late.text.length
    at = literalAt - 1
  }
  if (text.length > literalAt) pieces.push(text.slice(literalAt))
  return found
}

/** Whether any part of `text` is filled in later, or looks as if it were. */
export function isLateBound(text: string): boolean {
  return text.includes('$') || text.includes('{') || text.includes('}')
}

/** The late-bound part that starts at `at`; `undefined` where it is not one of the documented forms. */
function lateBoundAt(text: string, at: number): LateBound | undefined {
  const isStageVariable = text.startsWith(STAGE_VARIABLE, at)
  if (!isStageVariable && text.charCodeAt(at) !== OPEN) return undefined
  const nameAt = isStageVariable ? at + STAGE_VARIABLE.length : at + 1
  let after = nameAt
  while (after < text.length && isNameCode(text.charCodeAt(after), isStageVariable)) after++
  if (after === nameAt || text.charCodeAt(after) !== CLOSE) return undefined
  return {
    kind: isStageVariable ? 'stageVariable' : 'placeholder',
    name: text.slice(nameAt, after),
    text: text.slice(at, after + 1),
  }
}

/** Stage variable names are word characters; parameter names may hold dots and hyphens too. */
function isNameCode(code: number, isStageVariable: boolean): boolean {
  if ((code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39)) return true
  return code === 0x5f || (!isStageVariable && (code === 0x2d || code === 0x2e))
}

const DOLLAR = 0x24
const OPEN = 0x7b
const CLOSE = 0x7d
