import { positionOf } from '../policy/published.ts'
import type { Section } from '../policy/rule-ids.ts'
import { teamOf } from './compile.ts'
import { compileComplete } from './compile-allow.ts'
import type { CompiledPolicy, CompiledTeam } from './compiled-policy.ts'
import type { Decision, DecisionRequest, EnforcementPoint, Mode, Violation } from './decision.ts'
import { EVALUATOR_VERSION } from './evaluator-version.ts'
import { type CompiledException, methodKey, sectionOf, widened } from './exceptions.ts'
import type { Finding } from './finding.ts'
import { judgeClaims } from './judge-claims.ts'
import { judgeRolePartition } from './judge-credentials.ts'
import { judgeDeny } from './judge-deny.ts'
import { judgeIntrinsic } from './judge-intrinsic.ts'
import { judgeMembers } from './judge-members.ts'
import { judgeParametersIntrinsic } from './judge-parameters.ts'
import { judgeBounds, judgeSection, judgeTeam, type TeamLimits } from './judge-section.ts'
import { judgeTemplatesIntrinsic } from './judge-templates.ts'
import { modeOfCondition, modeOfTeamRule } from './modes.ts'
import { readSubject, type Subject } from './subject.ts'

/** Who asks, where, and when. */
export interface Asked {
  /** As `resolveTeam` gives it. */
  team: string
  /** Of the verified token, for conditions; absent where nobody called, as in a scan. */
  claims?: Readonly<Record<string, unknown>>
  point: EnforcementPoint
  /** Unix milliseconds. */
  now: number
}

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
  if (team === undefined || !team.restApiIds.includes(request.restApiId)) {
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
  const { bounds } = policy
  const { sections } = team
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
  for (const rule of policy.denies) judgeDeny(subject, rule, always)
  const own: Finding[] = []
  judgeTeam(subject, limits, own)

  const active = always.length + own.length > 0 ? activeExceptions(policy, subject, asked.now) : NONE
  const kept = active.length === 0 ? always : withoutExcepted(always, active, subject, limits, team, policy, judged)
  judged.addAll(kept, 'enforce')
  judged.conditions(subject, policy, asked)
  const keptOwn = active.length === 0 ? own : withoutExcepted(own, active, subject, limits, team, policy, judged)
  const softened = judged.addOwn(keptOwn, team)

  const claimed: Finding[] = []
  judgeClaims(subject, sections, (section) => softened.has(section), policy.claims, claimed)
  judged.addAll(claimed, 'enforce')
}

const NONE: readonly CompiledException[] = []

function activeExceptions(
  { exceptions }: CompiledPolicy,
  { request, team }: Subject,
  now: number,
): readonly CompiledException[] {
  if (exceptions.size === 0) return NONE
  const all = exceptions.get(methodKey(team, request)) ?? NONE
  return all.filter(({ from, until }) => from <= now && now < until)
}

/** The findings that no exception covers; an exception is used where its rule failed and its wider limit passes. */
function withoutExcepted(
  findings: readonly Finding[],
  active: readonly CompiledException[],
  subject: Subject,
  limits: TeamLimits,
  team: CompiledTeam,
  policy: CompiledPolicy,
  judged: Judged,
): readonly Finding[] {
  const covered = new Set<string>()
  for (const rule of new Set(findings.map((finding) => finding.rule))) {
    for (const exception of active) {
      if (!exception.rules.includes(rule) || !passesWith(exception, rule, subject, limits, team, policy)) continue
      covered.add(rule)
      judged.useException(exception.id)
      break
    }
  }
  return covered.size === 0 ? findings : findings.filter(({ rule }) => !covered.has(rule))
}

/** A team's rule is widened; a rule of the bounds gives way to the grant alone. */
function passesWith(
  { grants }: CompiledException,
  rule: string,
  subject: Subject,
  limits: TeamLimits,
  team: CompiledTeam,
  { published }: CompiledPolicy,
): boolean {
  const section = sectionOf(rule)
  if (section === undefined || grants[section] === undefined) return false
  const granted = rule.startsWith('org.bounds.')
    ? grants[section]
    : widened(section, team.written[section], grants[section])
  const sections = compileComplete({ ...team.written, [section]: granted }, published.document.lists)
  const findings: Finding[] = []
  judgeSection(section, subject, { ...limits, sections }, findings)
  return findings.length === 0
}

/** Collects violations by mode, with their places in the policy. */
class Judged {
  readonly #policy: CompiledPolicy
  readonly #asked: Asked
  readonly #byMode: Record<Mode, Violation[]> = { enforce: [], warn: [], 'dry-run': [] }
  readonly #exceptions: string[] = []
  readonly #notEvaluable: string[] = []

  constructor(policy: CompiledPolicy, asked: Asked) {
    this.#policy = policy
    this.#asked = asked
  }

  addAll(findings: readonly Finding[], mode: Mode): void {
    for (const finding of findings) this.add(finding, mode)
  }

  add({ rule, pointer, ...rest }: Finding, mode: Mode): void {
    const violations = this.#byMode[mode]
    const isTold = violations.some(
      (other) =>
        other.rule === rule && other.field === rest.field && other.part === rest.part && other.value === rest.value,
    )
    if (isTold) return
    const policyAt = pointer === undefined ? undefined : positionOf(this.#policy.published, pointer)
    violations.push({ rule, mode, ...rest, ...(policyAt !== undefined && { policyAt }) })
  }

  /** Adds a team's own findings; returns the sections that failed without denying. */
  addOwn(findings: readonly Finding[], team: CompiledTeam): ReadonlySet<Section> {
    const softened = new Set<Section>()
    const { rollout } = this.#policy.published.document.org
    for (const finding of findings) {
      const section = finding.rule.startsWith(`${team.name}.`) ? sectionOf(finding.rule) : undefined
      const { point, now } = this.#asked
      const mode = section === undefined ? 'enforce' : modeOfTeamRule(finding.rule, team.rollout, rollout, point, now)
      if (section !== undefined && mode !== 'enforce') softened.add(section)
      this.add(finding, mode)
    }
    return softened
  }

  /** Conditions see what was read of the request; one that needs a caller can't be evaluated where nobody called. */
  conditions(subject: Subject, { conditions, published }: CompiledPolicy, { claims, point, now }: Asked): void {
    if (conditions === undefined) return
    const { rollout } = published.document.org
    let context: Record<string, unknown> | undefined
    for (const rule of conditions.rules) {
      if (rule.readsClaims && claims === undefined && point === 'scan') {
        this.#notEvaluable.push(rule.id)
        continue
      }
      if (rule.readsBackend && subject.backend.kind === 'unreadable') continue // denied for that already
      context ??= conditions.contextOf(subject, claims)
      const finding = conditions.judge(rule, context)
      if (finding !== undefined) this.add(finding, modeOfCondition(rule.id, rollout, point, now))
    }
  }

  useException(id: string): void {
    if (!this.#exceptions.includes(id)) this.#exceptions.push(id)
  }

  decision(): Decision {
    const { revision, digest } = this.#policy.published
    const { enforce, warn } = this.#byMode
    return {
      decision: enforce.length === 0 ? 'allow' : 'deny',
      team: this.#asked.team,
      policyRevision: revision,
      policyDigest: digest,
      evaluatorVersion: EVALUATOR_VERSION,
      evaluatedAt: new Date(this.#asked.now).toISOString(),
      violations: enforce,
      warnings: warn,
      dryRun: this.#byMode['dry-run'],
      exceptionsUsed: this.#exceptions,
      ...(this.#notEvaluable.length > 0 && { notEvaluable: this.#notEvaluable }),
    }
  }
}
