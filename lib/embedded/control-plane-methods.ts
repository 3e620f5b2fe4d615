import * as z from 'zod'
import { badRequest, notFound, type Parsed, refuse } from '../apigateway/api-error.ts'
import { integrationAnswer } from '../apigateway/effective.ts'
import { checkForm } from '../apigateway/form.ts'
import { HTTP_METHODS, type Integration } from '../apigateway/integration.ts'
import { MEMBERS } from '../apigateway/members.ts'
import type { OperationName } from '../apigateway/operation-table.ts'
import { AUTHORIZATION_WORDS, storedWord } from '../apigateway/operation-words.ts'
import { parsePutIntegration } from '../apigateway/parse.ts'
import { applyPatch, parsePatch } from '../apigateway/patch.ts'
import { type Call, findMethod, findResource, type Handler, readBody, reply } from './control-plane-call.ts'
import type { IntegrationResponse, Method } from './control-plane-state.ts'

const PutMethod = z.object({
  authorizationType: z.string(),
  authorizerId: z.string().optional(),
  apiKeyRequired: z.boolean().default(false),
  operationName: z.string().optional(),
  requestParameters: z.record(z.string(), z.boolean()).optional(),
  requestModels: z.record(z.string(), z.string()).optional(),
  requestValidatorId: z.string().optional(),
  authorizationScopes: z.array(z.string()).optional(),
})
const PutIntegrationResponse = z.object({
  selectionPattern: z.string().optional(),
  responseParameters: z.record(z.string(), z.string()).optional(),
  responseTemplates: z.record(z.string(), z.string().nullable()).optional(),
  contentHandling: z.enum(MEMBERS.contentHandling.values).optional(),
})

/** Methods, their integrations and integration responses. */
export const METHOD_HANDLERS: Partial<Record<OperationName, Handler>> = {
  PutMethod(call) {
    const body = readBody(call, PutMethod, 'putMethodInput')
    if (!body.ok) return body
    const resource = findResource(call)
    if (!resource.ok) return resource
    const authorizationType = storedWord(AUTHORIZATION_WORDS, body.value.authorizationType)
    if (authorizationType === undefined) {
      const listed = AUTHORIZATION_WORDS.values.join(', ')
      return refuse(badRequest(`Invalid authorization type. Must be one of: [${listed}]`))
    }
    const declared = Object.keys(body.value.requestParameters ?? {})
    const wrong = declared.find((name) => !/^method\.request\.(path|querystring|header)\.[a-zA-Z0-9._$-]+$/.test(name))
    if (wrong !== undefined) return refuse(badRequest(`Invalid mapping expression specified: ${wrong}`))
    const httpMethod = HTTP_METHODS.find((verb) => verb === call.params.http_method)
    if (httpMethod === undefined) return refuse(notFound('Invalid Method identifier specified'))
    if (resource.value.methods.some((method) => method.httpMethod === httpMethod)) {
      return refuse({ type: 'ConflictException', status: 409, message: 'Method already exists for this resource' })
    }
    const method: Method = { httpMethod, ...body.value, authorizationType, integrationResponses: [] }
    resource.value.methods.push(method)
    return reply(201, methodAnswer(method, resource.value.id))
  },

  GetMethod(call) {
    const method = findMethod(call)
    return method.ok ? reply(200, methodAnswer(method.value, resourceIdOf(call))) : method
  },

  DeleteMethod(call) {
    const method = findMethod(call)
    if (!method.ok) return method
    const resource = findResource(call)
    if (!resource.ok) return resource
    resource.value.methods = resource.value.methods.filter((other) => other !== method.value)
    return reply(204)
  },

  PutIntegration(call) {
    const integration = parsePutIntegration(call.body)
    return integration.ok ? store(call, integration.value, 201, []) : integration
  },

  GetIntegration(call) {
    const found = findIntegration(call)
    return found.ok ? reply(200, answer(found.value.integration, found.value.method, call)) : found
  },

  UpdateIntegration(call) {
    const operations = parsePatch(call.operation, call.body)
    if (!operations.ok) return operations
    const found = findIntegration(call)
    if (!found.ok) return found
    const patched = applyPatch(found.value.integration, operations.value)
    return patched.ok ? store(call, patched.value, 200, found.value.method.integrationResponses) : patched
  },

  DeleteIntegration(call) {
    const found = findIntegration(call)
    if (!found.ok) return found
    delete found.value.method.integration
    found.value.method.integrationResponses = []
    return reply(204)
  },

  PutIntegrationResponse(call) {
    const body = readBody(call, PutIntegrationResponse, 'putIntegrationResponseInput')
    if (!body.ok) return body
    const found = findIntegration(call)
    if (!found.ok) return found
    const { method } = found.value
    const response: IntegrationResponse = { statusCode: call.params.status_code ?? '', ...body.value }
    const others = method.integrationResponses.filter(({ statusCode }) => statusCode !== response.statusCode)
    method.integrationResponses = [...others, response]
    return reply(201, response)
  },

  GetIntegrationResponse(call) {
    const found = findIntegrationResponse(call)
    return found.ok ? reply(200, found.value.response) : found
  },

  DeleteIntegrationResponse(call) {
    const found = findIntegrationResponse(call)
    if (!found.ok) return found
    const { method, response } = found.value
    method.integrationResponses = method.integrationResponses.filter((other) => other !== response)
    return reply(204)
  },
}

