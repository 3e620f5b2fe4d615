import type { Bounds } from '../policy/document/sections.ts'
import type { CompiledTeam } from './compile/compiled-policy.ts'
import { completeSection } from './compile/complete.ts'
import { type CompiledException, sectionOf } from './exceptions.ts'
import type { Finding } from './explain/finding.ts'
import type { Limits } from './rules/limits.ts'
import type { Around, IntegrationRule, IntegrationSection, Lists, Written } from './rules/rule.ts'
import { BOUNDS } from './rules/scope.ts'
import { judgeSection } from './rules/sections.ts'
import { RULES } from './rules/table.ts'
import type { Subject } from './subject.ts'
import { type AlikeSection, widened, widenedBounds } from './widened.ts'

/** What an exception is tried against. */
export interface Excepting {
  subject: Subject
  team: CompiledTeam
  around: Around
  /** As the policy writes them. */
  bounds: Bounds
  lists: Lists
  /** Told the id of each exception without which a rule would have failed. */
  judged: { useException(id: string): void }
}

/**
 * The findings that no exception covers. An exception is used where its rule failed and the limit that it grants passes.
 *
 * @param whose Whose rules the findings may be of. A deny rule may be called as a team's rule is (`org.timeout`); no
 *   grant reaches it.
 */
export function withoutExcepted(
  findings: readonly Finding[],
  whose: 'bounds' | 'team',
  active: readonly CompiledException[],
  excepting: Excepting,
): readonly Finding[] {
  if (active.length === 0) return findings
  const prefix = whose === 'bounds' ? 'org.bounds.' : `${excepting.team.name}.`
  const covered = new Set<string>()
  for (const rule of new Set(findings.map((finding) => finding.rule))) {
    if (!rule.startsWith(prefix)) continue
    const section = sectionOf(rule)
    if (section === undefined || section === 'operations' || section === 'methods') continue
    const exception = active.find(
      (each) =>
        each.rules.includes(rule) &&
        (whose === 'team' ? ownPasses(each, section, excepting) : boundPasses(each, section, rule, excepting)),
    )
    if (exception === undefined) continue
    covered.add(rule)
    excepting.judged.useException(exception.id)
  }
  return covered.size === 0 ? findings : findings.filter(({ rule }) => !covered.has(rule))
}

const JUDGING: { readonly [S in IntegrationSection]: IntegrationRule<S> } = RULES

/** A team's section is widened by the grant, and has to pass as a whole. */
function ownPasses<S extends IntegrationSection>(
  { grants }: CompiledException,
  section: S,
  { subject, team, around, lists }: Excepting,
): boolean {
  const granted = grants[section] as Written<S> | undefined
  if (granted === undefined) return false
  return passes(section, widened(team.written[section] as Written<S> | undefined, granted), subject, around, lists)
}

/** A rule of the bounds is widened by the grant; backends and roles, which bounds write otherwise, pass by the grant alone. */
function boundPasses<S extends IntegrationSection>(
  { grants }: CompiledException,
  section: S,
  rule: string,
  { subject, around, bounds, lists }: Excepting,
): boolean {
  const granted = grants[section] as Written<S> | undefined
  if (granted === undefined) return false
  if (section === 'uri' || section === 'credentials') {
    const alone = completeSection(section, granted as never) as Written<S> | undefined
    return alone !== undefined && passes(section, alone, subject, around, lists)
  }
  const wider = widenedBounds(bounds[section as AlikeSection], granted as Written<AlikeSection>)
  const findings: Finding[] = []
  const limits = JUDGING[section].compileBounds(wider as NonNullable<Bounds[S]>, lists)
  JUDGING[section].coversBounds(subject, limits, { ...around, scope: BOUNDS }, findings)
  return !findings.some((finding) => finding.rule === rule)
}

function passes<S extends IntegrationSection>(
  section: S,
  written: Written<S>,
  subject: Subject,
  around: Around,
  lists: Lists,
): boolean {
  const findings: Finding[] = []
  const limits: Limits[S] = JUDGING[section].compile(written, lists)
  judgeSection(section, subject, limits, around, findings)
  return findings.length === 0
}
