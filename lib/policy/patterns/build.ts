import { isArn, type Pattern, type PatternKind, SEPARATOR, type Sequence, type Shape } from './pattern.ts'
import { ANY, literalOf, type Segment, SOME, segmentOf } from './segment.ts'
import { repeated } from './sequence.ts'

/** A literal: a pattern without stars, or a value of a request, in which a star is a star. */
export function literalPattern(kind: PatternKind, text: string): Pattern {
  return { kind, text, literal: text, shape: LITERAL, fields: NONE, runs: NONE }
}

const LITERAL: Shape = { is: 'literal' }
const FIELDS: Shape = { is: 'fields' }
const NONE: readonly never[] = []

/** What a text must have beside its fields; see {@link Pattern}. */
export type Beside = Pick<Pattern, 'open' | 'variables'>

/** A pattern with stars. @param shape As {@link shapeOf} gives it, where the text is in the pattern language. */
export function rangePattern(
  kind: PatternKind,
  text: string,
  fields: readonly Sequence[],
  shape: Shape = FIELDS,
  beside: Beside = {},
): Pattern {
  return { kind, text, shape, fields, runs: fields.map(runsOf), ...beside }
}

/** The segments between the loops: the first stands at the beginning, the last at the end. */
function runsOf(sequence: Sequence): Segment[][] {
  let run: Segment[] = []
  const runs = [run]
  for (const { loop, element } of sequence) {
    if (loop) {
      run = []
      runs.push(run)
    } else {
      run.push(element)
    }
  }
  return runs
}

/** Labels or segments as written; `**` is one or more of them. */
export function sequenceOf(kind: PatternKind, texts: readonly string[]): Sequence {
  const any = kind === 'path' ? ANY : SOME
  return texts.flatMap((text) => (text === '**' ? repeated(any, 1) : [{ loop: false, element: segmentOf(text) }]))
}

/** The one text that the fields stand for, in the spelling of the kind; `undefined` where there are more. */
export function literalTextOf(kind: PatternKind, fields: readonly Sequence[]): string | undefined {
  const texts: string[] = []
  for (const field of fields) {
    const segments: string[] = []
    for (const { loop, element } of field) {
      const literal = loop ? undefined : literalOf(element)
      if (literal === undefined) return undefined
      segments.push(literal)
    }
    texts.push(segments.join(SEPARATOR[kind] ?? ''))
  }
  return (kind === 'path' ? '/' : '') + texts.join(':')
}

/** The shape that is compared in one step: a single `*` or `**` at one of the ends. */
export function shapeOf(kind: PatternKind, text: string): Shape {
  const first = text.indexOf('*')
  const last = text.lastIndexOf('*')
  const whole = last === first + 1
  if (last !== first && !whole) return FIELDS
  if (last === text.length - 1) return { is: 'head', head: text.slice(0, first), whole }
  // What an ARN or a path begins with is no star.
  if (first === 0 && !isArn(kind) && kind !== 'path' && kind !== 'parameter') {
    return { is: 'tail', tail: text.slice(last + 1), whole }
  }
  return FIELDS
}
