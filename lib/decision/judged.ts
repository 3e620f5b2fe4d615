import { positionOf } from '../policy/published.ts'
import type { Section } from '../policy/rule-ids.ts'
import type { CompiledPolicy, CompiledTeam } from './compiled-policy.ts'
import type { Decision, EnforcementPoint, Mode, Violation } from './decision.ts'
import { EVALUATOR_VERSION } from './evaluator-version.ts'
import { sectionOf } from './exceptions.ts'
import type { Finding } from './finding.ts'
import { modeOfCondition, modeOfTeamRule } from './modes.ts'
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
    const { enforce, warn } = this.#byMode
    return {
      decision: enforce.length === 0 ? 'allow' : 'deny',
      ...stamps(this.#policy, this.#asked),
      violations: enforce,
      warnings: warn,
      dryRun: this.#byMode['dry-run'],
      exceptionsUsed: this.#exceptions,
      ...(this.#notEvaluable.length > 0 && { notEvaluable: this.#notEvaluable }),
    }
  }
}

/** What names the policy, the rules of evaluation and the moment in every decision. */
function stamps({ published }: CompiledPolicy, { team, now }: Asked) {
  return {
    team,
    policyRevision: published.revision,
    policyDigest: published.digest,
    evaluatorVersion: EVALUATOR_VERSION,
    evaluatedAt: new Date(now).toISOString(),
  }
}
