import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import {
  APIGatewayClient,
  CreateResourceCommand,
  CreateRestApiCommand,
  GetRestApisCommand,
  PutMethodCommand,
} from '@aws-sdk/client-api-gateway'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { MethodPath } from '../../../lib/apigateway/integration.ts'
import { stsSessions } from '../../../lib/aws/scoped-sessions.ts'
import { targetControlPlane } from '../../../lib/aws/target-control-plane.ts'
import type { Target } from '../../../lib/control-plane/targets.ts'

const found = spawnSync('moto_server', ['--help']).status === 0
if (!found) console.log('moto_server not found: targets were not tried on moto')

const target: Target = {
  account: '222222222222',
  region: 'eu-central-1',
  partition: 'aws',
  roleArn: 'arn:aws:iam::222222222222:role/sallyport-target',
}
const region = 'eu-west-1'
const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }

describe.skipIf(!found)('a target on moto', () => {
  let server: ChildProcess
  let endpoint: string
  let method: MethodPath

  beforeAll(async () => {
    const probe = createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    const { port } = probe.address() as { port: number }
    probe.close()
    endpoint = `http://127.0.0.1:${port}`
    server = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
    await vi.waitFor(async () => expect((await fetch(`${endpoint}/moto-api/`)).ok).toBe(true), { timeout: 30_000 })

    const open = stsSessions({ endpoint, region, credentials })
    const { credentials: there } = await open(target.roleArn, '{}')
    const client = new APIGatewayClient({ endpoint, region: target.region, credentials: there })
    const { id: restApiId = '', rootResourceId = '' } = await client.send(new CreateRestApiCommand({ name: 'orders' }))
    const pathPart = 'orders'
    const made = await client.send(new CreateResourceCommand({ restApiId, parentId: rootResourceId, pathPart }))
    method = { restApiId, resourceId: made.id ?? '', httpMethod: 'GET' }
    await client.send(new PutMethodCommand({ ...method, authorizationType: 'AWS_IAM' }))
  })

  afterAll(async () => {
    server.kill()
    await once(server, 'exit')
  })

  it('is reached in its own account and Region, through a session of its role', async () => {
    const controlPlane = targetControlPlane(target, stsSessions({ endpoint, region, credentials }), { endpoint })
    const options = { tag: 't.1', fence: async () => {}, signal: AbortSignal.timeout(10_000) }
    const integration = { type: 'HTTP_PROXY', httpMethod: 'GET', uri: 'https://orders.example/' } as const
    const put = await controlPlane.change({ operation: 'PutIntegration', target: method, integration }, options)
    expect(put).toMatchObject({ kind: 'done', status: 201, integration: { uri: integration.uri } })
    const listed = await controlPlane.read(
      { operation: 'GetRestApis', verb: 'GET', path: '/restapis', query: [['limit', '5']] },
      AbortSignal.timeout(10_000),
    )
    expect(listed).toMatchObject({ kind: 'done', document: { item: [{ id: method.restApiId }] } })

    const own = new APIGatewayClient({ endpoint, region, credentials })
    expect((await own.send(new GetRestApisCommand({}))).items ?? []).toEqual([])
  })
})
