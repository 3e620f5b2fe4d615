import { HTTP_METHODS } from '../../apigateway/integration.ts'
import { isLoadBalancerArn } from '../../policy/values/arn.ts'
import { scanLateBound } from '../../policy/values/late-bound.ts'
import type { Hazard } from '../../policy/values/uri-hazard.ts'
import type { Finding } from '../explain/finding.ts'
import type { Subject } from '../subject.ts'

/**
 * What holds whatever the policy says, except for `requestParameters` and `requestTemplates` (see `judge-parameters.ts`,
 * `judge-templates.ts`): a policy can open names there.
 */
export function judgeIntrinsic(subject: Subject, findings: Finding[]): void {
  if (subject.uriHazards.length > 0) findings.push(...hazardFindings('uri', '/uri', subject.uriHazards))
  if (subject.credentials.kind === 'unreadable') {
    findings.push(...hazardFindings('credentials', '/credentials', [subject.credentials.hazard]))
  }
  judgeMethod(subject, findings)
  judgeConnection(subject, findings)
  judgeLimits(subject, findings)
}

export function hazardFindings(subject: string, field: string, hazards: readonly Hazard[]): Finding[] {
  return hazards.map(({ finding, part, value, message, fix }) => ({
    rule: `intrinsic.${subject}.${finding}`,
    field,
    part,
    value,
    message,
    ...(fix !== undefined && { fix }),
  }))
}

const VERBS: readonly string[] = HTTP_METHODS

function judgeMethod({ backend, integration, responseTransferMode, request }: Subject, findings: Finding[]): void {
  if (backend.kind === 'mock') return
  const { httpMethod } = integration
  if (httpMethod === undefined || !VERBS.includes(httpMethod)) {
    findings.push({
      rule: 'intrinsic.httpMethod.verb',
      field: '/httpMethod',
      value: httpMethod,
      allowed: VERBS,
      message: 'An integration with a backend needs a verb, in upper case.',
      fix: `Set httpMethod to ${VERBS.join(', ')}.`,
    })
  } else if (backend.kind === 'lambda' && httpMethod !== 'POST') {
    findings.push({
      rule: 'intrinsic.httpMethod.lambda',
      field: '/httpMethod',
      value: httpMethod,
      allowed: ['POST'],
      nearest: 'POST',
      message: 'A Lambda function is invoked with POST.',
      fix: 'Set httpMethod to POST.',
    })
  }
  if (backend.kind !== 'lambda' && backend.kind !== 'service') return
  if (backend.partition !== request.partition) {
    findings.push(foreign('partition', backend.partition, request.partition))
  }
  if (backend.kind === 'lambda' && backend.region !== request.region) {
    findings.push(foreign('region', backend.region, request.region))
  }
  if (backend.kind === 'lambda' && backend.streaming !== (responseTransferMode === 'STREAM')) {
    const mode = backend.streaming ? 'STREAM' : 'BUFFERED'
    findings.push({
      rule: 'intrinsic.responseTransferMode.lambda',
      field: '/responseTransferMode',
      value: responseTransferMode,
      allowed: [mode],
      nearest: mode,
      message: 'The transfer mode and the invocation path of the Lambda function disagree.',
      fix: `Set responseTransferMode to ${mode}.`,
    })
  }
}

/** An ARN that leaves the API's own partition or Region, which no list of the policy opens. */
export function foreign(part: 'partition' | 'region', value: string, own: string): Finding {
  return {
    rule: `intrinsic.uri.${part}`,
    field: '/uri',
    part,
    value,
    allowed: [own],
    nearest: own,
    message: `The ARN names ${part} ${value}, but the API is in ${own}.`,
    fix: `Did you mean ${own}?`,
  }
}

const LINK_ID = /^[A-Za-z0-9_-]{1,64}$/

function judgeConnection(subject: Subject, findings: Finding[]): void {
  const { connectionType, connectionId, integrationTarget } = subject
  if (connectionType === 'INTERNET') {
    for (const member of ['connectionId', 'integrationTarget'] as const) {
      if (subject[member] === '') continue
      findings.push({
        rule: `intrinsic.${member}.idle`,
        field: `/${member}`,
        value: subject[member],
        message: `Beside INTERNET, ${member} has no effect until one patch of connectionType gives it one.`,
        fix: `Remove ${member}.`,
      })
    }
    return
  }
  if (connectionId === '' || !LINK_ID.test(connectionId)) {
    const isLate = connectionId.includes('$') || scanLateBound(connectionId, 0, connectionId.length).first >= 0
    findings.push({
      rule: `intrinsic.connectionId.${isLate ? 'late-bound' : 'form'}`,
      field: '/connectionId',
      value: connectionId,
      message: isLate
        ? 'The VPC link must be written out: whoever can fill it in later would choose the network.'
        : 'With VPC_LINK, connectionId must be the id of a VPC link.',
      fix: "Set connectionId to the id of one of your team's VPC links.",
    })
  }
  if (integrationTarget !== '' && !isLoadBalancerArn(integrationTarget)) {
    const isLate = integrationTarget.includes('$')
    findings.push({
      rule: `intrinsic.integrationTarget.${isLate ? 'late-bound' : 'form'}`,
      field: '/integrationTarget',
      value: integrationTarget,
      message: 'integrationTarget must be the whole, literal ARN of a load balancer or listener.',
    })
  }
}

const NAMESPACE = /^[A-Za-z0-9._/-]{1,128}$/
const CACHE_KEY = /^[A-Za-z0-9._$-]{1,300}$/

function judgeLimits({ timeoutInMillis, cacheNamespace, cacheKeyParameters }: Subject, findings: Finding[]): void {
  if (!Number.isInteger(timeoutInMillis) || timeoutInMillis < 50 || timeoutInMillis > 900_000) {
    findings.push({
      rule: 'intrinsic.timeoutInMillis.range',
      field: '/timeoutInMillis',
      value: timeoutInMillis,
      allowed: { minMillis: 50, maxMillis: 900_000 },
      message: 'A timeout is a whole number of milliseconds from 50 to 900000.',
      fix: `Set timeoutInMillis to ${timeoutInMillis < 50 ? '50 or more' : '29000 or less'}.`,
    })
  }
  if (!NAMESPACE.test(cacheNamespace)) {
    findings.push({
      rule: 'intrinsic.cacheNamespace.form',
      field: '/cacheNamespace',
      value: cacheNamespace,
      message: 'A cache namespace is 1 to 128 letters, digits and . _ / - characters.',
    })
  }
  for (const [index, key] of cacheKeyParameters.entries()) {
    if (CACHE_KEY.test(key)) continue
    findings.push({
      rule: 'intrinsic.cacheKeyParameters.form',
      field: `/cacheKeyParameters/${index}`,
      value: key,
      message: 'A cache key is the name of a request parameter.',
      fix: `Remove ${key} from cacheKeyParameters.`,
    })
  }
}
