import { type ApiError, badRequest } from './api-error.ts'
import type { Integration } from './integration.ts'
import { isFirehosePut, isLambdaInvocation, isStreamingInvocation, parseIntegrationArn } from './integration-arn.ts'
import { mappingErrors } from './mapping.ts'
import { boundFault, faultMessage, wordFault } from './member-faults.ts'
import { MEMBERS, type MemberName } from './members.ts'

/** What is known of the surroundings of an integration; a rule about what isn't known is left out. */
export interface FormContext {
  method?: {
    authorizationType: string
    /** Declared parameters, for example `method.request.querystring.currency`, and whether each is required. */
    requestParameters: Readonly<Record<string, boolean>>
  }
  /** The account of the API: 12 digits. */
  accountId?: string
  /** Ids of the VPC links of version 2, which need an `integrationTarget`. */
  vpcLinksV2?: ReadonlySet<string>
  /** Milliseconds: the account's quota for a buffered integration; {@link MAX_TIMEOUT_MILLIS} where it isn't known. */
  maxTimeoutMillis?: number
}

/** `arn:aws:iam::*:user/*` of any partition: API Gateway signs the backend call as the API's caller. */
const CALLER_PASS_THROUGH = /^arn:aws[a-z-]{0,20}:iam::\*:user\/\*$/

/**
 * Milliseconds. 29,000 is the quota of a new account, and accounts have it raised. What an account isn't known to refuse
 * isn't refused in API Gateway's name.
 */
export const MAX_TIMEOUT_MILLIS = 300_000

/** `type/subtype` and parameters (RFC 9110 §8.3.1). */
const CONTENT_TYPE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+\/[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:\s*;[^\r\n]*)?$/

type Check = (integration: Integration, context?: FormContext) => ApiError | undefined

/**
 * The error API Gateway itself would answer for an integration, with its literal message; `undefined` where it would
 * store it. It says no only where API Gateway does: whether the integration is wise is for policy to say.
 *
 * Checks run in the order that is known of API Gateway: integration method, `uri`, the rest. Linear in the integration.
 */
export function checkForm(integration: Integration, context?: FormContext): ApiError | undefined {
  return formFault(integration, context)?.error
}

/** The same, with the member that the error is about. */
export function formFault(
  integration: Integration,
  context?: FormContext,
): { member: MemberName; error: ApiError } | undefined {
  for (const [member, check] of CHECKS) {
    const error = check(integration, context)
    if (error !== undefined) return { member, error }
  }
  return undefined
}

const CHECKS: readonly (readonly [MemberName, Check])[] = [
  ['httpMethod', checkHttpMethod],
  ['uri', checkUri],
  ['responseTransferMode', checkTransferMode],
  ['credentials', checkCredentials],
  ['connectionId', checkConnection],
  ['requestParameters', checkRequestParameters],
  ['requestTemplates', checkTemplates],
  ['passthroughBehavior', checkPassthrough],
  ['cacheKeyParameters', checkCacheKeys],
  ['timeoutInMillis', checkTimeout],
]

function checkHttpMethod({ type, httpMethod }: Integration): ApiError | undefined {
  if (type === 'MOCK') return undefined
  if (httpMethod === undefined || httpMethod === '') {
    return badRequest('Enumeration value for HttpMethod must be non-empty')
  }
  const fault = wordFault('httpMethod', httpMethod, 'service')
  return fault?.is === 'word'
    ? badRequest(`Invalid HTTP method specified. Must be one of: [${fault.words.join(', ')}]`)
    : undefined
}

function checkUri({ type, uri, connectionType }: Integration): ApiError | undefined {
  switch (type) {
    case 'MOCK':
      return undefined
    case 'HTTP':
    case 'HTTP_PROXY':
      if (!uri && connectionType === 'VPC_LINK') return badRequest('Invalid integration URI specified')
      return /^https?:\/\//.test(uri ?? '') ? undefined : badRequest('Invalid HTTP endpoint specified for URI')
    case 'AWS':
    case 'AWS_PROXY': {
      const arn = parseIntegrationArn(uri ?? '')
      if (!arn.ok) return arn.error
      if (type === 'AWS' || isFirehosePut(arn.value) || isLambdaInvocation(arn.value)) return undefined
      return badRequest(
        "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
      )
    }
  }
}

function checkTransferMode({ type, uri, responseTransferMode = 'BUFFERED' }: Integration): ApiError | undefined {
  if (responseTransferMode === 'STREAM' && type !== 'HTTP_PROXY' && type !== 'AWS_PROXY') {
    return badRequest(`Invalid ResponseTransferMode. Cannot use ResponseTransferMode STREAM for ${type} integrations.`)
  }
  const arn = type === 'AWS_PROXY' ? parseIntegrationArn(uri ?? '') : undefined
  if (arn === undefined || !arn.ok || arn.value.service !== 'lambda' || arn.value.call === undefined) return undefined
  const streams = isStreamingInvocation(arn.value)
  if (streams === (responseTransferMode === 'STREAM')) return undefined
  return badRequest(
    `Invalid ResponseTransferMode. Cannot use ResponseTransferMode ${responseTransferMode} for Lambda functions ` +
      `invoked by ${streams ? 'InvokeWithResponseStream' : 'Invoke'} for AWS_PROXY integrations.`,
  )
}

