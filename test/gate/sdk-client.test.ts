import {
  APIGatewayClient,
  CreateDeploymentCommand,
  CreateResourceCommand,
  CreateStageCommand,
  DeleteDeploymentCommand,
  DeleteIntegrationResponseCommand,
  DeleteMethodCommand,
  DeleteMethodResponseCommand,
  DeleteResourceCommand,
  DeleteStageCommand,
  GetMethodCommand,
  GetResourcesCommand,
  GetRestApisCommand,
  GetStagesCommand,
  PutIntegrationCommand,
  PutIntegrationResponseCommand,
  PutMethodCommand,
  PutMethodResponseCommand,
  paginateGetRestApis,
  UpdateMethodCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-api-gateway'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiGatewayControlPlane } from '../../lib/aws/api-gateway.ts'
import { WRITE_OPERATIONS } from '../../lib/control-plane/write-operations.ts'
import { embeddedControlPlane } from '../../lib/embedded/control-plane.ts'
import { seedDemo } from '../../lib/embedded/control-plane-demo.ts'
import { memoryState } from '../../lib/embedded/control-plane-state.ts'
import { type HttpServer, listen } from '../../lib/embedded/http-server.ts'
import { good, policyWith, type TestGate, testGate, tokens } from '../support/gate.ts'

const servers: HttpServer[] = []
let gate: TestGate
let client: APIGatewayClient

const restApiId = 'a1b2c3d4e5'
const credentials = { accessKeyId: 'LOCAL', secretAccessKey: 'local' }

/** The unmodified JavaScript SDK, which is pointed at the gate and sends the token where session tokens stand. */
beforeAll(async () => {
  const state = memoryState()
  seedDemo(state)
  const behind = await listen(embeddedControlPlane({ state, now: Date.now }), 0)
  const controlPlane = apiGatewayControlPlane({ endpoint: behind.url, region: 'eu-west-1', credentials })
  gate = await testGate({ controlPlane, text: policyWith(WRITE_OPERATIONS) })
  const front = await listen(gate.app, 0)
  servers.push(front, behind)
  client = new APIGatewayClient({
    endpoint: front.url,
    region: 'eu-west-1',
    credentials: { ...credentials, sessionToken: tokens.payments },
  })
})
afterAll(async () => {
  client.destroy()
  for (const server of servers) await server.close()
})

describe("an SDK that sets up an API's neighbours", () => {
  it('creates, reads, updates and deletes all that Terraform would', async () => {
    const { items = [] } = await client.send(new GetResourcesCommand({ restApiId, embed: ['methods'] }))
    const root = items.find(({ path }) => path === '/')?.id
    expect(items.find(({ path }) => path === '/orders')?.resourceMethods?.GET).toMatchObject({ httpMethod: 'GET' })

    const created = await client.send(new CreateResourceCommand({ restApiId, parentId: root, pathPart: 'refunds' }))
    const method = { restApiId, resourceId: created.id, httpMethod: 'POST' }
    expect(created).toMatchObject({ path: '/refunds', parentId: root })
    await client.send(
      new PutMethodCommand({
        ...method,
        authorizationType: 'AWS_IAM',
        requestParameters: { 'method.request.header.X-Trace': false },
      }),
    )
    const model = { responseModels: { 'application/json': 'Empty' } }
    await client.send(new PutMethodResponseCommand({ ...method, statusCode: '200', ...model }))
    const { httpMethod, type: _, ...integration } = good
    await client.send(
      new PutIntegrationCommand({
        ...method,
        ...integration,
        type: 'HTTP_PROXY',
        connectionType: 'VPC_LINK',
        integrationHttpMethod: httpMethod,
      }),
    )
    const response = { responseParameters: { 'method.response.header.Access-Control-Allow-Origin': "'*'" } }
    await client.send(new PutIntegrationResponseCommand({ ...method, statusCode: '200', ...response }))
    await client.send(
      new UpdateMethodCommand({
        ...method,
        patchOperations: [{ op: 'replace', path: '/authorizationType', value: 'COGNITO_USER_POOLS' }],
      }),
    )
    expect(await client.send(new GetMethodCommand(method))).toMatchObject({
      authorizationType: 'COGNITO_USER_POOLS',
      methodResponses: { 200: model },
      methodIntegration: { uri: good.uri, integrationResponses: { 200: response } },
    })
    await client.send(new DeleteIntegrationResponseCommand({ ...method, statusCode: '200' }))
    await client.send(new DeleteMethodResponseCommand({ ...method, statusCode: '200' }))
    await client.send(new DeleteMethodCommand(method))
    await client.send(new DeleteResourceCommand({ restApiId, resourceId: created.id }))
  })

  it('deploys', async () => {
    const orders = { restApiId, resourceId: '9x8y7z' }
    const { httpMethod: integrationHttpMethod, type: _, ...rest } = good
    for (const httpMethod of ['GET', 'POST']) {
      const integration = { ...rest, type: 'HTTP_PROXY', connectionType: 'VPC_LINK', integrationHttpMethod } as const
      await client.send(new PutIntegrationCommand({ ...orders, httpMethod, ...integration }))
    }
    const { id } = await client.send(new CreateDeploymentCommand({ restApiId, description: 'first' }))
    await client.send(new CreateStageCommand({ restApiId, stageName: 'prod', deploymentId: id }))
    const patchOperations = [{ op: 'replace' as const, path: '/description', value: 'live' }]
    expect(await client.send(new UpdateStageCommand({ restApiId, stageName: 'prod', patchOperations }))).toMatchObject({
      description: 'live',
      deploymentId: id,
    })
    const { item = [] } = await client.send(new GetStagesCommand({ restApiId }))
    expect(item.map(({ stageName }) => stageName)).toEqual(['prod'])
    await client.send(new DeleteStageCommand({ restApiId, stageName: 'prod' }))
    await client.send(new DeleteDeploymentCommand({ restApiId, deploymentId: id }))
  })

  it('lists its own APIs, also page by page', async () => {
    const { items = [] } = await client.send(new GetRestApisCommand({}))
    expect(items.map(({ id }) => id)).toEqual([restApiId])
    const paged: (string | undefined)[] = []
    for await (const page of paginateGetRestApis({ client, pageSize: 1 }, {})) {
      paged.push(...(page.items ?? []).map(({ id }) => id))
    }
    expect(paged).toEqual([restApiId])
  })

  it.each([
    {
      it: 'a stage variable',
      command: new CreateStageCommand({ restApiId, stageName: 'x', deploymentId: 'y', variables: { a: 'b' } }),
      name: 'AccessDeniedException',
      says: 'intrinsic.stage.variables',
    },
    {
      it: 'an API of somebody else',
      command: new GetResourcesCommand({ restApiId: 's9s8s7s6s5' }),
      name: 'NotFoundException',
      says: 'Invalid API identifier',
    },
    {
      it: 'a stage that is not there',
      command: new DeleteStageCommand({ restApiId, stageName: 'nope' }),
      name: 'NotFoundException',
      says: 'Invalid stage identifier',
    },
  ])('is told of $it as AWS would tell it', async ({ command, name, says }) => {
    await expect(client.send(command as GetResourcesCommand)).rejects.toMatchObject({
      name,
      message: expect.stringContaining(says),
    })
  })
})
