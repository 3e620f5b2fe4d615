import { type FaultWords, type Lines, Refused } from './fault.ts'
import type { Block } from './syntax.ts'
import type { Side } from './template.ts'
import type { Work } from './work.ts'

/** How deep blocks, strings, parentheses and arguments may nest, counted together. */
const MAX_DEPTH = 64

/** What all readers of one template share. */
export interface Shared {
  readonly side: Side
  readonly lines: Lines
  readonly work: Work
  /** Reads the inside of a double-quoted string. Given here, so that the files of the grammar don't import in a circle. */
  readonly inside: (reader: Reader) => Block
}

/** A place in the text: of the whole template, or of what stands inside a double-quoted string. */
export class Reader {
  readonly text: string
  readonly shared: Shared
  readonly isString: boolean
  at = 0
  /** How many operators the expression has that is read now. */
  operators = 0
  readonly #origin: (index: number) => number
  #depth: number

  constructor(text: string, shared: Shared, isString = false, depth = 0, origin = (index: number) => index) {
    this.text = text
    this.shared = shared
    this.isString = isString
    this.#depth = depth
    this.#origin = origin
  }

  /**
   * A reader of the inside of a string that starts at `start`.
   * @param dropped Indices of the content before which one quote of a pair was left out, ascending.
   */
  nested(content: string, start: number, dropped: readonly number[]): Reader {
    const origin = (index: number) => this.#origin(start + index + countUpTo(dropped, index))
    return new Reader(content, this.shared, true, this.#depth, origin)
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length
  }

  /** The offset in the whole template. */
  offset(at = this.at): number {
    return this.#origin(at)
  }

  peek(ahead = 0): string {
    return this.text[this.at + ahead] ?? ''
  }

  /** Takes what a sticky expression matches here. */
  take(pattern: RegExp): string | undefined {
    this.shared.work.steps += 1
    pattern.lastIndex = this.at
    const [found] = pattern.exec(this.text) ?? []
    if (found !== undefined) this.at += found.length
    return found
  }

  looksAt(pattern: RegExp, at = this.at): boolean {
    this.shared.work.steps += 1
    pattern.lastIndex = at
    return pattern.test(this.text)
  }

  skipSpace(): void {
    this.take(/[ \t\r\n]*/y)
  }

  /** Runs `read` one level deeper. */
  deeper<T>(read: () => T): T {
    if (this.#depth >= MAX_DEPTH) {
      this.refuse(this.at, {
        finding: 'depth',
        message: `The template nests deeper than ${MAX_DEPTH} levels.`,
        fix: 'Take the inner part out into a variable with #set.',
      })
    }
    this.#depth += 1
    const result = read()
    this.#depth -= 1
    return result
  }

  /** @param value The offending text; where it is not given, the rest of the line, or what stands before its end. */
  refuse(at: number, words: Omit<FaultWords, 'value'> & { value?: string }): never {
    const rest = this.text.slice(at, at + 80).split(/[\r\n]/, 1)[0]
    const value = words.value ?? (rest || this.text.slice(Math.max(0, at - 20), at))
    throw new Refused(this.shared.lines.faultAt(this.offset(at), { ...words, value }))
  }
}

/** How many of the ascending numbers are at most `limit`. */
function countUpTo(numbers: readonly number[], limit: number): number {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((numbers[middle] ?? 0) <= limit) low = middle + 1
    else high = middle
  }
  return low
}
