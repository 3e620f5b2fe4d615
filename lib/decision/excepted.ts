import type { CompiledTeam } from './compile/compiled-policy.ts'
import { completeSection } from './compile/complete.ts'
import { type CompiledException, sectionOf } from './exceptions.ts'
import type { Finding } from './explain/finding.ts'
import type { Limits } from './rules/limits.ts'
import type { Around, IntegrationRule, IntegrationSection, Lists, Written } from './rules/rule.ts'
import { judgeSection } from './rules/sections.ts'
import { RULES } from './rules/table.ts'
import type { Subject } from './subject.ts'
import { widened } from './widened.ts'

/** What an exception is tried against. */
export interface Excepting {
  subject: Subject
  team: CompiledTeam
  around: Around
  lists: Lists
  /** Told the id of each exception without which a rule would have failed. */
  use(id: string): void
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
    const exception = active.find((each) => each.rules.includes(rule) && passesWith(each, section, whose, excepting))
    if (exception === undefined) continue
    covered.add(rule)
    excepting.use(exception.id)
  }
  return covered.size === 0 ? findings : findings.filter(({ rule }) => !covered.has(rule))
}

const JUDGING: { readonly [S in IntegrationSection]: IntegrationRule<S> } = RULES

/** A team's section is widened by the grant; a rule of the bounds gives way to the grant alone. */
function passesWith<S extends IntegrationSection>(
  { grants }: CompiledException,
  section: S,
  whose: 'bounds' | 'team',
  { subject, team, around, lists }: Excepting,
): boolean {
  const granted = grants[section] as Written<S> | undefined
  if (granted === undefined) return false
  const own = team.written[section] as Written<S> | undefined
  const written = whose === 'bounds' ? completeSection(section, grants[section]) : widened(section, own, granted)
  if (written === undefined) return false
  const findings: Finding[] = []
  const limits: Limits[S] = JUDGING[section].compile(written, lists)
  judgeSection(section, subject, limits, around, findings)
  return findings.length === 0
}
