import type { MembersJudgedBy } from '../../apigateway/members.ts'
import type { PolicySet } from '../../policy/document/document.ts'
import type { Section } from '../../policy/document/rule-ids.ts'
import type { Allow, Bounds, Deny } from '../../policy/document/sections.ts'
import type { Hazard } from '../../policy/values/uri-hazard.ts'
import type { Finding } from '../explain/finding.ts'
import type { Subject } from '../subject.ts'
import type { BoundLimits, Denied, Limits } from './limits.ts'
import type { AskedMethod as OperationAsked } from './operations/writes.ts'
import type { Scope } from './scope.ts'

export type Lists = PolicySet['lists']

/** A section as a team, `org.defaults` or an exception writes it. */
export type Written<S extends Section> = NonNullable<Allow[S]>

/** Sections about operations beside integrations: they judge no member of an integration. */
export type OperationSection = 'operations' | 'methods'
export type IntegrationSection = Exclude<Section, OperationSection>

/** Sections that `org.deny` can speak in. */
export type DeniableSection = Extract<IntegrationSection, keyof Deny>

/** What a deny rule met in a request: where it stands, and what stands there. */
export interface Met {
  field: string
  part?: string
  value?: unknown
  /** Set where it is met only by how a server may read the value: spellings that are refused for that instead. */
  hazards?: readonly Hazard[]
}

/** What of a policy a section's limits are judged beside. */
export interface Around {
  scope: Scope
  /** The bounds in force, for what an entry leaves to them: Regions, ports, schemes. */
  bounds: { readonly [S in Section]?: BoundLimits[S] }
  /** Whether a `mock` section is in force: it decides about MOCK, whatever `types` lists. */
  mock: Limits['mock'] | undefined
}

/** How a section is completed, whatever it is about. */
export interface SectionRule<S extends Section> {
  /** What passes where the section stands nowhere: what API Gateway does by itself. Absent: the section says nothing. */
  readonly silent: Written<S> | undefined
  /** A section as written, with API Gateway's default for each half that it leaves unnamed. */
  complete(written: Written<S>): Written<S>
}

/**
 * One section of the policy, wherever it stands: in a team, in `org.defaults`, in the bounds, in a deny, in an exception.
 * A section without a rule, and a member of an integration without a section, do not compile (see `table.ts`).
 */
export interface IntegrationRule<S extends IntegrationSection> extends SectionRule<S> {
  /** The members of an integration that this section judges: all of those that the table of members gives it. */
  readonly reads: { readonly [M in MembersJudgedBy<S>]: true }
  /** @param written As {@link complete} gives it. */
  compile(written: Written<S>, lists: Lists): Limits[S]
  /** Bounds limit what they name and nothing else. */
  compileBounds(written: NonNullable<Bounds[S]>, lists: Lists): BoundLimits[S]
  /** Adds what the limits don't cover of all that the request can become. */
  covers(subject: Subject, limits: Limits[S], around: Around, findings: Finding[]): void
  coversBounds(subject: Subject, limits: BoundLimits[S], around: Around, findings: Finding[]): void
  /**
   * Whether the bounds speak of what a finding of a team's own limits is about. Where they are silent, the finding is
   * enforced, however soft the team's rules are.
   */
  speaks(bounds: NonNullable<Bounds[S]>, finding: Finding): boolean
  /** How a deny in this section is read and met; `undefined` exactly for sections that no deny can speak in. */
  readonly deny: S extends DeniableSection ? DenyOf<S> : undefined
}

export interface DenyOf<S extends DeniableSection> {
  compile(written: NonNullable<Deny[S]>, lists: Lists): Denied[S]
  /** What the request could become that is denied; `undefined` where it can become none of that. */
  mayMeet(subject: Subject, denied: Denied[S]): Met | undefined
}

/** One section about operations beside integrations: `decideOperation` asks it. */
export interface OperationRule<S extends OperationSection> extends SectionRule<S> {
  readonly silent: Written<S>
  /** What of the operation the section doesn't allow. */
  covers(asked: OperationAsked, limits: Written<S>, scope: Scope): Finding[]
}

export type Rule<S extends Section> = S extends IntegrationSection
  ? IntegrationRule<S>
  : S extends OperationSection
    ? OperationRule<S>
    : never
