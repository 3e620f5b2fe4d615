import { type ApiError, badRequest } from './api-error.ts'
import { HTTP_METHODS, type Integration } from './integration.ts'
import { isLambdaInvocation, isStreamingInvocation, parseIntegrationArn } from './integration-arn.ts'
import { mappingErrors } from './mapping.ts'

/** What only the control plane knows about the surroundings of an integration. */
export interface FormContext {
  method: {
    authorizationType: string
    /** Declared parameters, for example `method.request.querystring.currency`, and whether each is required. */
    requestParameters: Readonly<Record<string, boolean>>
  }
  /** The account of the API: 12 digits. */
  accountId: string
  /** Ids of the VPC links of version 2, which need an `integrationTarget`. */
  vpcLinksV2?: ReadonlySet<string>
}

/** `arn:aws:iam::*:user/*`: API Gateway signs the backend call as the API's caller. */
const CALLER_PASS_THROUGH = 'arn:aws:iam::*:user/*'

/** Milliseconds. An account's raised quota lifts the upper bound; that is outside the request. */
const MIN_TIMEOUT = 50
const MAX_TIMEOUT = { BUFFERED: 29_000, STREAM: 900_000 }

/** Bytes (API Gateway quotas: 300 KB). */
const MAX_TEMPLATE = 307_200

const PASSTHROUGH_BEHAVIORS = ['WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES', 'NEVER']

/** `type/subtype` and parameters (RFC 9110 §8.3.1). */
const CONTENT_TYPE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+\/[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:\s*;[^\r\n]*)?$/

type Check = (integration: Integration, context?: FormContext) => ApiError | undefined

/**
 * The error API Gateway itself would answer for an integration, with its literal message; `undefined` where it would
 * store it. It says no only where API Gateway does: whether the integration is wise is for policy to say.
 *
 * Checks run in the order that is known of API Gateway: integration method, `uri`, the rest. Without `context`, rules
 * about declared method parameters, the method's authorization, the account and the VPC link are left out.
 */
export function checkForm(integration: Integration, context?: FormContext): ApiError | undefined {
  for (const check of CHECKS) {
    const error = check(integration, context)
    if (error !== undefined) return error
  }
  return undefined
}

const CHECKS: Check[] = [
  checkHttpMethod,
  checkUri,
  checkTransferMode,
  checkCredentials,
  checkConnection,
  checkRequestParameters,
  checkTemplates,
  checkCacheKeys,
  checkTimeout,
]

function checkHttpMethod({ type, httpMethod }: Integration): ApiError | undefined {
  if (type === 'MOCK') return undefined
  if (httpMethod === undefined || httpMethod === '') {
    return badRequest('Enumeration value for HttpMethod must be non-empty')
  }
  return HTTP_METHODS.some((method) => method === httpMethod)
    ? undefined
    : badRequest(`Invalid HTTP method specified. Must be one of: [${HTTP_METHODS.join(', ')}]`)
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
      if (type === 'AWS' || arn.value.service === 'firehose' || isLambdaInvocation(arn.value)) return undefined
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
  if (context === undefined) return undefined
  if (credentials === CALLER_PASS_THROUGH) {
    return context.method.authorizationType === 'AWS_IAM'
      ? undefined
      : badRequest('AWS_IAM Auth type is required for AWS integrations with identity forwarding specified')
  }
  return /^[0-9]{12}$/.test(fields[4] ?? '') && fields[4] !== context.accountId
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
  const errors = mappingErrors(requestParameters, context?.method.requestParameters)
  return errors.length === 0
    ? undefined
    : badRequest(
        `Invalid mapping expression specified: Validation Result: warnings : [], errors : [${errors.join(', ')}]`,
      )
}

function checkTemplates({ requestTemplates = {}, passthroughBehavior }: Integration): ApiError | undefined {
  const badTypes = Object.keys(requestTemplates).filter((contentType) => !CONTENT_TYPE.test(contentType))
  if (badTypes.length > 0) {
    const errors = badTypes.map((contentType) => `Invalid content type specified: ${contentType}`)
    return badRequest(`Validation Result: warnings : [], errors : [${errors.join(', ')}]`)
  }
  const long = Object.entries(requestTemplates).find(([, text]) => Buffer.byteLength(text ?? '') > MAX_TEMPLATE)
  if (long !== undefined) {
    return badRequest(`Mapping template for ${long[0]} is larger than ${MAX_TEMPLATE} bytes`)
  }
  return passthroughBehavior === undefined || PASSTHROUGH_BEHAVIORS.includes(passthroughBehavior)
    ? undefined
    : badRequest(`Invalid passthrough behavior specified. Must be one of: [${PASSTHROUGH_BEHAVIORS.join(', ')}]`)
}

function checkCacheKeys(integration: Integration, context?: FormContext): ApiError | undefined {
  const { cacheKeyParameters = [], requestParameters = {} } = integration
  const isKnown = (key: string) =>
    Object.hasOwn(requestParameters, key) ||
    (context === undefined
      ? /^method\.request\.(?:path|querystring|multivaluequerystring|header|multivalueheader)\.[a-zA-Z0-9._$-]+$/.test(
          key,
        )
      : Object.hasOwn(context.method.requestParameters, key))
  return cacheKeyParameters.every(isKnown) ? undefined : badRequest('Invalid cache key parameter specified')
}

function checkTimeout({ timeoutInMillis, responseTransferMode = 'BUFFERED' }: Integration): ApiError | undefined {
  const max = MAX_TIMEOUT[responseTransferMode]
  return timeoutInMillis === undefined || (timeoutInMillis >= MIN_TIMEOUT && timeoutInMillis <= max)
    ? undefined
    : badRequest(`Timeout should be between ${MIN_TIMEOUT} ms and ${max} ms`)
}
