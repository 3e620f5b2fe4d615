import type { Sources } from './sources.ts'
import {
  ALL_PARAMETERS,
  allBelow,
  below,
  bodyOf,
  NO_SOURCES,
  type Place,
  parameterOf,
  sourcesOf,
  unite,
} from './sources.ts'
import type { Block, Expression, Reference, Statement } from './syntax.ts'
import type { Encoding, Side } from './template.ts'
import { encodingOfText, meet } from './value.ts'

/**
 * What a variable can hold at any time, whatever order the template runs in. Loops and definitions are judged by it:
 * their bodies run at times, and so often, that nothing follows from the order of the text.
 */
export interface Fact {
  sources: Sources
  /** It is this map of API Gateway, and the block does not set it. */
  place?: Place | undefined
  /** The encoding that every assignment gives; `undefined` while there is none. */
  encoded: Encoding | undefined
  isDefinition: boolean
}

/** Facts of all variables that a template sets. */
export type Facts = ReadonlyMap<string, Fact>

/**
 * Collects the facts of a template, or of the body of a loop. The work is linear in its nodes, for its depth is bounded.
 *
 * @param before What is known of a variable before the block runs.
 */
export function factsOf(
  block: Block,
  side: Side,
  before: (name: string) => Fact | undefined = () => undefined,
): { facts: Facts; definitionSets: ReadonlySet<string> } {
  const facts = new Map<string, Fact>()
  const reading: Context = { side, placeOf: (name) => before(name)?.place }
  /** For each variable those that are set from it. */
  const readers = new Map<string, Set<string>>()
  const definitionSets = new Set<string>()

  function factOf(name: string): Fact {
    let fact = facts.get(name)
    if (fact === undefined) {
      fact = { ...(before(name) ?? { sources: NO_SOURCES, encoded: undefined, isDefinition: false }) }
      facts.set(name, fact)
    }
    return fact
  }

  function assign(name: string, read: Read, encoded: Encoding): void {
    const fact = factOf(name)
    fact.sources = unite(fact.sources, read.sources)
    fact.encoded = fact.encoded === undefined ? encoded : meet(fact.encoded, encoded)
    for (const variable of read.variables) {
      factOf(variable)
      const known = readers.get(variable)
      if (known === undefined) readers.set(variable, new Set([name]))
      else known.add(name)
    }
  }

  function visit(statements: readonly Statement[], isInDefinition: boolean): void {
    for (const statement of statements) {
      switch (statement.kind) {
        case 'set':
          if (statement.target.kind !== 'variable') break
          if (isInDefinition) definitionSets.add(statement.target.name)
          assign(statement.target.name, readOf([statement.value], reading), encodingOfExpression(statement.value))
          break
        case 'if':
          for (const arm of statement.arms) visit(arm.body.statements, isInDefinition)
          break
        case 'foreach':
          assign(statement.item, readOf([statement.list], reading), 'none')
          visit(statement.body.statements, isInDefinition)
          break
        case 'define': {
          if (isInDefinition) definitionSets.add(statement.name)
          const read: Read = { sources: NO_SOURCES, variables: new Set() }
          readBlock(statement.body, reading, read)
          assign(statement.name, read, 'none')
          factOf(statement.name).isDefinition = true
          visit(statement.body.statements, true)
          break
        }
      }
    }
  }

  visit(block.statements, false)
  settle(facts, readers)
  return { facts, definitionSets }
}

/** Carries sources along the assignments until nothing changes; each fact grows a bounded number of times. */
function settle(facts: ReadonlyMap<string, Fact>, readers: ReadonlyMap<string, ReadonlySet<string>>): void {
  const waiting = [...facts.keys()]
  const isWaiting = new Set(waiting)
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    isWaiting.delete(name)
    const from = facts.get(name)
    for (const reader of readers.get(name) ?? []) {
      const to = facts.get(reader)
      if (from === undefined || to === undefined) continue
      const sources = unite(to.sources, from.sources)
      const isDefinition = to.isDefinition || from.isDefinition
      if (sources === to.sources && isDefinition === to.isDefinition) continue
      to.sources = sources
      to.isDefinition = isDefinition
      if (!isWaiting.has(reader)) {
        isWaiting.add(reader)
        waiting.push(reader)
      }
    }
  }
}

