import { coversAny } from '../../../policy/patterns/covers.ts'
import { matchesAny } from '../../../policy/patterns/matches.ts'
import { reachOf } from '../../../policy/patterns/value.ts'
import type { NamedAt, OperationAt, Parameter } from '../../../policy/values/service/request.ts'

import type { Named } from '../../../policy/values/service/resource.ts'
import type { ResourceKind } from '../../../policy/values/service/resource-kinds.ts'
import { coversNamed } from '../../../policy/values/service/resource-pattern.ts'
import { choosesS3Operation, s3OperationsOf } from '../../../policy/values/service/s3.ts'
import { type PathPieces, type spellingsOf, toPath } from '../../../policy/values/service/target.ts'
import type { Finding } from '../../explain/finding.ts'
import type { ServiceLimits } from '../limits.ts'
import { coversPath, refusedLate } from '../uri/http.ts'
import { verbAllowed } from '../uri/verbs.ts'
import type { AskedOfService } from './asked.ts'
import * as words from './findings.ts'
import { resourcesOf } from './listed.ts'
import { isAtHome, type Places } from './places.ts'

/** What an entry refuses of a request; explained only where the entry is the one that refuses least. */
export type Refusal = 'verbs' | 'places' | (() => Omit<Finding, 'rule'>)

/** Bounds limit what they name; of a team's entry, what it leaves unnamed is closed. */
type Scope = 'team' | 'bounds'

/** All that an entry refuses; empty where it covers everything that the request can become. */
export function refusals(asked: AskedOfService, entry: ServiceLimits, places: Places, scope: Scope): Refusal[] {
  const { subject } = asked
  const refused: Refusal[] = []
  const areVerbs =
    verbAllowed(entry.methods, subject.integration.httpMethod) &&
    verbAllowed(entry.httpMethods, subject.request.httpMethod)
  if (!areVerbs) refused.push('verbs')
  if (!isAtHome(asked, places)) refused.push('places')
  refuseTarget(asked, entry, scope, refused)
  refuseOperations(asked, entry, scope, refused)
  const others = asked.parameters.filter((parameter) => !parameterAllowed(parameter, asked, entry, scope))
  for (const parameter of others) refused.push(() => words.parameterFinding(parameter, others, asked, entry))
  for (const named of asked.named) {
    if (!resourceAllowed(named, asked, entry, scope)) refused.push(() => words.resourceFinding(named, asked, entry))
  }
  refuseBody(asked, entry, scope, refused)
  return refused
}

function refuseTarget(asked: AskedOfService, entry: ServiceLimits, scope: Scope, refused: Refusal[]): void {
  const { uri, subject } = asked
  const { subdomains, paths } = entry
  const isLabelled =
    subdomains === undefined
      ? uri.subdomain === undefined
      : uri.subdomain !== undefined && matchesAny(subdomains, uri.subdomain)
  if (!isLabelled) refused.push(() => words.subdomainFinding(asked, entry))
  if (uri.path === undefined) return
  const placeholders = entry.placeholders ?? (scope === 'bounds' ? 'allowed' : 'never')
  const late = refusedLate(subject.path, placeholders, placeholders === 'never' ? 'never' : 'allowed')
  if (late !== undefined) refused.push(() => words.lateFinding(late, asked, entry))
  else if (paths === undefined || !coversPath(paths, subject, placeholders, uri)) {
    refused.push(() => words.pathFinding(asked, entry))
  }
}

function refuseOperations(asked: AskedOfService, entry: ServiceLimits, scope: Scope, refused: Refusal[]): void {
  const { uri, operations, protocol, path } = asked
  const { actions } = entry
  if (actions === undefined) {
    // `action/Name` is a kind of target, which must be listed; of a path the bounds may leave the operation open.
    const isOpen = uri.action === undefined && (scope === 'bounds' || operations.length === 0)
    const [operation] = operations
    if (isOpen) return
    if (operation !== undefined) refused.push(() => words.operationFinding(operation, asked, entry))
    return
  }
  for (const operation of operations) {
    if (!isListed(operation, entry)) refused.push(() => words.operationFinding(operation, asked, entry))
  }
  if (operations.length > 0 || protocol !== 'rest' || asked.service.name !== 's3' || path === undefined) return
  const bucketPath: PathPieces = uri.subdomain === undefined ? path : [`/${uri.subdomain}`, ...path]
  const names = asked.parameters.map(({ name }) => name)
  const known = s3OperationsOf(asked.subject.integration.httpMethod, joinFirst(bucketPath), names)
  if (known?.some((name) => matchesAny(actions, name)) !== true) {
    refused.push(() => words.verbOperationFinding(known, asked, entry))
  }
}

/** The bucket of a virtual host and the path behind it as one text. */
function joinFirst(pieces: PathPieces): PathPieces {
  const [first, second, ...rest] = pieces
  return typeof first === 'string' && typeof second === 'string' ? [first + second, ...rest] : pieces
}

function isListed({ name }: OperationAt, { actions }: ServiceLimits): boolean {
  return actions !== undefined && matchesAny(actions, name)
}

/**
 * A parameter that the entry's `query` names. Mapped ones are the mapping section's, but for those that choose what is
 * done: S3's sub-resources, and any of a service that isn't known.
 */
