import type { TemplateFault } from './template.ts'

/** The longest excerpt of a line, in UTF-16 units. */
const EXCERPT = 100
const BEFORE = 60
const VALUE = 80

/** What a fault says beside its position. */
export interface FaultWords {
  finding: string
  message: string
  fix: string
  /** The offending text; shortened to 80 units. */
  value: string
}

/** Where lines start, so that a position costs a binary search. */
export class Lines {
  readonly text: string
  readonly #starts: number[] = [0]

  constructor(text: string) {
    this.text = text
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1)
  }

  /** Line and column of an offset, both from 1. */
  position(offset: number): { line: number; column: number } {
    let low = 0
    let high = this.#starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 }
  }

  faultAt(offset: number, words: FaultWords): TemplateFault {
    const { line, column } = this.position(offset)
    return this.fault(line, column, words)
  }

  fault(line: number, column: number, { finding, message, fix, value }: FaultWords): TemplateFault {
    const start = this.#starts[line - 1] ?? 0
    const next = this.#starts[line]
    const whole = this.text.slice(start, next === undefined ? this.text.length : next - 1).replace(/\r$/, '')
    const from = column - 1 > BEFORE && whole.length > EXCERPT ? column - 1 - BEFORE : 0
    const shown = whole.slice(from, from + EXCERPT).replaceAll('\t', ' ')
    const excerpt = `${from > 0 ? '…' : ''}${shown}${from + EXCERPT < whole.length ? '…' : ''}`
    const caret = `${' '.repeat(column - 1 - from + (from > 0 ? 1 : 0))}^`
    return { finding, message, line, column, excerpt, caret, fix, value: value.slice(0, VALUE) }
  }
}

/** Thrown inside the parser, caught where it starts: a template is refused as a value, never by an exception. */
export class Refused extends Error {
  readonly fault: TemplateFault

  constructor(fault: TemplateFault) {
    super(fault.message)
    this.fault = fault
  }
}
