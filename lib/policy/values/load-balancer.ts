import type { Pattern } from '../patterns/pattern.ts'
import { reachOf, valueOf } from '../patterns/value.ts'

const TARGET =
  /^(arn:[^:]*:elasticloadbalancing:[^:]*:[^:]*:)(loadbalancer|listener)\/((?:app|net)\/[^/]*\/[^/]*)(?:\/[^/]*)?$/

/**
 * What an `integrationTarget` reaches, however it is spelt: a listener belongs to its load balancer, and a load balancer
 * stands for every listener of its own. Source: Elastic Load Balancing, "Listeners", the forms of both ARNs.
 */
export function targetsOf(arn: string): readonly Pattern[] {
  const [, prefix, kind, name] = TARGET.exec(arn) ?? []
  if (prefix === undefined || name === undefined) return arn === '' ? [] : [valueOf('target', arn)]
  return kind === 'listener'
    ? [valueOf('target', arn), valueOf('target', `${prefix}loadbalancer/${name}`)]
    : [valueOf('target', arn), reachOf('target', [`${prefix}listener/${name}/`, { hole: 'segment' }])]
}
