import { teamOf } from './compile/compile.ts'
import type { CompiledPolicy, CompiledTeam } from './compile/compiled-policy.ts'
import type { Decision, DecisionRequest } from './decision.ts'
import { withoutExcepted } from './excepted.ts'
import { activeExceptions, NO_EXCEPTIONS } from './exceptions.ts'
import type { Finding } from './explain/finding.ts'
import { type Asked, Judged } from './judged.ts'
import { judgeClaims } from './rules/judge-claims.ts'
import { judgeRolePartition } from './rules/judge-credentials.ts'
import { judgeDenies } from './rules/judge-deny.ts'
import { judgeIntrinsic } from './rules/judge-intrinsic.ts'
import { judgeMembers } from './rules/judge-members.ts'
import { judgeParametersIntrinsic } from './rules/judge-parameters.ts'
import { judgeBounds, judgeTeam, type TeamLimits } from './rules/judge-section.ts'
import { judgeTemplatesIntrinsic } from './rules/judge-templates.ts'
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
  judgeWellFormed(readSubject(request, team.name), team, policy, asked, judged)
  return judged.decision()
}

function judgeWellFormed(
  subject: Subject,
  team: CompiledTeam,
  policy: CompiledPolicy,
  asked: Asked,
  judged: Judged,
): void {
  const { bounds, sections } = team
  const limits: TeamLimits = { sections, bounds, fallback: policy.httpFallback, scope: team }
  const always: Finding[] = []
  judgeIntrinsic(subject, always)
  judgeRolePartition(subject, [sections.credentials.roles, bounds.credentials?.roles], always)
  if (subject.requestParameters.length > 0) {
    judgeParametersIntrinsic(subject, sections.mapping.parameters?.open ?? [], always)
  }
  if (subject.requestTemplates.length > 0) {
    judgeTemplatesIntrinsic(subject, sections.mapping.templates?.overrides ?? [], always)
  }
  judgeBounds(subject, bounds, always)
  judgeDenies(subject, policy.denies, always)
  const own: Finding[] = []
  judgeTeam(subject, limits, own)

  const active =
    always.length + own.length > 0 ? activeExceptions(policy, subject.team, subject.request, asked.now) : NO_EXCEPTIONS
  let keptAlways: readonly Finding[] = always
  let keptOwn: readonly Finding[] = own
  if (active.length > 0) {
    const { lists } = policy.published.document
    const excepting = { subject, team, limits, lists, use: (id: string) => judged.useException(id) }
    keptAlways = withoutExcepted(always, 'bounds', active, excepting)
    keptOwn = withoutExcepted(own, 'team', active, excepting)
  }
  judged.addAll(keptAlways, 'enforce')
  judged.conditions(subject, policy, asked)
  const softened = judged.addOwn(keptOwn, team)

  const claimed: Finding[] = []
  judgeClaims(subject, sections, softened, policy.claims, claimed)
  judged.addAll(claimed, 'enforce')
}
