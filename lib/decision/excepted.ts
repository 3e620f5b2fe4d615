import { compileComplete } from './compile/compile-allow.ts'
import type { CompiledTeam } from './compile/compiled-policy.ts'
import type { Lists } from './compile/lists.ts'
import { type CompiledException, sectionOf, widened } from './exceptions.ts'
import type { Finding } from './explain/finding.ts'
import { judgeSection, type TeamLimits } from './rules/judge-section.ts'
import type { Subject } from './subject.ts'

/** What an exception is tried against. */
export interface Excepting {
  subject: Subject
  team: CompiledTeam
  limits: TeamLimits
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
  const prefix = whose === 'bounds' ? 'org.bounds.' : `${excepting.team.name}.`
  const covered = new Set<string>()
  for (const rule of new Set(findings.map((finding) => finding.rule))) {
    if (!rule.startsWith(prefix)) continue
    const exception = active.find((each) => each.rules.includes(rule) && passesWith(each, rule, whose, excepting))
    if (exception === undefined) continue
    covered.add(rule)
    excepting.use(exception.id)
  }
  return covered.size === 0 ? findings : findings.filter(({ rule }) => !covered.has(rule))
}

/** A team's section is widened by the grant; a rule of the bounds gives way to the grant alone. */
function passesWith(
  { grants }: CompiledException,
  rule: string,
  whose: 'bounds' | 'team',
  { subject, team, limits, lists }: Excepting,
): boolean {
  const section = sectionOf(rule)
  if (section === undefined || grants[section] === undefined) return false
  const granted = whose === 'bounds' ? grants[section] : widened(section, team.written[section], grants[section])
  const sections = compileComplete({ ...team.written, [section]: granted }, lists)
  const findings: Finding[] = []
  judgeSection(section, subject, { ...limits, sections }, findings)
  return findings.length === 0
}
