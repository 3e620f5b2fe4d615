import { type ASTNode, Environment, type ParseResult } from '@marcbachmann/cel-js'
import { CONDITION_MEMBERS } from './members.ts'

/** A parsed, typed expression of known cost. */
export type CelExpression = ParseResult

/** Functions whose cost is linear in what they are given. `matches` is a backtracking RegExp in this library. */
const FUNCTIONS = new Set(['size', 'string', 'int', 'bool', 'has'])
const METHODS = new Set(['startsWith', 'endsWith', 'contains', 'size', 'lowerAscii', 'exists', 'exists_one', 'all'])
const LOOPS = new Set(['exists', 'exists_one', 'all'])

const LIMITS = { maxAstNodes: 200, maxDepth: 24, maxListElements: 100, maxMapEntries: 20, maxCallArguments: 4 }

/** What expressions are about: names and types. What each can be is in `domains.ts`. */
export function conditionEnvironment(): Environment {
  return new Environment({ limits: LIMITS })
    .registerVariable({
      name: 'integration',
      schema: {
        ...CONDITION_MEMBERS,
        backend: {
          kind: 'string',
          scheme: 'string',
          host: 'string',
          port: 'int',
          path: 'string',
          query: 'string',
          partition: 'string',
          region: 'string',
          account: 'string',
          function: 'string',
          qualifier: 'string',
          service: 'string',
          subdomain: 'string',
          action: 'string',
        },
      },
    })
    .registerVariable({
      name: 'request',
      schema: {
        restApiId: 'string',
        resourceId: 'string',
        httpMethod: 'string',
        partition: 'string',
        region: 'string',
      },
    })
    .registerVariable('team', 'string')
    .registerVariable('claims', 'map<string, dyn>')
}

export type ParsedExpression = { ok: true; expression: CelExpression } | { ok: false; message: string }

/** Parses and type-checks one expression that must give true or false. */
export function parseExpression(environment: Environment, text: string): ParsedExpression {
  try {
    const expression = environment.parse(text)
    const unbounded = findUnbounded(expression.ast, 0)
    if (unbounded !== undefined) return { ok: false, message: unbounded }
    const check = expression.check()
    if (!check.valid) return { ok: false, message: firstLine(check.error) }
    if (check.type !== 'bool')
      return { ok: false, message: `A condition gives true or false, this gives ${check.type}.` }
    return { ok: true, expression }
  } catch (error) {
    return { ok: false, message: firstLine(error) }
  }
}

/** A call outside the functions whose cost is known, or a loop inside a loop. */
function findUnbounded(node: ASTNode, loops: number): string | undefined {
  let inside = loops
  if (node.op === 'call' && !FUNCTIONS.has(node.args[0])) return `${node.args[0]}() is not available in conditions.`
  if (node.op === 'rcall') {
    const [name] = node.args
    if (!METHODS.has(name)) return `${name}() is not available in conditions.`
    if (LOOPS.has(name)) inside++
    if (inside > 1) return `${name}() may not stand inside another loop.`
  }
  for (const child of childrenOf(node)) {
    const found = findUnbounded(child, inside)
    if (found !== undefined) return found
  }
  return undefined
}

/** Identifiers and members that an expression reads. */
export function namesIn(node: ASTNode): string[] {
  const own = node.op === 'id' ? [node.args] : node.op === '.' ? [node.args[1]] : []
  const indexed = node.op === '[]' ? literalText(node.args[1]) : undefined
  return [...own, ...(indexed === undefined ? [] : [indexed]), ...childrenOf(node).flatMap(namesIn)]
}

export function childrenOf(node: ASTNode): ASTNode[] {
  const found: ASTNode[] = []
  const collect = (value: unknown) => {
    if (Array.isArray(value)) for (const each of value) collect(each)
    else if (isNode(value)) found.push(value)
  }
  collect(node.args)
  return found
}

/** `integration.backend.host`, also where it is written `integration["backend"].host`; `undefined` for what is no member. */
export function memberPath(node: ASTNode): string | undefined {
  if (node.op === 'id') return node.args
  if (node.op !== '.' && node.op !== '[]') return undefined
  const parent = memberPath(node.args[0])
  const step = node.op === '.' ? node.args[1] : literalText(node.args[1])
  return parent === undefined || step === undefined ? undefined : `${parent}.${step}`
}

export function literalText(node: ASTNode): string | undefined {
  return node.op === 'value' && typeof node.args === 'string' ? node.args : undefined
}

/** A whole number as written, its sign included. */
export function literalNumber(node: ASTNode): bigint | undefined {
  if (node.op === 'value' && typeof node.args === 'bigint') return node.args
  if (node.op !== '-_') return undefined
  const inner = literalNumber(node.args)
  return inner === undefined ? undefined : -inner
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value
}

export function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n', 1)[0] ?? ''
}
