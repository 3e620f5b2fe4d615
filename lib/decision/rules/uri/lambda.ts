import { matches, matchesAny } from '../../../policy/patterns/matches.ts'
import { patternOf } from '../../../policy/patterns/parse.ts'
import type { Pattern } from '../../../policy/patterns/pattern.ts'
import type { LambdaUri } from '../../../policy/values/aws-uri.ts'
import { type Finding, listed, oneOf, type Pointed, rangesOf, setting } from '../../explain/finding.ts'
import { nearestMatch, nearestOf } from '../../explain/nearest.ts'
import type { Subject } from '../../subject.ts'
import type { LambdaLimits, UriBounds } from '../limits.ts'
import type { Met } from '../rule.ts'
import { judgeVerbs, verbAllowed } from './verbs.ts'

/** The parts of a function's ARN that limits can refuse, in the order in which they are explained. */
const PARTS = ['partition', 'region', 'account', 'function', 'qualifier'] as const
type Part = (typeof PARTS)[number]

/** An unqualified function runs this version (Lambda Developer Guide, "Manage Lambda function versions"). */
const LATEST = '$LATEST'

/** The places of an ARN: those of the entry, else those of the bounds, else the API's own. */
interface Home {
  partitions: readonly string[]
  regions: readonly string[]
}

function homeOf(entry: LambdaLimits | undefined, bounds: LambdaLimits | undefined, { request }: Subject): Home {
  return {
    partitions: entry?.partitions ?? bounds?.partitions ?? [request.partition],
    regions: entry?.regions ?? bounds?.regions ?? [request.region],
  }
}

function isPlace(part: Part): part is 'partition' | 'region' {
  return part === 'partition' || part === 'region'
}

/** The outer and the inner spelling of a place: both name where the function is called. */
function placesOf(part: 'partition' | 'region', { lambda, ...outer }: LambdaUri): readonly string[] {
  return [lambda[part], outer[part]]
}

function allows(part: Part, limits: Omit<LambdaLimits, 'regions' | 'partitions'>, home: Home, uri: LambdaUri): boolean {
  const { lambda } = uri
  switch (part) {
    case 'partition':
      return placesOf(part, uri).every((place) => home.partitions.includes(place))
    case 'region':
      return placesOf(part, uri).every((place) => home.regions.includes(place))
    case 'account':
      return limits.accounts === undefined || limits.accounts.includes(lambda.account)
    case 'function':
      return limits.functions === undefined || matchesAny(limits.functions, lambda.function)
    case 'qualifier':
      return qualifierAllowed(limits, lambda.qualifier)
  }
}

/** Naming `$LATEST` and naming no qualifier come to the same; a star is taken for qualifiers that are written. */
function qualifierAllowed(
  { qualifiers, unqualified }: LambdaLimits | Omit<LambdaLimits, 'regions'>,
  qualifier?: string,
) {
  if (qualifier !== undefined && (qualifiers === undefined || matchesAny(qualifiers, qualifier))) return true
  if (qualifier !== undefined && qualifier !== LATEST) return false
  const isAllowed = unqualified ?? (qualifiers === undefined ? 'allowed' : 'never')
  return isAllowed === 'allowed' || qualifiers?.some(({ literal }) => literal === LATEST) === true
}