/** The variables that a block sets and leaves set, and those that its loops set while they run. */
export interface Sets {
  readonly left: Set<string>
  readonly items: Set<string>
}

export function setsOf({ statements }: Block, sets: Sets = { left: new Set(), items: new Set() }): Sets {
  for (const statement of statements) {
    switch (statement.kind) {
      case 'set':
        if (statement.target.kind === 'variable') sets.left.add(statement.target.name)
        break
      case 'define':
        sets.left.add(statement.name)
        setsOf(statement.body, sets)
        break
      case 'if':
        for (const { body } of statement.arms) setsOf(body, sets)
        break
      case 'foreach':
        sets.items.add(statement.item)
        setsOf(statement.body, sets)
        break
    }
  }
  return sets
}

/** What reading an expression depends on. */
interface Context {
  readonly side: Side
  /** The map that a variable holds, where that is known. */
  readonly placeOf: (name: string) => Place | undefined
}

interface Read {
  sources: Sources
  readonly variables: Set<string>
}

/** What expressions read: sources by themselves, and variables. */
function readOf(expressions: readonly Expression[], context: Context): Read {
  const read: Read = { sources: NO_SOURCES, variables: new Set() }
  for (const expression of expressions) readExpression(expression, context, read)
  return read
}

function readExpression(expression: Expression, context: Context, read: Read): void {
  switch (expression.kind) {
    case 'interpolated':
      readBlock(expression.body, context, read)
      break
    case 'list':
    case 'range':
    case 'map':
      for (const item of expression.items) readExpression(item, context, read)
      break
    case 'reference':
      readReference(expression.reference, context, read)
      break
    case 'not':
      readExpression(expression.of, context, read)
      break
    case 'binary':
      readExpression(expression.left, context, read)
      readExpression(expression.right, context, read)
      break
  }
}

function readBlock({ statements }: Block, context: Context, read: Read): void {
  for (const statement of statements) {
    switch (statement.kind) {
      case 'print':
        readReference(statement.reference, context, read)
        break
      case 'set':
        readExpression(statement.value, context, read)
        break
      case 'if':
        for (const { condition, body } of statement.arms) {
          if (condition !== undefined) readExpression(condition, context, read)
          readBlock(body, context, read)
        }
        break
      case 'foreach':
        readExpression(statement.list, context, read)
        readBlock(statement.body, context, read)
        break
      case 'define':
        readBlock(statement.body, context, read)
        break
    }
  }
}

function readReference(reference: Reference, context: Context, read: Read): void {
  const { root, steps } = reference
  for (const step of steps) {
    if (step.kind === 'call') for (const arg of step.args) readExpression(arg, context, read)
    if (step.kind === 'index') readExpression(step.key, context, read)
  }
  if (root === 'util' || root === 'foreach') return
  const place = placeOf(reference)
  if (place !== undefined)
    read.sources = unite(read.sources, readPlace(place, root === 'input' ? steps.slice(1) : steps))
  else if (root === 'input') read.sources = unite(read.sources, readInput(reference, context.side))
  else {
    const held = context.placeOf(root)
    if (held === undefined) read.variables.add(root)
    else read.sources = unite(read.sources, readPlace(held, steps))
  }
}

function placeOf({ root, steps }: Reference): Place | undefined {
  const [first] = steps
  if (root === 'context') return { root: 'context', path: [] }
  if (root === 'stageVariables') return { root: 'stageVariables', path: [] }
  const isParams = root === 'input' && first?.kind === 'call' && first.name === 'params' && first.args.length === 0
  return isParams ? { root: 'params', path: [] } : undefined
}

