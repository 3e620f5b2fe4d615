import type { ServiceUri } from '../../../policy/values/aws-uri.ts'
import type { Finding } from '../../explain/finding.ts'
import { nearestOf } from '../../explain/nearest.ts'
import type { Subject } from '../../subject.ts'
import type { ServiceLimits } from '../limits.ts'

/** Said where no entry is for the service; the most that can be said where its model isn't loaded. */
export function otherService(
  { service }: ServiceUri,
  entries: readonly ServiceLimits[],
  { integration }: Subject,
): Omit<Finding, 'rule'> {
  const services = [...new Set(entries.map((entry) => entry.service))]
  const nearest = nearestOf(service, services)
  return {
    field: '/uri',
    part: 'service',
    value: service,
    allowed: services,
    nearest,
    message: `AWS service ${service} is not allowed as a backend.`,
    fix:
      services.length === 0
        ? 'No other request would pass: no AWS service is allowed here.'
        : nearest === undefined
          ? `Use ${services.slice(0, 8).join(', ')}.`
          : `Did you mean ${nearest}?`,
    remedy:
      services.length === 0
        ? undefined
        : [
            {
              op: 'set',
              path: '/uri',
              value: (integration.uri ?? '').replace(`${service}:`, `${nearest ?? services[0]}:`),
            },
          ],
  }
}
