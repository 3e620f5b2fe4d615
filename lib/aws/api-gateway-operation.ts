import { type APIGatewayClient, GetAccountCommand } from '@aws-sdk/client-api-gateway'
import type { ChangeOptions, UpstreamAnswer } from '../control-plane/control-plane.ts'
import type { OperationCall } from '../control-plane/operation-call.ts'
import {
  type Exchange,
  errorTypeOf,
  exchangeInfo,
  fenceBeforeSending,
  noteResponse,
  type RawResponse,
  reasonOf,
} from './exchange.ts'

/**
 * Sends any operation of API Gateway, once. The SDK resolves the endpoint, signs and sends; which operation it is, and
 * what is made of the answer, is decided here. A typed command for each of some sixty operations would make the bundle
 * larger and their schemas would drop the members that they don't know yet.
 */
export async function sendOperation(
  client: APIGatewayClient,
  call: OperationCall,
  signal: AbortSignal,
  options?: ChangeOptions,
): Promise<UpstreamAnswer> {
  const exchange: Exchange = { sent: false, headers: {} }
  let text = ''
  const command = new GetAccountCommand({})
  const stack = command.middlewareStack as unknown as Parameters<typeof fenceBeforeSending>[0]
  stack.add(
    (next) => async (args) => {
      rewrite(args.request as HttpRequest, call)
      return next(args)
    },
    // Before anything that looks at the request: length, signature.
    { step: 'build', priority: 'high', name: 'operationMiddleware' },
  )
  fenceBeforeSending(stack, exchange, options)
  noteResponse(stack, exchange, async (response) => {
    text = await textOf(response)
    return { statusCode: 200, headers: {} }
  })
  const started = performance.now()
  try {
    await client.send(command, { abortSignal: signal })
  } catch (cause) {
    if (!exchange.sent) throw cause
    if (exchange.status === undefined) {
      return { kind: 'unknown', reason: reasonOf(cause), upstream: exchangeInfo(exchange, started) }
    }
  }
  return interpret(exchange, text, exchangeInfo(exchange, started))
}

/** What a request of the SDK looks like while it is built. */
interface HttpRequest {
  method: string
  path: string
  query: Record<string, string | string[]>
  headers: Record<string, string>
  body?: unknown
}

/** The path that the carrying command has of its own. */
const CARRIED = '/account'

function rewrite(request: HttpRequest, { verb, path, query, body }: OperationCall): void {
  request.method = verb
  request.path = request.path.slice(0, -CARRIED.length) + path
  request.query = {}
  for (const [name, value] of query) {
    const earlier = request.query[name]
    request.query[name] = earlier === undefined ? value : [earlier, value].flat()
  }
  if (body === undefined) return
  request.headers['content-type'] = 'application/json'
  request.body = JSON.stringify(body)
}

async function textOf({ body }: RawResponse): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** The status line says whether it was applied; a body that can't be read changes nothing about that. */
function interpret(
  { status = 0, headers }: Exchange,
  text: string,
  upstream: UpstreamAnswer['upstream'],
): UpstreamAnswer {
  const document = parsed(text)
  if (status >= 200 && status < 300) {
    return { kind: 'done', status, ...(document !== undefined && { document }), upstream }
  }
  if (status < 400 || status >= 500) {
    return { kind: 'unknown', status, reason: `API Gateway answered ${status}`, upstream }
  }
  const { message, Message, __type } = Object(document) as Record<string, unknown>
  const type = headers['x-amzn-errortype'] ?? (typeof __type === 'string' ? __type : undefined)
  const said = message ?? Message
  return {
    kind: 'refused',
    status,
    errorType: type === undefined ? errorTypeOf(status) : nameOf(type),
    message: typeof said === 'string' && said !== '' ? said : `API Gateway answered ${status} without a message.`,
    ...(headers['retry-after'] && { retryAfter: headers['retry-after'] }),
    upstream,
  }
}

/** `ns#Name:http://…` to `Name`. */
function nameOf(type: string): string {
  const [name = ''] = type.slice(type.indexOf('#') + 1).split(':')
  return name.trim()
}

function parsed(text: string): unknown {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