function checkCredentials({ type, uri, credentials = '' }: Integration, context?: FormContext): ApiError | undefined {
  if (credentials === '') {
    const arn = type === 'AWS' ? parseIntegrationArn(uri ?? '') : undefined
    return arn?.ok && !isLambdaInvocation(arn.value)
      ? badRequest('Role ARN must be specified for AWS integrations')
      : undefined
  }
  const fields = credentials.split(':')
  if (fields[0] !== 'arn' || fields.length < 6) return badRequest('Invalid ARN specified in the request')
  if (CALLER_PASS_THROUGH.test(credentials)) {
    return context?.method === undefined || context.method.authorizationType === 'AWS_IAM'
      ? undefined
      : badRequest('AWS_IAM Auth type is required for AWS integrations with identity forwarding specified')
  }
  const isForeign = context?.accountId !== undefined && fields[4] !== context.accountId
  return isForeign && /^[0-9]{12}$/.test(fields[4] ?? '')
    ? { type: 'AccessDeniedException', status: 403, message: 'Cross-account pass role is not allowed.' }
    : undefined
}

function checkConnection(integration: Integration, context?: FormContext): ApiError | undefined {
  const { type, connectionType, connectionId = '', integrationTarget } = integration
  if (connectionType !== 'VPC_LINK' || (type !== 'HTTP' && type !== 'HTTP_PROXY')) return undefined
  if (connectionId === '') {
    return badRequest('ConnectionId should be set to the vpcLinkId or stage variable on connection type VPC_LINK')
  }
  return context?.vpcLinksV2?.has(connectionId) && !integrationTarget
    ? badRequest(`IntegrationTarget is required for VpcLinkV2 ${connectionId}.`)
    : undefined
}

function checkRequestParameters({ requestParameters = {} }: Integration, context?: FormContext): ApiError | undefined {
  const errors = mappingErrors(requestParameters, context?.method?.requestParameters)
  return errors.length === 0
    ? undefined
    : badRequest(
        `Invalid mapping expression specified: Validation Result: warnings : [], errors : [${errors.join(', ')}]`,
      )
}

function checkTemplates({ requestTemplates = {} }: Integration): ApiError | undefined {
  const badTypes = Object.keys(requestTemplates).filter((contentType) => !CONTENT_TYPE.test(contentType))
  if (badTypes.length > 0) {
    const errors = badTypes.map((contentType) => `Invalid content type specified: ${contentType}`)
    return badRequest(`Validation Result: warnings : [], errors : [${errors.join(', ')}]`)
  }
  const long = boundFault('requestTemplates', requestTemplates)
  return long === undefined ? undefined : badRequest(faultMessage(long))
}

function checkPassthrough({ passthroughBehavior }: Integration): ApiError | undefined {
  const fault = wordFault('passthroughBehavior', passthroughBehavior, 'service')
  return fault?.is === 'word'
    ? badRequest(`Invalid passthrough behavior specified. Must be one of: [${fault.words.join(', ')}]`)
    : undefined
}

function checkCacheKeys(integration: Integration, context?: FormContext): ApiError | undefined {
  const { cacheKeyParameters = [], requestParameters = {} } = integration
  const isKnown = (key: string) =>
    Object.hasOwn(requestParameters, key) ||
    (context?.method === undefined
      ? /^method\.request\.(?:path|querystring|multivaluequerystring|header|multivalueheader)\.[a-zA-Z0-9._$-]+$/.test(
          key,
        )
      : Object.hasOwn(context.method.requestParameters, key))
  return cacheKeyParameters.every(isKnown) ? undefined : badRequest('Invalid cache key parameter specified')
}

function checkTimeout(integration: Integration, context?: FormContext): ApiError | undefined {
  const { timeoutInMillis, responseTransferMode } = integration
  const { min, max: longest, default: absent } = MEMBERS.timeoutInMillis
  const quota = responseTransferMode === 'STREAM' ? longest : context?.maxTimeoutMillis
  const max = quota ?? MAX_TIMEOUT_MILLIS
  if (timeoutInMillis === undefined || (timeoutInMillis >= min && timeoutInMillis <= max)) return undefined
  // Of an account that nothing is known of, API Gateway's message most likely names the quota of a new one.
  const named = quota ?? (timeoutInMillis < min ? absent.value : max)
  return badRequest(`Timeout should be between ${min} ms and ${named} ms`)
}
