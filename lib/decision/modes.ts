import type { Modes, Rollout } from '../policy/document/document.ts'
import { instantOf } from '../policy/document/instant.ts'
import type { EnforcementPoint, Mode } from './decision.ts'

/**
 * The mode of a team's own rule. What names the rule outweighs a default, and the team's rollout the organisation's.
 *
 * @param now Unix milliseconds.
 */
export function modeOfTeamRule(
  rule: string,
  team: Rollout | undefined,
  org: Rollout | undefined,
  point: EnforcementPoint,
  now: number,
): Mode {
  if (team === undefined && org === undefined) return 'enforce'
  const named = namedModes(rule, team) ?? namedModes(rule, org)
  if (named !== undefined) return modeAt(named.mode, named.until, point, now)
  if (team?.default !== undefined) return modeAt(team.default, team.until, point, now)
  return org?.default === undefined ? 'enforce' : modeAt(org.default, org.until, point, now)
}

/**
 * The mode of what a team's `operations` or `methods` lack. A rollout's default doesn't reach it: watching a team's
 * integrations must not open every other operation to it, nor its methods to anybody.
 */
export function modeOfOperations(
  rule: string,
  team: Rollout | undefined,
  org: Rollout | undefined,
  point: EnforcementPoint,
  now: number,
): Mode {
  const named = namedModes(rule, team) ?? namedModes(rule, org)
  return named === undefined ? 'enforce' : modeAt(named.mode, named.until, point, now)
}

/** The mode of a condition: softened only where the organisation's rollout names it. */
export function modeOfCondition(rule: string, org: Rollout | undefined, point: EnforcementPoint, now: number): Mode {
  const named = namedModes(rule, org)
  return named === undefined ? 'enforce' : modeAt(named.mode, named.until, point, now)
}

function namedModes(
  rule: string,
  rollout: Rollout | undefined,
): { mode: Modes; until: string | undefined } | undefined {
  const named = rollout?.rules?.find(({ id }) => id === rule)
  return named && { mode: named.mode, until: named.until }
}

/** Softer than `enforce` only before `until`; without one, or at a point that isn't named, a rule enforces. */
function modeAt(modes: Modes, until: string | undefined, point: EnforcementPoint, now: number): Mode {
  const mode = typeof modes === 'string' ? modes : (modes[point] ?? 'enforce')
  if (mode === 'enforce') return mode
  const end = until === undefined ? undefined : instantOf(until)
  return end !== undefined && now < end ? mode : 'enforce'
}
