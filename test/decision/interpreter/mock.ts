import type { Allow, Mapping, Mock } from '../../../lib/policy/document/sections.ts'
import { type Answer, all } from './answer.ts'
import type { Facts } from './facts.ts'
import { type Finding, finding } from './finding.ts'
import { templatesAllowed } from './templates.ts'
import { verbAllowed } from './uri.ts'

/** A MOCK is the business of the `mock` section, whatever the team's types. */
export function typesAllowed(types: Allow['types'], mock: Mock | undefined, { effective }: Facts): Finding[] {
  const { type } = effective.integration
  if (type === 'MOCK') {
    if (mock !== undefined) return []
    return [finding('type', types?.includes('MOCK') ? undefined : false)]
  }
  return [finding('type', types?.includes(type) === true)]
}

/** What a MOCK may do. It never replaces a live backend unless the section says so. */
export function mockAllowed(section: Mock | undefined, mapping: Mapping | undefined, facts: Facts): Answer {
  const { request, effective } = facts
  if (effective.integration.type !== 'MOCK') return true
  const { httpMethods, templates, overLiveBackend } = section ?? {}
  const replaces = request.before === undefined ? undefined : request.before !== null && request.before.type !== 'MOCK'
  const forbidden = effective.templates.length > 0 && templates === undefined
  return all(
    verbAllowed(httpMethods, request.httpMethod),
    forbidden ? (mapping?.requestTemplates === undefined ? false : undefined) : templatesAllowed(templates, facts),
    overLiveBackend === 'allowed' ? true : replaces === undefined ? undefined : !replaces,
  )
}

export function mockInBounds(bounds: Mock | undefined, facts: Facts): Answer {
  const { request, effective } = facts
  if (bounds === undefined || effective.integration.type !== 'MOCK') return true
  const { httpMethods, templates, overLiveBackend } = bounds
  const replaces = request.before === undefined ? undefined : request.before !== null && request.before.type !== 'MOCK'
  return all(
    verbAllowed(httpMethods, request.httpMethod),
    templates === undefined || templatesAllowed(templates, facts),
    overLiveBackend === 'never' ? (replaces === undefined ? undefined : !replaces) : true,
  )
}
