import type { Modes, PolicySet, Rollout } from '../document/document.ts'
import type { Finding } from '../document/finding.ts'
import { instantOf } from '../document/instant.ts'
import { didYouMean, type Path } from '../document/problem.ts'
import { orgRuleIds, ruleIds, teamRuleIds } from '../document/rule-ids.ts'

/** Ids that clash or don't exist, and softenings that may not be or never end. */
export function checkRules(document: PolicySet): Finding[] {
  const { deny = [], conditions = [], rollout, locked = [] } = document.org
  const found: Finding[] = []
  const seen = new Set<string>()
  for (const [member, rules] of Object.entries({ deny, conditions })) {
    for (const [index, { id }] of rules.entries()) {
      const path = ['org', member, index, 'id']
      if (seen.has(id)) found.push({ path, at: 'value', message: `The id "${id}" is taken: one id, one rule.` })
      if (id === 'org.bounds') found.push({ path, at: 'value', message: '"org.bounds" begins the ids of the bounds.' })
      seen.add(id)
    }
  }
  // Only a document that names an id wrongly pays for listing all of them.
  let all: string[] | undefined
  const everyId = () => {
    all ??= ruleIds(document)
    return all
  }
  const ofOrg = new Set(orgRuleIds(document))
  const exists = (id: string) => ofOrg.has(id) || isTeamRule(id, document)
  const unknown = (id: string, path: Path): Finding => {
    const suggestion = didYouMean(id, everyId())
    return { path, at: 'value', message: `There is no rule "${id}".`, ...(suggestion && { suggestion }) }
  }

  for (const [index, id] of locked.entries()) {
    if (!exists(id)) found.push(unknown(id, ['org', 'locked', index]))
  }
  if (rollout) {
    const softenable = (id: string) => isTeamRule(id, document) || conditions.some((condition) => condition.id === id)
    found.push(...checkRollout(rollout, ['org', 'rollout'], exists, softenable, unknown))
  }
  for (const [team, { rollout: own }] of Object.entries(document.teams)) {
    if (!own) continue
    const ids = new Set(teamRuleIds(team))
    const isOwn = (id: string) => ids.has(id)
    found.push(...checkRollout(own, ['teams', team, 'rollout'], exists, isOwn, unknown))
  }
  return found
}

/** Whether `id` is `<team>.<section>` of a team of this document. */
export function isTeamRule(id: string, document: PolicySet): boolean {
  const team = id.slice(0, id.indexOf('.'))
  return Object.hasOwn(document.teams, team) && teamRuleIds(team).includes(id)
}

function checkRollout(
  { default: modes, until, rules = [] }: Rollout,
  path: Path,
  exists: (id: string) => boolean,
  softenable: (id: string) => boolean,
  unknown: (id: string, path: Path) => Finding,
): Finding[] {
  const found = modes === undefined ? [] : checkUntil(modes, until, path, 'default')
  const seen = new Set<string>()
  for (const [index, rule] of rules.entries()) {
    const at = [...path, 'rules', index]
    if (seen.has(rule.id)) {
      found.push({ path: [...at, 'id'], at: 'value', message: `"${rule.id}" stands twice in this rollout.` })
    }
    seen.add(rule.id)
    if (!exists(rule.id) && !rule.id.startsWith('intrinsic.')) found.push(unknown(rule.id, [...at, 'id']))
    else if (!softenable(rule.id) && isSofter(rule.mode)) {
      const message = `"${rule.id}" always enforces: a rollout softens ${
        path[0] === 'org' ? "teams' own sections and conditions" : "the team's own sections"
      } only.`
      found.push({ path: [...at, 'id'], at: 'value', message })
    }
    found.push(...checkUntil(rule.mode, rule.until, at, 'mode'))
  }
  return found
}

function checkUntil(modes: Modes, until: string | undefined, path: Path, member: string): Finding[] {
  if (until === undefined) {
    if (!isSofter(modes)) return []
    const message = 'What is softer than enforce ends some day: `until` is missing.'
    return [{ path: [...path, member], at: 'key', message, suggestion: 'Add until: and a date.' }]
  }
  return checkInstant(until, [...path, 'until'])
}

/** The schema takes any day up to the 31st of any month. */
export function checkInstant(text: string, path: Path): Finding[] {
  return instantOf(text) === undefined ? [{ path, at: 'value', message: `The calendar has no ${text}.` }] : []
}

export function isSofter(modes: Modes): boolean {
  return typeof modes === 'string' ? modes !== 'enforce' : Object.values(modes).some((mode) => mode !== 'enforce')
}
