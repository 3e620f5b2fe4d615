import { positionOf } from '../policy/document/published.ts'
import type { Section } from '../policy/document/rule-ids.ts'
import type { CompiledPolicy, CompiledTeam } from './compile/compiled-policy.ts'
import type { ConditionContext } from './conditions.ts'
import {
  type Decision,
  type EnforcementPoint,
  MOST_TOLD,
  type Mode,
  type PolicyPosition,
  type Violation,
} from './decision.ts'
import { EVALUATOR_VERSION } from './evaluator-version.ts'
import type { Finding } from './explain/finding.ts'
import { instantText } from './instant-text.ts'
import { modeOfCondition, modeOfTeamRule } from './modes.ts'
import { boundsSpeak } from './rules/sections.ts'
import type { Subject } from './subject.ts'
import { lengthOf, lengthOfRemedy, SHORT, type Telling, tellingOf, WHOLE } from './telling.ts'

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

/**
 * A decision within the bounds of one, also where violations were put before those that were judged. The same decision
 * where it is.
 */
export function boundedDecision(decision: Decision): Decision {
  const { violations } = decision
  const { text } = tellingOf(WHOLE)
  const isWithin = violations.length <= MOST_TOLD && violations.every(({ message }) => text(message) === message)
  if (isWithin) return decision
  const more = new Map(Object.entries(decision.more ?? {}))
  for (const { rule } of violations.slice(MOST_TOLD)) more.set(rule, (more.get(rule) ?? 0) + 1)
  return {
    ...decision,
    violations: violations.slice(0, MOST_TOLD).map((told) => ({ ...told, message: text(told.message) })),
    ...(more.size > 0 && { more: Object.fromEntries(more) }),
  }
}

/** The findings of one mode. */
interface Told {
  violations: Violation[]
  /** What was found first: most lists end with it. */
  first: Finding | undefined
  /** What was found already, so that nothing is told twice. Made with the second finding. */
  known: Set<string> | undefined
  /** Characters that are told. */
  length: number
  /** Beyond the first {@link MOST_TOLD}, by rule. */
  more: Map<string, number> | undefined
}

/** Once this many characters of a list are told, further findings are told in short. */
const LONGEST_WHOLE = 65_536

/** Collects violations by mode, with their places in the policy. Work is linear in the findings and their texts. */
export class Judged {
  readonly #policy: CompiledPolicy
  readonly #asked: Asked
  readonly #byMode: Record<Mode, Told> = { enforce: nothingTold(), warn: nothingTold(), 'dry-run': nothingTold() }
  readonly #exceptions: string[] = []
  readonly #notEvaluable: string[] = []

  constructor(policy: CompiledPolicy, asked: Asked) {
    this.#policy = policy
    this.#asked = asked
  }

  addAll(findings: readonly Finding[], mode: Mode): void {
    for (const finding of findings) this.add(finding, mode)
  }

  /** Once for each finding, its members in one order. Beyond the first {@link MOST_TOLD} a finding is counted. */
  add(finding: Finding, mode: Mode): void {
    const told = this.#byMode[mode]
    if (isKnown(told, finding)) return
    const { rule } = finding
    if (told.violations.length >= MOST_TOLD) {
      told.more ??= new Map()
      told.more.set(rule, (told.more.get(rule) ?? 0) + 1)
      return
    }
    const violation = this.#violation(finding, mode, told.length < LONGEST_WHOLE ? WHOLE : SHORT)
    told.length += lengthOf(violation)
    told.violations.push(violation)
  }

  #violation(finding: Finding, mode: Mode, telling: Telling): Violation {
    const { rule, field, part, value, allowed, nearest, message, fix, remedy, error, pointer } = finding
    const { text, quoted, list } = tellingOf(telling)
    const violation: Partial<Violation> = { rule, mode, field: text(field) }
    if (part !== undefined) violation.part = text(part)
    if (value !== undefined) violation.value = quoted(value)
    if (allowed !== undefined) violation.allowed = list(allowed)
    if (nearest !== undefined) violation.nearest = text(nearest)
    violation.message = text(message)
    if (fix !== undefined) violation.fix = text(fix)
    if (remedy !== undefined && lengthOfRemedy(remedy) <= telling.longestRemedy) violation.remedy = remedy
    if (error !== undefined) violation.error = text(error)
    if (pointer !== undefined) violation.policyAt = placeOf(this.#policy, pointer)
    return violation as Violation
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

  /** Whether nothing denies so far. */
  get passes(): boolean {
    return this.#byMode.enforce.violations.length === 0
  }

  decision(): Decision {
    const { enforce, warn, 'dry-run': dryRun } = this.#byMode
    const { published } = this.#policy
    const decision: Decision = {
      decision: enforce.violations.length === 0 ? 'allow' : 'deny',
      team: this.#asked.team,
      policyRevision: published.revision,
      policyDigest: published.digest,
      evaluatorVersion: EVALUATOR_VERSION,
      evaluatedAt: instantText(this.#asked.now),
      violations: enforce.violations,
      warnings: warn.violations,
      dryRun: dryRun.violations,
      exceptionsUsed: this.#exceptions,
    }
    if (enforce.more !== undefined || warn.more !== undefined) decision.more = counted(enforce.more, warn.more)
    if (dryRun.more !== undefined) decision.moreDryRun = counted(dryRun.more)
    if (this.#notEvaluable.length > 0) decision.notEvaluable = this.#notEvaluable
    return decision
  }
}

function nothingTold(): Told {
  return { violations: [], first: undefined, known: undefined, length: 0, more: undefined }
}

/** Whether a finding was found before. What is told in short is compared whole. */
function isKnown(told: Told, finding: Finding): boolean {
  if (told.first === undefined) {
    told.first = finding
    return false
  }
  const name = nameOf(finding)
  told.known ??= new Set([nameOf(told.first)])
  if (told.known.has(name)) return true
  told.known.add(name)
  return false
}

/** Two findings with one name are the same: rule, field, part and value. Lengths keep one text from reaching into the next. */
function nameOf({ rule, field, part = '', value }: Finding): string {
  const shown = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return `${rule} ${field.length} ${part.length} ${typeof value} ${field}${part}${shown}`
}

/** By rule, in the order in which the rules were violated. */
function counted(...counts: readonly (ReadonlyMap<string, number> | undefined)[]): Readonly<Record<string, number>> {
  const sum = new Map<string, number>()
  for (const each of counts) for (const [rule, count] of each ?? []) sum.set(rule, (sum.get(rule) ?? 0) + count)
  return Object.fromEntries(sum)
}

function placeOf({ places, published }: CompiledPolicy, pointer: string): PolicyPosition {
  const known = places.get(pointer)
  if (known !== undefined) return known
  const place = Object.freeze(positionOf(published, pointer))
  places.set(pointer, place)
  return place
}
