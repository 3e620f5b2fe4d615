import { HTTP_METHODS, INTEGRATION_TYPES } from '../../apigateway/integration.ts'
import type { DecisionRequest } from '../decision.ts'
import type { Finding } from '../explain/finding.ts'

const TYPES: readonly unknown[] = INTEGRATION_TYPES
const VERBS: readonly unknown[] = HTTP_METHODS
const MAX_ENTRIES = 300
const MAX_TEXT = 10_000
const ID = /^[a-z0-9]{1,64}$/

/** Everything about the request's form that keeps the other rules from reading it. Empty for a well-formed request. */
export function judgeMembers({ integration, restApiId, resourceId, httpMethod }: DecisionRequest): Finding[] {
  const findings: Finding[] = []
  if (typeof integration !== 'object' || integration === null || Array.isArray(integration)) {
    return [malformed('member', '', integration, 'An integration is a JSON object.')]
  }
  // Inherited members are judged too: what would be read is what is looked at.
  for (const member in integration) {
    const value: unknown = integration[member as keyof typeof integration]
    const isValid = isMember(member, value)
    if (isValid === undefined) {
      const message = `${member} is no member of an integration, so it can't be judged.`
      findings.push({ ...malformed('unknown', member, value, message), fix: `Remove ${member}.` })
    } else if (!isValid) {
      findings.push(malformed('member', member, value, `${member} does not hold what API Gateway's model says.`))
    }
  }
  if (!Object.hasOwn(integration, 'type')) findings.push(malformed('member', 'type', undefined, 'type is missing.'))
  if (typeof restApiId !== 'string' || !ID.test(restApiId)) findings.push(malformedPath('restApiId', restApiId))
  if (typeof resourceId !== 'string' || !ID.test(resourceId)) findings.push(malformedPath('resourceId', resourceId))
  if (!VERBS.includes(httpMethod)) findings.push(malformedPath('httpMethod', httpMethod))
  return findings
}

/**
 * Whether a member of an integration holds what it may; `undefined` for one that isn't known. What is neither (`null`
 * included) can't be judged and is denied whatever the policy says.
 */
function isMember(member: string, value: unknown): boolean | undefined {
  switch (member) {
    case 'type':
      return TYPES.includes(value)
    case 'httpMethod':
    case 'uri':
    case 'connectionId':
    case 'credentials':
    case 'passthroughBehavior':
    case 'cacheNamespace':
    case 'contentHandling':
    case 'integrationTarget':
      return isText(value)
    case 'timeoutInMillis':
      return typeof value === 'number'
    case 'connectionType':
      return value === 'INTERNET' || value === 'VPC_LINK'
    case 'responseTransferMode':
      return value === 'BUFFERED' || value === 'STREAM'
    case 'requestParameters':
      return isRecord(value, isText)
    case 'requestTemplates':
      return isRecord(value, (text) => text === null || typeof text === 'string')
    case 'cacheKeyParameters':
      return Array.isArray(value) && value.length <= MAX_ENTRIES && value.every(isText)
    case 'tlsConfig':
      return isTlsConfig(value)
    default:
      return undefined
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT
}

function isRecord(value: unknown, isValue: (value: unknown) => boolean): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const values = Object.values(value)
  return values.length <= MAX_ENTRIES && values.every(isValue)
}

function isTlsConfig(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.entries(value).every(([name, flag]) => name === 'insecureSkipVerification' && typeof flag === 'boolean')
}

function malformed(finding: string, member: string, value: unknown, message: string): Finding {
  const field = member === '' ? '' : `/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`
  return { rule: `intrinsic.members.${finding}`, field, ...(isPlain(value) && { value }), message }
}

function malformedPath(part: string, value: unknown): Finding {
  return {
    rule: `intrinsic.path.${part}`,
    field: '',
    part,
    ...(isPlain(value) && { value }),
    message: `${part} is not spelt as API Gateway spells it.`,
  }
}

function isPlain(value: unknown): boolean {
  return value === null || typeof value === 'number' || typeof value === 'boolean' || isText(value)
}
