import type { Exception, PolicySet } from '../../policy/document/document.ts'
import type { Allow, Bounds, TemplateUse } from '../../policy/document/sections.ts'
import type { serviceOf } from '../../policy/values/service/services.ts'
import type { parseTemplate } from '../../policy/values/template/parse.ts'
import type * as serviceRules from '../rules/service/service.ts'

/**
 * Parts of the core that few policies need: the grammar of templates, and the model of AWS services. A policy is
 * compiled with those that it could let something pass by. What isn't loaded refuses what it would have read.
 */
export interface Loaded {
  /** Reads a template that isn't static. */
  readonly parseTemplate?: typeof parseTemplate
  readonly services?: { readonly serviceOf: typeof serviceOf; readonly rules: typeof serviceRules }
}

/** What the policy needs with these exceptions. Modules are read once: asking again costs nothing. */
export async function loadFor({ org, teams }: PolicySet, exceptions: readonly Exception[]): Promise<Loaded> {
  const { bounds, defaults = {}, deny = [] } = org
  const allowing: readonly (Allow | Bounds)[] = [
    bounds,
    defaults,
    ...Object.values(teams).map(({ allow }) => allow),
    ...exceptions.map(({ spec }) => spec.grants),
  ]
  const [grammar, services] = await Promise.all([
    allowing.some(opensTemplates) ? import('../../policy/values/template/parse.ts') : undefined,
    // A deny of a service says what it met, and needs the model for that.
    [...allowing, ...deny].some(namesServices) ? loadServices() : undefined,
  ])
  return { ...(grammar && { parseTemplate: grammar.parseTemplate }), ...(services && { services }) }
}

async function loadServices(): Promise<NonNullable<Loaded['services']>> {
  const [{ serviceOf }, rules] = await Promise.all([
    import('../../policy/values/service/services.ts'),
    import('../rules/service/service.ts'),
  ])
  return { serviceOf, rules }
}

/** Whether a template that isn't static may pass. */
const IS_OPEN: Readonly<Record<TemplateUse, boolean>> = {
  forbidden: false,
  static: false,
  allowed: true,
  anything: true,
}

function opensTemplates({ mapping, mock }: Pick<Allow | Bounds, 'mapping' | 'mock'>): boolean {
  const written = mapping?.requestTemplates
  const uses = [typeof written === 'object' ? written.use : written, mock?.templates]
  return uses.some((use) => use !== undefined && IS_OPEN[use])
}

function namesServices({ uri }: { uri?: object | undefined }): boolean {
  return uri !== undefined && (Array.isArray(uri) ? uri : [uri]).some((backend: object) => 'aws' in backend)
}
