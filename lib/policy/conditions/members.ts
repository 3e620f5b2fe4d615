import { inEffect } from '../../apigateway/effective.ts'
import type { Integration } from '../../apigateway/integration.ts'
import { MEMBER_NAMES, MEMBERS, type Member, type MemberName } from '../../apigateway/members.ts'

/** How the type of a member is declared to CEL; an object where the member is one. */
type CelType = 'string' | 'int' | 'list<string>' | 'map<string, string>' | Readonly<Record<string, 'bool'>>

const SEEN = MEMBER_NAMES.filter((name) => MEMBERS[name].condition === 'itself')

/** The members of `integration` that a condition can read, with their CEL types. */
export const CONDITION_MEMBERS: Readonly<Record<string, CelType>> = Object.fromEntries(
  SEEN.map((name) => [name, celType(MEMBERS[name])]),
)

/** What a condition reads of an integration: what takes effect, and the word for absence where nothing does. */
export function conditionMembers(integration: Integration, resourceId: string): Record<string, unknown> {
  return Object.fromEntries(SEEN.map((name) => [name, celValue(name, integration, resourceId)]))
}

/**
 * Every text that a member can equal in a condition; `undefined` for a member that holds any text, or none. A comparison
 * with another literal can never hold.
 */
export function wordsOf(name: string): readonly string[] | undefined {
  const member: Member | undefined = Object.hasOwn(MEMBERS, name) ? MEMBERS[name as MemberName] : undefined
  if (member?.kind !== 'enum') return undefined
  return member.default.is === 'absent' ? [...member.values, member.default.word] : member.values
}

function celType(member: Member): CelType {
  switch (member.kind) {
    case 'enum':
    case 'string':
      return 'string'
    case 'integer':
      return 'int'
    case 'flag':
      return { [member.flag]: 'bool' }
    case 'names':
      return 'list<string>'
    case 'strings':
    case 'templates':
      return 'map<string, string>'
  }
}

function celValue(name: MemberName, integration: Integration, resourceId: string): unknown {
  const member: Member = MEMBERS[name]
  const isDropped = integration.type === 'MOCK' && member.onMock === 'dropped'
  const value: unknown = isDropped ? undefined : inEffect(name, integration[name], resourceId)
  switch (member.kind) {
    case 'integer':
      return BigInt(Number.isInteger(value) ? Number(value) : 0)
    case 'strings':
    case 'templates':
      return new Map(Object.entries(Object(value)))
    case 'enum':
    case 'string':
    case 'flag':
    case 'names':
      return value ?? (member.default.is === 'absent' ? member.default.word : '')
  }
}
