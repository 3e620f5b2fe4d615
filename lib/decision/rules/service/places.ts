import { type Finding, oneOf, setting } from '../../explain/finding.ts'
import type { Subject } from '../../subject.ts'
import type { ServiceLimits } from '../limits.ts'
import type { AskedOfService } from './asked.ts'

/** Where a service may be called. */
export interface Places {
  partitions: readonly string[]
  regions: readonly string[]
}

/** Those of the entry, else those of the bounds for this service, else the API's own. */
export function placesOf(
  entry: ServiceLimits | undefined,
  bounds: readonly ServiceLimits[] | undefined,
  { request, backend }: Subject,
): Places {
  const service = backend.kind === 'service' ? backend.service : undefined
  const outer = (bounds ?? []).filter((each) => each.service === service)
  const listed = (member: 'partitions' | 'regions') => {
    const all = outer.flatMap((each) => each[member] ?? [])
    return all.length > 0 ? all : undefined
  }
  return {
    partitions: entry?.partitions ?? listed('partitions') ?? [request.partition],
    regions: entry?.regions ?? listed('regions') ?? [request.region],
  }
}

export function isAtHome({ uri }: AskedOfService, { partitions, regions }: Places): boolean {
  return partitions.includes(uri.partition) && regions.includes(uri.region)
}

/** The partition and Region hold whatever the policy says, but for those that it lists. */
export function judgeHome({ uri, subject }: AskedOfService, places: Places, findings: Finding[]): void {
  for (const part of ['partition', 'region'] as const) {
    const allowed = part === 'partition' ? places.partitions : places.regions
    if (allowed.includes(uri[part])) continue
    const own = subject.request[part]
    const nearest = allowed.includes(own) ? own : (allowed[0] ?? own)
    const fields = (subject.integration.uri ?? '').split(':')
    fields[part === 'partition' ? 1 : 3] = nearest
    findings.push({
      rule: `intrinsic.uri.${part}`,
      field: '/uri',
      part,
      value: uri[part],
      allowed,
      nearest,
      message: `The ARN names ${part} ${uri[part]}, but only ${oneOf(allowed)} ${allowed.length === 1 ? 'is' : 'are'} allowed here.`,
      fix: `Did you mean ${nearest}?`,
      remedy: setting('/uri', fields.join(':')),
    })
  }
}
