import { deniedPath } from '../../../policy/patterns/denied.ts'
import { matchesAny } from '../../../policy/patterns/matches.ts'
import { mayMeetAny } from '../../../policy/patterns/may-meet.ts'
import { reachOf } from '../../../policy/patterns/value.ts'
import type { Named } from '../../../policy/values/service/resource.ts'
import { RESOURCE_KINDS, type ResourceKind } from '../../../policy/values/service/resource-kinds.ts'
import { namedMayMeet } from '../../../policy/values/service/resource-pattern.ts'
import { s3OperationsOf } from '../../../policy/values/service/s3.ts'
import { type Spelling, spellingsOf } from '../../../policy/values/service/target.ts'
import type { ServiceLimits } from '../limits.ts'
import type { Met } from '../rule.ts'
import type { AskedOfService } from './asked.ts'
import { resourcesOf } from './listed.ts'
import { targetOf } from './refusals.ts'

/** What of a request one entry of a deny meets: all that the entry names must be met, in any spelling. */
export function metBy(asked: AskedOfService, denied: ServiceLimits): Met | undefined {
  const { uri } = asked
  if (denied.partitions !== undefined && !denied.partitions.includes(uri.partition)) return undefined
  if (denied.regions !== undefined && !denied.regions.includes(uri.region)) return undefined
  const target = metTarget(asked, denied)
  if (target === undefined) return undefined
  const operation = metOperation(asked, denied)
  if (operation === undefined) return undefined
  const resource = metResources(asked, denied)
  if (resource === undefined) return undefined
  // The most telling of what was met.
  return (
    [resource, target, operation].find((met) => met !== SILENT) ?? {
      field: '/uri',
      part: 'service',
      value: uri.service,
    }
  )
}

/** The deny doesn't speak of this. */
const SILENT: Met = { field: '' }

function metTarget(asked: AskedOfService, { subdomains, paths }: ServiceLimits): Met | undefined {
  if (subdomains === undefined && paths === undefined) return SILENT
  const { uri } = asked
  if (isOtherEndpoint(asked)) return { field: '/uri', part: 'service', value: uri.service }
  const isMet = ({ subdomain, path }: Spelling) =>
    (subdomains === undefined || (subdomain !== undefined && mayMeetAny(subdomains, reachOf('name', subdomain)))) &&
    // Beside a label that the deny doesn't name, a path is that of the label's own host.
    (paths === undefined ||
      (path !== undefined &&
        isSpokenOf(asked, subdomain, subdomains) &&
        mayMeetAny(paths, deniedPath(reachOf('path', path)))))
  if (!spellingsOf(targetOf(asked)).some(isMet)) return undefined
  const isPath = paths !== undefined
  const value = isPath ? (uri.path?.text ?? uri.action) : (uri.subdomain ?? uri.path?.text)
  return { field: '/uri', part: isPath ? 'path' : 'subdomain', value: value ?? uri.service }
}

/** A path of S3 begins with the bucket unless a label does: one spelling is not read as the other. */
function isSpokenOf(
  { service }: AskedOfService,
  subdomain: Spelling['subdomain'],
  subdomains: ServiceLimits['subdomains'],
): boolean {
  return service.name !== 's3' || subdomain === undefined || subdomains !== undefined
}

/** What an endpoint of S3's own kind calls a bucket (an access point, a job) may be any bucket. */
function isOtherEndpoint({ service, uri }: AskedOfService): boolean {
  return service.name === 's3' && uri.service !== 's3'
}

/** A bucket's name has no colon or escape; what ends so is the alias of an access point (Amazon S3 User Guide). */
const NO_BUCKET = /[:%]|(?:-s3alias|--ol-s3)$/

function bucket(asked: AskedOfService, name: string): Named {
  return isOtherEndpoint(asked) || NO_BUCKET.test(name) ? { is: 'anything' } : resource(asked, [name])
}

