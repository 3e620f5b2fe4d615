import { Refused } from './fault.ts'
import {
  EMPTY,
  eitherToken,
  extended,
  type JsonHole,
  type JsonNode,
  nodesOf,
  scalarOf,
  type Token,
  withHole,
} from './json-node.ts'
import { faultIn, firstOf, positionIn, START, spellingAt } from './piece-position.ts'
import type { HolePiece, Piece, Template, TemplateFault, TextPiece } from './template.ts'

export type JsonBody =
  | {
      readonly ok: true
      readonly members: ReadonlyMap<string, readonly JsonNode[]>
      /** A value somewhere in the body is put in as it comes. */
      readonly unescaped: boolean
    }
  | { readonly ok: false; readonly fault: TemplateFault }

const MOST_DEPTH = 64
/**
 * Reads the body of a template as one JSON object whose members at the top are literal.
 *
 * Commas count as blanks, and several objects at the top as one: what a strict reader accepts means the same here, and
 * what it refuses reaches no resource.
 */
export function jsonBody(template: Template): JsonBody {
  const reading = new Reading(template)
  try {
    const left = reading.feed(template.body, reading.start)
    return { ok: true, members: reading.finish(left), unescaped: reading.unescaped }
  } catch (error) {
    if (error instanceof Refused) return { ok: false, fault: error.fault }
    throw error
  }
}

interface ObjectDraft {
  readonly kind: 'object'
  readonly members: Map<string, JsonNode[]>
  isOpen: boolean
}

interface ArrayDraft {
  readonly kind: 'array'
  readonly items: JsonNode[]
}

/** What holds the values that are read now. The body as a whole holds them like an array. */
interface Frame {
  readonly node: ObjectDraft | ArrayDraft
  readonly outer: Frame | undefined
  readonly depth: number
  /** It is the body's own object, whose members have to be known. */
  readonly isTop: boolean
  /** Where the frame itself goes on when it is closed. */
  readonly after: Names
}

/** The names that the next value may have; `undefined` for one that is not known. */
type Names = readonly string[] | undefined

interface State {
  readonly frame: Frame
  /** `items`: between values of an array, or members of an object; `value`: after a colon. */
  readonly mode: 'items' | 'name' | 'colon' | 'value' | 'string' | 'scalar'
  readonly names: Names
  readonly token: Token
}

const NO_NAMES: Names = []
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
])

class Reading {
  unescaped = false
  readonly start: State
  readonly #template: Template
  readonly #roots: JsonNode[] = []

