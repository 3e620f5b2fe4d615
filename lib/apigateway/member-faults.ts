import { MEMBER_NAMES, MEMBERS, type Member, type MemberName, unreadKind } from './members.ts'

/**
 * What keeps a value from being one of a member, read from the table of members. The parser, patches, the form and the
 * evaluator ask here, so that no two of them can have different bounds.
 *
 * `at` names the place, for example `requestParameters["x"]` or `cacheKeyParameters[3]`.
 */
export type MemberFault =
  | { is: 'type'; at: string; wanted: string; value: unknown }
  | { is: 'length'; at: string; of: 'characters' | 'bytes'; count: number; limit: number; key?: true }
  | { is: 'entries'; at: string; count: number; limit: number }
  | { is: 'word'; at: string; value: string; words: readonly string[] }

/** Whether a value has another JSON type than its member; linear in the number of its entries. */
export function typeFault(name: MemberName, value: unknown): MemberFault | undefined {
  const member: Member = MEMBERS[name]
  switch (member.kind) {
    case 'enum':
    case 'string':
      return typeof value === 'string' ? undefined : wrong(name, 'a string', value)
    case 'integer':
      return Number.isSafeInteger(value) ? undefined : wrong(name, 'a whole number', value)
    case 'flag': {
      if (!isObject(value)) return wrong(name, 'an object', value)
      const flag = Object.hasOwn(value, member.flag) ? value[member.flag] : true
      return typeof flag === 'boolean' ? undefined : wrong(`${name}.${member.flag}`, 'true or false', flag)
    }
    case 'names': {
      if (!Array.isArray(value)) return wrong(name, 'an array of strings', value)
      const index = value.findIndex((each) => typeof each !== 'string')
      return index < 0 ? undefined : wrong(`${name}[${index}]`, 'a string', value[index])
    }
    case 'strings':
    case 'templates': {
      if (!isObject(value)) return wrong(name, 'an object of strings', value)
      for (const [key, text] of Object.entries(value)) {
        // A template of null is one that API Gateway stores and gives back.
        if (typeof text === 'string' || (text === null && member.kind === 'templates')) continue
        return wrong(`${name}[${JSON.stringify(key)}]`, 'a string', text)
      }
      return undefined
    }
    default:
      return unreadKind(member)
  }
}

/** A name inside a member that it doesn't have; there is one kind of member that has names of its own. */
export function unknownInside(
  name: MemberName,
  value: unknown,
): { name: string; known: readonly string[] } | undefined {
  const member: Member = MEMBERS[name]
  if (member.kind !== 'flag' || !isObject(value)) return undefined
  const unknown = Object.keys(value).find((each) => each !== member.flag)
  return unknown === undefined ? undefined : { name: unknown, known: [member.flag] }
}

/**
 * The first bound that a value of the right type breaks. The range of numbers is none: API Gateway checks it with a
 * message of its own.
 */
export function boundFault(name: MemberName, value: unknown): BrokenBound | undefined {
  const member: Member = MEMBERS[name]
  switch (member.kind) {
    case 'enum':
    case 'integer':
    case 'flag':
      return undefined
    case 'string':
      return typeof value === 'string' ? tooLong(name, value, member.maxLength) : undefined
    case 'names': {
      if (!Array.isArray(value)) return undefined
      if (value.length > member.maxEntries) return tooMany(name, value.length, member.maxEntries)
      for (const [index, each] of value.entries()) {
        const fault = tooLong(`${name}[${index}]`, String(each), member.maxLength)
        if (fault !== undefined) return fault
      }
      return undefined
    }
    case 'strings':
    case 'templates': {
      if (!isObject(value)) return undefined
      const entries = Object.entries(value)
      if (entries.length > member.maxEntries) return tooMany(name, entries.length, member.maxEntries)
      for (const [key, text] of entries) {
        const at = `${name}[${JSON.stringify(key.slice(0, 64).toWellFormed())}]`
        const long = tooLong(at, key, member.maxKeyLength)
        if (long !== undefined) return { ...long, key: true }
        const written = typeof text === 'string' ? text : ''
        const fault =
          member.kind === 'templates' ? tooLarge(at, written, member.maxBytes) : tooLong(at, written, member.maxLength)
        if (fault !== undefined) return fault
      }
      return undefined
    }
    default:
      return unreadKind(member)
  }
}

/** A word that isn't one of the member's own, as the service model or the service itself would refuse it. */
export function wordFault(name: MemberName, value: unknown, checkedBy: 'model' | 'service'): MemberFault | undefined {
  const member: Member = MEMBERS[name]
  if (member.kind !== 'enum' || member.checkedBy !== checkedBy || typeof value !== 'string') return undefined
  return member.values.includes(value) ? undefined : { is: 'word', at: name, value, words: member.values }
}

/** The first member of a well-typed integration that breaks a bound. */
export function firstBoundFault(integration: { readonly [M in MemberName]?: unknown }): BrokenBound | undefined {
  for (const name of MEMBER_NAMES) {
    const fault = boundFault(name, integration[name])
    if (fault !== undefined) return fault
  }
  return undefined
}

/** A fault in words: the member, what it has and the limit. */
export function faultMessage(fault: BrokenBound): string {
  const { at, count, limit } = fault
  if (fault.is === 'entries') return `Member ${at} has ${count} entries; it may have at most ${limit}`
  return `Member ${at} has ${fault.key ? 'a name of ' : ''}${count} ${fault.of}; it may have at most ${limit}`
}

function wrong(at: string, wanted: string, value: unknown): MemberFault {
  return { is: 'type', at, wanted, value }
}

export type BrokenBound = Extract<MemberFault, { is: 'length' | 'entries' }>

function tooMany(at: string, count: number, limit: number): BrokenBound {
  return { is: 'entries', at, count, limit }
}

function tooLong(at: string, text: string, limit: number): Extract<MemberFault, { is: 'length' }> | undefined {
  return text.length <= limit ? undefined : { is: 'length', at, of: 'characters', count: text.length, limit }
}

function tooLarge(at: string, text: string, limit: number): Extract<MemberFault, { is: 'length' }> | undefined {
  // A character has one byte or more, so that most texts need no counting.
  const count = text.length * 3 <= limit ? text.length : Buffer.byteLength(text)
  return count <= limit ? undefined : { is: 'length', at, of: 'bytes', count, limit }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
