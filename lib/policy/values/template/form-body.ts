import { Refused } from './fault.ts'
import { faultIn, firstOf, positionIn, START, spellingAt } from './piece-position.ts'
import { type Sources, unite } from './sources.ts'
import type { HolePiece, Piece, Source, Template, TemplateFault, TextPiece } from './template.ts'

/** A value of a form: decoded text, or text that is not known but can not end the value. */
export type FormValue = { readonly literal: string } | { readonly dynamic: true; readonly sources: readonly Source[] }

export type FormBody =
  | {
      readonly ok: true
      /** By decoded name, spelt as written. A name that stands twice, or in two branches, has both values. */
      readonly parameters: ReadonlyMap<string, readonly FormValue[]>
    }
  | { readonly ok: false; readonly fault: TemplateFault }

/** The most ways in which branches may leave one parameter open. */
const MOST_OPEN = 8

/** A longer value is kept as one that is not known; no name of a resource is that long. */
const LONGEST_VALUE = 2_048

/** Parameters of the query protocol are made of these; blanks around a name are left out. */
const NAME = /^[A-Za-z0-9._-]+$/

/** A parameter that is being read. Of a value that is not known only the sources are kept. */
interface Open {
  readonly name: string
  readonly start: { readonly piece: TextPiece; readonly index: number } | undefined
  /** `undefined` while the name is read. */
  readonly value: { readonly text: string | undefined; readonly sources: Sources } | undefined
}

/**
 * Reads the body of a template as `application/x-www-form-urlencoded`, the language of the query protocol: names are
 * literal, and what is not known stands inside `$util.urlEncode(…)`. Anything else could be a second `Action`.
 */
export function formBody(template: Template): FormBody {
  const reading = new Reading(template)
  try {
    const left = reading.feed(template.body, [{ name: '', start: undefined, value: undefined }])
    reading.close(left)
    return { ok: true, parameters: reading.parameters }
  } catch (error) {
    if (error instanceof Refused) return { ok: false, fault: error.fault }
    throw error
  }
}

class Reading {
  readonly parameters = new Map<string, FormValue[]>()
  readonly #template: Template

  constructor(template: Template) {
    this.#template = template
  }

  /** Reads pieces on from all that may be open, and says what may be open then. */
  feed(pieces: readonly Piece[], start: readonly Open[]): readonly Open[] {
    let open = start
    for (const piece of pieces) {
      switch (piece.kind) {
        case 'text':
          open = this.#text(piece, open)
          break
        case 'hole':
          open = open.map((one) => this.#hole(piece, one))
          break
        case 'choice':
          open = this.#distinct(
            piece.branches.flatMap((branch) => this.feed(branch, open)),
            piece,
          )
          break
        case 'repeat':
          open = this.#distinct(this.#repeat(piece.body, open), piece)
          break
      }
    }
    return open
  }

  #text(piece: TextPiece, start: readonly Open[]): readonly Open[] {
    const { text } = piece
    let open = start
    let from = 0
    for (;;) {
      const end = text.indexOf('&', from)
      const segment = text.slice(from, end < 0 ? text.length : end)
      const index = from
      open = open.map((one) => this.#append(one, segment, piece, index))
      if (end < 0) return open
      this.close(open)
      open = [{ name: '', start: undefined, value: undefined }]
      from = end + 1
    }
  }

