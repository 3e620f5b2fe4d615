import {
  APIGatewayClient,
  CreateResourceCommand,
  CreateRestApiCommand,
  PutMethodCommand,
} from '@aws-sdk/client-api-gateway'

/** A REST API that was made through the control plane's own operations. */
export interface MadeApi {
  restApiId: string
  rootResourceId: string
  /** The id of its one resource, `/orders`. */
  resourceId: string
}

export const VERBS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'] as const

export function apiGatewayClient(endpoint: string): APIGatewayClient {
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' }
  return new APIGatewayClient({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 })
}

/**
 * Makes a REST API with a method for each of {@link VERBS}, which all declare `method.request.path.id`.
 *
 * @param restApiId moto gives an API the id that a tag asks for; other control planes choose their own.
 */
export async function makeApi(
  client: APIGatewayClient,
  restApiId?: string,
  tags: Record<string, string> = {},
): Promise<MadeApi> {
  const own = restApiId === undefined ? tags : { ...tags, _custom_id_: restApiId }
  const api = await client.send(new CreateRestApiCommand({ name: 'orders', tags: own }))
  const ids = { restApiId: api.id ?? '', rootResourceId: api.rootResourceId ?? '' }
  const resource = await client.send(
    new CreateResourceCommand({ restApiId: ids.restApiId, parentId: ids.rootResourceId, pathPart: 'orders' }),
  )
  const made = { ...ids, resourceId: resource.id ?? '' }
  for (const httpMethod of VERBS) {
    const requestParameters = { 'method.request.path.id': true }
    await client.send(new PutMethodCommand({ ...made, httpMethod, authorizationType: 'NONE', requestParameters }))
  }
  return made
}
