import type { PutIntegrationCommand } from '@aws-sdk/client-api-gateway'
import type { ChangeOptions, UpstreamInfo } from '../control-plane/control-plane.ts'

/** What of a raw HTTP exchange the SDK's own output leaves out. */
export interface Exchange {
  /** Set once the signed request was handed to the network: from here on an error means "unknown". */
  sent: boolean
  status?: number
  headers: Record<string, string>
}

/** Of every command: its stack, whatever goes in and comes out. */
type Stack = PutIntegrationCommand['middlewareStack']

/**
 * Runs the fence between signing and sending. `low` is the end of the step: behind the signing middleware, so what is
 * fenced is signed and can go stale.
 */
export function fenceBeforeSending(stack: Stack, exchange: Exchange, options: ChangeOptions | undefined): void {
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
}

/** A raw answer, before the SDK reads it. */
export interface RawResponse {
  statusCode: number
  headers: Record<string, string>
  body?: unknown
}

/** Notes status and headers of an answer, and what `then` makes of it is what the SDK reads. */
export function noteResponse(
  stack: Stack,
  exchange: Exchange,
  then: (response: RawResponse) => Promise<RawResponse> = async (response) => response,
): void {
  stack.add(
    (next) => async (args) => {
      const result = await next(args)
      const response = result.response as RawResponse
      exchange.status = response.statusCode
      for (const [name, value] of Object.entries(response.headers)) exchange.headers[name.toLowerCase()] = value
      return { ...result, response: await then(response) }
    },
    { step: 'deserialize', priority: 'low', name: 'exchangeMiddleware' },
  )
}

/** What is told of every exchange. */
export function exchangeInfo({ headers }: Exchange, started: number): UpstreamInfo {
  const { date, 'x-amzn-requestid': requestId } = headers
  return {
    ...(requestId && { requestId }),
    ...(date && { date }),
    latencyMs: Math.round(performance.now() - started),
  }
}

/** Why there was no answer, without anything of the request. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'the connection failed'
  if (cause.name === 'AbortError' || cause.name === 'TimeoutError') return 'no answer in time'
  const code = (cause as NodeJS.ErrnoException).code
  return code ? `the connection failed: ${code}` : 'the connection failed'
}

/** The type that goes with a status, where an answer names none. */
export function errorTypeOf(status: number): string {
  if (status === 404) return 'NotFoundException'
  if (status === 403) return 'AccessDeniedException'
  if (status === 409) return 'ConflictException'
  if (status === 429) return 'TooManyRequestsException'
  return 'BadRequestException'
}
