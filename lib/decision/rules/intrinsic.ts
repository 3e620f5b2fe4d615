import { HTTP_METHODS } from '../../apigateway/integration.ts'
import { MEMBERS } from '../../apigateway/members.ts'
import { isLoadBalancerArn } from '../../policy/values/arn.ts'
import { isLateBound } from '../../policy/values/late-bound.ts'
import { entryOf, type Finding, removing, setting, TO_INTERNET } from '../explain/finding.ts'
import type { Subject } from '../subject.ts'
import { credentialsFinding, uriFindings } from './uri/hazards.ts'

/**
 * What holds whatever the policy says, except for `requestParameters` and `requestTemplates` (see `parameters.ts`,
 * `templates.ts`): a policy can open names there.
 */
export function judgeIntrinsic(subject: Subject, findings: Finding[]): void {
  const { credentials } = subject
  findings.push(...uriFindings(subject, subject.uriHazards))
  if (credentials.kind === 'unreadable') {
    findings.push(credentialsFinding(credentials.hazard))
  }
  judgeVerb(subject, findings)
  judgeConnection(subject, findings)
  judgeLimits(subject, findings)
}

const VERBS: readonly string[] = HTTP_METHODS

function judgeVerb({ backend, integration, responseTransferMode }: Subject, findings: Finding[]): void {
  if (backend.kind === 'mock') return
  const { httpMethod } = integration
  if (httpMethod === undefined || !VERBS.includes(httpMethod)) {
    findings.push({
      rule: 'intrinsic.httpMethod.verb',
      field: '/httpMethod',
      value: httpMethod ?? '',
      allowed: VERBS,
      message: 'An integration with a backend needs a verb, in upper case.',
      fix: `Set httpMethod to ${VERBS.join(', ')}.`,
      remedy: setting('/httpMethod', VERBS.find((verb) => verb === httpMethod?.toUpperCase()) ?? 'POST'),
    })
  }
  if (backend.kind !== 'lambda' || backend.streaming === (responseTransferMode === 'STREAM')) return
  const mode = backend.streaming ? 'STREAM' : 'BUFFERED'
  findings.push({
    rule: 'intrinsic.responseTransferMode.lambda',
    field: '/responseTransferMode',
    value: responseTransferMode,
    allowed: [mode],
    nearest: mode,
    message: 'The transfer mode and the invocation path of the Lambda function disagree.',
    fix: `Set responseTransferMode to ${mode}.`,
    remedy: setting('/responseTransferMode', mode),
  })
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
        allowed: 'nothing beside INTERNET',
        message: `Beside INTERNET, ${member} has no effect until one patch of connectionType gives it one.`,
        fix: `Remove ${member}.`,
        remedy: removing(`/${member}`),
      })
    }
    return
  }
  if (connectionId === '' || !LINK_ID.test(connectionId)) {
    const isLate = isLateBound(connectionId)
    findings.push({
      rule: `intrinsic.connectionId.${isLate ? 'late-bound' : 'form'}`,
      field: '/connectionId',
      value: connectionId,
      allowed: 'the id of a VPC link, written out',
      message: isLate
        ? 'The VPC link must be written out: whoever can fill it in later would choose the network.'
        : 'With VPC_LINK, connectionId must be the id of a VPC link.',
      fix: "Set connectionId to the id of one of your team's VPC links.",
      remedy: TO_INTERNET,
    })
  }
  if (integrationTarget !== '' && !isLoadBalancerArn(integrationTarget)) {
    const isLate = isLateBound(integrationTarget)
    findings.push({
      rule: `intrinsic.integrationTarget.${isLate ? 'late-bound' : 'form'}`,
      field: '/integrationTarget',
      value: integrationTarget,
      allowed: 'arn:aws:elasticloadbalancing:REGION:ACCOUNT:{loadbalancer|listener}/{app|net}/NAME/ID',
      message: 'integrationTarget must be the whole, literal ARN of a load balancer or listener.',
      fix: 'Write the whole ARN, or remove integrationTarget.',
      remedy: removing('/integrationTarget'),
    })
  }
}

const NAMESPACE = /^[A-Za-z0-9._/-]{1,128}$/
const CACHE_KEY = /^[A-Za-z0-9._:$-]{1,300}$/

function judgeLimits({ timeoutInMillis, cacheNamespace, cacheKeyParameters }: Subject, findings: Finding[]): void {
  const { min, max, default: absent } = MEMBERS.timeoutInMillis
  if (!Number.isInteger(timeoutInMillis) || timeoutInMillis < min || timeoutInMillis > max) {
    findings.push({
      rule: 'intrinsic.timeoutInMillis.range',
      field: '/timeoutInMillis',
      value: timeoutInMillis,
      allowed: { minMillis: min, maxMillis: max },
      message: `A timeout is a whole number of milliseconds from ${min} to ${max}.`,
      fix: `Set timeoutInMillis to ${timeoutInMillis < min ? `${min} or more` : `${absent.value} or less`}.`,
      remedy: setting('/timeoutInMillis', timeoutInMillis < min ? min : absent.value),
    })
  }
  if (!NAMESPACE.test(cacheNamespace)) {
    findings.push({
      rule: 'intrinsic.cacheNamespace.form',
      field: '/cacheNamespace',
      value: cacheNamespace,
      allowed: '1 to 128 letters, digits and . _ / -',
      message: 'A cache namespace is 1 to 128 letters, digits and . _ / - characters.',
      fix: 'Remove cacheNamespace.',
      remedy: removing('/cacheNamespace'),
    })
  }
  for (const [index, key] of cacheKeyParameters.entries()) {
    if (CACHE_KEY.test(key)) continue
    findings.push({
      rule: 'intrinsic.cacheKeyParameters.form',
      field: entryOf('cacheKeyParameters', index),
      value: key,
      allowed: 'method.request.{path|querystring|header}.NAME, or a mapped integration.request parameter',
      message: 'A cache key is the name of a request parameter.',
      fix: `Remove ${key} from cacheKeyParameters.`,
      remedy: removing(entryOf('cacheKeyParameters', index)),
    })
  }
}
