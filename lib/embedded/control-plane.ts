import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { type ApiError, badRequest, notFound, type Parsed, refuse } from '../apigateway/api-error.ts'
import { REQUEST_BODY } from '../apigateway/json.ts'
import type { OperationName } from '../apigateway/operation-table.ts'
import { findOperation } from '../apigateway/operations.ts'
import { API_HANDLERS } from './control-plane-apis.ts'
import type { Handler, Reply } from './control-plane-call.ts'
import { METHOD_HANDLERS } from './control-plane-methods.ts'
import { RESPONSE_HANDLERS } from './control-plane-responses.ts'
import { STAGE_HANDLERS } from './control-plane-stages.ts'
import type { ControlPlaneState } from './control-plane-state.ts'
import { TAG_HANDLERS } from './control-plane-tags.ts'

export interface EmbeddedControlPlaneOptions {
  state: ControlPlaneState
  /** Unix milliseconds. */
  now: () => number
  /** The account of REST APIs created here; 12 digits. */
  accountId?: string
  /** Ids of VPC links that are to count as version 2, which need an `integrationTarget`. */
  vpcLinksV2?: readonly string[]
}

const HANDLERS: Partial<Record<OperationName, Handler>> = {
  ...API_HANDLERS,
  ...METHOD_HANDLERS,
  ...RESPONSE_HANDLERS,
  ...STAGE_HANDLERS,
  ...TAG_HANDLERS,
}

/**
 * API Gateway's control plane in one process, as far as the gate and its clients need it: rest-json as the AWS SDKs
 * speak it, API Gateway's defaults, errors and literal messages. For a first run and for tests, on loopback only: it
 * checks no signature.
 */
export function embeddedControlPlane(options: EmbeddedControlPlaneOptions): Hono {
  const { state, now, accountId = '111111111111', vpcLinksV2 = [] } = options
  const app = new Hono()

  const tooLarge: ApiError = {
    type: 'RequestEntityTooLargeException',
    status: 413,
    message: `The request body is larger than ${REQUEST_BODY.maxBytes} bytes`,
  }
  app.use(bodyLimit({ maxSize: REQUEST_BODY.maxBytes, onError: () => respond(refuse(tooLarge), now()) }))
  app.onError(() => {
    return respond(refuse({ type: 'InternalFailure', status: 500, message: 'The control plane failed' }), now())
  })

  app.all('*', async (context) => {
    const { pathname, search, searchParams } = new URL(context.req.url)
    const found = findOperation(context.req.method, pathname, search.slice(1))
    if (found === undefined) return respond(refuse(notFound('Unknown operation')), now())
    const handle = HANDLERS[found.operation]
    if (handle === undefined) {
      return respond(refuse(badRequest(`The embedded control plane does not know ${found.operation}`)), now())
    }
    const body = new Uint8Array(await context.req.arrayBuffer())
    // From here to the write nothing waits, so no other call can come between.
    const reads = context.req.method === 'GET'
    const draft = reads ? state.read() : structuredClone(state.read())
    const outcome = handle({
      operation: found.operation,
      draft,
      params: found.params,
      query: searchParams,
      body,
      now: now(),
      accountId,
      vpcLinksV2: new Set(vpcLinksV2),
    })
    if (outcome.ok && !reads) state.write(draft)
    return respond(outcome, now())
  })
  return app
}

function respond(outcome: Parsed<Reply>, now: number): Response {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'x-amzn-requestid': randomUUID(),
    date: new Date(now).toUTCString(),
  }
  if (!outcome.ok) {
    const { type, status, message } = outcome.error
    return new Response(JSON.stringify({ message }), { status, headers: { ...headers, 'x-amzn-errortype': type } })
  }
  const { status, body } = outcome.value
  return new Response(status === 204 ? null : JSON.stringify(body ?? {}), { status, headers })
}
