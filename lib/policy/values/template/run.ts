import { encodedBy, fold, meetJavaScript } from './encoding.ts'
import type { Lines } from './fault.ts'
import {
  type Fact,
  type Facts,
  factsOf,
  harmless,
  keepsJavaScript,
  literalKey,
  MAP_READERS,
  type Sets,
  setsOf,
} from './flow.ts'
import { CONTEXT_IDENTIFIERS, MEASURES } from './names.ts'
import {
  ALL_PARAMETERS,
  allBelow,
  below,
  bodyOf,
  isMap,
  NO_SOURCES,
  type Place,
  parameterOf,
  type Sources,
  sourcesOf,
  unite,
} from './sources.ts'
import type { Block, Expression, Offset, Reference, Statement, Step } from './syntax.ts'
import type { Override, Piece, Side, Source } from './template.ts'
import { literalText } from './template.ts'
import { bounded, either, encodingOf, holeValue, type Position, textValue, UNSET, type Value } from './value.ts'
import type { Work } from './work.ts'

/** What a template can do, found by running it on all inputs at once. */
export interface Outcome {
  body: readonly Piece[]
  overrides: readonly Override[]
  sources: ReadonlySet<Source>
}

/** Variables as they stand at one place of the template; a branch has its own on top of those around it. */
interface Scope {
  readonly own: Map<string, Value>
  /** `undefined` at the bottom. */
  readonly outer: Scope | undefined
  /** At the bottom of a definition: it runs at any time, so that only the facts hold. */
  readonly isAnytime: boolean
}

/** Copying the values of variables may cost this much for each character of the template, and a little more. */
const COPIES_PER_CHARACTER = 4
const COPIES_FREE = 65_536

/** Runs a template on all inputs at once. Work is linear in the text: see {@link Running.spend}. */
export function run(block: Block, side: Side, lines: Lines, work: Work): Outcome {
  const running = new Running(block, side, lines, work)
  const body = running.runBlock(block, { own: new Map(), outer: undefined, isAnytime: false })
  return { body, overrides: running.overrides, sources: running.sources }
}

class Running {
  readonly overrides: Override[] = []
  readonly sources = new Set<Source>()
  readonly #side: Side
  readonly #lines: Lines
  readonly #work: Work
  readonly #facts: Facts
  readonly #definitionSets: ReadonlySet<string>
  /** The variables of the loops around what is run. */
  readonly #items: string[] = []
  #budget: number

  constructor(block: Block, side: Side, lines: Lines, work: Work) {
    this.#side = side
    this.#lines = lines
    this.#work = work
    const { facts, definitionSets } = factsOf(block, side)
    this.#facts = facts
    this.#definitionSets = definitionSets
    this.#budget = lines.text.length * COPIES_PER_CHARACTER + COPIES_FREE
  }

  runBlock({ statements }: Block, scope: Scope): Piece[] {
    const pieces: Piece[] = []
    for (const statement of statements) {
      this.#work.steps += 1
      for (const piece of this.#runStatement(statement, scope)) pieces.push(piece)
    }
    return pieces
  }

  #runStatement(statement: Statement, scope: Scope): readonly Piece[] {
    switch (statement.kind) {
      case 'text':
        return [{ kind: 'text', text: statement.text, ...this.#position(statement.at) }]
      case 'print':
        return this.#print(statement.reference, scope)
      case 'set':
        this.#runSet(statement, scope)
        return []
      case 'if':
        return this.#runIf(statement, scope)
      case 'foreach':
        return this.#runForeach(statement, scope)
      case 'define':
        this.#runDefine(statement, scope)
        return []
    }
  }

  /** Writes a reference, or its spelling where it may never have been set. */
  #print(reference: Reference, scope: Scope): readonly Piece[] {
    const position = this.#position(reference.at)
    const value = this.#reference(reference, scope)
    const pieces = this.#read(value, reference.spelling, position)
    if (!value.isUnset) return pieces
    const spelt = textValue(reference.quiet ? '' : reference.spelling, position).pieces
    return value.isNever ? spelt : [{ kind: 'choice', branches: [pieces, spelt] }]
  }

  #runSet(statement: Statement & { kind: 'set' }, scope: Scope): void {
    const position = this.#position(statement.at)
    const value = this.#evaluate(statement.value, scope)
    const { target } = statement
    if (target.kind === 'override') {
      const pieces = this.#read(value, '', position)
      this.overrides.push({ side: target.side, name: target.name, ...position, value: pieces })
      return
    }
    // A reference that was never set is null, and null leaves the variable as it was.
    if (value.isNever) return
    const before = this.#variable(target.name, scope, position)
    const mayStay = value.isUnset || value.isNullable
    const set = mayStay && !before.isNever ? this.#unlessNull(before, value, position) : value
    this.#assign(target.name, set, scope, position)
  }

