import { teamOf } from './compile/compile.ts'
import type { CompiledPolicy, CompiledTeam } from './compile/compiled-policy.ts'
import type { Decision, DecisionRequest } from './decision.ts'
import { withoutExcepted } from './excepted.ts'
import { activeExceptions } from './exceptions.ts'
import { type Example, examplesOf } from './explain/examples.ts'
import type { Finding } from './explain/finding.ts'
import { type Asked, Judged } from './judged.ts'
import { judgeClaims } from './rules/claims.ts'
import { judgeDenies } from './rules/deny.ts'
import { judgeIntrinsic } from './rules/intrinsic.ts'
import { judgeMembers } from './rules/members.ts'
import type { Around } from './rules/rule.ts'
import { BOUNDS } from './rules/scope.ts'
import { judgeBounds, judgeTeam } from './rules/sections.ts'
import { judgeUnread } from './rules/unread.ts'
import { readSubject, type Subject } from './subject.ts'
import { isOwner } from './team.ts'

/**
 * Decides one request: every rule runs, every violation is explained.
 *
 * Pure: no I/O and no clock; the same arguments give the same decision, byte for byte.
 *
 * @param request For a MOCK, `before` should be given where it is known: replacing a live backend is judged by it.
 */
export function decide(policy: CompiledPolicy, request: DecisionRequest, asked: Asked): Decision {
  const judged = new Judged(policy, asked)
  const team = teamOf(policy, asked.team)
  if (team === undefined || !isOwner(policy, team, request)) {
    // Says nothing about the API or the policy: an API that isn't the team's answers as one that doesn't exist.
    judged.add({ rule: 'intrinsic.owner', field: '', message: 'The team has no such API.' }, 'enforce')
    return judged.decision()
  }
  const malformed = judgeMembers(request)
  if (malformed.length > 0) {
    judged.addAll(malformed, 'enforce')
    return judged.decision()
  }
  const subject = readSubject(request, team.name, policy.loaded, () => examplesFor(team, request))
  judgeWellFormed(subject, team, policy, asked, judged)
  return judged.decision()
}

function examplesFor({ examples, limits }: CompiledTeam, place: DecisionRequest): readonly Example[] {
  const key = `${place.partition} ${place.region}`
  const known = examples.get(key) ?? examplesOf(limits.uri, limits.types, place)
  examples.set(key, known)
  return known
}

function judgeWellFormed(
  subject: Subject,
  team: CompiledTeam,
  policy: CompiledPolicy,
  asked: Asked,
  judged: Judged,
): void {
  const { bounds, published } = policy
  const around: Around = { scope: team, bounds, mock: team.limits.mock }
  const always: Finding[] = []
  judgeIntrinsic(subject, always)
  judgeBounds(subject, bounds, { scope: BOUNDS, bounds, mock: team.limits.mock }, always)
  judgeDenies(subject, policy.denies, always)
  const own: Finding[] = []
  judgeTeam(subject, team.limits, around, own)

  const active = always.length + own.length > 0 ? activeExceptions(policy, team.name, subject.request, asked.now) : []
  const { org, lists } = published.document
  const excepting = { subject, team, around, bounds: org.bounds, lists, judged }
  judged.addAll(withoutExcepted(always, 'bounds', active, excepting), 'enforce')
  judged.conditions(subject, policy, asked)
  judged.addAll(warningsOf(subject), 'warn')
  const softened = judged.addOwn(withoutExcepted(own, 'team', active, excepting), team)
  if (softened.size > 0) judged.addAll(judgeClaims(subject, softened, policy.claims()), 'enforce')
  if (judged.passes) judged.addAll(judgeUnread(subject), 'enforce')
}

/** What is told of a request, and denies nothing. */
function warningsOf(subject: Subject): readonly Finding[] {
  const { backend, loaded } = subject
  return (backend.kind === 'service' && loaded.services?.rules.serviceWarnings(backend, subject)) || NONE
}

const NONE: readonly Finding[] = []
