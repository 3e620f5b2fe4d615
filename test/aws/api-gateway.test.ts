import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { MethodPath } from '../../lib/apigateway/integration.ts'
import { apiGatewayControlPlane } from '../../lib/aws/api-gateway.ts'
import type { Change } from '../../lib/control-plane/control-plane.ts'

const target: MethodPath = { restApiId: 'a1b2c3d4e5', resourceId: '9x8y7z', httpMethod: 'GET' }
const put: Change = {
  operation: 'PutIntegration',
  target,
  integration: { type: 'HTTP_PROXY', httpMethod: 'POST', uri: 'https://api.example/v1', timeoutInMillis: 9000 },
}

interface Seen {
  method: string | undefined
  url: string | undefined
  headers: IncomingMessage['headers']
  body: string
}

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** A control plane that answers as told, and what it saw. */
async function upstream(answer: (response: ServerResponse) => void) {
  const seen: Seen[] = []
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      seen.push({ method: request.method, url: request.url, headers: request.headers, body })
      answer(response)
    })
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const controlPlane = apiGatewayControlPlane({
    region: 'eu-west-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  })
  return { seen, controlPlane }
}

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-requestid': 'up-1', ...headers })
    response.end(JSON.stringify(body))
  }

const options = (over: Partial<{ fence: () => Promise<void>; signal: AbortSignal }> = {}) => ({
  tag: '01ARZ3NDEKTSV4RRFFQ69G5FAV.1',
  fence: async () => {},
  signal: AbortSignal.timeout(5_000),
  ...over,
})

describe('change()', () => {
  it('sends the body under its wire names, signed and tagged, and returns the integration', async () => {
    const { seen, controlPlane } = await upstream(
      json(201, { type: 'HTTP_PROXY', httpMethod: 'POST', cacheKeyParameters: [] }),
    )
    const answer = await controlPlane.change(put, options())
    expect(answer).toMatchObject({
      kind: 'done',
      status: 201,
      integration: { type: 'HTTP_PROXY', httpMethod: 'POST', cacheKeyParameters: [] },
      upstream: { requestId: 'up-1', date: expect.any(String) },
    })
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({
      method: 'PUT',
      url: '/restapis/a1b2c3d4e5/resources/9x8y7z/methods/GET/integration',
      headers: {
        authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 /),
        accept: 'application/json',
        'user-agent': expect.stringMatching(/ sallyport\/01ARZ3NDEKTSV4RRFFQ69G5FAV\.1$/),
      },
    })
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual(put.operation === 'PutIntegration' ? put.integration : undefined)
  })

  it('runs the fence before anything leaves, and sends nothing where the fence refuses', async () => {
    const { seen, controlPlane } = await upstream(json(201, { type: 'MOCK' }))
    const refused = new Error('fenced out')
    await expect(controlPlane.change(put, options({ fence: () => Promise.reject(refused) }))).rejects.toBe(refused)
    expect(seen).toHaveLength(0)
    let seenAtFence = -1
    const fence = async () => {
      seenAtFence = seen.length
    }
    await controlPlane.change(put, options({ fence }))
    expect([seenAtFence, seen.length]).toEqual([0, 1])
  })

  it.each([
    { status: 400, type: 'BadRequestException' },
    { status: 403, type: 'AccessDeniedException' },
    { status: 404, type: 'NotFoundException' },
    { status: 409, type: 'ConflictException' },
    { status: 400, type: 'ValidationException' },
  ])('keeps a $status $type what it is', async ({ status, type }) => {
    const { seen, controlPlane } = await upstream(json(status, { message: 'because' }, { 'x-amzn-errortype': type }))
    expect(await controlPlane.change(put, options())).toMatchObject({
      kind: 'refused',
      status,
      errorType: type,
      message: 'because',
    })
    expect(seen).toHaveLength(1)
  })

  it('passes on Retry-After of a 429 and does not try again', async () => {
    const { seen, controlPlane } = await upstream(
      json(
        429,
        { message: 'Too Many Requests' },
        { 'x-amzn-errortype': 'TooManyRequestsException', 'retry-after': '7' },
      ),
    )
    expect(await controlPlane.change(put, options())).toMatchObject({ kind: 'refused', status: 429, retryAfter: '7' })
    expect(seen).toHaveLength(1)
  })

  it.each([
    { it: 'a 500 with JSON', answer: json(500, { message: 'oops' }) },
    { it: 'a 503 in HTML', answer: (r: ServerResponse) => r.writeHead(503).end('<html>') },
    { it: 'a dropped connection', answer: (r: ServerResponse) => r.destroy() },
  ])('calls $it unknown, after one attempt', async ({ answer }) => {
    const { seen, controlPlane } = await upstream((response) => void answer(response))
    expect(await controlPlane.change(put, options())).toMatchObject({ kind: 'unknown' })
    expect(seen).toHaveLength(1)
  })

  it('calls a 201 whose body breaks off done: its status line says that it was applied', async () => {
    const { controlPlane } = await upstream((response) => {
      response.writeHead(201, { 'content-length': '99' })
      response.write('{"t', () => setTimeout(() => response.destroy(), 20))
    })
    const answer = await controlPlane.change(put, options())
    expect(answer).toMatchObject({ kind: 'done', status: 201 })
    expect(answer).not.toHaveProperty('integration')
  })

  it('calls a 4xx in HTML refused: nothing was applied', async () => {
    const { controlPlane } = await upstream((response) => void response.writeHead(404).end('<html>not here</html>'))
    expect(await controlPlane.change(put, options())).toMatchObject({
      kind: 'refused',
      status: 404,
      errorType: 'NotFoundException',
    })
  })

  it('calls a time-out unknown', async () => {
    const { controlPlane } = await upstream(() => {})
    const answer = await controlPlane.change(put, options({ signal: AbortSignal.timeout(50) }))
    expect(answer).toMatchObject({ kind: 'unknown', reason: 'no answer in time' })
  })

  it('deletes with an empty 204', async () => {
    const { seen, controlPlane } = await upstream((response) => void response.writeHead(204).end())
    const answer = await controlPlane.change({ operation: 'DeleteIntegration', target }, options())
    expect(answer).toMatchObject({ kind: 'done', status: 204 })
    expect(answer).not.toHaveProperty('integration')
    expect(seen[0]).toMatchObject({ method: 'DELETE' })
  })

  it('sends patch operations as they are', async () => {
    const { seen, controlPlane } = await upstream(json(200, { type: 'HTTP', uri: 'https://b.example/' }))
    const patchOperations = [{ op: 'replace' as const, path: '/uri', value: 'https://b.example/' }]
    await controlPlane.change({ operation: 'UpdateIntegration', target, patchOperations }, options())
    expect(seen[0]?.method).toBe('PATCH')
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ patchOperations })
  })
})

describe('getIntegration()', () => {
  it('has no integration where the answer is an empty object', async () => {
    const { controlPlane } = await upstream(json(200, {}))
    const answer = await controlPlane.getIntegration(target, AbortSignal.timeout(5_000))
    expect(answer).toMatchObject({ kind: 'done', status: 200 })
    expect(answer).not.toHaveProperty('integration')
  })

  it('keeps integrationResponses and null templates', async () => {
    const body = {
      type: 'MOCK',
      requestTemplates: { 'application/json': null },
      integrationResponses: { 200: { statusCode: '200' } },
    }
    const { controlPlane } = await upstream(json(200, body))
    expect(await controlPlane.getIntegration(target, AbortSignal.timeout(5_000))).toMatchObject({ integration: body })
  })
})
