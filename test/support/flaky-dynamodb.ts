import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'

/** What happens to one request on its way: DynamoDB never sees it, does it but the reply is lost, or throttles it. */
export type WireFault = 'drop' | 'lose-reply' | 'throttle'

export interface WireCall {
  /** For example `PutItemCommand`. */
  command: string
  /** Counts the requests of one client from 0. */
  index: number
  /** Counts the tries of one call from 0. */
  attempt: number
}

/** What to do to a request; resolves once it may go on. */
export type FaultPlan = (call: WireCall) => WireFault | undefined | Promise<WireFault | undefined>

/** Every second call goes wrong at its first try, in turn in each way. */
export function everySecondCall(): FaultPlan {
  const inTurn = ['drop', 'lose-reply', 'throttle'] as const
  let calls = 0
  return ({ attempt }) => (attempt === 0 && calls++ % 2 === 0 ? inTurn[(calls >> 1) % inTurn.length] : undefined)
}

/** Puts faults on a client's wire, beneath everything the store does about them. */
export function makeFlaky(client: DynamoDBClient, plan: FaultPlan): WireCall[] {
  const calls: WireCall[] = []
  const attempts = new WeakMap<object, number>()
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const attempt = attempts.get(args.input) ?? 0
      attempts.set(args.input, attempt + 1)
      const call = { command: context.commandName ?? '', index: calls.length, attempt }
      calls.push(call)
      const fault = await plan(call)
      if (fault === 'throttle') return { response: throttled(), output: undefined as never }
      if (fault !== 'drop') {
        const result = await next(args)
        if (fault === undefined) return result
      }
      throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
    },
    { step: 'deserialize', name: 'faultMiddleware', priority: 'low' },
  )
  return calls
}

function throttled() {
  return {
    statusCode: 400,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: Buffer.from(
      JSON.stringify({ __type: 'com.amazonaws.dynamodb.v20120810#ThrottlingException', message: 'slow' }),
    ),
  }
}
