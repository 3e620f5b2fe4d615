import {
  APIGatewayClient,
  type APIGatewayClientConfig,
  APIGatewayServiceException,
  DeleteIntegrationCommand,
  GetIntegrationCommand,
  PutIntegrationCommand,
  type PutIntegrationCommandInput,
  UpdateIntegrationCommand,
} from '@aws-sdk/client-api-gateway'
import type { Integration, MethodPath } from '../apigateway/integration.ts'
import { MEMBER_NAMES, MEMBERS, type Member } from '../apigateway/members.ts'
import type {
  Change,
  ChangeOptions,
  ControlPlane,
  UpstreamAnswer,
  UpstreamInfo,
  UpstreamIntegration,
} from '../control-plane/control-plane.ts'
import { sendOperation } from './api-gateway-operation.ts'
import { type Exchange, errorTypeOf, exchangeInfo, fenceBeforeSending, noteResponse, reasonOf } from './exchange.ts'

type Command = GetIntegrationCommand | PutIntegrationCommand | UpdateIntegrationCommand | DeleteIntegrationCommand

/**
 * API Gateway's control plane through the AWS SDK: one attempt a call, no retries. A retry is the caller's to make, since
 * only the caller knows whether a second write may follow a first one whose fate is unknown.
 */
export function apiGatewayControlPlane(config: APIGatewayClientConfig): ControlPlane {
  const client = new APIGatewayClient({ ...config, maxAttempts: 1 })

  async function call(command: Command, signal: AbortSignal, options?: ChangeOptions): Promise<UpstreamAnswer> {
    const exchange: Exchange = { sent: false, headers: {} }
    const stack = (command as PutIntegrationCommand).middlewareStack
    fenceBeforeSending(stack, exchange, options)
    noteResponse(stack, exchange)
    const started = performance.now()
    try {
      const output = await client.send(command as PutIntegrationCommand, { abortSignal: signal })
      const { $metadata, ...members } = output
      const integration = command instanceof DeleteIntegrationCommand ? undefined : toIntegration(members)
      return {
        kind: 'done',
        status: $metadata.httpStatusCode ?? exchange.status ?? 200,
        ...(integration && { integration }),
        upstream: exchangeInfo(exchange, started),
      }
    } catch (cause) {
      if (!exchange.sent) throw cause
      return interpret(cause, exchange, exchangeInfo(exchange, started))
    }
  }

  return {
    getIntegration: (target, signal) => call(new GetIntegrationCommand(target), signal),
    change: (change, options) => call(toCommand(change), options.signal, options),
    read: (request, signal) => sendOperation(client, request, signal),
    perform: (request, options) => sendOperation(client, request, options.signal, options),
  }
}

/** 4xx means "not applied", with or without a body the SDK can read; whatever else failed after sending is unknown. */
function interpret(cause: unknown, exchange: Exchange, upstream: UpstreamInfo): UpstreamAnswer {
  const { status, headers } = exchange
  const named = cause instanceof APIGatewayServiceException ? cause : undefined
  if (status !== undefined && status >= 400 && status < 500) {
    return {
      kind: 'refused',
      status,
      errorType: named && named.name !== 'Unknown' ? named.name : errorTypeOf(status),
      message: named?.message || `API Gateway answered ${status} without a message.`,
      ...(headers['retry-after'] && { retryAfter: headers['retry-after'] }),
      upstream,
    }
  }
  // A 2xx whose body can't be read was applied all the same.
  if (status !== undefined && status >= 200 && status < 300) return { kind: 'done', status, upstream }
  const reason = status === undefined ? reasonOf(cause) : `API Gateway answered ${status}`
  return { kind: 'unknown', ...(status !== undefined && { status }), reason, upstream }
}

function toCommand(change: Change): Command {
  switch (change.operation) {
    case 'PutIntegration':
      return new PutIntegrationCommand(putInput(change.target, change.integration))
    case 'UpdateIntegration':
      return new UpdateIntegrationCommand({ ...change.target, patchOperations: change.patchOperations })
    case 'DeleteIntegration':
      return new DeleteIntegrationCommand(change.target)
  }
}

/**
 * The members under the names that the SDK gives them: the body's `httpMethod` is the SDK's `integrationHttpMethod`, since
 * the SDK's `httpMethod` is the path's. The path's members come last, so that no member of the body can redirect the call.
 */
function putInput(target: MethodPath, integration: Integration): PutIntegrationCommandInput {
  const members: Record<string, unknown> = {}
  for (const name of MEMBER_NAMES) {
    const { names, kind }: Member = MEMBERS[name]
    const value = integration[name]
    if (value === undefined) continue
    members[names.sdk ?? name] = kind === 'templates' ? withoutNulls(Object(value)) : value
  }
  return { ...members, type: integration.type, ...target }
}

/** The SDK leaves out what is `null`; the empty template means the same. */
function withoutNulls(templates: Record<string, string | null>): Record<string, string> {
  return Object.fromEntries(Object.entries(templates).map(([contentType, text]) => [contentType, text ?? '']))
}

/** `undefined` where the answer holds no integration: some control planes say `{}` for one that isn't there. */
function toIntegration(output: object): UpstreamIntegration | undefined {
  const members = Object.fromEntries(Object.entries(output).filter(([, value]) => value !== undefined))
  return 'type' in members ? (members as unknown as UpstreamIntegration) : undefined
}
