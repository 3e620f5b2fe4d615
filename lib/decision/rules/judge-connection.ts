import type { ConnectionLimits } from '../compile/compiled-sections.ts'
import { matchesAnyName } from '../compile/name-pattern.ts'
import { matchesTarget } from '../compile/role-pattern.ts'
import { type Finding, listed, oneOf } from '../explain/finding.ts'
import { nearestName } from '../explain/nearest.ts'
import type { Subject } from '../subject.ts'
import { pointerOf, ruleOf, type Scope, whose } from './scope.ts'

export function judgeConnection(subject: Subject, limits: ConnectionLimits, scope: Scope, findings: Finding[]): void {
  const { types, vpcLinks, integrationTargets } = limits
  const { connectionType, connectionId, integrationTarget } = subject
  if (types !== undefined && !types.includes(connectionType)) {
    const isDefaultAllowed = types.includes('INTERNET')
    findings.push({
      rule: ruleOf(scope, 'connection', 'types'),
      field: '/connectionType',
      value: connectionType,
      allowed: types,
      ...(isDefaultAllowed && { nearest: 'INTERNET' }),
      message: `Connection ${connectionType} is not among ${whose(scope)} connection types.`,
      fix: isDefaultAllowed
        ? 'Set connectionType to INTERNET and remove connectionId and integrationTarget.'
        : `Set connectionType to ${oneOf(types)}.`,
      pointer: pointerOf(scope, 'connection', 'types'),
    })
    return // which link it would be says nothing more
  }
  if (connectionType !== 'VPC_LINK') return
  if (vpcLinks !== undefined && connectionId !== '' && !matchesAnyName(vpcLinks, connectionId)) {
    const nearest = nearestName(connectionId, vpcLinks)
    const allowed = listed(vpcLinks)
    findings.push({
      rule: ruleOf(scope, 'connection', 'vpcLinks'),
      field: '/connectionId',
      part: 'vpcLink',
      value: connectionId,
      allowed,
      nearest,
      message: `VPC link ${connectionId} is not among ${whose(scope)} links.`,
      fix: nearest === undefined ? `Set connectionId to ${oneOf(allowed)}.` : `Did you mean ${nearest}?`,
      pointer: pointerOf(scope, 'connection', 'vpcLinks'),
    })
  }
  if (integrationTargets === undefined || integrationTarget === '') return
  if (integrationTargets.some((pattern) => matchesTarget(pattern, integrationTarget))) return
  const allowed = listed(integrationTargets)
  findings.push({
    rule: ruleOf(scope, 'connection', 'integrationTargets'),
    field: '/integrationTarget',
    value: integrationTarget,
    allowed,
    message: `The load balancer is not among ${whose(scope)} integration targets.`,
    ...(allowed.length > 0 && { fix: `Set integrationTarget to ${oneOf(allowed)}.` }),
    pointer: pointerOf(scope, 'connection', 'integrationTargets'),
  })
}
