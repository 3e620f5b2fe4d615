import type { AwsTarget, UriBounds } from '../../../lib/policy/document/sections.ts'
import { type Answer, all, any } from './answer.ts'
import type { Backend, Path, Query } from './backend.ts'
import type { Facts } from './facts.ts'
import { hostMatches, nameMatches, pathsCover } from './texts.ts'
import {
  type Http,
  type Lambda,
  placesOf,
  QUERY_PROTOCOL,
  qualifierAllowed,
  type Service,
  targetCovers,
  verbAllowed,
} from './uri.ts'

/**
 * A bounds block limits only what it names, with one exception: `bounds.uri` closes the kinds of backend that it does not
 * name (policy.md 2, rule 2).
 */
export function uriInBounds(bounds: UriBounds | undefined, facts: Facts): Answer {
  const { backend, effective, request } = facts
  if (bounds === undefined || backend.kind === 'none' || backend.kind === 'unreadable') return true
  const path = backend.kind === 'lambda' ? undefined : backend.path
  const late = path?.pieces.flatMap((piece) => (typeof piece === 'object' ? [piece.source] : [])) ?? []
  return all(
    kindSpokenOf(bounds, backend),
    placeholdersInBounds(bounds, late),
    bounds.stageVariables?.path !== 'never' || !late.includes('stageVariables'),
    verbAllowed(bounds.methods, effective.verb),
    verbAllowed(bounds.httpMethods, request.httpMethod),
    backend.kind === 'lambda' ? true : queryInBounds(bounds.query, backend.query, backend.kind),
    backend.kind === 'http' ? httpInBounds(bounds, backend, facts) : true,
    backend.kind === 'lambda' ? lambdaInBounds(bounds.lambda, backend, facts) : true,
    backend.kind === 'service' ? serviceInBounds(bounds.aws, backend, facts) : true,
  )
}

function placeholdersInBounds({ placeholders }: UriBounds, late: readonly string[]): Answer {
  if (placeholders?.path !== 'never' || late.length === 0) return true
  return late.every((source) => source === 'stageVariables') ? undefined : false
}

function queryInBounds(most: UriBounds['query'], query: Query, kind: string): Answer {
  if (most === undefined || !query.isThere) return true
  if (query.lateBound) return most === 'late-bound'
  if (most !== 'none') return true
  // A listed action may stand in the query: whether bounds without a query close it is not settled.
  return kind === 'service' && query.parameters.every(([name]) => name === 'Action') ? undefined : false
}

/** Whether the bounds name the kind of this backend: hosts, schemes, ports and paths are words about HTTP. */
export function kindSpokenOf(bounds: UriBounds | undefined, backend: Backend): boolean {
  if (bounds === undefined) return false
  const { hosts, schemes, ports, paths, lambda, aws } = bounds
  if (backend.kind === 'http') return [hosts, schemes, ports, paths].some((each) => each !== undefined)
  return backend.kind === 'lambda' ? lambda !== undefined : aws !== undefined
}

function httpInBounds(bounds: UriBounds, { scheme, host, port, path }: Http, { expand }: Facts): Answer {
  return all(
    bounds.hosts === undefined || expand(bounds.hosts).some((pattern) => hostMatches(pattern, host)),
    bounds.schemes === undefined || bounds.schemes.some((each) => each === scheme),
    bounds.ports === undefined || bounds.ports.includes(port),
    bounds.paths === undefined || boundPathsCover(bounds.paths, path),
  )
}

/** Bounds have no `from`: what can be any text lies within paths only under every path. */
function boundPathsCover(patterns: readonly string[], path: Path): boolean {
  const isAny = path.pieces.some((piece) => typeof piece === 'object' && piece.hole === 'anything')
  return isAny ? patterns.includes('/**') : pathsCover(patterns, path.pieces)
}

function lambdaInBounds(bounds: UriBounds['lambda'], backend: Lambda, facts: Facts): Answer {
  if (bounds === undefined) return true
  const { accounts, functions, regions, partitions } = bounds
  const places = placesOf(backend)
  return all(
    accounts === undefined || facts.expand(accounts).includes(backend.account),
    functions === undefined || facts.expand(functions).some((pattern) => nameMatches(pattern, backend.name)),
    regions === undefined || places.regions.every((region) => facts.expand(regions).includes(region)),
    partitions === undefined || places.partitions.every((each) => facts.expand(partitions).includes(each)),
    bounds.qualifiers === undefined && bounds.unqualified === undefined
      ? true
      : qualifierAllowed(bounds, backend.qualifier, facts),
  )
}

function serviceInBounds(bounds: UriBounds['aws'], backend: Service, facts: Facts): Answer {
  return any(
    (bounds ?? []).map((target) =>
      all(
        target.service === backend.service,
        target.regions === undefined || facts.expand(target.regions).includes(backend.region),
        target.partitions === undefined || facts.expand(target.partitions).includes(backend.partition),
        boundTargetCovers(target, backend, facts),
      ),
    ),
  )
}

function boundTargetCovers(target: AwsTarget, backend: Service, facts: Facts): Answer {
  const { paths, actions, subdomains } = target
  // Bounds limit only what they name, but of a target a kind that is not listed is not allowed: not settled.
  if (paths === undefined && actions === undefined) return undefined
  if (backend.path !== undefined && paths !== undefined) {
    if (actions !== undefined && !QUERY_PROTOCOL.includes(backend.service)) return undefined
    const named = subdomains !== undefined || backend.subdomain === undefined
    const at = targetCovers(target, backend, facts, undefined)
    return named ? at : undefined
  }
  if (backend.path !== undefined) return paths === undefined && actions === undefined ? undefined : false
  if (backend.query.parameters.length > 0) return actions === undefined ? false : undefined
  return targetCovers(target, backend, facts, undefined)
}
