import { randomInt } from 'node:crypto'
import * as z from 'zod'
import { badRequest, refuse } from '../apigateway/api-error.ts'
import type { OperationName } from '../apigateway/operation-table.ts'
import { type Call, findResource, findRestApi, type Handler, page, readBody, reply } from './control-plane-call.ts'
import { methodAnswer } from './control-plane-methods.ts'
import type { Resource, RestApi } from './control-plane-state.ts'

const CreateRestApi = z.object({
  name: z.string(),
  description: z.string().optional(),
  version: z.string().optional(),
  binaryMediaTypes: z.array(z.string()).optional(),
  minimumCompressionSize: z.number().optional(),
  disableExecuteApiEndpoint: z.boolean().default(false),
  apiKeySource: z.enum(['HEADER', 'AUTHORIZER']).default('HEADER'),
  endpointConfiguration: z.object({ types: z.array(z.string()) }).default({ types: ['EDGE'] }),
  tags: z.record(z.string(), z.string()).optional(),
})
const CreateResource = z.object({ pathPart: z.string() })

/** REST APIs and their resources. */
export const API_HANDLERS: Partial<Record<OperationName, Handler>> = {
  CreateRestApi(call) {
    const body = readBody(call, CreateRestApi, 'createRestApiInput')
    if (!body.ok) return body
    if (body.value.name === '') return refuse(badRequest('API name must not be blank'))
    const api: RestApi = {
      ...body.value,
      id: newId(10),
      accountId: call.accountId,
      createdDate: Math.floor(call.now / 1000),
      resources: [{ id: newId(10), path: '/', methods: [] }],
    }
    call.draft.restApis.push(api)
    return reply(201, apiAnswer(api))
  },

  GetRestApi(call) {
    const api = findRestApi(call)
    return api.ok ? reply(200, apiAnswer(api.value)) : api
  },

  GetRestApis(call) {
    const { page: apis, ...position } = page(call.draft.restApis, call)
    return reply(200, { item: apis.map(apiAnswer), ...position })
  },

  DeleteRestApi(call) {
    const api = findRestApi(call)
    if (!api.ok) return api
    call.draft.restApis = call.draft.restApis.filter(({ id }) => id !== api.value.id)
    return reply(202)
  },

  GetResources(call) {
    const api = findRestApi(call)
    if (!api.ok) return api
    const { page: resources, ...position } = page(api.value.resources, call)
    return reply(200, { item: resources.map((resource) => resourceAnswer(resource, call)), ...position })
  },

  GetResource(call) {
    const resource = findResource(call)
    return resource.ok ? reply(200, resourceAnswer(resource.value, call)) : resource
  },

  CreateResource(call) {
    const parent = findResource(call, call.params.parent_id)
    if (!parent.ok) return parent
    const body = readBody(call, CreateResource, 'createResourceInput')
    if (!body.ok) return body
    const { pathPart } = body.value
    if (!/^(?:[a-zA-Z0-9._:-]+|\{[a-zA-Z0-9._:-]+\+?\})$/.test(pathPart)) {
      const allowed = 'a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.'
      return refuse(badRequest(`Resource's path part only allow ${allowed}`))
    }
    const api = findRestApi(call)
    if (!api.ok) return api
    const siblings = api.value.resources.filter(({ parentId }) => parentId === parent.value.id)
    if (siblings.some((sibling) => sibling.pathPart === pathPart)) {
      const message = `Another resource with the same parent already has this name: ${pathPart}`
      return refuse({ type: 'ConflictException', status: 409, message })
    }
    const path = `${parent.value.path === '/' ? '' : parent.value.path}/${pathPart}`
    const resource: Resource = { id: newId(6), parentId: parent.value.id, pathPart, path, methods: [] }
    api.value.resources.push(resource)
    return reply(201, resourceAnswer(resource, call))
  },

  DeleteResource(call) {
    const resource = findResource(call)
    if (!resource.ok) return resource
    const api = findRestApi(call)
    if (!api.ok) return api
    if (resource.value.parentId === undefined) return refuse(badRequest('Root resource cannot be removed'))
    const below = `${resource.value.path}/`
    api.value.resources = api.value.resources.filter(
      ({ id, path }) => id !== resource.value.id && !path.startsWith(below),
    )
    return reply(202)
  },
}

function apiAnswer({ accountId: _, resources, deployments: _deployments, stages: _stages, ...api }: RestApi) {
  return { disableExecuteApiEndpoint: false, ...api, rootResourceId: resources[0]?.id }
}

function resourceAnswer({ methods, ...resource }: Resource, { query }: Call) {
  if (methods.length === 0) return resource
  const embed = query.getAll('embed').includes('methods')
  const entries = methods.map((method) => [method.httpMethod, embed ? methodAnswer(method, resource.id) : {}])
  return { ...resource, resourceMethods: Object.fromEntries(entries) }
}

/** Like API Gateway's own: lower-case letters and digits. */
function newId(length: number): string {
  return Array.from({ length }, () => randomInt(36).toString(36)).join('')
}