function metOperation(asked: AskedOfService, { actions }: ServiceLimits): Met | undefined {
  if (actions === undefined) return SILENT
  for (const { name, field, part } of asked.operations) {
    if (matchesAny(actions, name)) return { field, part, value: name }
  }
  const { uri, protocol, openings, operations } = asked
  // The operation is in the body, and the body isn't closed.
  const [open] = openings
  if (protocol !== 'json' && open !== undefined) return { field: open.field, part: 'action', value: open.value }
  if (operations.length > 0) return undefined
  const known = restOperations(asked)
  if (known === undefined) return { field: '/uri', part: 'action', value: uri.path?.text ?? '' }
  return known.some((name) => matchesAny(actions, name)) ? { field: '/httpMethod', value: known[0] } : undefined
}

/** `undefined` where verb and path don't tell the operation: it could be any. */
function restOperations(asked: AskedOfService): readonly string[] | undefined {
  if (asked.service.name !== 's3') return asked.protocol === 'query' ? [] : undefined
  const names = asked.parameters.map(({ name }) => name)
  const spelt = spellingsOf(targetOf(asked)).filter(({ subdomain }) => subdomain === undefined)
  const known = spelt.map(({ path = ['/'] }) => s3OperationsOf(asked.subject.integration.httpMethod, path, names))
  return known.some((each) => each === undefined) ? undefined : known.flatMap((each) => each ?? [])
}

function metResources(asked: AskedOfService, denied: ServiceLimits): Met | undefined {
  let met = SILENT
  for (const kind of RESOURCE_KINDS) {
    const entries = resourcesOf(denied, kind)
    if (entries === undefined) continue
    const found = resourcesAsked(asked, kind).find(({ named }) => namedMayMeet(entries, named, asked.home))
    if (found === undefined) return undefined
    met = { field: found.field, part: found.part, value: found.value }
  }
  return met
}

interface AskedResource {
  named: Named
  field: string
  part: string
  value: unknown
}

/** Everything of one kind that the request names or can come to name. */
function resourcesAsked(asked: AskedOfService, kind: ResourceKind): AskedResource[] {
  const { named, openings, service } = asked
  const found: AskedResource[] = named
    .filter(({ member }) => member.kind === kind)
    .map((each) => ({ named: each.named, field: each.field, part: each.member.name, value: each.text }))
  found.push(...pathResources(asked, kind))
  const names = service.members === 'any' || service.members.some((member) => member.kind === kind)
  const [open] = openings
  if (names && open !== undefined) {
    found.push({ named: { is: 'anything' }, field: open.field, part: 'body', value: open.value })
  }
  return found
}

/** The queue or bucket that the uri itself addresses. */
function pathResources(asked: AskedOfService, kind: ResourceKind): AskedResource[] {
  const { uri, path, service } = asked
  const isQueue = service.name === 'sqs' && kind === 'queues'
  const isBucket = service.name === 's3' && kind === 'buckets'
  if (!isQueue && !isBucket) return []
  const at = { field: '/uri', part: 'path', value: uri.path?.text ?? '' }
  if (isBucket && uri.subdomain !== undefined) {
    return [{ ...at, part: 'subdomain', value: uri.subdomain, named: bucket(asked, uri.subdomain) }]
  }
  if (path === undefined) return []
  const [first, ...rest] = path
  if (typeof first !== 'string') return [{ ...at, named: { is: 'anything' } }]
  if (rest.length === 0 && first === '/') return []
  const [account = '', name] = first.slice(1).split('/')
  if (isBucket) {
    const isWhole = name !== undefined || rest.length === 0
    return [{ ...at, named: isWhole ? bucket(asked, account) : { is: 'anything' } }]
  }
  if (rest.length > 0) return [{ ...at, named: { is: 'anything' } }]
  const isWithAccount = name !== undefined && /^[0-9]{12}$/.test(account)
  const named = resource(asked, [isWithAccount ? name : account])
  return [{ ...at, named: isWithAccount && named.is === 'resource' ? { ...named, account } : named }]
}

function resource({ home }: AskedOfService, name: readonly string[]): Named {
  const { partition, region, account } = home
  return { is: 'resource', partition, region, ...(account !== undefined && { account }), name }
}
