import { deniedPath } from '../../../policy/patterns/denied.ts'
import type { ServiceUri } from '../../../policy/values/aws-uri.ts'
import { serviceName } from '../../../policy/values/service/service-name.ts'
import type { Finding, Pointed } from '../../explain/finding.ts'
import type { Subject } from '../../subject.ts'
import type { ServiceLimits } from '../limits.ts'
import type { Met } from '../rule.ts'
import { otherService } from '../uri/other-service.ts'
import { judgeVerbs } from '../uri/verbs.ts'
import { type AskedOfService, askedOf } from './asked.ts'
import { metBy } from './deny.ts'
import { judgeOpenings, unescapedFindings } from './openings.ts'
import { judgeHome, type Places, placesOf } from './places.ts'
import { type Refusal, refusals } from './refusals.ts'

/**
 * A team's entries for other AWS services. Passes where one entry allows all of it: the target, the operation and each
 * resource, wherever the request names them. Otherwise the entry for this service that refuses least is explained;
 * where no entry is for this service, only that is said.
 */
export function coversService(
  backend: ServiceUri,
  subject: Subject,
  entries: readonly ServiceLimits[],
  bounds: readonly ServiceLimits[] | undefined,
  base: Pointed,
  findings: Finding[],
): void {
  const asked = askedOf(backend, subject)
  judgeOpenings(asked, entries, findings)
  const own = entries.filter(({ service }) => service === backend.service)
  const best = leastRefused(asked, own, (entry) => placesOf(entry, bounds, subject), 'team')
  if (best === undefined) {
    findings.push({ ...base, ...otherService(backend, entries, subject) })
    judgeHome(asked, placesOf(undefined, bounds, subject), findings)
  } else {
    // An entry's list of places holds for what the entry allows, and opens nothing else.
    const isOfEntry = best.refused.every((refusal) => refusal === 'places' || refusal === 'verbs')
    explain(isOfEntry ? best : { ...best, refused: withoutPlaces(best.refused) }, asked, base, findings)
    if (!isOfEntry) judgeHome(asked, placesOf(undefined, bounds, subject), findings)
  }
}

function withoutPlaces(refused: readonly Refusal[]): readonly Refusal[] {
  return refused.filter((refusal) => refusal !== 'places')
}

/** `org.bounds.uri.aws`: the services that any team may be allowed. Bounds limit what they name. */
export function coversServiceBounds(
  backend: ServiceUri,
  subject: Subject,
  entries: readonly ServiceLimits[],
  base: Pointed,
  findings: Finding[],
): void {
  const asked = askedOf(backend, subject)
  const own = entries.filter(({ service }) => service === backend.service)
  const anywhere = ({ regions, partitions }: ServiceLimits): Places => ({
    regions: regions ?? [backend.region],
    partitions: partitions ?? [backend.partition],
  })
  const best = leastRefused(asked, own, anywhere, 'bounds')
  if (best === undefined) findings.push({ ...base, ...otherService(backend, entries, subject) })
  else explain(best, asked, base, findings)
}

/** What of a service request a deny meets, in whichever spelling; `undefined` where it can become nothing denied. */
export function serviceMayMeet(
  backend: ServiceUri,
  subject: Subject,
  denied: readonly ServiceLimits[],
): Met | undefined {
  const own = denied.filter(({ service }) => serviceName(service) === serviceName(backend.service))
  if (own.length === 0) return undefined
  const asked = askedOf(backend, subject)
  for (const limits of own) {
    const met = metBy(asked, limits)
    if (met !== undefined) return met
  }
  return undefined
}

interface Best {
  entry: ServiceLimits
  places: Places
  refused: readonly Refusal[]
}

function leastRefused(
  asked: AskedOfService,
  entries: readonly ServiceLimits[],
  places: (entry: ServiceLimits) => Places,
  scope: 'team' | 'bounds',
): Best | undefined {
  let best: Best | undefined
  for (const entry of entries) {
    const at = places(entry)
    const refused = refusals(asked, entry, at, scope)
    if (refused.length === 0) return { entry, places: at, refused }
    if (best === undefined || refused.length < best.refused.length) best = { entry, places: at, refused }
  }
  return best
}

function explain({ entry, places, refused }: Best, asked: AskedOfService, base: Pointed, findings: Finding[]): void {
  for (const refusal of refused) {
    if (refusal === 'verbs') judgeVerbs(base, entry, asked.subject, `On ${asked.uri.service}`, findings)
    else if (refusal === 'places') judgeHome(asked, places, findings)
    else findings.push({ ...base, ...final(refusal()) })
  }
}

/** Where nothing else would pass, the fix says so. */
function final(words: Omit<Finding, 'rule'>): Omit<Finding, 'rule'> {
  return words.remedy === undefined
    ? { ...words, fix: `No other request would pass under this entry. ${words.fix}` }
    : words
}

/**
 * What a team's entry claims for the team, for `serviceMayMeet`: each way in which it names resources by itself, whatever
 * is done with them. An entry that names none, or all of a service, claims nothing.
 */
export function serviceClaims({
  kind,
  service,
  subdomains,
  paths,
  resources,
}: ServiceLimits): readonly ServiceLimits[] {
  const claims: ServiceLimits[] = []
  const own = paths?.filter(({ text }) => text !== '/' && text !== '/**').map(deniedPath) ?? []
  if (subdomains !== undefined)
    claims.push({ kind, service, subdomains, ...(own.length > 0 && { paths: own }), resources: {} })
  else if (own.length > 0) claims.push({ kind, service, paths: own, resources: {} })
  for (const [list, entries] of Object.entries(resources)) {
    claims.push({ kind, service, resources: { [list]: entries } })
  }
  return claims
}

/**
 * What is told of a service request and denies nothing: values that stand unescaped in the JSON of a template, as AWS's own
 * guides write them.
 */
export function serviceWarnings(backend: ServiceUri, subject: Subject): Finding[] {
  return unescapedFindings(askedOf(backend, subject))
}
