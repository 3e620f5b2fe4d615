import { ENCODED_IN_PATH, ENCODED_UNRESERVED } from '../policy/conditions/domains.ts'
import {
  type CelExpression,
  conditionEnvironment,
  firstLine,
  namesIn,
  parseExpression,
} from '../policy/conditions/expression.ts'
import { literalFaults } from '../policy/conditions/literals.ts'
import { conditionMembers } from '../policy/conditions/members.ts'
import { contentTypeName, destinationName, type NameReading, sourceName } from '../policy/conditions/names.ts'
import { comparesNames, inReading } from '../policy/conditions/readings.ts'
import type { Condition } from '../policy/document/document.ts'
import type { Finding } from './explain/finding.ts'
import type { Subject } from './subject.ts'

/**
 * Conditions in CEL. This module and the library are loaded where a policy has conditions and nowhere else.
 *
 * An expression sees `integration` (members under their wire names, with API Gateway's defaults), `integration.backend`
 * (what the uri was read as), `request` (restApiId, resourceId, httpMethod), `team` and `claims`. A part of the backend
 * that a kind of backend lacks is no member. One that isn't known (a path with placeholders, a path or query that servers
 * could read in two ways) can't be used, not even by `has()`: using it is an error, and errors deny.
 *
 * Names of request parameters and content types have two readings (see `names.ts`); a condition must hold under both.
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
  /** One, or where names are compared one for each reading of them. */
  readings: readonly { names: NameReading; when?: CelExpression; require: CelExpression }[]
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

const BOTH: readonly NameReading[] = ['exact', 'folded']

/**
 * Parses and type-checks conditions; all problems at once. A literal that its member can never equal is one.
 *
 * @param teams Names of the policy's teams; unless given, any text may be one.
 */
export function compileConditions(
  conditions: readonly Condition[],
  teams?: readonly string[],
): { ok: true; conditions: Conditions } | { ok: false; problems: ConditionProblem[] } {
  const environment = conditionEnvironment()
  const problems: ConditionProblem[] = []
  const rules: CompiledCondition[] = []
  const parse = (text: string, pointer: string): CelExpression | undefined => {
    const parsed = parseExpression(environment, text)
    if (!parsed.ok) {
      problems.push({ pointer, message: parsed.message })
      return undefined
    }
    for (const { column, message, suggestion } of literalFaults(parsed.expression.ast, teams)) {
      const told = suggestion === undefined ? message : `${message} ${suggestion}`
      problems.push({ pointer, message: `At character ${column}: ${told}` })
    }
    return parsed.expression
  }
  for (const [index, { id, when: whenText, require: requireText, message, fix }] of conditions.entries()) {
    const pointer = `/org/conditions/${index}`
    const when = whenText === undefined ? undefined : parse(whenText, `${pointer}/when`)
    const require = parse(requireText, `${pointer}/require`)
    if (require === undefined || problems.length > 0) continue
    const reads = [require, when].flatMap((each) => (each === undefined ? [] : namesIn(each.ast)))
    const hasNames = comparesNames(require.ast) || (when !== undefined && comparesNames(when.ast))
    const inNames = (expression: CelExpression, names: NameReading) =>
      hasNames ? environment.parse(inReading(expression.ast, names)) : expression
    rules.push({
      id,
      message,
      ...(fix !== undefined && { fix }),
      pointer,
      readings: (hasNames ? BOTH : BOTH.slice(0, 1)).map((names) => ({
        names,
        ...(when !== undefined && { when: inNames(when, names) }),
        require: inNames(require, names),
      })),
      readsClaims: reads.includes('claims'),
      readsBackend: reads.includes('backend'),
    })
  }
  return problems.length > 0
    ? { ok: false, problems }
    : { ok: true, conditions: { rules, contextOf: conditionContext, judge: judgeCondition } }
}

/** What expressions see of one request, under each reading of its names; made where a policy has conditions. */
export type ConditionContext = Readonly<Record<NameReading, Record<string, unknown>>>

export function conditionContext(
  subject: Subject,
  claims: Readonly<Record<string, unknown>> | undefined,
): ConditionContext {
  const { integration, request } = subject
  const { restApiId, resourceId, httpMethod, partition, region } = request
  const shared = {
    ...conditionMembers(integration, resourceId),
    backend: backendOf(subject),
  }
  const others = {
    request: { restApiId, resourceId, httpMethod, partition, region },
    team: subject.team,
    claims: claims ?? {},
  }
  const under = (names: NameReading) => ({ integration: withNames(shared, subject, names), ...others })
  let folded: Record<string, unknown> | undefined
  return {
    exact: under('exact'),
    get folded() {
      folded ??= under('folded')
      return folded
    },
  }
}

