import { Lines } from '../../lib/policy/values/template/fault.ts'
import { parseWhole } from '../../lib/policy/values/template/parse-block.ts'
import { Reader } from '../../lib/policy/values/template/reader.ts'
import type { Block, Expression, Reference, Statement } from '../../lib/policy/values/template/syntax.ts'
import { Work } from '../../lib/policy/values/template/work.ts'

/** What a rendering is given. */
export interface Given {
  body: string
  path: Record<string, string>
  querystring: Record<string, string>
  header: Record<string, string>
  context: Record<string, unknown>
  stageVariables: Record<string, string>
}

export interface TinyRendering {
  output: string
  overrides: { name: string; value: string }[]
}

class Definition {
  readonly body: Block
  constructor(body: Block) {
    this.body = body
  }
}

/**
 * Runs the tree of a template on one input, as Velocity would where both know how: a helper for properties, in place of
 * Velocity itself where there is no Java. Methods that it doesn't know give null.
 */
export function renderTiny(text: string, given: Given): TinyRendering {
  const shared = { side: 'request' as const, lines: new Lines(text), work: new Work(), inside: parseWhole }
  const overrides: TinyRendering['overrides'] = []
  const variables = new Map<string, unknown>()
  let depth = 0

  function runBlock({ statements }: Block): string {
    return statements.map(runStatement).join('')
  }

  function runStatement(statement: Statement): string {
    switch (statement.kind) {
      case 'text':
        return statement.text
      case 'print': {
        const value = valueAt(statement.reference)
        return value === null ? (statement.reference.quiet ? '' : statement.reference.spelling) : written(value)
      }
      case 'set': {
        const value = evaluate(statement.value)
        if (value === null) return ''
        if (statement.target.kind === 'variable') variables.set(statement.target.name, value)
        else overrides.push({ name: statement.target.name, value: written(value) })
        return ''
      }
      case 'if': {
        const arm = statement.arms.find(({ condition }) => condition === undefined || isTrue(evaluate(condition)))
        return arm === undefined ? '' : runBlock(arm.body)
      }
      case 'foreach': {
        const before = variables.get(statement.item)
        const list = evaluate(statement.list)
        const items = Array.isArray(list) ? list : isRecord(list) ? Object.values(list) : []
        let output = ''
        for (const item of items) {
          variables.set(statement.item, item)
          output += runBlock(statement.body)
        }
        if (before === undefined) variables.delete(statement.item)
        else variables.set(statement.item, before)
        return output
      }
      case 'define':
        variables.set(statement.name, new Definition(statement.body))
        return ''
    }
  }

  function written(value: unknown): string {
    if (!(value instanceof Definition)) return typeof value === 'string' ? value : JSON.stringify(value)
    if (depth > 3) throw new RangeError('A definition runs itself')
    depth += 1
    const output = runBlock(value.body)
    depth -= 1
    return output
  }

  function evaluate(expression: Expression): unknown {
    switch (expression.kind) {
      case 'text':
        return expression.text
      case 'number':
        return Number(expression.text)
      case 'truth':
        return expression.value
      case 'interpolated':
        return runBlock(expression.body)
      case 'list':
        return expression.items.map(evaluate)
      case 'range': {
        const [from, to] = expression.items.map((item) => Number(evaluate(item)))
        return from === undefined || to === undefined || !(to - from < 9) ? null : range(from, to)
      }
      case 'map':
        return Object.fromEntries(
          expression.items.flatMap((item, at) =>
            at % 2 === 0 ? [[String(evaluate(item)), evaluate(expression.items[at + 1] ?? item)]] : [],
          ),
        )
      case 'reference':
        return valueAt(expression.reference)
      case 'not':
        return !isTrue(evaluate(expression.of))
      case 'binary':
        return operate(expression.operator, evaluate(expression.left), evaluate(expression.right))
    }
  }

  function valueAt({ root, steps }: Reference): unknown {
    let value = rootOf(root)
    for (const step of steps) {
      if (value === null) return null
      const args = step.kind === 'call' ? step.args.map(evaluate) : step.kind === 'index' ? [evaluate(step.key)] : []
      value =
        step.kind === 'call'
          ? call(value, step.name, args)
          : member(value, step.kind === 'member' ? step.name : args[0])
    }
    return value
  }

  function rootOf(root: string): unknown {
    if (root === 'context') return given.context
    if (root === 'stageVariables') return given.stageVariables
    if (root === 'input') return INPUT
    if (root === 'util') return UTIL
    return variables.get(root) ?? null
  }

  function call(value: unknown, name: string, args: readonly unknown[]): unknown {
    const [first = null, second = null] = args
    if (value === INPUT) return callInput(name, args)
    if (value === UTIL) return first === null ? null : callUtil(name, written(first))
    if (name === 'get') return member(value, first)
    if (name === 'toString') return written(value)
    if (name === 'keySet') return isRecord(value) ? Object.keys(value) : null
    if (name === 'size') return Array.isArray(value) ? value.length : null
    if (typeof value !== 'string') return null
    if (name === 'length') return value.length
    if (name === 'isEmpty') return value === ''
    if (name === 'trim') return value.trim()
    if (name === 'split') return value.split(String(first))
    if (name === 'substring') return value.substring(Number(first), Number(second))
    return name === 'replaceAll' ? value.replaceAll(String(first).replaceAll('\\\\', '\\'), String(second)) : null
  }

  function callInput(name: string, args: readonly unknown[]): unknown {
    const parameters = { path: given.path, querystring: given.querystring, header: given.header }
    if (name === 'params' && args.length === 0) return parameters
    const [first = null] = args
    if (name === 'params') {
      const found = Object.values(parameters).find((part) => Object.hasOwn(part, String(first)))
      return found?.[String(first)] ?? null
    }
    const path = String(first).replace(/^\$\.?/, '')
    const whole = parseJson(given.body)
    const value = path === '' ? whole : path.split('.').reduce(member, whole)
    return name === 'path' || value === null ? value : JSON.stringify(value)
  }

  function member(value: unknown, name: unknown): unknown {
    if (value === INPUT) return given.body
    if (Array.isArray(value)) return value[Number(name)] ?? null
    return isRecord(value) && Object.hasOwn(value, String(name)) ? (value[String(name)] ?? null) : null
  }

  const output = runBlock(parseWhole(new Reader(text, shared)))
  return { output, overrides }
}

