import {
  APIGatewayClient,
  BadRequestException,
  CreateResourceCommand,
  CreateRestApiCommand,
  DeleteIntegrationCommand,
  DeleteRestApiCommand,
  GetIntegrationCommand,
  GetMethodCommand,
  GetResourcesCommand,
  GetRestApiCommand,
  NotFoundException,
  PutIntegrationCommand,
  PutIntegrationResponseCommand,
  PutMethodCommand,
  TooManyRequestsException,
  UpdateIntegrationCommand,
} from '@aws-sdk/client-api-gateway'
import { serve } from '@hono/node-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { embeddedControlPlane } from '../../lib/embedded/control-plane.ts'
import { seedDemo } from '../../lib/embedded/control-plane-demo.ts'
import { memoryState } from '../../lib/embedded/control-plane-state.ts'
import { scriptedUpstream } from '../support/upstream-faults.ts'

const state = memoryState()
seedDemo(state)
const app = embeddedControlPlane({ state, now: Date.now })
const upstream = scriptedUpstream(app.fetch)
const orders = { restApiId: 'a1b2c3d4e5', resourceId: '9x8y7z', httpMethod: 'GET' }
const http = { type: 'HTTP_PROXY', integrationHttpMethod: 'GET', uri: 'https://api.example.com/' } as const

let client: APIGatewayClient
let server: ReturnType<typeof serve>

beforeAll(async () => {
  const port = await new Promise<number>((resolve) => {
    server = serve({ fetch: upstream.fetch, hostname: '127.0.0.1', port: 0 }, (info) => resolve(info.port))
  })
  client = new APIGatewayClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
  })
})
afterAll(async () => {
  client.destroy()
  await new Promise((resolve) => server.close(resolve))
})

describe('the JavaScript SDK, unmodified', () => {
  it('builds an API from nothing to an integration and back', async () => {
    const settings = { minimumCompressionSize: 0, binaryMediaTypes: ['image/png'], disableExecuteApiEndpoint: true }
    const api = await client.send(new CreateRestApiCommand({ name: 'new', ...settings }))
    const { id: restApiId, rootResourceId: parentId } = api
    expect(await client.send(new GetRestApiCommand({ restApiId }))).toMatchObject(settings)
    const { id: resourceId } = await client.send(new CreateResourceCommand({ restApiId, parentId, pathPart: 'x' }))
    const method = { restApiId, resourceId, httpMethod: 'POST' }
    await client.send(new PutMethodCommand({ ...method, authorizationType: 'NONE' }))
    await client.send(new PutIntegrationCommand({ ...method, ...http }))
    await client.send(new PutIntegrationResponseCommand({ ...method, statusCode: '200' }))
    const patchOperations = [{ op: 'replace', path: '/requestTemplates/application~1json', value: '{}' } as const]
    await expect(client.send(new UpdateIntegrationCommand({ ...method, patchOperations }))).rejects.toThrow(
      'Content-Type specified was not found',
    )
    const { methodIntegration } = await client.send(new GetMethodCommand(method))
    expect(methodIntegration).toMatchObject({ httpMethod: 'GET', integrationResponses: { 200: { statusCode: '200' } } })
    const { items } = await client.send(new GetResourcesCommand({ restApiId, embed: ['methods'] }))
    expect(items?.map(({ path }) => path)).toEqual(['/', '/x'])
    await client.send(new DeleteIntegrationCommand(method))
    await expect(client.send(new GetIntegrationCommand(method))).rejects.toBeInstanceOf(NotFoundException)
    await client.send(new DeleteRestApiCommand({ restApiId }))
  })

  it('sees modelled errors with their literal message', async () => {
    const refused = client.send(new PutIntegrationCommand({ ...orders, type: 'HTTP', uri: 'https://x.example' }))
    await expect(refused).rejects.toBeInstanceOf(BadRequestException)
    await expect(refused).rejects.toThrow('Enumeration value for HttpMethod must be non-empty')
  })

  it('sees unmodelled ones by their name', async () => {
    const refused = client.send(new PutIntegrationCommand({ ...orders, type: 'NOPE' as 'HTTP' }))
    await expect(refused).rejects.toMatchObject({ name: 'ValidationException', $metadata: { httpStatusCode: 400 } })
  })
})

describe('a scripted upstream', () => {
  const put = () => client.send(new PutIntegrationCommand({ ...orders, ...http }))
  const isApplied = async () => {
    const applied = await client.send(new GetIntegrationCommand(orders)).then(
      () => true,
      () => false,
    )
    if (applied) await client.send(new DeleteIntegrationCommand(orders))
    return applied
  }

  it('throttles with Retry-After', async () => {
    upstream.script({ kind: 'throttle', retryAfter: 7 })
    const throttled = put()
    await expect(throttled).rejects.toBeInstanceOf(TooManyRequestsException)
    await expect(throttled).rejects.toMatchObject({ retryAfterSeconds: '7' })
    expect(await isApplied()).toBe(false)
  })

  it.each([true, false])('fails with a status, applied: %s', async (applied) => {
    upstream.script({ kind: 'status', status: 503, applied })
    await expect(put()).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } })
    expect(await isApplied()).toBe(applied)
  })

  it.each([true, false])('drops the connection, applied: %s', async (applied) => {
    upstream.script({ kind: 'drop', applied })
    await expect(put()).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(await isApplied()).toBe(applied)
  })

  it('answers late, and well again afterwards', async () => {
    upstream.script({ kind: 'delay', ms: 60 })
    const started = performance.now()
    await put()
    expect(performance.now() - started).toBeGreaterThan(55)
    expect(await isApplied()).toBe(true)
    const path = '/restapis/a1b2c3d4e5/resources/9x8y7z/methods/GET/integration'
    expect(upstream.requests.slice(-3)).toEqual([`PUT ${path}`, `GET ${path}`, `DELETE ${path}`])
  })

  it('rejects in process where the connection would drop', async () => {
    const inProcess = scriptedUpstream(app.fetch)
    inProcess.script({ kind: 'drop', applied: false })
    await expect(inProcess.fetch(new Request('http://localhost/restapis'))).rejects.toThrow('fetch failed')
  })
})
