import { MEMBERS } from '../../apigateway/members.ts'
import type { Connection } from '../../policy/document/sections.ts'
import { deniedArn } from '../../policy/patterns/denied.ts'
import { matchesAny } from '../../policy/patterns/matches.ts'
import { mayMeetAny } from '../../policy/patterns/may-meet.ts'
import { targetsOf } from '../../policy/values/load-balancer.ts'
import type { Lists } from '../compile/lists.ts'
import { type Finding, listed, oneOf, rangesOf, TO_INTERNET } from '../explain/finding.ts'
import { nearestMatch } from '../explain/nearest.ts'
import type { Subject } from '../subject.ts'
import { named } from './entries.ts'
import type { ConnectionLimits } from './limits.ts'
import type { Around, IntegrationRule } from './rule.ts'
import { pointerOf, ruleOf, type Scope, whose } from './scope.ts'

/** `connection`: INTERNET or a VPC link, through which links, to which load balancers. */
export const connection: IntegrationRule<'connection'> = {
  reads: { connectionType: true, connectionId: true, integrationTarget: true },
  silent: { types: [MEMBERS.connectionType.default.value], vpcLinks: [], integrationTargets: [] },
  complete: ({ types, vpcLinks = [], integrationTargets = [] }) => ({
    // Listing links opens VPC_LINK through them; INTERNET, the default, stays.
    types: types ?? (vpcLinks.length > 0 ? ['INTERNET', 'VPC_LINK'] : ['INTERNET']),
    vpcLinks,
    integrationTargets,
  }),
  compile,
  compileBounds: compile,
  covers: judge,
  coversBounds: judge,
  speaks: (bounds, { aspect }) =>
    aspect === 'vpcLinks' || aspect === 'integrationTargets'
      ? bounds[aspect] !== undefined
      : bounds.types !== undefined,
  deny: {
    compile(written, lists) {
      const { integrationTargets, ...rest } = compile(written, lists)
      return { ...rest, ...(integrationTargets && { integrationTargets: integrationTargets.map(deniedArn) }) }
    },
    mayMeet({ connectionType, connectionId, integrationTarget }, { types, vpcLinks, integrationTargets }) {
      if (types !== undefined && !types.includes(connectionType)) return undefined
      if (vpcLinks !== undefined && !matchesAny(vpcLinks, connectionId)) return undefined
      if (integrationTargets !== undefined) {
        const isMet = targetsOf(integrationTarget).some((target) => mayMeetAny(integrationTargets, target))
        return isMet ? { field: '/integrationTarget', value: integrationTarget } : undefined
      }
      return vpcLinks === undefined
        ? { field: '/connectionType', value: connectionType }
        : { field: '/connectionId', value: connectionId }
    },
  },
}

function compile({ types, vpcLinks, integrationTargets }: Connection, lists: Lists): ConnectionLimits {
  return {
    ...(types && { types }),
    ...named('vpcLinks', 'name', vpcLinks, lists),
    ...named('integrationTargets', 'target', integrationTargets, lists),
  }
}

function judge(subject: Subject, limits: ConnectionLimits, { scope }: Around, findings: Finding[]): void {
  const { types, vpcLinks, integrationTargets } = limits
  const { connectionType, connectionId, integrationTarget } = subject
  if (types !== undefined && !types.includes(connectionType)) {
    // Which link it would be is told as well: a softened rule about types doesn't soften the one about links.
    findings.push(otherType(connectionType, types, vpcLinks, scope))
  }
  if (connectionType !== 'VPC_LINK') return
  if (vpcLinks !== undefined && connectionId !== '' && !matchesAny(vpcLinks, connectionId)) {
    const nearest = nearestMatch(connectionId, vpcLinks)
    const allowed = listed(vpcLinks)
    findings.push({
      rule: ruleOf(scope, 'connection', 'vpcLinks'),
      field: '/connectionId',
      part: 'vpcLink',
      value: connectionId,
      allowed,
      nearest: nearest?.isClose === true ? nearest.text : undefined,
      message: `VPC link ${connectionId} is not among ${whose(scope)} links.`,
      fix:
        nearest?.isClose === true
          ? `Did you mean ${nearest.text}?`
          : nearest === undefined
            ? 'Set connectionType to INTERNET and remove connectionId and integrationTarget.'
            : `Set connectionId to ${rangesOf(vpcLinks)}.`,
      remedy: nearest === undefined ? TO_INTERNET : [{ op: 'set', path: '/connectionId', value: nearest.text }],
      pointer: pointerOf(scope, 'connection', 'vpcLinks'),
      aspect: 'vpcLinks',
    })
  }
  if (integrationTargets === undefined || integrationTarget === '') return
  if (matchesAny(integrationTargets, integrationTarget)) return
  const allowed = listed(integrationTargets)
  const nearest = nearestMatch(integrationTarget, integrationTargets)
  findings.push({
    rule: ruleOf(scope, 'connection', 'integrationTargets'),
    field: '/integrationTarget',
    value: integrationTarget,
    allowed,
    nearest: nearest?.isClose === true ? nearest.text : undefined,
    message: `The load balancer is not among ${whose(scope)} integration targets.`,
    fix:
      nearest === undefined
        ? 'Remove integrationTarget.'
        : nearest.isClose
          ? `Did you mean ${nearest.text}?`
          : `Use a load balancer that ${oneOf(allowed)} covers.`,
    remedy: [
      nearest === undefined
        ? { op: 'remove', path: '/integrationTarget' }
        : { op: 'set', path: '/integrationTarget', value: nearest.text },
    ],
    pointer: pointerOf(scope, 'connection', 'integrationTargets'),
    aspect: 'integrationTargets',
  })
}

function otherType(
  value: string,
  allowed: readonly string[],
  vpcLinks: ConnectionLimits['vpcLinks'],
  scope: Scope,
): Finding {
  const base = {
    rule: ruleOf(scope, 'connection', 'types'),
    field: '/connectionType',
    value,
    allowed,
    message: `Connection ${value} is not among ${whose(scope)} connection types.`,
    pointer: pointerOf(scope, 'connection', 'types'),
    aspect: 'types',
  }
  if (allowed.includes('INTERNET')) {
    const fix = 'Set connectionType to INTERNET and remove connectionId and integrationTarget.'
    return { ...base, nearest: 'INTERNET', fix, remedy: TO_INTERNET }
  }
  const link = nearestMatch('', vpcLinks ?? [])?.text
  return {
    ...base,
    fix: `Set connectionType to ${oneOf(allowed)}.`,
    remedy: [
      { op: 'set', path: '/connectionType', value: 'VPC_LINK' },
      ...(link === undefined ? [] : [{ op: 'set' as const, path: '/connectionId', value: link }]),
    ],
  }
}
