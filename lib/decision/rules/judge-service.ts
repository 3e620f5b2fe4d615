import type { ServiceUri } from '../../policy/values/aws-uri.ts'
import { actionsIn } from '../../policy/values/template-hazard.ts'
import type { ServiceLimits } from '../compile/compiled-sections.ts'
import { matchesAnyName } from '../compile/name-pattern.ts'
import { coversPathByAny } from '../compile/path-pattern.ts'
import { type Finding, listed, oneOf } from '../explain/finding.ts'
import { nearestName, nearestOf } from '../explain/nearest.ts'
import type { Subject } from '../subject.ts'
import { queryExceeds } from './judge-http.ts'
import { judgeVerbs, verbAllowed } from './judge-verbs.ts'

const PARTS = ['partition', 'region', 'subdomain', 'path', 'action', 'placeholder', 'query'] as const
type Part = (typeof PARTS)[number]

function allows(limits: ServiceLimits, part: Part, uri: ServiceUri): boolean {
  switch (part) {
    case 'partition':
      return limits.partitions === undefined || limits.partitions.includes(uri.partition)
    case 'region':
      return limits.regions === undefined || limits.regions.includes(uri.region)
    case 'subdomain':
      return (
        uri.subdomain === undefined ||
        (limits.subdomains !== undefined && matchesAnyName(limits.subdomains, uri.subdomain))
      )
    case 'path':
      return uri.path === undefined || (limits.paths !== undefined && coversPathByAny(limits.paths, uri.path))
    case 'action':
      return uri.action === undefined || (limits.actions !== undefined && matchesAnyName(limits.actions, uri.action))
    case 'placeholder':
      return limits.placeholders !== 'never' || uri.path === undefined || uri.path.lateBound === ''
    case 'query':
      return limits.query === undefined || !queryExceeds(uri.query, limits.query)
  }
}

/** A team's entries for other AWS services: passes where one allows every part, else explains the nearest one. */
export function judgeService(
  backend: ServiceUri,
  subject: Subject,
  entries: readonly ServiceLimits[],
  pointer: string,
  findings: Finding[],
): void {
  const rule = `${subject.team}.uri`
  if (bestEntry(backend, subject, entries, rule, pointer, findings)) return
  const services = [...new Set(entries.map(({ service }) => service))]
  findings.push(otherService(rule, backend, services, pointer))
}

/** `org.bounds.uri.aws`: the services that any team may be allowed. */
export function judgeServiceBounds(
  backend: ServiceUri,
  subject: Subject,
  limits: readonly ServiceLimits[],
  findings: Finding[],
): void {
  const pointer = '/org/bounds/uri/aws'
  const rule = 'org.bounds.uri.aws'
  if (bestEntry(backend, subject, limits, rule, pointer, findings)) return
  findings.push(otherService(rule, backend, [...new Set(limits.map(({ service }) => service))], pointer))
}

/** Explains the entry for this service that refuses least; false where no entry is for this service. */
function bestEntry(
  backend: ServiceUri,
  subject: Subject,
  entries: readonly ServiceLimits[],
  rule: string,
  pointer: string,
  findings: Finding[],
): boolean {
  let best: ServiceLimits | undefined
  let least = Number.POSITIVE_INFINITY
  for (const entry of entries) {
    if (entry.service !== backend.service) continue
    let refused = verbAllowed(entry.methods, subject.integration.httpMethod) ? 0 : 1
    if (!verbAllowed(entry.httpMethods, subject.request.httpMethod)) refused++
    for (const part of PARTS) if (!allows(entry, part, backend)) refused++
    if (refused === 0) return true
    if (refused < least) {
      best = entry
      least = refused
    }
  }
  if (best === undefined) return false
  for (const part of PARTS) {
    if (!allows(best, part, backend)) findings.push({ rule, field: '/uri', pointer, ...explain(part, best, backend) })
  }
  judgeVerbs(rule, best, subject, `On ${backend.service}`, pointer, findings)
  return true
}

/**
 * Operations that templates name for a service addressed by path: each must be an action that an entry for the service
 * lists, or the template would choose what is done.
 */
export function judgeTemplateActions(
  { service, path }: ServiceUri,
  subject: Subject,
  entries: readonly ServiceLimits[],
  findings: Finding[],
): void {
  if (path === undefined) return
  const actions = entries.flatMap((entry) => (entry.service === service ? (entry.actions ?? []) : []))
  for (const [contentType, template] of subject.requestTemplates) {
    for (const action of actionsIn(template)) {
      if (action !== undefined && matchesAnyName(actions, action)) continue
      findings.push({
        rule: 'intrinsic.requestTemplates.action',
        field: `/requestTemplates/${contentType.replaceAll('~', '~0').replaceAll('/', '~1')}`,
        part: 'action',
        ...(action !== undefined && { value: action }),
        allowed: listed(actions),
        message: `The template chooses what ${service} does, whatever the uri names.`,
      })
    }
  }
}

function otherService(rule: string, backend: ServiceUri, services: readonly string[], pointer: string): Finding {
  const { service } = backend
  const nearest = nearestOf(service, services)
  return {
    rule,
    field: '/uri',
    part: 'service',
    value: service,
    allowed: services,
    ...(nearest !== undefined && { nearest }),
    message: `AWS service ${service} is not allowed as a backend.`,
    ...(services.length > 0 && { fix: nearest === undefined ? `Use ${oneOf(services)}.` : `Did you mean ${nearest}?` }),
    pointer,
  }
}

function explain(part: Part, limits: ServiceLimits, uri: ServiceUri): Omit<Finding, 'rule' | 'field' | 'pointer'> {
  const { service } = uri
  if (part === 'placeholder') {
    const value = uri.path?.lateBound ?? ''
    const message = `${value} is filled in later, and would choose what is called on ${service}.`
    return { part: 'path', value, allowed: 'literal', message, fix: 'Write the path literally.' }
  }
  if (part === 'query') {
    const allowed = limits.query ?? 'literal'
    const message = `Parameters of ${service} are ${uri.query}, where only ${allowed} is allowed.`
    return { part, value: uri.query, allowed, message }
  }
  const value = (part === 'path' ? uri.path?.text : uri[part]) ?? ''
  const allowed = listOf(part, limits)
  const nearest = nearestName(
    value,
    allowed.map((text) => ({ text })),
  )
  const isKind = (part === 'path' || part === 'action' || part === 'subdomain') && allowed.length === 0
  return {
    part,
    value,
    allowed,
    ...(nearest !== undefined && part !== 'path' && { nearest }),
    message: isKind ? `No ${part} is allowed on ${service}.` : `${service} may not be called with ${part} ${value}.`,
    ...(allowed.length > 0 && {
      fix: nearest === undefined || part === 'path' ? `Use ${part} ${oneOf(allowed)}.` : `Did you mean ${nearest}?`,
    }),
  }
}

function listOf(part: Exclude<Part, 'placeholder' | 'query'>, limits: ServiceLimits): readonly string[] {
  switch (part) {
    case 'partition':
      return limits.partitions ?? []
    case 'region':
      return limits.regions ?? []
    case 'subdomain':
      return (limits.subdomains ?? []).map(({ text }) => text)
    case 'path':
      return (limits.paths ?? []).map(({ text }) => text)
    case 'action':
      return (limits.actions ?? []).map(({ text }) => text)
  }
}
