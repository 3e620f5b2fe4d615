/**
 * Parts of a value that API Gateway fills in later: `${stageVariables.x}` (whoever may write the stage) and `{param}`
 * (whoever calls the API). Only these two spellings exist in API Gateway's documentation; what else it might expand is
 * unknown, so every other `$`, `{` or `}` is a {@link LateBoundScan.malformedAt}.
 */
export interface LateBoundScan {
  /** Index of the first late-bound part; -1 where there is none. */
  first: number
  /** The first late-bound part as written, for messages. */
  text: string
  stageVariables: boolean
  placeholders: boolean
  /** Index of a `$`, `{` or `}` outside the two documented forms; -1 where there is none. */
  malformedAt: number
}

const STAGE_VARIABLE = '${stageVariables.'
const NONE: LateBoundScan = { first: -1, text: '', stageVariables: false, placeholders: false, malformedAt: -1 }

/** Finds what is late-bound in `text` from `start` up to `end`; linear. */
export function scanLateBound(text: string, start: number, end: number): LateBoundScan {
  let found = NONE
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code !== 0x24 && code !== 0x7b && code !== 0x7d) continue
    const after = lateBoundEnd(text, at, end)
    if (after < 0) return { ...found, malformedAt: at }
    if (found === NONE) found = { ...NONE, first: at, text: text.slice(at, after) }
    if (code === 0x24) found.stageVariables = true
    else found.placeholders = true
    at = after - 1
  }
  return found
}

/** Where the late-bound part that starts at `at` ends (exclusive); -1 where it is not one of the documented forms. */
function lateBoundEnd(text: string, at: number, end: number): number {
  const isStageVariable = text.startsWith(STAGE_VARIABLE, at)
  if (!isStageVariable && text[at] !== '{') return -1
  const nameAt = isStageVariable ? at + STAGE_VARIABLE.length : at + 1
  let after = nameAt
  while (after < end && isNameCode(text.charCodeAt(after), isStageVariable)) after++
  return after > nameAt && after < end && text[after] === '}' ? after + 1 : -1
}

/** Stage variable names are word characters; parameter names may hold dots and hyphens too. */
function isNameCode(code: number, isStageVariable: boolean): boolean {
  if ((code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39)) return true
  return code === 0x5f || (!isStageVariable && (code === 0x2d || code === 0x2e))
}
