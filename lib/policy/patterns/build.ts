import { type Pattern, type PatternKind, SEPARATOR, type Sequence, type Shape } from './pattern.ts'
import { ANY, literalOf, type Segment, SOME, segmentOf } from './segment.ts'
import { repeated } from './sequence.ts'

/** A shape with what belongs to it; see {@link Pattern}. */
export type Shaped = Pick<Pattern, 'shape' | 'end' | 'whole'>

const LITERAL: Shaped = { shape: 'literal', end: '', whole: false }
const FIELDS: Shaped = { shape: 'fields', end: '', whole: false }
const NONE: readonly never[] = []

/** What a text must have beside its fields; see {@link Pattern}. */
export type Beside = Partial<Pick<Pattern, 'open' | 'variables'>>

/**
 * What a pattern is made of, or how to find out: most patterns of a policy are compared by their shape alone. A policy
 * has very many patterns, so that they share the function.
 */
type Fields = readonly Sequence[] | ((text: string, kind: PatternKind) => readonly Sequence[])

/** A literal: a pattern without stars, or a value of a request, in which a star is a star. */
export function literalPattern(kind: PatternKind, text: string): Pattern {
  return new Parts(kind, text, text, LITERAL, NONE)
}

/** A pattern with stars. @param shaped As {@link shapeOf} gives it, where the text is in the pattern language. */
export function rangePattern(
  kind: PatternKind,
  text: string,
  fields: Fields,
  shaped: Shaped = FIELDS,
  beside: Beside = {},
): Pattern {
  return new Parts(kind, text, undefined, shaped, fields, beside.open, beside.variables)
}

/** Takes the text apart when it is first asked for. One class for all patterns, which keeps `matches` fast. */
class Parts implements Pattern {
  readonly kind: PatternKind
  readonly text: string
  readonly literal: string | undefined
  readonly shape: Shape
  readonly end: string
  readonly whole: boolean
  readonly open: number | undefined
  readonly variables: true | undefined
  #fields: Fields
  #runs: Pattern['runs'] | undefined

  constructor(
    kind: PatternKind,
    text: string,
    literal: string | undefined,
    { shape, end, whole }: Shaped,
    fields: Fields,
    open?: number,
    variables?: true,
  ) {
    this.kind = kind
    this.text = text
    this.literal = literal
    this.shape = shape
    this.end = end
    this.whole = whole
    this.open = open
    this.variables = variables
    this.#fields = fields
  }

  get fields(): readonly Sequence[] {
    if (typeof this.#fields === 'function') this.#fields = this.#fields(this.text, this.kind)
    return this.#fields
  }

  get runs(): Pattern['runs'] {
    this.#runs ??= this.fields.map(runsOf)
    return this.#runs
  }
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
export function shapeOf(kind: PatternKind, text: string): Shaped {
  const first = text.indexOf('*')
  const last = text.lastIndexOf('*')
  const whole = last === first + 1
  if (last !== first && !whole) return FIELDS
  if (last === text.length - 1) return { shape: 'head', end: text.slice(0, first), whole }
  // A path and an ARN never begin with a star.
  if (first === 0 && kind !== 'parameter') {
    return { shape: 'tail', end: text.slice(last + 1), whole }
  }
  return FIELDS
}
