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