  constructor(template: Template) {
    this.#template = template
    const node: ArrayDraft = { kind: 'array', items: this.#roots }
    const frame: Frame = { node, outer: undefined, depth: 0, isTop: false, after: NO_NAMES }
    this.start = { frame, mode: 'items', names: NO_NAMES, token: EMPTY }
  }

  feed(pieces: readonly Piece[], start: State): State {
    let state = start
    for (const piece of pieces) {
      switch (piece.kind) {
        case 'text':
          state = this.#text(piece, state)
          break
        case 'hole':
          state = this.#hole(piece, state)
          break
        case 'choice': {
          this.#mustBeWhole(state, piece)
          const [first, ...others] = piece.branches.map((branch) => this.feed(branch, state))
          state = others.reduce((one, other) => this.#either(one, other, piece), first ?? state)
          this.#mustBeWhole(state, piece)
          break
        }
        case 'repeat': {
          this.#mustBeWhole(state, piece)
          state = this.#repeat(piece.body, state, piece)
          this.#mustBeWhole(state, piece)
          break
        }
      }
    }
    return state
  }

  /** The members at the top, once everything is read. */
  finish(left: State): ReadonlyMap<string, readonly JsonNode[]> {
    const last = left.mode === 'scalar' ? this.#endScalar(left) : left
    if (last.frame.outer !== undefined || last.mode !== 'items') {
      this.#refuse(endOf(this.#template), {
        finding: 'json-syntax',
        message: 'The body ends inside a JSON value.',
        fix: 'Close every quote, bracket and brace.',
      })
    }
    const members = new Map<string, JsonNode[]>()
    for (const root of this.#roots) {
      if (root.kind !== 'object') {
        this.#refuse(START, {
          finding: 'json-body',
          message: 'The body is not one JSON object.',
          fix: 'Write the body as {"Name": …}.',
        })
      }
      for (const [name, values] of root.members) {
        const known = members.get(name)
        if (known === undefined) members.set(name, [...values])
        else for (const one of values) known.push(one)
      }
    }
    return members
  }

  /** One pass is enough: a round begins as the one before it ended, or the loop is refused. */
  #repeat(body: readonly Piece[], start: State, piece: Piece): State {
    const before = start.mode === 'string' || start.mode === 'name' || start.mode === 'scalar' ? unknown(start) : start
    const after = this.feed(body, before)
    if (before.mode === 'value' && after.mode === 'value' && after.names !== before.names) {
      this.#refuse(firstOf([piece]), {
        finding: 'json-branches',
        message: 'A loop begins between the name of a member and its value.',
        fix: 'Begin the loop before the name, or inside the value.',
      })
    }
    return this.#either(before, isToken(after) ? unknown(after) : after, piece)
  }

  #text(piece: TextPiece, start: State): State {
    const { text } = piece
    let state = start
    let at = 0
    while (at < text.length) {
      if (state.mode === 'string' || state.mode === 'name') {
        ;[state, at] = this.#inString(piece, at, state)
      } else {
        ;[state, at] = this.#outside(piece, at, state)
      }
    }
    return state
  }

  #inString(piece: TextPiece, at: number, state: State): [State, number] {
    const { token } = state
    const { text } = piece
    if (token.pending !== '') return [{ ...state, token: this.#escape(piece, at, token) }, at + 1]
    const character = text[at] ?? ''
    if (character === '"') return [this.#endString(piece, at, state), at + 1]
    if (character === '\\') return [{ ...state, token: { ...token, pending: '\\' } }, at + 1]
    const end = endOfRun(text, at)
    return [{ ...state, token: extended(token, text.slice(at, end)) }, end]
  }

  #escape(piece: TextPiece, at: number, token: Token): Token {
    const pending = token.pending + (piece.text[at] ?? '')
    const plain = { ...token, pending: '' }
    if (pending.length === 2) {
      const meant = ESCAPES.get(pending.slice(1))
      if (meant !== undefined) return extended(plain, meant)
      if (pending === '\\u') return { ...token, pending }
    } else if (/^\\u[0-9A-Fa-f]{1,4}$/.test(pending)) {
      if (pending.length < 6) return { ...token, pending }
      return extended(plain, String.fromCharCode(Number.parseInt(pending.slice(2), 16)))
    }
    this.#refuse(positionIn(piece, at), {
      finding: 'json-syntax',
      value: pending,
      message: `${pending} is no escape of JSON.`,
      fix: 'Write \\\\ for a backslash.',
    })
  }

  #endString(piece: TextPiece, at: number, state: State): State {
    const { frame, mode, token } = state
    if (mode === 'string') return this.#attach(state, nodesOf(token, true))
    if (token.texts === undefined) {
      if (frame.isTop) {
        this.#refuse(positionIn(piece, at), {
          finding: 'json-member',
          message: 'The name of a member of the body is not known, so that it could be any.',
          fix: 'Write names of members as plain text.',
        })
      }
      if (frame.node.kind === 'object') frame.node.isOpen = true
    }
    return { ...state, mode: 'colon', names: token.texts, token: EMPTY }
  }

  #outside(piece: TextPiece, at: number, state: State): [State, number] {
    const { mode, frame } = state
    const character = piece.text[at] ?? ''
    if (mode === 'scalar') {
      if (isScalar(character)) return [{ ...state, token: extended(state.token, character) }, at + 1]
      return [this.#endScalar(state, piece, at), at]
    }
    if (isBlank(character)) return [state, at + 1]
    if (mode === 'colon') {
      if (character === ':') return [{ ...state, mode: 'value' }, at + 1]
      this.#refuseText(piece, at, 'A colon is expected after the name of a member.')
    }
    const isItem = mode === 'value' || frame.node.kind === 'array'
    if (mode === 'items') {
      if (character === ',' && frame.outer !== undefined) return [state, at + 1]
      const closing = frame.node.kind === 'object' ? '}' : ']'
      if (character === closing && frame.outer !== undefined) return [this.#close(frame, frame.outer), at + 1]
      if (character === '"' && !isItem) return [{ ...state, mode: 'name', token: EMPTY }, at + 1]
    }
    if (isItem) {
      if (character === '{' || character === '[') return [this.#open(piece, at, state, character), at + 1]
      if (character === '"') return [{ ...state, mode: 'string', token: EMPTY }, at + 1]
      if (isScalar(character)) return [{ ...state, mode: 'scalar', token: EMPTY }, at]
    }
    this.#refuseText(piece, at, `${JSON.stringify(character)} can not stand here in JSON.`)
  }

  #open(piece: TextPiece, at: number, { frame, names }: State, bracket: string): State {
    if (frame.depth >= MOST_DEPTH) {
      this.#refuse(positionIn(piece, at), {
        finding: 'depth',
        message: `The body nests deeper than ${MOST_DEPTH} levels.`,
        fix: 'Write a flatter body.',
      })
    }
    const isTop = frame.outer === undefined && bracket === '{'
    const node: ObjectDraft | ArrayDraft =
      bracket === '{' ? { kind: 'object', members: new Map(), isOpen: false } : { kind: 'array', items: [] }
    add(frame.node, names, [node])
    const inner: Frame = { node, outer: frame, depth: frame.depth + 1, isTop, after: NO_NAMES }
    return { frame: inner, mode: 'items', names: NO_NAMES, token: EMPTY }
  }

  #close(_frame: Frame, outer: Frame): State {
    return { frame: outer, mode: 'items', names: NO_NAMES, token: EMPTY }
  }

  #attach({ frame, names }: State, nodes: readonly JsonNode[]): State {
    add(frame.node, names, nodes)
    return { frame, mode: 'items', names: NO_NAMES, token: EMPTY }
  }

  #endScalar(state: State, piece?: TextPiece, at = 0): State {
    const { texts } = state.token
    if (texts === undefined) return this.#attach(state, nodesOf(state.token, false))
    const nodes: JsonNode[] = []
    for (const text of texts) {
      const literal = scalarOf(text)
      if (literal === undefined) {
        const message = `${text.slice(0, 40)} is no number, truth value or null.`
        if (piece !== undefined) this.#refuseText(piece, Math.max(0, at - text.length), message)
        this.#refuse(endOf(this.#template), { finding: 'json-syntax', message, fix: 'Write texts in double quotes.' })
      }
      nodes.push({ kind: 'scalar', literal })
    }
    return this.#attach(state, nodes)
  }

  /** Without quotes around it, a text ends its value with a comma and goes on with members of its own. */
  #refuseBare(hole: HolePiece): never {
    const spelling = spellingAt(this.#template, hole)
    return this.#refuse(hole, {
      finding: 'json-bare',
      value: spelling,
      message: `${spelling} stands without quotes, so that its text could end the value and add a member.`,
      fix: `Write "$util.escapeJavaScript(${spelling})", or read the value with $input.json(…).`,
    })
  }

  #hole(hole: HolePiece, state: State): State {
    const { mode, frame } = state
    const isRaw = hole.encoded === 'none'
    if (mode === 'string' || mode === 'name') {
      this.#mustBeWhole(state, hole)
      if (isRaw) this.unescaped = true
      return { ...state, token: withHole(state.token, hole, isRaw) }
    }
    // What escapes quotes does not escape commas and braces, which end a value that stands without quotes.
    const isValue = mode === 'scalar' || mode === 'value' || (frame.node.kind === 'array' && frame.outer !== undefined)
    const isItem = mode === 'items' && frame.node.kind === 'object' && !frame.isTop
    if ((isValue || isItem) && (isRaw || hole.encoded === 'javascript')) this.#refuseBare(hole)
    if (mode === 'scalar') return { ...state, token: withHole(state.token, hole, true) }
    if (isValue) {
      const node: JsonHole = { kind: 'hole', dynamic: true, sources: hole.sources, isString: false, unescaped: false }
      return this.#attach(state, [node])
    }
    if (mode === 'items' && frame.node.kind === 'object' && !frame.isTop) {
      frame.node.isOpen = true
      return state
    }
    const spelling = spellingAt(this.#template, hole)
    if (frame.outer === undefined) {
      this.#refuse(hole, {
        finding: 'json-body',
        value: spelling,
        message: `${spelling} stands where the body does, so that the body could be anything.`,
        fix: `Write the body as an object and put what varies into a member: {"Name": ${spelling}}.`,
      })
    }
    this.#refuse(hole, {
      finding: 'json-member',
      value: spelling,
      message: `${spelling} stands where a member of the body does, so that it could be any.`,
      fix: `Write the name of the member as text: "Name": ${spelling}.`,
    })
  }

  /** All that either state can become. */
  #either(one: State, other: State, piece: Piece): State {
    if (one === other) return one
    if (one.mode === 'scalar' && other.mode !== 'scalar')
      return this.#either(this.#endScalar(unknown(one)), other, piece)
    if (other.mode === 'scalar' && one.mode !== 'scalar')
      return this.#either(one, this.#endScalar(unknown(other)), piece)
    if (one.frame !== other.frame || one.mode !== other.mode) {
      this.#refuse(firstOf([piece]), {
        finding: 'json-branches',
        message: 'The branches end at different places of the JSON body.',
        fix: 'Begin and end each branch, and each round of a loop, with whole members or values.',
      })
    }
    return {
      frame: one.frame,
      mode: one.mode,
      names:
        one.names === undefined || other.names === undefined ? undefined : [...new Set([...one.names, ...other.names])],
      token: eitherToken(one.token, other.token),
    }
  }

  #mustBeWhole({ token }: State, piece: Piece): void {
    if (token.pending === '') return
    this.#refuse(firstOf([piece]), {
      finding: 'json-syntax',
      message: 'A backslash stands directly before what varies, so that it is open what it escapes.',
      fix: 'Write \\\\ for a backslash.',
    })
  }

  #refuseText(piece: TextPiece, at: number, message: string): never {
    this.#refuse(positionIn(piece, at), {
      finding: 'json-syntax',
      message,
      fix: 'Write strict JSON: names and texts in double quotes.',
    })
  }

  #refuse(
    at: { line: number; column: number },
    words: { finding: string; message: string; fix: string; value?: string },
  ): never {
    throw new Refused(faultIn(this.#template, at, words))
  }
}

function add(node: ObjectDraft | ArrayDraft, names: Names, nodes: readonly JsonNode[]): void {
  if (node.kind === 'array') {
    node.items.push(...nodes)
    return
  }
  for (const name of names ?? []) {
    const values = node.members.get(name)
    if (values === undefined) node.members.set(name, [...nodes])
    // A name is rarely given more than two values: beyond a few, a repeated one is kept rather than looked for.
    else
      for (const one of nodes) if (values.length > 8 || !values.some((known) => areSame(known, one))) values.push(one)
  }
}

function areSame(one: JsonNode, other: JsonNode): boolean {
  return (one.kind === 'string' || one.kind === 'scalar') && one.kind === other.kind && one.literal === other.literal
}

function isToken({ mode }: State): boolean {
  return mode === 'string' || mode === 'name' || mode === 'scalar'
}

/** The state with a string or scalar of which nothing is known any more. */
function unknown(state: State): State {
  return { ...state, token: { ...state.token, texts: undefined } }
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\n' || character === '\r' || character === '\t'
}

function isScalar(character: string): boolean {
  return /[A-Za-z0-9.+-]/.test(character)
}

function endOfRun(text: string, from: number): number {
  let at = from + 1
  while (at < text.length && text[at] !== '"' && text[at] !== '\\') at += 1
  return at
}

function endOf({ text }: Template): { line: number; column: number } {
  const line = text.split('\n').length
  return { line, column: text.length - text.lastIndexOf('\n') }
}
