import { type ASTNode, Environment, type ParseResult } from '@marcbachmann/cel-js'
import type { Condition } from '../policy/document/document.ts'
import { CONDITION_MEMBERS, conditionMembers } from './condition-members.ts'
import type { Finding } from './explain/finding.ts'
import type { Subject } from './subject.ts'

/**
 * Conditions in CEL. This module and the library are loaded where a policy has conditions and nowhere else.
 *
 * An expression sees `integration` (members under their wire names, with API Gateway's defaults), `integration.backend`
 * (what the uri was read as), `request` (restApiId, resourceId, httpMethod), `team` and `claims`. A part of the backend
 * that isn't there or isn't known yet (a path with placeholders) is no member: using it is an error, and errors deny.
 */
export interface Conditions {
  rules: readonly CompiledCondition[]
  contextOf: typeof conditionContext
  judge: typeof judgeCondition
}

export interface CompiledCondition {
  id: string
  message: string
  fix?: string
  pointer: string
  when?: ParseResult
  require: ParseResult
  /** Whether it reads `claims`, and so can't be evaluated without a caller. */
  readsClaims: boolean
  readsBackend: boolean
}

/** What keeps a condition from being used. */
export interface ConditionProblem {
  /** JSON pointer of the expression. */
  pointer: string
  message: string
}

/** Functions whose cost is linear in what they are given. `matches` is a backtracking RegExp in this library. */
const FUNCTIONS = new Set(['size', 'string', 'int', 'bool', 'has'])
const METHODS = new Set(['startsWith', 'endsWith', 'contains', 'size', 'lowerAscii', 'exists', 'exists_one', 'all'])
const LOOPS = new Set(['exists', 'exists_one', 'all'])

const LIMITS = { maxAstNodes: 200, maxDepth: 24, maxListElements: 100, maxMapEntries: 20, maxCallArguments: 4 }

/** Parses and type-checks conditions; all problems at once. */
export function compileConditions(
  conditions: readonly Condition[],
): { ok: true; conditions: Conditions } | { ok: false; problems: ConditionProblem[] } {
  const environment = declare(new Environment({ limits: LIMITS }))
  const problems: ConditionProblem[] = []
  const rules: CompiledCondition[] = []
  for (const [index, { id, when, require, message, fix }] of conditions.entries()) {
    const pointer = `/org/conditions/${index}`
    const parsedWhen = when === undefined ? undefined : parse(environment, when, `${pointer}/when`, problems)
    const parsed = parse(environment, require, `${pointer}/require`, problems)
    if (parsed === undefined) continue
    const reads = [...namesIn(parsed.ast), ...(parsedWhen === undefined ? [] : namesIn(parsedWhen.ast))]
    rules.push({
      id,
      message,
      ...(fix !== undefined && { fix }),
      pointer,
      ...(parsedWhen !== undefined && { when: parsedWhen }),
      require: parsed,
      readsClaims: reads.includes('claims'),
      readsBackend: reads.includes('backend'),
    })
  }
  return problems.length > 0
    ? { ok: false, problems }
    : { ok: true, conditions: { rules, contextOf: conditionContext, judge: judgeCondition } }
}

function declare(environment: Environment): Environment {
  return environment
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

function parse(
  environment: Environment,
  expression: string,
  pointer: string,
  problems: ConditionProblem[],
): ParseResult | undefined {
  const refuse = (message: string) => {
    problems.push({ pointer, message })
    return undefined
  }
  try {
    const parsed = environment.parse(expression)
    const unbounded = findUnbounded(parsed.ast, 0)
    if (unbounded !== undefined) return refuse(unbounded)
    const check = parsed.check()
    if (!check.valid) return refuse(firstLine(check.error))
    if (check.type !== 'bool') return refuse(`A condition gives true or false, this gives ${check.type}.`)
    return parsed
  } catch (error) {
    return refuse(firstLine(error))
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
function namesIn(node: ASTNode): string[] {
  const own = node.op === 'id' ? [node.args] : node.op === '.' ? [node.args[1]] : []
  return [...own, ...childrenOf(node).flatMap(namesIn)]
}

function childrenOf(node: ASTNode): ASTNode[] {
  const found: ASTNode[] = []
  const collect = (value: unknown) => {
    if (Array.isArray(value)) for (const each of value) collect(each)
    else if (isNode(value)) found.push(value)
  }
  collect(node.args)
  return found
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value
}

/** What expressions see of one request; made where a policy has conditions. */
export type ConditionContext = Record<string, unknown>

export function conditionContext(
  subject: Subject,
  claims: Readonly<Record<string, unknown>> | undefined,
): ConditionContext {
  const { integration, request } = subject
  const { restApiId, resourceId, httpMethod, partition, region } = request
  return {
    integration: {
      ...conditionMembers(integration, resourceId),
      backend: backendOf(subject),
    },
    request: { restApiId, resourceId, httpMethod, partition, region },
    team: subject.team,
    claims: claims ?? {},
  }
}

function backendOf({ backend }: Subject): Record<string, unknown> {
  switch (backend.kind) {
    case 'http': {
      const { kind, scheme, host, port, path, query, queryText } = backend
      const isPathKnown = path.lateBound === '' && path.hazards.length === 0
      return {
        kind,
        scheme,
        host,
        port: BigInt(port),
        ...(isPathKnown && { path: path.text }),
        ...(query !== 'late-bound' && { query: queryText }),
      }
    }
    case 'lambda':
      return { kind: backend.kind, ...backend.lambda }
    case 'service': {
      const { kind, partition, region, service, subdomain, path, action } = backend
      return {
        kind,
        partition,
        region,
        service,
        ...(subdomain !== undefined && { subdomain }),
        ...(path !== undefined && path.lateBound === '' && { path: path.text }),
        ...(action !== undefined && { action }),
      }
    }
    default:
      return { kind: backend.kind }
  }
}

/** Where `when` holds, `require` must; what can't be evaluated is violated, and says why. */
export function judgeCondition(condition: CompiledCondition, context: ConditionContext): Finding | undefined {
  const { id, message, fix, pointer, when } = condition
  let error: string | undefined
  try {
    if (when !== undefined && !truth(when(context))) return undefined
    if (truth(condition.require(context))) return undefined
  } catch (thrown) {
    error = firstLine(thrown)
  }
  return {
    rule: id,
    field: '',
    message,
    ...(fix !== undefined && { fix }),
    ...(error !== undefined && { error }),
    pointer,
  }
}

function truth(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new TypeError('The condition gave neither true nor false.')
  return value
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n', 1)[0] ?? ''
}