const INPUT = Symbol('$input')
const UTIL = Symbol('$util')

function callUtil(name: string, text: string): unknown {
  switch (name) {
    case 'escapeJavaScript':
      return text
        .replace(/[\\"'/]/g, (sign) => `\\${sign}`)
        .replaceAll('\n', '\\n')
        .replaceAll('\r', '\\r')
    case 'urlEncode':
      return encodeURIComponent(text)
        .replace(/[!'()~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
        .replaceAll('%20', '+')
    case 'base64Encode':
      return Buffer.from(text).toString('base64')
    case 'base64Decode':
      return Buffer.from(text, 'base64').toString()
    case 'parseJson':
      return parseJson(text)
    default:
      return text
  }
}

function operate(operator: string, left: unknown, right: unknown): unknown {
  switch (operator) {
    case '&&':
    case 'and':
      return isTrue(left) && isTrue(right)
    case '||':
    case 'or':
      return isTrue(left) || isTrue(right)
    case '==':
    case 'eq':
      return JSON.stringify(left) === JSON.stringify(right)
    case '!=':
    case 'ne':
      return JSON.stringify(left) !== JSON.stringify(right)
    case '+':
      if (typeof left === 'string' || typeof right === 'string') return `${String(left)}${String(right)}`
      return typeof left === 'number' && typeof right === 'number' ? left + right : null
    default:
      return typeof left === 'number' && typeof right === 'number' ? arithmetic(operator, left, right) : null
  }
}

function arithmetic(operator: string, left: number, right: number): unknown {
  if (operator === '-') return left - right
  if (operator === '*') return left * right
  return operator === '<' ? left < right : null
}

function isTrue(value: unknown): boolean {
  return value !== null && value !== false
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Definition)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at)
}
