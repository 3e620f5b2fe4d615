import type { LambdaEvent } from 'hono/aws-lambda'
import type { Invocation } from './gate.ts'

/** What the answer still has to pass on its way out of the function, in milliseconds. */
const RESERVE_MS = 5_000

/** What hono/aws-lambda puts into `c.env`, as far as it is read here. */
interface LambdaEnv {
  event?: { rawPath?: string; path?: string }
  requestContext?: { http?: { sourceIp?: string }; identity?: { sourceIp?: string } }
  lambdaContext?: { awsRequestId?: string; functionVersion?: string; getRemainingTimeInMillis?: () => number }
}

let isWarm = false

/** Reads Lambda's event and context. The source address is API Gateway's word, not a header's. */
export function lambdaInvocation(env: unknown): Invocation {
  const { event, requestContext, lambdaContext } = env as LambdaEnv
  const sourceIp = requestContext?.http?.sourceIp ?? requestContext?.identity?.sourceIp
  const coldStart = !isWarm
  isWarm = true
  const rawPath = event?.rawPath ?? event?.path
  return {
    ...(rawPath && { rawPath }),
    ...(sourceIp && { sourceIp }),
    ...(lambdaContext?.awsRequestId && { awsRequestId: lambdaContext.awsRequestId }),
    ...(lambdaContext?.functionVersion && { functionVersion: lambdaContext.functionVersion }),
    coldStart,
    isBuffered: true,
    deadline: Date.now() + (lambdaContext?.getRemainingTimeInMillis?.() ?? 25_000) - RESERVE_MS,
  }
}

/**
 * The event without the body that a GET or HEAD was sent with. It counts for nothing, but `hono/aws-lambda` would make no
 * request of it: it answers in plain text and logs a stack, for anybody.
 */
export function withoutIdleBody<Event extends LambdaEvent>(event: Event): Event {
  const { httpMethod, requestContext } = event as {
    httpMethod?: string
    requestContext?: { http?: { method?: string } }
  }
  const method = httpMethod ?? requestContext?.http?.method ?? ''
  return event.body && /^(get|head)$/i.test(method) ? { ...event, body: null } : event
}