function readPlace(start: Place, steps: Reference['steps']): Sources {
  let place = start
  for (const step of steps) {
    const name = literalKey(step)
    if (name !== undefined) place = below(place, name)
    else if (step.kind === 'call' && !MAP_READERS.has(step.name)) return sourcesOf(place)
    else return unite(allBelow(place), sourcesOf(place))
  }
  return sourcesOf(place)
}

/** Methods that read more of a map than one member. */
export const MAP_READERS: ReadonlySet<string> = new Set([
  'containsKey',
  'containsValue',
  'entrySet',
  'get',
  'getOrDefault',
  'keySet',
  'values',
])

/** The name that a step goes down to, where it is known: `.name`, `['name']` or `.get('name')`. */
export function literalKey(step: Reference['steps'][number]): string | undefined {
  if (step.kind === 'member') return step.name
  if (step.kind === 'index') return step.key.kind === 'text' ? step.key.text : undefined
  const [key] = step.args
  return (step.name === 'get' || step.name === 'getOrDefault') && key?.kind === 'text' ? key.text : undefined
}

function readInput({ steps }: Reference, side: Side): Sources {
  const [first] = steps
  if (first?.kind !== 'call' || first.name !== 'params') return [bodyOf(side)]
  const [name] = first.args
  return name?.kind === 'text' ? parameterOf(name.text) : ALL_PARAMETERS
}

/** The encoding that an expression has by its form alone. */
function encodingOfExpression(expression: Expression): Encoding {
  switch (expression.kind) {
    case 'text':
      return encodingOfText(expression.text)
    case 'truth':
    case 'not':
      return 'url'
    case 'number':
      return 'url'
    case 'reference':
      return encodingOfReference(expression.reference)
    default:
      return 'none'
  }
}

function encodingOfReference({ root, steps, spelling }: Reference): Encoding {
  const [first, ...rest] = steps
  if (first?.kind !== 'call' || !rest.every(keepsJavaScript)) return 'none'
  return harmless(spelling, encodingOfCall(root, first.name, rest.length > 0))
}

function encodingOfCall(root: string, name: string, isUndone: boolean): Encoding {
  if (root === 'util' && name === 'escapeJavaScript') return 'javascript'
  if (isUndone) return 'none'
  if (root === 'util' && name === 'urlEncode') return 'url'
  if (root === 'util' && name === 'base64Encode') return 'base64'
  return root === 'input' && name === 'json' ? 'json' : 'none'
}

/**
 * `.replaceAll("\\'", "'")`, the way AWS documents to undo what `escapeJavaScript` does to a single quote, and JSON does
 * not know: each single quote has a backslash of its own, so that no other backslash loses its partner.
 */
export function keepsJavaScript(step: Reference['steps'][number]): boolean {
  if (step.kind !== 'call' || step.name !== 'replaceAll' || step.args.length !== 2) return false
  const [pattern, by] = step.args
  const isQuote = pattern?.kind === 'text' && (pattern.text === "\\\\'" || pattern.text === "\\'")
  return isQuote && by?.kind === 'text' && by.text === "'"
}

/** Where the value is null Velocity writes the spelling: an encoding holds only where that could not end anything. */
export function harmless(spelling: string, encoded: Encoding): Encoding {
  if (/[\\&;\r\n]/.test(spelling) || (spelling.includes('"') && spelling.includes(':'))) {
    return keepsQuotes(spelling) ? encoded : 'none'
  }
  return encoded
}

/** The one backslash that is known: that of `.replaceAll("\\'", "'")`. */
function keepsQuotes(spelling: string): boolean {
  const rest = spelling.replace(/\.replaceAll\(\s*(["'])\\{1,2}'{1,2}\1\s*,\s*(?:"'"|'''')\s*\)$/, '')
  return !/[\\&;\r\n]/.test(rest) && !(rest.includes('"') && rest.includes(':'))
}
