import { badRequest, type Parsed, refuse } from './api-error.ts'

/** The `uri` of an AWS integration: `arn:{partition}:apigateway:{region}:{service}:{path|action}/{call}`. */
export interface IntegrationArn {
  /** The last label of the fifth field: `s3` of `mybucket.s3`. */
  service: string
  kind: 'path' | 'action' | 'variable'
  /** What follows `path/` or `action/`; absent where a stage variable stands for the whole. */
  call?: string
}

/** Reads an ARN as far as API Gateway checks it; its errors are API Gateway's. */
export function parseIntegrationArn(uri: string): Parsed<IntegrationArn> {
  const [arn, partition = '', owner, _region, host = '', ...rest] = uri.split(':')
  if (arn !== 'arn' || rest.length === 0) return refuse(badRequest('Invalid ARN specified in the request'))
  if (partition !== 'aws' && !partition.startsWith('aws-')) return refuse(badRequest('Invalid AWS URI'))
  const target = rest.join(':')
  const service = host.slice(host.lastIndexOf('.') + 1)
  if (owner === 'apigateway') {
    if (target.startsWith('${stageVariables.')) return { ok: true, value: { service, kind: 'variable' } }
    for (const kind of ['path', 'action'] as const) {
      if (target.startsWith(`${kind}/`)) {
        return { ok: true, value: { service, kind, call: target.slice(kind.length + 1) } }
      }
    }
  }
  return refuse(badRequest('AWS ARN for integration must contain path or action'))
}

/** Whether the ARN invokes a Lambda function; a stage variable in the place of the call may. */
export function isLambdaInvocation(arn: IntegrationArn): boolean {
  if (arn.service !== 'lambda') return false
  return arn.kind === 'variable' || isBufferedInvocation(arn) || isStreamingInvocation(arn)
}

export function isStreamingInvocation(arn: IntegrationArn): boolean {
  return invocationOf(arn) === 'response-streaming-invocations'
}

function isBufferedInvocation(arn: IntegrationArn): boolean {
  return invocationOf(arn) === 'invocations'
}

/**
 * Whether the ARN puts records into a Firehose stream, the one other call that AWS_PROXY takes. A stage variable in the
 * place of the call may.
 */
export function isFirehosePut({ service, kind, call = '' }: IntegrationArn): boolean {
  if (service !== 'firehose') return false
  const [action] = call.split('&', 1)
  return kind === 'variable' || (kind === 'action' && (action === 'PutRecord' || action === 'PutRecordBatch'))
}

/**
 * The last segment of `{date}/functions/{function}/{invocation}`. `path//2015-03-31/…` is documented and means the same
 * as `path/2015-03-31/…`.
 */
function invocationOf({ kind, call = '' }: IntegrationArn): string | undefined {
  if (kind !== 'path' || !/^\/?[0-9]{4}-[0-9]{2}-[0-9]{2}\/functions\//.test(call)) return undefined
  const functionAt = call.indexOf('/functions/') + '/functions/'.length
  const lastSlash = call.lastIndexOf('/')
  return lastSlash > functionAt ? call.slice(lastSlash + 1) : undefined
}