function parameterAllowed(
  { name, value, isMapped }: Parameter,
  asked: AskedOfService,
  entry: ServiceLimits,
  scope: Scope,
): boolean {
  const { query } = entry
  if (isMapped && !isDecisive(name, asked)) return true
  if (query === undefined) return scope === 'bounds'
  if (query.most === 'none') return false
  const isLate = value.some((piece) => typeof piece !== 'string')
  if (isLate && !isMapped && query.most !== 'late-bound') return false
  return query.names === undefined ? !isMapped || query.most === 'late-bound' : matchesAny(query.names, name)
}

function isDecisive(name: string, { service }: AskedOfService): boolean {
  return service.protocol === 'unknown' || (service.name === 's3' && choosesS3Operation(name))
}

/** Whether all that a member can name stays inside the entry. */
function resourceAllowed(at: NamedAt, asked: AskedOfService, entry: ServiceLimits, scope: Scope): boolean {
  const { member, named } = at
  const { home } = asked
  const { kind } = member
  if (kind !== 'other') {
    const list = resourcesOf(entry, kind)
    if (list !== undefined) return coversNamed(list, named, home)
    const isByPath = entry.paths !== undefined && pathNames(kind, asked)
    if (isByPath) return (kind === 'buckets' || isHere(named, asked)) && pathsCover(at, asked, entry)
  }
  if (scope === 'bounds') return true
  // No list speaks of it: it must be written out, and nobody else's.
  if (named.is !== 'resource' || kind === 'buckets') return false
  if (kind === 'other' && Object.keys(entry.resources).length > 0) return false
  const isLiteral = named.name.every((piece) => typeof piece === 'string')
  const isOwn = named.account === home.account && named.region === home.region && named.partition === home.partition
  return isLiteral && isOwn
}

function isHere(named: Named, { home }: AskedOfService): boolean {
  return named.is === 'resource' && named.region === home.region && named.partition === home.partition
}

/** Whether an entry's `paths` name resources of this kind: queues and buckets have paths of their own. */
export function pathNames(kind: ResourceKind, { service }: AskedOfService): boolean {
  return (service.name === 'sqs' && kind === 'queues') || (service.name === 's3' && kind === 'buckets')
}

/** Whether the paths cover what a member names, in the spelling of a path. */
function pathsCover(
  { member, named, text }: NamedAt,
  asked: AskedOfService,
  { paths = [], subdomains }: ServiceLimits,
): boolean {
  const covers = (pieces: PathPieces) => coversAny(paths, reachOf('path', pieces))
  if (named.is !== 'resource') return named.is === 'anything' && covers([ANYTHING])
  const name = named.name.filter((piece) => typeof piece === 'string').join('')
  if (member.kind === 'queues') return named.account !== undefined && covers([`/${named.account}/${name}`])
  if (subdomains !== undefined) return false
  if (member.namings.includes('copy')) return covers(['/', ...toPath([text.replace(/^\//, '')])])
  const keys = asked.parameters.filter((each) => each.name === 'Key')
  if (keys.length === 0) return covers([`/${name}`]) || covers([`/${name}/`])
  return keys.every(({ value }) => covers([`/${name}/`, ...toPath(value)]))
}

const ANYTHING = { hole: 'anything' } as const

export function targetOf(asked: AskedOfService): Parameters<typeof spellingsOf>[0] {
  const { service, uri, path, named, parameters, openings, home } = asked
  return {
    service,
    ...(uri.subdomain !== undefined && { subdomain: uri.subdomain }),
    ...(path !== undefined && { path }),
    ...(home.account !== undefined && { account: home.account }),
    valuesOf(name) {
      if (name === 'Key') return parameters.filter((each) => each.name === name).map(({ value }) => value)
      const values = named.filter(({ member }) => member.name === name).map((each) => valuesOf(each))
      // A body that the caller decides can name any queue.
      const [open] = name === 'QueueUrl' ? openings : []
      return open === undefined ? values : [...values, [{ hole: open.value }]]
    },
  }
}

/** The value of a member, as text where it is literal. */
function valuesOf({ named, text }: NamedAt): readonly (string | { hole: string })[] {
  return named.is === 'resource' && named.name.every((piece) => typeof piece === 'string') ? [text] : [{ hole: text }]
}

/** Where the caller's text decides the body of a JSON service, it can name any resource. */
function refuseBody(asked: AskedOfService, entry: ServiceLimits, scope: Scope, refused: Refusal[]): void {
  if (asked.protocol !== 'json') return
  const kind = kindOf(asked)
  const list = kind === undefined ? undefined : resourcesOf(entry, kind)
  if (list === undefined ? scope === 'bounds' : coversNamed(list, { is: 'anything' }, asked.home)) return
  for (const opening of asked.openings) {
    if (opening.why === 'raw' || opening.why === 'unclosed') {
      refused.push(() => words.bodyFinding(opening, kind, asked, entry))
    }
  }
}

/** The kind of resource that a service is about. */
function kindOf({ service: { members } }: AskedOfService): ResourceKind | undefined {
  const kind = members === 'any' ? undefined : members[0]?.kind
  return kind === 'other' ? undefined : kind
}
