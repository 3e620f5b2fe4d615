import { isArn, type Pattern, type PatternKind, SEPARATOR, type Sequence } from './pattern.ts'
import { type Segment, segmentMatches } from './segment.ts'
import { VARIABLE_TEXT } from './variables.ts'

/**
 * Whether the text is in the pattern. For one pattern, the work is at most proportional to the text's length; nothing
 * backtracks.
 *
 * @param text A host in lower case; an ARN or a path in its canonical spelling.
 */
export function matches(pattern: Pattern, text: string): boolean {
  const { end } = pattern
  switch (pattern.shape) {
    case 'literal':
      return text === pattern.literal
    case 'head':
      return text.startsWith(end) && takesRest(pattern, text, end.length, text.length)
    case 'tail':
      return text.endsWith(end) && takesRest(pattern, text, 0, text.length - end.length)
    case 'fields':
      return matchesFields(pattern, text)
  }
}

export function matchesAny(patterns: readonly Pattern[], text: string): boolean {
  for (const pattern of patterns) if (matches(pattern, text)) return true
  return false
}

/** Whether a `*` (`**` where `whole`) that begins at `from` can take the text up to `end`. */
function takesRest({ kind, whole }: Pattern, text: string, from: number, end: number): boolean {
  if (kind === 'path' && whole) return true
  if (end <= from) return false
  if (isArn(kind) && firstIn(text, ':', from, end)) return false
  const separator = kind === 'parameter' ? undefined : SEPARATOR[kind]
  if (separator === undefined) return true
  if (!whole) return !firstIn(text, separator, from, end)
  return !hasEmptySegment(text, separator, from, end)
}

/** The two ends of the part that is looked at are either ends of the text or stand beside a literal. */
function firstIn(text: string, character: string, from: number, end: number): boolean {
  const found = text.indexOf(character, from)
  return found >= 0 && found < end
}

function hasEmptySegment(text: string, separator: string, from: number, end: number): boolean {
  let start = from
  for (;;) {
    const found = text.indexOf(separator, start)
    if (found < 0 || found >= end) return start === end
    if (found === start) return true
    start = found + 1
  }
}

function matchesFields(pattern: Pattern, text: string): boolean {
  const { kind, fields, runs } = pattern
  switch (kind) {
    case 'name':
    case 'namespace': {
      const [segment] = runs[0]?.[0] ?? []
      if (pattern.variables && VARIABLE_TEXT.test(text)) return false
      return segment !== undefined && segmentMatches(segment, text)
    }
    case 'parameter':
      return matchesParameter(pattern, text)
    case 'path':
      return text.startsWith('/') && matchesSequence(kind, fields[0], runs[0], text.slice(1).split('/'))
    case 'host':
      return matchesSequence(kind, fields[0], runs[0], text.split('.'))
    case 'role':
    case 'target': {
      const parts = text.split(':')
      return (
        parts.length === fields.length &&
        fields.every((field, index) => matchesSequence(kind, field, runs[index], (parts[index] ?? '').split('/')))
      )
    }
  }
}

/**
 * Whether the sequence takes the values as a whole. A run has a fixed length, so that the leftmost place for each is
 * always right and no choice is undone: at most (values × longest run) comparisons.
 */
function matchesSequence(
  kind: PatternKind,
  sequence: Sequence = [],
  runs: readonly (readonly Segment[])[] = [],
  values: readonly string[],
): boolean {
  const first = runs[0] ?? []
  const final = runs.length - 1
  if (!runMatchesAt(first, values, 0)) return false
  if (final === 0) return values.length === first.length
  if (kind !== 'path' && values.includes('')) return false
  // Loops that don't take every segment leave choices.
  if (kind === 'path' && sequence.some(({ loop, element }) => loop && element.least[0] !== 0)) {
    return matchesByWalk(sequence, values)
  }
  let at = first.length
  for (let index = 1; index < final; index++) {
    const run = runs[index] ?? []
    let found = at
    while (found + run.length <= values.length && !runMatchesAt(run, values, found)) found++
    if (found + run.length > values.length) return false
    at = found + run.length
  }
  const last = runs[final] ?? []
  return at + last.length <= values.length && runMatchesAt(last, values, values.length - last.length)
}

function runMatchesAt(run: readonly Segment[], values: readonly string[], at: number): boolean {
  if (at + run.length > values.length) return false
  for (let index = 0; index < run.length; index++) {
    const element = run[index]
    const value = values[at + index]
    if (element === undefined || value === undefined || !segmentMatches(element, value)) return false
  }
  return true
}

/** Keeps every position of the sequence that the values read so far can have led to. */
function matchesByWalk(sequence: Sequence, values: readonly string[]): boolean {
  let states = new Uint8Array(sequence.length + 1)
  states[0] = 1
  for (let at = 0; ; at++) {
    for (const [state, { loop }] of sequence.entries()) if (loop && states[state] === 1) states[state + 1] = 1
    const value = values[at]
    if (value === undefined) return states[sequence.length] === 1
    const ahead = new Uint8Array(sequence.length + 1)
    for (const [state, { loop, element }] of sequence.entries()) {
      if (states[state] === 1 && segmentMatches(element, value)) ahead[loop ? state : state + 1] = 1
    }
    states = ahead
  }
}

/** Part by part; where the pattern is open, its last part and what is below take all that is left of the text. */
function matchesParameter({ runs, open }: Pattern, text: string): boolean {
  const parts = runs[0]?.[0] ?? []
  let at = 0
  for (const [index, part] of parts.entries()) {
    const dot = text.indexOf('.', at)
    const end = dot < 0 ? text.length : dot
    if (index === parts.length - 1) {
      if (open === undefined) return dot < 0 && segmentMatches(part, text.slice(at))
      return beginsWith(part, text.slice(at, end), text.length - end, open)
    }
    if (dot < 0 || !segmentMatches(part, text.slice(at, dot))) return false
    at = dot + 1
  }
  return false
}

/** Whether the segment takes a beginning of `text` so short that `open` characters are left, `more` of them behind it. */
function beginsWith({ pieces, least }: Segment, text: string, more: number, open: number): boolean {
  if (!text.startsWith(pieces[0] ?? '')) return false
  let at = (pieces[0] ?? '').length
  for (let index = 1; index < pieces.length; index++) {
    const piece = pieces[index] ?? ''
    const found = text.indexOf(piece, at + (least[index - 1] ?? 1))
    if (found < 0) return false
    at = found + piece.length
  }
  return at + open <= text.length + more
}