/** Adds the members that hold names, as one reading has them. What two names would be in one entry can't be used. */
function withNames(
  members: Readonly<Record<string, unknown>>,
  subject: Subject,
  reading: NameReading,
): Record<string, unknown> {
  const { requestParameters, requestTemplates, cacheKeyParameters } = subject
  const parameters = [...requestParameters, ...overridesIn(subject)].map(
    ([name, source]) => [destinationName(name, reading), sourceName(source, reading)] as const,
  )
  const templates = requestTemplates.map(([type, template]) => [contentTypeName(type, reading), template] as const)
  return withheld(
    { ...members, cacheKeyParameters: cacheKeyParameters.map((key) => sourceName(key, reading)) },
    {
      requestParameters: mapOf(parameters, 'Two names of requestParameters are one'),
      requestTemplates: mapOf(templates, 'Two content types of requestTemplates are one'),
    },
  )
}

/** What templates set is mapped as well, from whatever the template says; a name that is set twice is in no one entry. */
function overridesIn(subject: Subject): (readonly [name: string, source: string])[] {
  return subject.requestTemplates.flatMap(([, text]) => {
    const read = subject.template(text)
    if (!read?.ok) return [] // refused for that, or a policy lets it do anything
    return read.template.overrides
      .filter(({ side }) => side === 'request')
      .map(({ name }) => [`integration.request.${name}`, `context.requestOverride.${name}`] as const)
  })
}

function mapOf(
  entries: readonly (readonly [name: string, value: string])[],
  message: string,
): Map<string, string> | Unknown {
  const map = new Map<string, string>()
  for (const [name, value] of entries) {
    if (map.has(name) && map.get(name) !== value) return new Unknown(`${message}: ${name}.`)
    map.set(name, value)
  }
  return map
}

/** Why a member can't be used in an expression. */
class Unknown {
  readonly reason: string
  constructor(reason: string) {
    this.reason = reason
  }
}

/** Adds members to an object of them; using one that isn't known is an error. */
function withheld(known: Record<string, unknown>, members: Record<string, unknown>): Record<string, unknown> {
  for (const [name, value] of Object.entries(members)) {
    if (value instanceof Unknown) {
      const fail = () => {
        throw new Error(value.reason)
      }
      Object.defineProperty(known, name, { enumerable: true, get: fail })
    } else known[name] = value
  }
  return known
}

function backendOf({ backend }: Subject): Record<string, unknown> {
  switch (backend.kind) {
    case 'http': {
      const { kind, scheme, host, port, path, query, queryText } = backend
      return withheld(
        { kind, scheme, host, port: BigInt(port) },
        {
          path: path.hazards.length > 0 ? new Unknown(TWO_PATHS) : readable('path', path.text, path.lateBound !== ''),
          query: readable('query', queryText, query === 'late-bound'),
        },
      )
    }
    case 'lambda':
      return { kind: backend.kind, ...backend.lambda }
    case 'service': {
      const { kind, partition, region, service, subdomain, path, action } = backend
      return withheld(
        { kind, partition, region, service },
        {
          ...(subdomain !== undefined && { subdomain }),
          ...(path !== undefined && { path: readable('path', path.text, path.lateBound !== '') }),
          ...(action !== undefined && { action }),
        },
      )
    }
    default:
      return { kind: backend.kind }
  }
}

const TWO_PATHS = 'No one value of path is known: servers could read it in two ways.'

/** A text with its percent-encodings in upper case (RFC 3986 §6.2.2.1), or why there is no one text. */
function readable(member: 'path' | 'query', text: string, isLateBound: boolean): string | Unknown {
  if (isLateBound) return new Unknown(`No one value of ${member} is known: a part of it is filled in later.`)
  if (ENCODED_UNRESERVED.test(text)) return new Unknown(`No one value of ${member} is known: it encodes plain letters.`)
  if (member === 'path' && ENCODED_IN_PATH.test(text))
    return new Unknown('No one value of path is known: it encodes a character that can stand in a path as it is.')
  // A server that decodes twice, or that normalises what it has decoded, sees another text.
  if (/%25[0-9a-f]{2}/i.test(text)) return new Unknown(`No one value of ${member} is known: it is encoded twice.`)
  if (hasLookAlikes(text)) return new Unknown(`No one value of ${member} is known: it encodes look-alikes of letters.`)
  return text.replaceAll(/%[0-9a-f]{2}/gi, (encoded) => encoded.toUpperCase())
}

/** Whether a text encodes characters that are another character's compatibility form (UAX #15), or isn't UTF-8. */
function hasLookAlikes(text: string): boolean {
  if (!/%[89a-f]/i.test(text)) return false
  try {
    const decoded = decodeURIComponent(text)
    return decoded.normalize('NFKC') !== decoded.normalize('NFC')
  } catch {
    return true // the URIError says no more than that
  }
}

/** Where `when` holds, `require` must, under every reading; what can't be evaluated is violated, and says why. */
export function judgeCondition(condition: CompiledCondition, context: ConditionContext): Finding | undefined {
  const { id, message, fix, pointer, readings } = condition
  let isMet = true
  let error: string | undefined
  for (const { names, when, require } of readings) {
    try {
      if (when !== undefined && !truth(when(context[names]))) continue
      if (!truth(require(context[names]))) isMet = false
    } catch (thrown) {
      isMet = false
      error ??= firstLine(thrown)
    }
  }
  if (isMet) return undefined
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
