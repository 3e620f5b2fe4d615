import type { Connection } from '../../../lib/policy/document/sections.ts'
import { type Answer, all } from './answer.ts'
import type { Facts } from './facts.ts'
import { type Finding, finding } from './finding.ts'
import { arnMatches, nameMatches } from './texts.ts'

/** policy.md 2a, "Connection". */

/** Links unnamed: none. Types unnamed: INTERNET, and VPC_LINK if links are listed. Targets unnamed: none. */
export function connectionAllowed(section: Connection | undefined, facts: Facts): Finding[] {
  const { connectionType, integration } = facts.effective
  const rule = section ?? {}
  const types: readonly string[] = rule.types ?? (rule.vpcLinks ? ['INTERNET', 'VPC_LINK'] : ['INTERNET'])
  return [finding('connection-type', types.includes(connectionType)), ...linkFindings(rule, integration, facts)]
}

function linkFindings(
  rule: Connection,
  { connectionType, connectionId, integrationTarget }: Facts['effective']['integration'],
  { expand }: Facts,
): Finding[] {
  if (connectionType !== 'VPC_LINK') return []
  const findings: Finding[] = []
  if (connectionId !== undefined) {
    findings.push(
      finding(
        'link',
        expand(rule.vpcLinks ?? []).some((pattern) => nameMatches(pattern, connectionId)),
      ),
    )
  }
  if (integrationTarget !== undefined) {
    findings.push(
      finding(
        'target',
        expand(rule.integrationTargets ?? []).some((pattern) => arnMatches(pattern, integrationTarget)),
      ),
    )
  }
  return findings
}

export function connectionInBounds(bounds: Connection | undefined, facts: Facts): Answer {
  if (bounds === undefined) return true
  const { connectionType, integration } = facts.effective
  const named = linkFindings(bounds, integration, facts).filter(({ aspect }) =>
    aspect === 'link' ? bounds.vpcLinks !== undefined : bounds.integrationTargets !== undefined,
  )
  return all(
    bounds.types === undefined || bounds.types.some((type) => type === connectionType),
    ...named.map(({ answer }) => answer),
  )
}