/** A team's Lambda entries: passes where one allows every part, else explains the one that refuses least. */
export function coversLambda(
  uri: LambdaUri,
  subject: Subject,
  entries: readonly LambdaLimits[],
  bounds: UriBounds | undefined,
  base: Pointed,
  findings: Finding[],
): void {
  let best: { entry: LambdaLimits; refused: Part[]; verbs: LambdaLimits } | undefined
  let least = Number.POSITIVE_INFINITY
  for (const entry of entries) {
    const home = homeOf(entry, bounds?.lambda, subject)
    const refused = PARTS.filter((part) => !allows(part, entry, home, uri))
    const verbs = { ...entry, methods: entry.methods ?? POST }
    let count = refused.length
    if (!verbAllowed(verbs.methods, subject.integration.httpMethod)) count++
    if (!verbAllowed(verbs.httpMethods, subject.request.httpMethod)) count++
    if (count === 0) return
    if (count < least) {
      best = { entry, refused, verbs }
      least = count
    }
  }
  if (best === undefined) {
    const { account, function: name } = uri.lambda
    const message = `No Lambda function is a ${subject.team} backend.`
    const fix = 'No other request would pass: the team lists no Lambda function.'
    const value = `${account}:${name}`
    // Which account it may be in nothing says but the bounds.
    findings.push({ ...base, aspect: 'account', field: '/uri', part: 'function', value, allowed: [], message, fix })
    judgeHome(uri, undefined, bounds?.lambda, subject, findings)
    return
  }
  const { entry, refused, verbs } = best
  for (const part of refused) {
    if (isPlace(part)) continue
    findings.push({ ...base, ...lambdaFinding(part, entry, uri), ...(part === 'account' && { aspect: 'account' }) })
  }
  // An entry's list of places holds for the functions of the entry, and opens nothing for others.
  const isOfEntry = refused.every(isPlace)
  judgeHome(uri, isOfEntry ? entry : undefined, bounds?.lambda, subject, findings)
  judgeVerbs(base, verbs, subject, `For function ${uri.lambda.function}`, findings)
}

/** API Gateway invokes a function with POST; what else an entry lists, AWS stores. */
const POST = ['POST']

/**
 * The partition and Region hold whatever the policy says, but for those that it lists. Of a list that the bounds give,
 * their own rule tells.
 */
function judgeHome(
  uri: LambdaUri,
  entry: LambdaLimits | undefined,
  bounds: LambdaLimits | undefined,
  subject: Subject,
  findings: Finding[],
): void {
  const home = homeOf(entry, bounds, subject)
  for (const part of ['partition', 'region'] as const) {
    if (entry?.[`${part}s`] === undefined && bounds?.[`${part}s`] !== undefined) continue
    const allowed = home[`${part}s`]
    const other = placesOf(part, uri).find((place) => !allowed.includes(place))
    if (other !== undefined) findings.push(foreign(part, other, allowed, subject, uri))
  }
}

/** An ARN that leaves the API's own partition or Region for one that nothing lists. */
function foreign(
  part: 'partition' | 'region',
  value: string,
  allowed: readonly string[],
  { request }: Subject,
  uri: LambdaUri,
): Finding {
  const nearest = allowed.includes(request[part]) ? request[part] : (allowed[0] ?? request[part])
  return {
    rule: `intrinsic.uri.${part}`,
    field: '/uri',
    part,
    value,
    allowed,
    nearest,
    message: `The ARN names ${part} ${value}, but only ${oneOf(allowed)} ${allowed.length === 1 ? 'is' : 'are'} allowed here.`,
    fix: `Did you mean ${nearest}?`,
    remedy: setting('/uri', uriOf({ ...uri, [part]: nearest, lambda: { ...uri.lambda, [part]: nearest } })),
  }
}

/** One rule for each member of `org.bounds.uri.lambda`. */
export function coversLambdaBounds(
  uri: LambdaUri,
  limits: LambdaLimits,
  base: (leaf: string) => Pointed,
  findings: Finding[],
): void {
  const { partitions, regions } = limits
  for (const part of PARTS) {
    const home = { partitions: partitions ?? placesOf('partition', uri), regions: regions ?? placesOf('region', uri) }
    if (allows(part, limits, home, uri)) continue
    const isUnqualified = part === 'qualifier' && uri.lambda.qualifier === undefined && limits.unqualified !== undefined
    const member = isUnqualified ? 'unqualified' : `${part}s`
    const other = isPlace(part) ? placesOf(part, uri).find((place) => !home[`${part}s`].includes(place)) : undefined
    findings.push({ ...base(`lambda.${member}`), ...lambdaFinding(part, limits, uri, other) })
  }
}