  #assign(name: string, value: Value, scope: Scope, position: Position): void {
    if (!this.#items.includes(name)) {
      scope.own.set(name, value)
      return
    }
    // Where the item of a loop is null, Velocity keeps its variable null whatever the body sets.
    const { truth: _truth, ...known } = either(this.#variable(name, scope, position), value, position)
    scope.own.set(name, { ...known, isUnset: true })
  }

  /** The value, or the one before where it is null: the variable is null only where both are. */
  #unlessNull(before: Value, value: Value, position: Position): Value {
    const { isUnset: _isUnset, isNullable: _isNullable, ...joined } = either(before, value, position)
    return {
      ...joined,
      ...(before.isUnset && { isUnset: true }),
      ...(before.isNullable && { isNullable: true }),
    }
  }

  #runIf({ arms }: Statement & { kind: 'if' }, scope: Scope): readonly Piece[] {
    const branches: (readonly Piece[])[] = []
    const scopes: Scope[] = []
    let isComplete = false
    for (const { condition, body } of arms) {
      if (isComplete) {
        this.#noteOverrides(body)
        continue
      }
      const value = condition === undefined ? undefined : this.#evaluate(condition, scope)
      if (value !== undefined) this.#note(value)
      const truth = condition === undefined ? true : value?.truth
      if (truth === false) {
        this.#noteOverrides(body)
        continue
      }
      const inner: Scope = { own: new Map(), outer: scope, isAnytime: false }
      branches.push(this.runBlock(body, inner))
      scopes.push(inner)
      isComplete = truth === true
    }
    if (!isComplete) {
      branches.push([])
      scopes.push({ own: new Map(), outer: scope, isAnytime: false })
    }
    this.#join(scopes, scope)
    const [only = []] = branches
    if (branches.length === 1) return only
    return branches.some((branch) => branch.length > 0) ? [{ kind: 'choice', branches }] : []
  }

  /** Gives the variables around branches all the values that the branches leave. */
  #join(branches: readonly Scope[], scope: Scope): void {
    const names = new Set(branches.flatMap(({ own }) => [...own.keys()]))
    for (const name of names) {
      const before = this.#variable(name, scope, NOWHERE)
      let joined: Value | undefined
      // Branches that leave the variable alone count once, however many they are.
      let isLeft = false
      for (const { own } of branches) {
        this.#work.steps += 1
        const value = own.get(name)
        if (value === undefined) isLeft = true
        else joined = joined === undefined ? value : either(joined, value, NOWHERE)
        if (value !== undefined) this.#spend(value.pieces.length)
      }
      if (joined !== undefined) scope.own.set(name, isLeft ? either(before, joined, NOWHERE) : joined)
    }
  }

  #runForeach({ item, list, body }: Statement & { kind: 'foreach' }, scope: Scope): readonly Piece[] {
    const position = this.#position(list.at)
    const element = this.#element(list, scope, position)
    this.#note(element)
    const sets = setsOf(body)
    const inner: Scope = { own: new Map(), outer: scope, isAnytime: false }
    this.#forget(this.#definitionSets, inner, position)
    inner.own.set(item, element)
    this.#loosen(sets, body, inner, position)
    inner.own.set(item, element)
    this.#items.push(item)
    const pieces = this.runBlock(body, inner)
    this.#items.pop()
    // Velocity gives the variable of the loop back the value that it had.
    if (!sets.left.has(item)) inner.own.delete(item)
    this.#join([inner, { own: new Map(), outer: scope, isAnytime: false }], scope)
    return pieces.length === 0 ? [] : [{ kind: 'repeat', body: pieces }]
  }

  /** What the variable of a loop over the list can be. */
  #element(list: Expression, scope: Scope, position: Position): Value {
    if (list.kind !== 'list') {
      const { sources } = this.#evaluate(list, scope)
      return holeValue(list.kind === 'range' ? 'url' : 'none', sources, position)
    }
    let element: Value | undefined
    for (const item of list.items) {
      const value = this.#evaluate(item, scope)
      this.#note(value)
      element = element === undefined ? value : either(element, value, position)
    }
    return element ?? textValue('', position)
  }

  #runDefine({ name, body }: Statement & { kind: 'define' }, scope: Scope): void {
    const pieces = this.runBlock(body, { own: new Map(), outer: undefined, isAnytime: true })
    const fact = this.#facts.get(name)
    const value: Value = {
      pieces,
      size: sizeOf(pieces),
      sources: fact?.sources ?? NO_SOURCES,
      isDefinition: true,
    }
    this.#assign(name, value, scope, NOWHERE)
  }

  /** From here on only the facts are known of these variables. */
  #forget(names: ReadonlySet<string>, scope: Scope, position: Position): void {
    this.#spend(names.size)
    if (this.#budget < 0) return
    for (const name of names) scope.own.set(name, this.#anytime(name, position))
  }

  /** What the variables that a loop sets can be when a round begins: what they were, or what any round leaves. */
  #loosen({ left, items }: Sets, body: Block, scope: Scope, position: Position): void {
    if (left.size === 0 || this.#budget < 0) return
    const { facts } = factsOf(body, this.#side, (name) => {
      const { place, ...fact } = this.#factNow(name, scope, position)
      return left.has(name) || items.has(name) ? fact : { ...fact, place }
    })
    for (const name of left) {
      const fact = facts.get(name)
      if (fact !== undefined && !this.#definitionSets.has(name)) {
        const isUnset = this.#variable(name, scope, position).isUnset === true
        scope.own.set(name, looseValue(fact, isUnset, position))
      }
    }
  }

  #factNow(name: string, scope: Scope, position: Position): Fact {
    const value = this.#variable(name, scope, position)
    this.#spend(value.size)
    return {
      sources: value.sources,
      encoded: value.isNever ? undefined : value.place === undefined ? encodingOf(value.pieces) : 'none',
      place: value.isUnset ? undefined : value.place,
      isDefinition: value.isDefinition === true,
    }
  }

  /** What a variable can be at any time. */
  #anytime(name: string, position: Position): Value {
    const fact = this.#facts.get(name)
    return fact === undefined ? UNSET : looseValue(fact, true, position)
  }

  #variable(name: string, scope: Scope, position: Position): Value {
    if (this.#budget < 0) return this.#anytime(name, position)
    for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) {
      this.#work.steps += 1
      const value = at.own.get(name)
      if (value !== undefined) return value
      if (at.isAnytime) return this.#anytime(name, position)
    }
    return UNSET
  }

  #evaluate(expression: Expression, scope: Scope): Value {
    this.#work.steps += 1
    const position = this.#position(expression.at)
    switch (expression.kind) {
      case 'text':
        return bounded(textValue(expression.text, position), position)
      case 'number':
        return /^-?(?:0|[1-9][0-9]{0,8})$/.test(expression.text) && expression.text !== '-0'
          ? { ...textValue(expression.text, position), isNumber: true }
          : sure({ ...holeValue('url', NO_SOURCES, position), isNumber: true })
      case 'truth':
        return { ...textValue(String(expression.value), position), truth: expression.value }
      case 'interpolated':
        return this.#interpolated(expression.body, scope, position)
      case 'list':
      case 'range':
      case 'map': {
        let sources: Sources = NO_SOURCES
        for (const item of expression.items) {
          const value = this.#evaluate(item, scope)
          this.#note(value)
          sources = unite(sources, value.sources)
        }
        return sure(holeValue('none', sources, position))
      }
      case 'reference':
        return this.#reference(expression.reference, scope)
      case 'not': {
        const value = this.#evaluate(expression.of, scope)
        this.#note(value)
        if (value.truth !== undefined && !value.isUnset) {
          return { ...textValue(String(!value.truth), position), truth: !value.truth }
        }
        return sure(holeValue('url', value.sources, position))
      }
      case 'binary':
        return this.#binary(expression, scope, position)
    }
  }

  #binary({ operator, left, right }: Expression & { kind: 'binary' }, scope: Scope, position: Position): Value {
    const one = this.#evaluate(left, scope)
    const other = this.#evaluate(right, scope)
    this.#note(one)
    this.#note(other)
    const sources = unite(one.sources, other.sources)
    // A plus joins strings where either side is one; all other results are numbers or truth values.
    const isText = operator === '+' && !(one.isNumber && other.isNumber)
    const isNumber = operator === '-' || operator === '*' || operator === '/' || operator === '%' || operator === '+'
    const hole = holeValue(isText ? 'none' : 'url', sources, position)
    if (!isNumber) return sure(hole)
    return isText ? hole : { ...hole, isNumber: true }
  }

  #interpolated(body: Block, scope: Scope, position: Position): Value {
    const pieces = this.runBlock(body, scope)
    const size = sizeOf(pieces)
    this.#spend(size)
    return bounded({ pieces, size, sources: sourcesIn(pieces) }, position)
  }

  /** The value of a reference; a variable or a map of API Gateway is handed on as it is. */
  #reference(reference: Reference, scope: Scope): Value {
    const { root, steps, spelling } = reference
    const position = this.#position(reference.at)
    const [first] = steps
    switch (root) {
      case 'velocityCount':
      case 'velocityHasNext':
        return this.#steps(holeValue('url', NO_SOURCES, position), steps, reference, scope)
      case 'foreach':
        return holeValue('url', NO_SOURCES, position)
      case 'context':
        return this.#follow({ root: 'context', path: [] }, steps, reference, scope)
      case 'stageVariables':
        return this.#follow({ root: 'stageVariables', path: [] }, steps, reference, scope)
      case 'input': {
        if (first?.kind === 'call' && first.name === 'params' && first.args.length === 0) {
          return this.#follow({ root: 'params', path: [] }, steps.slice(1), reference, scope)
        }
        return this.#steps(this.#input(first, scope, spelling, position), steps.slice(1), reference, scope)
      }
      case 'util':
        return this.#util(first, steps.slice(1), reference, scope)
    }
    const value = this.#variable(root, scope, position)
    this.#spend(value.size)
    // Any use of a definition may run it, and with it the #set inside.
    if (value.isDefinition) this.#forget(this.#definitionSets, scope, position)
    if (steps.length === 0) return value
    if (value.isNever) {
      this.#noteArguments(steps, scope)
      return value
    }
    if (value.place !== undefined) {
      const found = this.#follow(value.place, steps, reference, scope)
      return value.isUnset ? { ...found, isUnset: true } : found
    }
    const read: Value = { ...value, pieces: this.#read(value, spelling, position) }
    const found = this.#steps(read, steps, reference, scope)
    return value.isUnset ? { ...found, isUnset: true } : found
  }

  #input(first: Step | undefined, scope: Scope, spelling: string, position: Position): Value {
    if (first?.kind !== 'call' || first.name !== 'params') {
      if (first?.kind === 'call') this.#noteArguments([first], scope)
      const sources = [bodyOf(this.#side)]
      this.#noteSources(sources)
      const isJson = first?.kind === 'call' && first.name === 'json'
      return holeValue(isJson ? harmless(spelling, 'json') : 'none', sources, position)
    }
    const [argument] = first.args
    const name = argument === undefined ? undefined : this.#evaluate(argument, scope)
    if (name !== undefined) this.#note(name)
    const isOpen = name === undefined || name.isUnset || name.place !== undefined || name.pieces.length === 0
    const text = isOpen ? undefined : literalText(name.pieces)
    const sources = text === undefined ? ALL_PARAMETERS : parameterOf(text)
    this.#noteSources(sources)
    return holeValue('none', sources, position)
  }

  #util(call: Step | undefined, rest: readonly Step[], reference: Reference, scope: Scope): Value {
    const position = this.#position(reference.at)
    if (call?.kind !== 'call') return holeValue('none', NO_SOURCES, position)
    const [argument] = call.args
    const given = argument === undefined ? UNSET : this.#evaluate(argument, scope)
    const pieces = this.#read(given, '', position)
    const known = given.isUnset ? undefined : literalText(pieces)
    const folded = known === undefined ? undefined : fold(call.name, known)
    if (folded !== undefined && rest.length === 0) return textValue(folded, position)
    const encoded = harmless(reference.spelling, encodedBy(call.name, pieces))
    const value = holeValue(encoded, given.sources, position)
    if (rest.length > 0 && rest.every(keepsJavaScript) && encodedBy(call.name, pieces) !== 'none') {
      return holeValue(
        meetJavaScript(harmless(reference.spelling, encodedBy(call.name, pieces))),
        given.sources,
        position,
      )
    }
    return this.#steps(value, rest, reference, scope)
  }

  /** Goes down a map of API Gateway by the steps whose names are known; reads what is left. */
  #follow(start: Place, steps: readonly Step[], reference: Reference, scope: Scope): Value {
    const position = this.#position(reference.at)
    let place = start
    for (const [index, step] of steps.entries()) {
      const name = literalKey(step) ?? this.#keyOf(step, scope)
      if (name !== undefined) {
        place = below(place, name)
        continue
      }
      this.#noteArguments([step], scope)
      const isWhole = step.kind === 'index' || (step.kind === 'call' && MAP_READERS.has(step.name))
      const sources = isWhole ? unite(allBelow(place), sourcesOf(place)) : sourcesOf(place)
      this.#noteSources(sources)
      const value = holeValue('none', sources, position)
      return this.#steps(value, steps.slice(isWhole ? index + 1 : index), reference, scope)
    }
    // A map is read where it is used; anything else is read here.
    const sources = sourcesOf(place)
    if (!isMap(place)) this.#noteSources(sources)
    return { pieces: [], size: 1, sources, place, isNullable: true }
  }

  /** The key of `[$x]` or `.get($x)` where the variable holds a known text. */
  #keyOf(step: Step, scope: Scope): string | undefined {
    const key =
      step.kind === 'index' ? step.key : step.kind === 'call' && step.name === 'get' ? step.args[0] : undefined
    if (key?.kind !== 'reference' || key.reference.steps.length > 0) return undefined
    const value = this.#reference(key.reference, scope)
    if (value.isUnset || value.isNumber || value.place !== undefined || value.pieces.length === 0) return undefined
    return literalText(value.pieces)
  }

  #steps(start: Value, steps: readonly Step[], { at, spelling }: Reference, scope: Scope): Value {
    const position = this.#position(at)
    let value = start
    for (const step of steps) {
      this.#work.steps += 1
      const sources = unite(value.sources, this.#noteArguments([step], scope))
      const isMeasure = step.kind === 'call' && MEASURES.has(step.name)
      value = holeValue(isMeasure ? harmless(spelling, 'url') : 'none', sources, position)
      if (isMeasure) value = { ...value, ...(NUMBERS.has(step.name) && { isNumber: true }) }
    }
    return value
  }

  #noteArguments(steps: readonly Step[], scope: Scope): Sources {
    let sources: Sources = NO_SOURCES
    for (const step of steps) {
      const args = step.kind === 'call' ? step.args : step.kind === 'index' ? [step.key] : []
      for (const arg of args) {
        const value = this.#evaluate(arg, scope)
        this.#note(value)
        sources = unite(sources, value.sources)
      }
    }
    return sources
  }

  /** What a value renders; reading a map of API Gateway takes place here. */
  #read(value: Value, spelling: string, position: Position): readonly Piece[] {
    this.#note(value)
    if (value.place === undefined) return value.pieces
    const { root, path } = value.place
    const isIdentifier = root === 'context' && CONTEXT_IDENTIFIERS.has(path.join('.'))
    const hole = holeValue(isIdentifier ? harmless(spelling, 'url') : 'none', value.sources, position).pieces
    return value.pieces.length === 0 ? hole : [{ kind: 'choice', branches: [value.pieces, hole] }]
  }

  #note({ sources }: Value): void {
    this.#noteSources(sources)
  }

  #noteSources(sources: Sources): void {
    for (const source of sources) this.sources.add(source)
  }

  /** A branch that can never run is reported all the same: its overrides have to be open too. */
  #noteOverrides({ statements }: Block): void {
    for (const statement of statements) {
      this.#work.steps += 1
      if (statement.kind === 'set' && statement.target.kind === 'override') {
        const { side, name } = statement.target
        const position = this.#position(statement.at)
        this.overrides.push({ side, name, ...position, value: holeValue('none', NO_SOURCES, position).pieces })
      }
      if (statement.kind === 'if') for (const { body } of statement.arms) this.#noteOverrides(body)
      if (statement.kind === 'foreach' || statement.kind === 'define') this.#noteOverrides(statement.body)
    }
  }

  /**
   * Counts what copying costs. When the budget is spent, variables are known by their facts alone, which costs nothing
   * and is still an over-approximation: `#set($a = "$a$a")` doubles its value with every line.
   */
  #spend(cost: number): void {
    this.#budget -= cost
    this.#work.steps += 1
  }

  #position(at: Offset): Position {
    return this.#lines.position(at)
  }
}

