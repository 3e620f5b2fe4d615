import { positionOf } from '../policy/document/published.ts'
import type { Section } from '../policy/document/rule-ids.ts'
import type { CompiledPolicy, CompiledTeam } from './compile/compiled-policy.ts'
import type { ConditionContext } from './conditions.ts'
import type { Decision, EnforcementPoint, Mode, PolicyPosition, Violation } from './decision.ts'
import { EVALUATOR_VERSION } from './evaluator-version.ts'
import type { Finding } from './explain/finding.ts'
import { instantText } from './instant-text.ts'
import { modeOfCondition, modeOfTeamRule } from './modes.ts'
import { boundsSpeak } from './rules/sections.ts'
import type { Subject } from './subject.ts'

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

const NONE: ReadonlySet<Section> = new Set()

/** Collects violations by mode, with their places in the policy. */
export class Judged {
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

  /** Once for each finding, its members in one order. */
  add(finding: Finding, mode: Mode): void {
    const violations = this.#byMode[mode]
    for (const told of violations) if (isSame(told, finding)) return
    const { rule, field, part, value, allowed, nearest, message, fix, remedy, error, pointer } = finding
    const violation: Partial<Violation> = { rule, mode, field }
    if (part !== undefined) violation.part = part
    if (value !== undefined) violation.value = value
    if (allowed !== undefined) violation.allowed = allowed
    if (nearest !== undefined) violation.nearest = nearest
    violation.message = message
    if (fix !== undefined) violation.fix = fix
    if (remedy !== undefined) violation.remedy = remedy
    if (error !== undefined) violation.error = error
    if (pointer !== undefined) violation.policyAt = placeOf(this.#policy, pointer)
    violations.push(violation as Violation)
  }

  /** Adds a team's own findings; returns the sections that failed without denying. */
  addOwn(findings: readonly Finding[], team: CompiledTeam): ReadonlySet<Section> {
    if (findings.length === 0) return NONE
    const softened = new Set<Section>()
    const { rollout, bounds } = this.#policy.published.document.org
    const own = `${team.name}.`
    for (const finding of findings) {
      const section = finding.rule.startsWith(own) ? (finding.rule.slice(own.length) as Section) : undefined
      const { point, now } = this.#asked
      const soft = section === undefined ? 'enforce' : modeOfTeamRule(finding.rule, team.rollout, rollout, point, now)
      // Softening widens a team up to the bounds, and no further: where these are silent, its own limits hold.
      const mode = section === undefined || boundsSpeak(section, bounds, finding) ? soft : 'enforce'
      if (section !== undefined && mode !== 'enforce') softened.add(section)
      this.add(finding, mode)
    }
    return softened
  }

  /** Conditions see what was read of the request; one that needs a caller can't be evaluated where nobody called. */
  conditions(subject: Subject, { conditions, published }: CompiledPolicy, { claims, point, now }: Asked): void {
    if (conditions === undefined) return
    const { rollout } = published.document.org
    let context: ConditionContext | undefined
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
    const { enforce, warn } = this.#byMode
    const { published } = this.#policy
    const decision: Decision = {
      decision: enforce.length === 0 ? 'allow' : 'deny',
      team: this.#asked.team,
      policyRevision: published.revision,
      policyDigest: published.digest,
      evaluatorVersion: EVALUATOR_VERSION,
      evaluatedAt: instantText(this.#asked.now),
      violations: enforce,
      warnings: warn,
      dryRun: this.#byMode['dry-run'],
      exceptionsUsed: this.#exceptions,
    }
    if (this.#notEvaluable.length > 0) decision.notEvaluable = this.#notEvaluable
    return decision
  }
}

function isSame(one: Violation, other: Finding): boolean {
  return one.rule === other.rule && one.field === other.field && one.part === other.part && one.value === other.value
}

function placeOf({ places, published }: CompiledPolicy, pointer: string): PolicyPosition {
  const known = places.get(pointer)
  if (known !== undefined) return known
  const place = Object.freeze(positionOf(published, pointer))
  places.set(pointer, place)
  return place
}
