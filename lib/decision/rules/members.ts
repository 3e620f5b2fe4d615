import { HTTP_METHODS } from '../../apigateway/integration.ts'
import { boundFault, faultMessage, typeFault, unknownInside, wordFault } from '../../apigateway/member-faults.ts'
import { isMemberName, MEMBER_NAMES, MEMBERS, type Member, type MemberName } from '../../apigateway/members.ts'
import type { DecisionRequest } from '../decision.ts'
import { type Finding, onMethod, removing, setting } from '../explain/finding.ts'

const VERBS: readonly unknown[] = HTTP_METHODS
const REQUIRED = MEMBER_NAMES.filter((name) => MEMBERS[name].default.is === 'required')
const ID = /^[a-z0-9]{1,64}$/
/** Characters. A longer value isn't repeated to whoever sent it. */
const LONGEST_SHOWN = 8_192

/**
 * Everything about the request's form that keeps the other rules from reading it. Empty for a well-formed request. What
 * a member may hold is told by the table of members, which the parser goes by as well.
 */
export function judgeMembers({ integration, restApiId, resourceId, httpMethod }: DecisionRequest): Finding[] {
  const findings: Finding[] = []
  if (typeof integration !== 'object' || integration === null || Array.isArray(integration)) {
    const finding = malformed('member', '', integration, 'An integration is a JSON object.')
    return [{ ...finding, allowed: 'an object', fix: 'Write an object.', remedy: setting('', { type: 'MOCK' }) }]
  }
  // Inherited members are judged too: what would be read is what is looked at.
  for (const member in integration) {
    const value: unknown = integration[member as keyof typeof integration]
    const finding = isMemberName(member) ? judgeMember(member, value) : unknown(member, value)
    if (finding !== undefined) findings.push(finding)
  }
  for (const name of REQUIRED) {
    if (Object.hasOwn(integration, name)) continue
    const finding = malformed('member', name, undefined, `${name} is missing.`)
    findings.push({ ...finding, allowed: wordsOf(name), ...clearedBy(name) })
  }
  if (typeof restApiId !== 'string' || !ID.test(restApiId)) findings.push(malformedPath('restApiId', restApiId))
  if (typeof resourceId !== 'string' || !ID.test(resourceId)) findings.push(malformedPath('resourceId', resourceId))
  if (!VERBS.includes(httpMethod)) findings.push(malformedPath('httpMethod', httpMethod))
  return findings
}

/** What is neither of the member's type nor within its bounds (`null` included) is denied whatever the policy says. */
function judgeMember(name: MemberName, value: unknown): Finding | undefined {
  const member: Member = MEMBERS[name]
  const type = typeFault(name, value)
  // A number of the right type and the wrong range, or with a fraction, has a rule of its own.
  if (type?.is === 'type' && !(member.kind === 'integer' && typeof value === 'number')) {
    const finding = malformed('member', name, value, `${type.at} must be ${type.wanted}.`)
    return { ...finding, allowed: type.wanted, ...clearedBy(name, `or write ${type.at} as ${type.wanted}`) }
  }
  const inside = unknownInside(name, value)
  if (inside !== undefined) {
    const known = inside.known.join(', ')
    const message = `${name} has no member ${inside.name}; it has ${known}.`
    return { ...malformed('member', name, value, message), allowed: inside.known, ...clearedBy(name) }
  }
  const bound = boundFault(name, value)
  if (bound !== undefined) {
    const shorter = bound.is === 'entries' ? `${bound.limit} entries or fewer` : `${bound.limit} ${bound.of} or fewer`
    const { count, limit } = bound
    return {
      ...malformed(bound.is, name, value, `${faultMessage(bound)}.`),
      value: count,
      allowed: { max: limit },
      ...clearedBy(name, `or give ${bound.at} ${shorter}`),
    }
  }
  const word = wordFault(name, value, 'model')
  if (word?.is !== 'word') return undefined
  return {
    ...malformed('member', name, value, `${name} is one of ${word.words.join(', ')}.`),
    allowed: word.words,
    ...clearedBy(name),
  }
}

function unknown(member: string, value: unknown): Finding {
  const message = `${shown(member)} is no member of an integration, so it can't be judged.`
  const finding = malformed('unknown', member, value, message)
  return { ...finding, allowed: MEMBER_NAMES, fix: `Remove ${shown(member)}.`, remedy: removing(finding.field) }
}

/** What a member may be where it must be there. */
function wordsOf(name: MemberName): readonly string[] | string {
  const member: Member = MEMBERS[name]
  return member.kind === 'enum' ? member.values : 'a value'
}

/** What clears a finding about a member: another word where it has some and must be there, else doing without it. */
function clearedBy(name: MemberName, or = ''): Pick<Finding, 'fix' | 'remedy'> {
  const member: Member = MEMBERS[name]
  if (member.kind === 'enum' && member.default.is === 'required') {
    const [word] = member.values
    return { fix: `Set ${name} to ${member.values.join(', ')}.`, remedy: setting(`/${name}`, word) }
  }
  return { fix: `Remove ${name}${or === '' ? '' : `, ${or}`}.`, remedy: removing(`/${name}`) }
}

function shown(member: string): string {
  return member.slice(0, 64).toWellFormed()
}

function malformed(finding: string, member: string, value: unknown, message: string): Finding {
  const field = member === '' ? '' : `/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`
  return { rule: `intrinsic.members.${finding}`, field, value: plain(value), message }
}

function malformedPath(part: string, value: unknown): Finding {
  return {
    rule: `intrinsic.path.${part}`,
    field: '',
    part,
    value: plain(value),
    message: `${part} is not spelt as API Gateway spells it.`,
    ...(part === 'httpMethod'
      ? { allowed: VERBS, fix: `Use a method ${VERBS.join(', ')}.`, remedy: onMethod('GET') }
      : { allowed: '1 to 64 digits and letters in lower case', fix: `No other request would pass: name the ${part}.` }),
  }
}

/** A value that is not too long to be repeated; of others what they are. `null` where there is none. */
function plain(value: unknown): unknown {
  if (typeof value === 'string') return value.length <= LONGEST_SHOWN ? value : `${value.length} characters`
  if (value === undefined || value === null) return null
  if (typeof value === 'number' || typeof value === 'boolean') return value
  return Array.isArray(value) ? 'a list' : 'an object'
}
