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
import type {
  Change,
  ChangeOptions,
  ControlPlane,
  UpstreamAnswer,
  UpstreamInfo,
  UpstreamIntegration,
} from '../control-plane/control-plane.ts'
import type { Integration, MethodPath } from '../integration/integration.ts'

/** What of a raw HTTP exchange the SDK's own output leaves out. */
interface Exchange {
  /** Set once the signed request was handed to the network: from here on an error means "unknown". */
  sent: boolean
  status?: number
  headers: Record<string, string>
}

type Command = GetIntegrationCommand | PutIntegrationCommand | UpdateIntegrationCommand | DeleteIntegrationCommand

/**
 * API Gateway's control plane through the AWS SDK: one attempt a call, no retries. A retry is the caller's to make, since
 * only the caller knows whether a second write may follow a first one whose fate is unknown.
 */
export function apiGatewayControlPlane(config: APIGatewayClientConfig): ControlPlane {
  const client = new APIGatewayClient({ ...config, maxAttempts: 1 })

  async function call(command: Command, signal: AbortSignal, options?: ChangeOptions): Promise<UpstreamAnswer> {
    const exchange: Exchange = { sent: false, headers: {} }
    observe(command, exchange, options)
    const started = performance.now()
    const info = (): UpstreamInfo => {
      const { date, 'x-amzn-requestid': requestId } = exchange.headers
      return {
        ...(requestId && { requestId }),
        ...(date && { date }),
        latencyMs: Math.round(performance.now() - started),
      }
    }
    try {
      const output = await client.send(command as PutIntegrationCommand, { abortSignal: signal })
      const { $metadata, ...members } = output
      const integration = command instanceof DeleteIntegrationCommand ? undefined : toIntegration(members)
      return {
        kind: 'done',
        status: $metadata.httpStatusCode ?? exchange.status ?? 200,
        ...(integration && { integration }),
        upstream: info(),
      }
    } catch (cause) {
      if (!exchange.sent) throw cause
      return interpret(cause, exchange, info())
    }
  }

  return {
    getIntegration: (target, signal) => call(new GetIntegrationCommand(target), signal),
    change: (change, options) => call(toCommand(change), options.signal, options),
  }
}

/** Runs the fence between signing and sending, and notes what the exchange looked like on the wire. */
function observe(command: Command, exchange: Exchange, options: ChangeOptions | undefined): void {
  const stack = (command as PutIntegrationCommand).middlewareStack
  // `low` is the end of the step: behind the signing middleware, so what is fenced is signed and can go stale.
  stack.add(
    (next) => async (args) => {
      await options?.fence()
      const { headers } = args.request as { headers: Record<string, string> }
      if (options) headers['user-agent'] = `${headers['user-agent'] ?? ''} sallyport/${options.tag}`
      exchange.sent = true
      return next(args)
    },
    { step: 'finalizeRequest', priority: 'low', name: 'fenceMiddleware' },
  )
  stack.add(
    (next) => async (args) => {
      const result = await next(args)
      const { statusCode, headers } = result.response as { statusCode: number; headers: Record<string, string> }
      exchange.status = statusCode
      for (const [name, value] of Object.entries(headers)) exchange.headers[name.toLowerCase()] = value
      return result
    },
    { step: 'deserialize', priority: 'low', name: 'exchangeMiddleware' },
  )
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

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'the connection failed'
  if (cause.name === 'AbortError' || cause.name === 'TimeoutError') return 'no answer in time'
  const code = (cause as NodeJS.ErrnoException).code
  return code ? `the connection failed: ${code}` : 'the connection failed'
}

function errorTypeOf(status: number): string {
  if (status === 404) return 'NotFoundException'
  if (status === 403) return 'AccessDeniedException'
  if (status === 409) return 'ConflictException'
  if (status === 429) return 'TooManyRequestsException'
  return 'BadRequestException'
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
 * The body's `httpMethod` is the SDK's `integrationHttpMethod`; the SDK's `httpMethod` is the path's. The path's members
 * come last, so that no member of the body can redirect the call.
 */
function putInput(target: MethodPath, integration: Integration): PutIntegrationCommandInput {
  const { type, httpMethod, requestTemplates, ...members } = integration
  return {
    ...members,
    ...target,
    type,
    ...(httpMethod !== undefined && { integrationHttpMethod: httpMethod }),
    ...(requestTemplates && {
      requestTemplates: Object.fromEntries(Object.entries(requestTemplates).map(([k, v]) => [k, v ?? ''])),
    }),
  }
}

/** `undefined` where the answer holds no integration: some control planes say `{}` for one that isn't there. */
function toIntegration(output: object): UpstreamIntegration | undefined {
  const members = Object.fromEntries(Object.entries(output).filter(([, value]) => value !== undefined))
  return 'type' in members ? (members as unknown as UpstreamIntegration) : undefined
}