/** What of a function a deny meets: an unqualified function is `$LATEST`, and either spelling of a Region counts. */
export function lambdaMayMeet(uri: LambdaUri, denied: LambdaLimits): Met | undefined {
  const { partitions, regions, accounts, functions, qualifiers, unqualified } = denied
  const { lambda } = uri
  if (partitions !== undefined && !placesOf('partition', uri).some((place) => partitions.includes(place)))
    return undefined
  if (regions !== undefined && !placesOf('region', uri).some((place) => regions.includes(place))) return undefined
  if (accounts !== undefined && !accounts.includes(lambda.account)) return undefined
  if (functions !== undefined && !matchesAny(functions, lambda.function)) return undefined
  if (qualifiers !== undefined || unqualified !== undefined) {
    const qualifier = lambda.qualifier ?? LATEST
    const isMet =
      (unqualified !== undefined && qualifier === LATEST) ||
      qualifiers?.some((pattern) => matches(pattern, qualifier)) === true
    if (!isMet) return undefined
  }
  return { field: '/uri', part: 'function', value: lambda.function }
}

/** @param other Of a place, the spelling that is wrong: the inner or the outer. */
function lambdaFinding(
  part: Part,
  limits: LambdaLimits,
  uri: LambdaUri,
  other?: string,
): Omit<Finding, 'rule' | 'pointer'> {
  const { lambda } = uri
  const value = other ?? lambda[part] ?? 'none'
  const { allowed, nearest, example, words } = alternatives(part, other ?? lambda[part] ?? '', limits)
  const subject = part === 'function' ? `Function ${value}` : `Function ${lambda.function}`
  const message =
    part === 'function'
      ? `${subject} is not allowed as a backend.`
      : lambda[part] === undefined
        ? `${subject} must be named with a qualifier.`
        : `${subject} may not be called with ${part} ${value}.`
  return {
    field: '/uri',
    part,
    value,
    allowed,
    nearest,
    message,
    fix:
      nearest !== undefined
        ? `Did you mean ${nearest}?`
        : part === 'qualifier' && limits.qualifiers === undefined
          ? 'Name the function with an alias or a version.'
          : `Use ${part} ${words}.`,
    remedy: example === undefined ? undefined : setting('/uri', uriOf(changed(uri, part, example))),
  }
}

function changed(uri: LambdaUri, part: Part, value: string): LambdaUri {
  return { ...uri, ...(isPlace(part) && { [part]: value }), lambda: { ...uri.lambda, [part]: value } }
}

function uriOf({ partition, region, lambda, streaming }: LambdaUri): string {
  const { account, function: name, qualifier } = lambda
  const arn = `arn:${lambda.partition}:lambda:${lambda.region}:${account}:function:${name}${qualifier === undefined ? '' : `:${qualifier}`}`
  const [before, after] = streaming
    ? ['2021-11-15/functions/', '/response-streaming-invocations']
    : ['2015-03-31/functions/', '/invocations']
  return `arn:${partition}:apigateway:${region}:lambda:path/${before}${arn}${after}`
}

const ANY = [patternOf('name', '*')]

function alternatives(
  part: Part,
  value: string,
  limits: LambdaLimits,
): { allowed: readonly string[]; nearest: string | undefined; example: string | undefined; words: string } {
  if (part === 'function' || part === 'qualifier') {
    // Where only its absence is refused, any qualifier will do.
    const patterns: readonly Pattern[] = (part === 'function' ? limits.functions : limits.qualifiers) ?? ANY
    const found = nearestMatch(value, patterns)
    const nearest = found?.isClose === true ? found.text : undefined
    return { allowed: listed(patterns), nearest, example: found?.text, words: rangesOf(patterns) }
  }
  const allowed = (part === 'account' ? limits.accounts : part === 'region' ? limits.regions : limits.partitions) ?? []
  const nearest = nearestOf(value, allowed)
  return { allowed, nearest, example: nearest ?? allowed[0], words: oneOf(allowed) }
}
