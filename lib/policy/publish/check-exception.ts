import { personKey, voidApprovals } from '../document/approval.ts'
import type { Exception, PolicySet } from '../document/document.ts'
import type { Finding } from '../document/finding.ts'
import { instantOf } from '../document/instant.ts'
import { didYouMean, type Path } from '../document/problem.ts'
import { orgRuleIds, SECTIONS, teamRuleIds } from '../document/rule-ids.ts'
import { checkEntries } from './check-patterns.ts'
import { checkInstant } from './check-rules.ts'
import { entriesBelow, Patterns } from './entries.ts'

/** The longest that an exception may last: 90 days in milliseconds. */
const LONGEST = 90 * 86_400_000

/** What is wrong with an exception by itself: its dates, its approval, its grants beside its rules. */
export function checkException({ spec }: Exception): Finding[] {
  return [...checkDates(spec), ...checkApproval(spec), ...checkGrants(spec)]
}

/** What is wrong with an exception to this policy: names it doesn't know, rules that it doesn't open. */
export function checkExceptionAgainst({ spec }: Exception, policy: PolicySet): Finding[] {
  const { team, restApiId } = spec.match
  const known = Object.hasOwn(policy.teams, team) ? policy.teams[team] : undefined
  const found: Finding[] = checkEntries(
    entriesBelow(spec.grants, ['spec', 'grants']),
    policy.lists,
    new Patterns(policy.lists),
  )
  if (!known) {
    const suggestion = didYouMean(team, Object.keys(policy.teams))
    found.push(at(['spec', 'match', 'team'], `There is no team "${team}".`, suggestion))
  } else if (!couldOwn(policy, team, restApiId)) {
    const suggestion = didYouMean(restApiId, known.apis.restApiIds ?? [])
    found.push(at(['spec', 'match', 'restApiId'], `The API ${restApiId} isn't one of team ${team}.`, suggestion))
  }
  const ofOrg = orgRuleIds(policy)
  const ofTeam = teamRuleIds(team)
  for (const [index, id] of spec.rules.entries()) {
    const path = ['spec', 'rules', index]
    if (policy.org.locked?.includes(id)) found.push(at(path, `The rule "${id}" is locked: no exception widens it.`))
    if (ofTeam.includes(id)) continue
    const other = id.slice(0, id.indexOf('.'))
    // Denies, conditions and intrinsic rules exist, but aren't open to exceptions: checkGrants() says so.
    const isClosed = !id.startsWith('org.bounds.') && (ofOrg.includes(id) || id.startsWith('intrinsic.'))
    if (other !== team && Object.hasOwn(policy.teams, other)) {
      found.push(at(path, `"${id}" is a rule of team ${other}, not of ${team}.`))
    } else if (!isClosed && !ofOrg.includes(id)) {
      found.push(at(path, `There is no rule "${id}".`, didYouMean(id, [...ofOrg, ...ofTeam])))
    }
  }
  return found
}

/** A team with tags can own every API whose id no team lists. */
function couldOwn({ teams }: PolicySet, team: string, restApiId: string): boolean {
  const lists = (name: string) => teams[name]?.apis.restApiIds?.includes(restApiId) === true
  return lists(team) || (teams[team]?.apis.tags !== undefined && !Object.keys(teams).some(lists))
}

function checkDates({ notBefore, notAfter }: Exception['spec']): Finding[] {
  const found = [...checkInstant(notBefore, ['spec', 'notBefore']), ...checkInstant(notAfter, ['spec', 'notAfter'])]
  const from = instantOf(notBefore)
  const until = instantOf(notAfter)
  if (from === undefined || until === undefined) return found
  if (until <= from) found.push(at(['spec', 'notAfter'], 'The exception ends before it begins.'))
  if (until - from > LONGEST) {
    const last = new Date(from + LONGEST).toISOString().replace('.000Z', 'Z')
    found.push(at(['spec', 'notAfter'], 'An exception lasts 90 days at most.', `Set it to ${last} or earlier.`))
  }
  return found
}

function checkApproval(spec: Exception['spec']): Finding[] {
  const found =
    personKey(spec.requestedBy) === '' ? [at(['spec', 'requestedBy'], 'This names nobody who asks for it.')] : []
  for (const { index, by } of voidApprovals(spec)) {
    const message = by === 'requester' ? "Who asks for an exception can't approve it." : 'This names nobody.'
    found.push(at(['spec', 'approvedBy', index], message))
  }
  return found
}

/** An exception is a wider bound: every rule needs what it is widened to, and nothing else is widened. */
function checkGrants({ rules, grants, match }: Exception['spec']): Finding[] {
  const found: Finding[] = []
  const widened = new Set<string>()
  for (const [index, id] of rules.entries()) {
    const section = sectionOf(id, match.team)
    const path = ['spec', 'rules', index]
    if (section === undefined) {
      if (/^(?:org|intrinsic)\./.test(id))
        found.push(at(path, `"${id}" can't be excepted: only bounds and a team's sections can be wider.`))
      else if (id === `${match.team}.operations`)
        found.push(at(path, `"${id}" can't be excepted: an exception is for one method's integration.`))
      continue
    }
    widened.add(section)
    if (!Object.hasOwn(grants, section))
      found.push(at(path, `What "${id}" is widened to is missing: grants.${section}.`))
  }
  for (const section of Object.keys(grants)) {
    if (widened.has(section)) continue
    const path = ['spec', 'grants', section]
    found.push({
      ...at(path, `No rule of this exception is about ${section}.`, `Add ${match.team}.${section} to rules.`),
      at: 'key',
    })
  }
  return found
}

/** `payments.timeout` and `org.bounds.timeout.maxMillis` are both about `timeout`. */
function sectionOf(id: string, team: string): string | undefined {
  const [first, second, third] = id.split('.')
  const section = first === 'org' && second === 'bounds' ? third : first === team ? second : undefined
  return SECTIONS.find((known) => known === section && known !== 'operations')
}

function at(path: Path, message: string, suggestion?: string): Finding {
  return suggestion === undefined ? { path, at: 'value', message } : { path, at: 'value', message, suggestion }
}
