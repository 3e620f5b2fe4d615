import type { LambdaUri } from '../../policy/values/aws-uri.ts'
import type { LambdaLimits } from '../compile/compiled-sections.ts'
import { matchesAnyName } from '../compile/name-pattern.ts'
import { type Finding, listed, oneOf } from '../explain/finding.ts'
import { nearestName, nearestOf } from '../explain/nearest.ts'
import type { Subject } from '../subject.ts'
import { foreign } from './judge-intrinsic.ts'
import { judgeVerbs, verbAllowed } from './judge-verbs.ts'

/** The parts of a function's ARN that limits can refuse, in the order in which they are explained. */
const PARTS = ['partition', 'region', 'account', 'function', 'qualifier'] as const
type Part = (typeof PARTS)[number]

/** The limits on one part; `undefined` where it isn't limited. */
function allows(limits: LambdaLimits, part: Part, { lambda }: LambdaUri): boolean {
  switch (part) {
    case 'partition':
      return limits.partitions === undefined || limits.partitions.includes(lambda.partition)
    case 'region':
      return limits.regions === undefined || limits.regions.includes(lambda.region)
    case 'account':
      return limits.accounts === undefined || limits.accounts.includes(lambda.account)
    case 'function':
      return limits.functions === undefined || matchesAnyName(limits.functions, lambda.function)
    case 'qualifier': {
      if (lambda.qualifier !== undefined) {
        return limits.qualifiers === undefined || matchesAnyName(limits.qualifiers, lambda.qualifier)
      }
      return (limits.unqualified ?? (limits.qualifiers === undefined ? 'allowed' : 'never')) === 'allowed'
    }
  }
}

/** A team's Lambda entries: passes where one allows every part, else explains the one that refuses least. */
export function judgeLambda(
  backend: LambdaUri,
  subject: Subject,
  entries: readonly LambdaLimits[],
  pointer: string,
  findings: Finding[],
): void {
  let best: LambdaLimits | undefined
  let least = Number.POSITIVE_INFINITY
  for (const entry of entries) {
    let refused = verbAllowed(entry.httpMethods, subject.request.httpMethod) ? 0 : 1
    for (const part of PARTS) if (!allows(entry, part, backend)) refused++
    if (refused === 0) return
    if (refused < least) {
      best = entry
      least = refused
    }
  }
  const rule = `${subject.team}.uri`
  if (best === undefined) {
    const message = `No Lambda function is a ${subject.team} backend.`
    const { account, function: name } = backend.lambda
    findings.push({ rule, field: '/uri', part: 'function', value: `${account}:${name}`, allowed: [], message, pointer })
    return
  }
  for (const part of PARTS) {
    if (!allows(best, part, backend)) findings.push(lambdaFinding(rule, part, best, backend, pointer))
  }
  judgeVerbs(rule, best, subject, `For function ${backend.lambda.function}`, pointer, findings)
}

/** One rule for each member of `org.bounds.uri.lambda`. */
export function judgeLambdaBounds(backend: LambdaUri, limits: LambdaLimits, findings: Finding[]): void {
  for (const part of PARTS) {
    if (allows(limits, part, backend)) continue
    const member =
      part === 'qualifier' && backend.lambda.qualifier === undefined && limits.unqualified !== undefined
        ? 'unqualified'
        : (`${part}s` as const)
    const pointer = `/org/bounds/uri/lambda/${member}`
    findings.push(lambdaFinding(`org.bounds.uri.lambda.${member}`, part, limits, backend, pointer))
  }
}

/** The function's own partition and Region must be the API's, where neither the bounds nor an entry list others. */
export function judgeLambdaHome(
  { lambda }: LambdaUri,
  { request }: Subject,
  limits: readonly (LambdaLimits | undefined)[],
  findings: Finding[],
): void {
  if (lambda.partition !== request.partition && !limits.some((limit) => limit?.partitions)) {
    findings.push(foreign('partition', lambda.partition, request.partition))
  }
  if (lambda.region !== request.region && !limits.some((limit) => limit?.regions)) {
    findings.push(foreign('region', lambda.region, request.region))
  }
}

function lambdaFinding(
  rule: string,
  part: Part,
  limits: LambdaLimits,
  { lambda }: LambdaUri,
  pointer: string,
): Finding {
  const value = lambda[part] ?? 'none'
  const { allowed, nearest } = alternatives(part, value, limits)
  const subject = part === 'function' ? `Function ${value}` : `Function ${lambda.function}`
  const message =
    part === 'function'
      ? `${subject} is not allowed as a backend.`
      : lambda[part] === undefined
        ? `${subject} must be named with a qualifier.`
        : `${subject} may not be called with ${part} ${value}.`
  return {
    rule,
    field: '/uri',
    part,
    value,
    allowed,
    ...(nearest !== undefined && { nearest }),
    message,
    fix: nearest === undefined ? `Use ${part} ${oneOf(allowed)}.` : `Did you mean ${nearest}?`,
    pointer,
  }
}

function alternatives(
  part: Part,
  value: string,
  limits: LambdaLimits,
): { allowed: readonly string[]; nearest?: string } {
  if (part === 'function' || part === 'qualifier') {
    const patterns = (part === 'function' ? limits.functions : limits.qualifiers) ?? []
    const allowed = listed(patterns)
    const nearest = nearestName(value, patterns)
    return nearest === undefined ? { allowed } : { allowed, nearest }
  }
  const allowed = (part === 'account' ? limits.accounts : part === 'region' ? limits.regions : limits.partitions) ?? []
  const nearest = nearestOf(value, allowed)
  return nearest === undefined ? { allowed } : { allowed, nearest }
}