  #append(open: Open, text: string, piece: TextPiece, index: number): Open {
    if (text === '') return open
    const start = open.start ?? { piece, index: index + Math.max(0, text.search(/\S/)) }
    const equals = open.value === undefined ? text.indexOf('=') : -1
    if (open.value === undefined && equals < 0) return { name: open.name + text, start, value: undefined }
    const name = open.name + text.slice(0, Math.max(0, equals))
    const added = text.slice(equals + 1)
    const semicolon = added.indexOf(';')
    if (semicolon >= 0) {
      this.#refuse(positionIn(piece, index + equals + 1 + semicolon), {
        finding: 'form-semicolon',
        message: `The value of ${name.trim()} holds a semicolon, which some servers read as &.`,
        fix: 'Write %3B.',
      })
    }
    const { text: known = '', sources = [] } = open.value ?? {}
    const isKnown =
      (open.value === undefined || open.value.text !== undefined) && known.length + added.length <= LONGEST_VALUE
    return { name, start, value: { text: isKnown ? known + added : undefined, sources } }
  }

  #hole(hole: HolePiece, open: Open): Open {
    if (open.value === undefined) {
      const spelling = spellingAt(this.#template, hole)
      this.#refuse(hole, {
        finding: 'form-name',
        value: spelling,
        message: `The name of a parameter holds ${spelling}, so that it could be any name, Action included.`,
        fix: 'Write names of parameters as plain text: Name=$util.urlEncode(…).',
      })
    }
    if (hole.encoded !== 'url' && hole.encoded !== 'base64') {
      const spelling = spellingAt(this.#template, hole)
      this.#refuse(hole, {
        finding: 'form-unencoded',
        value: spelling,
        message: `The value of ${open.name.trim()} holds ${spelling} as it comes: a & in it adds a second Action.`,
        fix: `Write $util.urlEncode(${spelling}).`,
      })
    }
    return { ...open, value: { text: undefined, sources: unite(open.value.sources, hole.sources) } }
  }

  /** What is open in a loop has any of its values, any number of times. */
  #repeat(body: readonly Piece[], start: readonly Open[]): readonly Open[] {
    const before = start.map(anyTimes)
    const after = this.feed(body, before).map(anyTimes)
    const goesOn = after.some(
      ({ value, name }) => value === undefined && !before.some((one) => one.value === undefined && one.name === name),
    )
    if (goesOn) {
      this.#refuse(firstOf(body), {
        finding: 'form-name',
        message: 'A round of the loop ends inside the name of a parameter, which the next round goes on with.',
        fix: 'Begin each round with & and a name: #foreach($x in $list)&Name=$util.urlEncode($x)#end.',
      })
    }
    return [...before, ...after]
  }

  close(open: readonly Open[]): void {
    for (const one of open) this.#close(one)
  }

  #close({ name: raw, start, value }: Open): void {
    // Looked up for a fault alone: it costs a walk through the text.
    const at = () => (start === undefined ? START : positionIn(start.piece, start.index))
    const name = decoded(raw)?.trim()
    if (name === '' && (value?.text ?? '').trim() === '' && (value === undefined || value.text !== undefined)) return
    if (name === undefined || !NAME.test(name)) {
      this.#refuse(at(), {
        finding: 'form-name',
        value: raw.trim(),
        message: `${JSON.stringify(raw.trim())} is no name of a parameter.`,
        fix: 'Write Name=value, joined by &; a name has letters, digits, dots, hyphens and underscores.',
      })
    }
    const values = this.parameters.get(name) ?? []
    const found: FormValue =
      value !== undefined && value.text === undefined
        ? { dynamic: true, sources: value.sources }
        : { literal: (decoded(value?.text ?? '') ?? value?.text ?? '').trim() }
    // The same text from two branches is one value; twice in one body it says nothing more.
    if (!values.some((known) => areSame(known, found))) values.push(found)
    this.parameters.set(name, values)
  }

  #distinct(open: readonly Open[], piece: Piece): readonly Open[] {
    if (open.length < 2) return open
    const distinct: Open[] = []
    for (const one of open) {
      if (!distinct.some((known) => isSameOpen(known, one))) distinct.push(one)
      if (distinct.length > MOST_OPEN) {
        this.#refuse(firstOf([piece]), {
          finding: 'form-branches',
          message: 'The branches leave a parameter in too many ways.',
          fix: 'End each branch where it began: with whole parameters, &Name=value.',
        })
      }
    }
    return distinct
  }

  #refuse(
    at: { line: number; column: number },
    words: { finding: string; message: string; fix: string; value?: string },
  ): never {
    throw new Refused(faultIn(this.#template, at, words))
  }
}

function anyTimes(open: Open): Open {
  return open.value === undefined ? open : { ...open, value: { ...open.value, text: undefined } }
}

function isSameOpen(one: Open, other: Open): boolean {
  return one.name === other.name && one.value?.text === other.value?.text && one.value?.sources === other.value?.sources
}

function areSame(one: FormValue, other: FormValue): boolean {
  if ('literal' in one) return 'literal' in other && one.literal === other.literal
  return 'dynamic' in other && one.sources.join() === other.sources.join()
}

/** Percent-decoding and `+`; `undefined` where a percent sign starts nothing that can be decoded. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
