import { INTEGRATION_SECTIONS, type Section } from '../../policy/document/rule-ids.ts'
import type { Bounds } from '../../policy/document/sections.ts'
import type { TeamLimits } from '../compile/complete.ts'
import type { Finding } from '../explain/finding.ts'
import type { Subject } from '../subject.ts'
import type { BoundLimits, Limits } from './limits.ts'
import { judgeLiveBackend } from './mock.ts'
import type { Around, IntegrationRule, IntegrationSection } from './rule.ts'
import { RULES } from './table.ts'

const JUDGING: { readonly [S in IntegrationSection]: IntegrationRule<S> } = RULES

type BoundSections = { readonly [S in IntegrationSection]?: BoundLimits[S] }

/** All sections of a team. */
export function judgeTeam(subject: Subject, limits: TeamLimits, around: Around, findings: Finding[]): void {
  for (const section of INTEGRATION_SECTIONS) judgeSection(section, subject, limits[section], around, findings)
}

/** One section of a team, as {@link judgeTeam} judges it. */
export function judgeSection<S extends IntegrationSection>(
  section: S,
  subject: Subject,
  limits: TeamLimits[S],
  around: Around,
  findings: Finding[],
): void {
  if (limits !== undefined) JUDGING[section].covers(subject, limits as Limits[S], around, findings)
  // Without a mock section a MOCK is one type among others, and may still not take a live backend's place.
  else if (section === 'mock') judgeLiveBackend(subject, around.scope, findings)
}

/** `org.bounds`: a rule for each member that the bounds name. */
export function judgeBounds(subject: Subject, bounds: BoundSections, around: Around, findings: Finding[]): void {
  for (const section of INTEGRATION_SECTIONS) judgeBound(section, subject, bounds, around, findings)
}

function judgeBound<S extends IntegrationSection>(
  section: S,
  subject: Subject,
  bounds: BoundSections,
  around: Around,
  findings: Finding[],
): void {
  const limits = bounds[section] as BoundLimits[S] | undefined
  if (limits !== undefined) JUDGING[section].coversBounds(subject, limits, around, findings)
}

/** Whether the bounds speak of what a finding of a team's own section is about; where they don't, it is enforced. */
export function boundsSpeak(section: Section, bounds: Bounds, finding: Finding): boolean {
  return section === 'operations' || section === 'methods'
    ? bounds[section] !== undefined
    : speak(section, bounds, finding)
}

function speak<S extends IntegrationSection>(section: S, bounds: Bounds, finding: Finding): boolean {
  const written = bounds[section]
  return written !== undefined && JUDGING[section].speaks(written as NonNullable<Bounds[S]>, finding)
}
