import { INTEGRATION_SECTIONS, SECTIONS, type Section } from '../../policy/document/rule-ids.ts'
import type { Allow, Bounds } from '../../policy/document/sections.ts'
import type { BoundLimits, Limits } from '../rules/limits.ts'
import type { IntegrationRule, IntegrationSection, Lists, SectionRule, Written } from '../rules/rule.ts'
import { RULES } from '../rules/table.ts'

/** Every section of a team, completed: from `org.defaults`, and from what API Gateway does by itself. */
export type CompleteAllow = { [S in Exclude<Section, 'mock'>]: Written<S> } & { mock: Written<'mock'> | undefined }

const COMPLETED: { readonly [S in Section]: SectionRule<S> } = RULES
const JUDGING: { readonly [S in IntegrationSection]: IntegrationRule<S> } = RULES

/** What a team is allowed before bounds, and where each section that is in force stands. */
export interface Effective {
  written: CompleteAllow
  limits: TeamLimits
  /** JSON pointers. */
  pointers: Readonly<Record<Section, string>>
}

/** A team's sections, ready to compare. Without a `mock` section, MOCK is one type among others. */
export type TeamLimits = { [S in Exclude<IntegrationSection, 'mock'>]: Limits[S] } & {
  mock: Limits['mock'] | undefined
}

/** @param pointer JSON pointer of `allow`. */
export function completeTeam(allow: Allow, pointer: string, defaults: Allow | undefined, lists: Lists): Effective {
  const pointers = {} as Record<Section, string>
  for (const section of SECTIONS) {
    const isDefault = allow[section] === undefined && defaults?.[section] !== undefined
    pointers[section] = isDefault ? `/org/defaults/${section}` : `${pointer}/${section}`
  }
  const written = completeAllow({ ...defaults, ...allow })
  return { written, limits: compileAllow(written, lists), pointers }
}

export function completeAllow(allow: Allow): CompleteAllow {
  const complete = {} as CompleteAllow
  for (const section of SECTIONS) completeOne(section, allow, complete)
  return complete
}

/** One section as written, completed; `undefined` where it says nothing. */
export function completeSection<S extends Section>(section: S, written: Allow[S]): Written<S> | undefined {
  const { silent } = COMPLETED[section]
  const found = (written ?? silent) as Written<S> | undefined
  return found === undefined ? undefined : COMPLETED[section].complete(found)
}

function completeOne<S extends Section>(section: S, allow: Allow, into: CompleteAllow): void {
  into[section] = completeSection(section, allow[section]) as CompleteAllow[S]
}

function compileAllow(written: CompleteAllow, lists: Lists): TeamLimits {
  const limits = {} as TeamLimits
  for (const section of INTEGRATION_SECTIONS) compileOne(section, written, lists, limits)
  return limits
}

function compileOne<S extends IntegrationSection>(
  section: S,
  written: CompleteAllow,
  lists: Lists,
  into: TeamLimits,
): void {
  const own = written[section] as Written<S> | undefined
  into[section] = (own === undefined ? undefined : JUDGING[section].compile(own, lists)) as TeamLimits[S]
}

export type CompiledBoundSections = { [S in IntegrationSection]?: BoundLimits[S] }

/** Of the bounds only what they name. */
export function compileBounds(bounds: Bounds, lists: Lists): CompiledBoundSections {
  const compiled: CompiledBoundSections = {}
  for (const section of INTEGRATION_SECTIONS) compileBound(section, bounds, lists, compiled)
  return compiled
}

function compileBound<S extends IntegrationSection>(
  section: S,
  bounds: Bounds,
  lists: Lists,
  into: CompiledBoundSections,
): void {
  const written = bounds[section]
  if (written === undefined) return
  into[section] = JUDGING[section].compileBounds(written as NonNullable<Bounds[S]>, lists) as CompiledBoundSections[S]
}