/** A value of which only the facts are known. */
function looseValue({ encoded, sources, isDefinition }: Fact, isUnset: boolean, position: Position): Value {
  return {
    ...holeValue(isDefinition ? 'none' : (encoded ?? 'none'), sources, position),
    ...(isUnset && { isUnset: true }),
    ...(isDefinition && { isDefinition: true }),
  }
}

const NOWHERE: Position = { line: 1, column: 1 }

const NUMBERS: ReadonlySet<string> = new Set([
  'compareTo',
  'indexOf',
  'intValue',
  'lastIndexOf',
  'length',
  'longValue',
  'size',
])

/** The value of something that is never null. */
function sure({ isNullable: _isNullable, ...value }: Value): Value {
  return value
}

/** How much copying pieces costs: each piece one, and each known character. */
function sizeOf(pieces: readonly Piece[]): number {
  let size = 0
  for (const piece of pieces) {
    size += 1
    if (piece.kind === 'text') size += piece.text.length
    else if (piece.kind === 'repeat') size += sizeOf(piece.body)
    else if (piece.kind === 'choice') for (const branch of piece.branches) size += sizeOf(branch)
  }
  return size
}

function sourcesIn(pieces: readonly Piece[]): Sources {
  let sources: Sources = NO_SOURCES
  for (const piece of pieces) {
    if (piece.kind === 'hole') sources = unite(sources, piece.sources)
    else if (piece.kind === 'repeat') sources = unite(sources, sourcesIn(piece.body))
    else if (piece.kind === 'choice') for (const branch of piece.branches) sources = unite(sources, sourcesIn(branch))
  }
  return sources
}
