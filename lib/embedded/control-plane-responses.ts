import * as z from 'zod'
import { badRequest, notFound, type Parsed, refuse } from '../apigateway/api-error.ts'
import type { OperationName } from '../apigateway/operation-table.ts'
import { AUTHORIZATION_WORDS, storedWord } from '../apigateway/operation-words.ts'
import { type Call, findMethod, type Handler, readBody, reply } from './control-plane-call.ts'
import { methodAnswer } from './control-plane-methods.ts'
import { patched } from './control-plane-patch.ts'
import type { Method, MethodResponse } from './control-plane-state.ts'

const PutMethodResponse = z.object({
  responseParameters: z.record(z.string(), z.boolean()).optional(),
  responseModels: z.record(z.string(), z.string()).optional(),
})

/** Responses of methods, and updates of methods. */
export const RESPONSE_HANDLERS: Partial<Record<OperationName, Handler>> = {
  UpdateMethod(call) {
    const method = findMethod(call)
    if (!method.ok) return method
    const next = patched(method.value, call, {
      strings: ['authorizationType', 'authorizerId', 'operationName', 'requestValidatorId'],
      booleans: ['apiKeyRequired'],
      maps: { requestParameters: 'boolean', requestModels: 'string' },
    })
    if (!next.ok) return next
    const authorizationType = storedWord(AUTHORIZATION_WORDS, next.value.authorizationType)
    if (authorizationType === undefined) return refuse(badRequest('Invalid authorization type'))
    Object.assign(method.value, next.value, { authorizationType })
    return reply(200, methodAnswer(method.value, call.params.resource_id ?? ''))
  },

  PutMethodResponse(call) {
    const body = readBody(call, PutMethodResponse, 'putMethodResponseInput')
    if (!body.ok) return body
    const method = findMethod(call)
    if (!method.ok) return method
    const response: MethodResponse = { statusCode: call.params.status_code ?? '', ...body.value }
    const others = (method.value.methodResponses ?? []).filter(({ statusCode }) => statusCode !== response.statusCode)
    method.value.methodResponses = [...others, response]
    return reply(201, response)
  },

  GetMethodResponse(call) {
    const found = findResponse(call)
    return found.ok ? reply(200, found.value.response) : found
  },

  UpdateMethodResponse(call) {
    const found = findResponse(call)
    if (!found.ok) return found
    const maps = { responseParameters: 'boolean', responseModels: 'string' } as const
    const next = patched(found.value.response, call, { maps })
    if (!next.ok) return next
    Object.assign(found.value.response, next.value)
    return reply(200, next.value)
  },

  DeleteMethodResponse(call) {
    const found = findResponse(call)
    if (!found.ok) return found
    const { method, response } = found.value
    method.methodResponses = (method.methodResponses ?? []).filter((other) => other !== response)
    return reply(204)
  },
}

function findResponse(call: Call): Parsed<{ method: Method; response: MethodResponse }> {
  const method = findMethod(call)
  if (!method.ok) return method
  const response = method.value.methodResponses?.find(({ statusCode }) => statusCode === call.params.status_code)
  return response === undefined
    ? refuse(notFound('Invalid Response status code specified'))
    : { ok: true, value: { method: method.value, response } }
}
