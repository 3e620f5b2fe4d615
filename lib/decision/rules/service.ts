import type { ServiceUri } from '../../policy/values/aws-uri.ts'
import type { Finding, Pointed } from '../explain/finding.ts'
import type { Subject } from '../subject.ts'
import type { ServiceLimits } from './limits.ts'
import type { Met } from './rule.ts'

export function coversService(
  uri: ServiceUri,
  _subject: Subject,
  _entries: readonly ServiceLimits[],
  _bounds: readonly ServiceLimits[] | undefined,
  base: Pointed,
  findings: Finding[],
): void {
  findings.push({ ...base, field: '/uri', part: 'service', value: uri.service, allowed: [], message: 'No.' })
}

export function coversServiceBounds(
  uri: ServiceUri,
  subject: Subject,
  bounds: readonly ServiceLimits[],
  base: Pointed,
  findings: Finding[],
): void {
  coversService(uri, subject, bounds, bounds, base, findings)
}

export function serviceMayMeet(uri: ServiceUri, _subject: Subject, _denied: readonly ServiceLimits[]): Met | undefined {
  return { field: '/uri', part: 'service', value: uri.service }
}
