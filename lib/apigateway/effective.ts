import type { Integration } from './integration.ts'
import { MEMBER_NAMES, MEMBERS, type Member, type MemberName } from './members.ts'

type Row<M extends MemberName> = (typeof MEMBERS)[M]
type Present = { [M in MemberName]: Row<M>['default']['is'] extends 'absent' ? never : M }[MemberName]

/**
 * What takes effect: every default filled in, so that two spellings of one integration are deeply equal. Absent are
 * only members that have no default: `""` and an absent `credentials` both mean that API Gateway assumes no role. Cache
 * keys are sorted, each once; maps are in the order of their keys.
 */
export type EffectiveIntegration = { [M in Present]: EffectiveMember<M> } & {
  [M in Exclude<MemberName, Present>]?: EffectiveMember<M>
}

/** A member once its default is filled in: a stored `null` is the empty template, and a flag is set or not. */
type EffectiveMember<M extends MemberName> = Row<M>['kind'] extends 'flag'
  ? Required<NonNullable<Integration[M]>>
  : Row<M>['kind'] extends 'templates'
    ? Record<string, string>
    : NonNullable<Integration[M]>

/**
 * Fills in what API Gateway would. A caller's spelling and API Gateway's answer to it come out equal, which is how an
 * intended integration is compared with an observed one.
 *
 * A `connectionType` on a type that does not use one is kept: API Gateway does not echo it, but policy must see it.
 *
 * @param resourceId the resource of the method: the default cache namespace.
 */
export function effective(integration: Integration, resourceId: string): EffectiveIntegration {
  const members: Record<string, unknown> = {}
  for (const name of MEMBER_NAMES) {
    if (integration.type === 'MOCK' && MEMBERS[name].onMock === 'dropped') continue
    const value = inEffect(name, integration[name], resourceId)
    if (value !== undefined) members[name] = value
  }
  // Each member was read by its row, and the type derives from the rows.
  return members as unknown as EffectiveIntegration
}

/** One member with its default filled in; `undefined` where it has neither a value nor a default. */
export function inEffect<M extends MemberName>(
  name: M,
  value: Integration[M] | undefined,
  resourceId: string,
): EffectiveIntegration[M] {
  return valueInEffect(MEMBERS[name], value, resourceId) as EffectiveIntegration[M]
}

function valueInEffect(member: Member, value: unknown, resourceId: string): unknown {
  const written = value === '' && member.emptyIsAbsent ? undefined : value
  const absent = defaultOf(member, resourceId)
  const filled = written ?? absent
  switch (member.kind) {
    case 'flag':
      return filled === absent ? absent : { ...Object(absent), ...Object(filled) }
    case 'strings':
      return sorted(Object(filled), (text) => text)
    case 'templates':
      return sorted(Object(filled), (template) => template ?? '')
    case 'names':
      return [...new Set(Array.isArray(filled) ? filled : [])].sort()
    case 'enum':
    case 'string':
    case 'integer':
      return filled
  }
}

function defaultOf({ default: absent }: Member, resourceId: string): unknown {
  switch (absent.is) {
    case 'value':
      return absent.value
    case 'resourceId':
      return resourceId
    case 'absent':
    case 'required':
      return undefined
  }
}

/** The body of API Gateway's answer: the members it fills in, those that are set, and no others. */
export type IntegrationAnswer<Response> = Integration & {
  integrationResponses?: Record<string, Response>
}

/**
 * What PutIntegration, GetIntegration and UpdateIntegration answer for a stored integration, as recorded: some defaults
 * filled in, `connectionType` for HTTP types only, no `uri` and `httpMethod` for MOCK, empty templates as `null`.
 *
 * @param resourceId the resource of the method: the default cache namespace.
 * @param responses integration responses by status code; left out while there are none.
 */
export function integrationAnswer<Response>(
  integration: Integration,
  resourceId: string,
  responses: Record<string, Response> = {},
): IntegrationAnswer<Response> {
  const isHttp = integration.type === 'HTTP' || integration.type === 'HTTP_PROXY'
  const members: Record<string, unknown> = {}
  for (const name of MEMBER_NAMES) {
    const member: Member = MEMBERS[name]
    if (integration.type === 'MOCK' && member.onMock === 'dropped') continue
    if (member.answer === 'http types' && !isHttp) continue
    const value = answered(member, integration[name], resourceId)
    if (value !== undefined) members[name] = value
  }
  if (Object.keys(responses).length > 0) members.integrationResponses = responses
  return members as unknown as IntegrationAnswer<Response>
}

function answered(member: Member, value: unknown, resourceId: string): unknown {
  if (value === '' && member.emptyIsAbsent) return undefined
  if (value === undefined) return member.answer === 'set' ? undefined : structuredClone(defaultOf(member, resourceId))
  return member.kind === 'templates' ? sorted(Object(value), (text) => text || null) : value
}

/** In the order of its keys and without a prototype: the caller chooses the keys. */
function sorted<To>(map: Record<string, string | null>, read: (value: string | null) => To): Record<string, To> {
  const entries = Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1))
  const result: Record<string, To> = Object.create(null)
  for (const [key, value] of entries) result[key] = read(value)
  return result
}