/** A method as GetMethod, and GetResources with `embed=methods`, show it. */
export function methodAnswer(stored: Method, resourceId: string) {
  const { integration, integrationResponses, methodResponses = [], ...members } = stored
  const responses = Object.fromEntries(methodResponses.map((response) => [response.statusCode, response]))
  const method = { ...members, ...(methodResponses.length > 0 && { methodResponses: responses }) }
  if (integration === undefined) return method
  return { ...method, methodIntegration: integrationAnswer(integration, resourceId, byStatus(integrationResponses)) }
}

/** Checks an integration against its method and keeps it. */
function store(call: Call, integration: Integration, status: number, responses: IntegrationResponse[]) {
  const method = findMethod(call)
  if (!method.ok) return method
  const api = call.draft.restApis.find(({ id }) => id === call.params.restapi_id)
  const { authorizationType, requestParameters = {} } = method.value
  const error = checkForm(integration, {
    method: { authorizationType, requestParameters },
    accountId: api?.accountId ?? call.accountId,
    vpcLinksV2: call.vpcLinksV2,
    // An account whose quota nobody has had raised.
    maxTimeoutMillis: MEMBERS.timeoutInMillis.default.value,
  })
  if (error !== undefined) return refuse(error)
  method.value.integration = integration
  // Whether a second Put keeps the responses is not known of API Gateway; a full replacement drops them.
  method.value.integrationResponses = responses
  return reply(status, answer(integration, method.value, call))
}

function answer(integration: Integration, method: Method, call: Call) {
  return integrationAnswer(integration, resourceIdOf(call), byStatus(method.integrationResponses))
}

function findIntegration(call: Call): Parsed<{ method: Method; integration: Integration }> {
  const method = findMethod(call)
  if (!method.ok) return method
  const { integration } = method.value
  return integration === undefined
    ? refuse(notFound('Invalid Integration identifier specified'))
    : { ok: true, value: { method: method.value, integration } }
}

function findIntegrationResponse(call: Call): Parsed<{ method: Method; response: IntegrationResponse }> {
  const found = findIntegration(call)
  if (!found.ok) return found
  const { method } = found.value
  const response = method.integrationResponses.find(({ statusCode }) => statusCode === call.params.status_code)
  return response === undefined
    ? refuse(notFound('Invalid Response status code specified'))
    : { ok: true, value: { method, response } }
}

function byStatus(responses: IntegrationResponse[]): Record<string, IntegrationResponse> {
  return Object.fromEntries(responses.map((response) => [response.statusCode, response]))
}

function resourceIdOf({ params }: Call): string {
  return params.resource_id ?? ''
}
