import * as z from 'zod'
import { badRequest, notFound, type Parsed, refuse } from '../apigateway/api-error.ts'
import type { OperationName } from '../apigateway/operation-table.ts'
import { type Call, type Handler, readBody, reply } from './control-plane-call.ts'
import type { RestApi, Stage } from './control-plane-state.ts'

const TagResource = z.object({ tags: z.record(z.string(), z.string()) })
const ARN =
  /^arn:aws[a-z-]{0,20}:apigateway:[a-z0-9-]{1,40}::\/restapis\/([a-z0-9]{1,64})(?:\/stages\/([\w-]{1,128}))?$/
const MAX_TAGS = 50

/** Tags of REST APIs and stages, by ARN. */
export const TAG_HANDLERS: Partial<Record<OperationName, Handler>> = {
  GetTags(call) {
    const resource = findTagged(call)
    return resource.ok ? reply(200, { tags: resource.value.tags ?? {} }) : resource
  },

  TagResource(call) {
    const resource = findTagged(call)
    if (!resource.ok) return resource
    const body = readBody(call, TagResource, 'tagResourceInput')
    if (!body.ok) return body
    if (Object.keys(body.value.tags).some((key) => key.startsWith('aws:')))
      return refuse(badRequest('Tag keys must not start with aws:'))
    const tags = { ...resource.value.tags, ...body.value.tags }
    if (Object.keys(tags).length > MAX_TAGS) return refuse(badRequest(`A resource has at most ${MAX_TAGS} tags`))
    resource.value.tags = tags
    return reply(204)
  },

  UntagResource(call) {
    const resource = findTagged(call)
    if (!resource.ok) return resource
    const gone = new Set(call.query.getAll('tagKeys'))
    resource.value.tags = Object.fromEntries(
      Object.entries(resource.value.tags ?? {}).filter(([key]) => !gone.has(key)),
    )
    return reply(204)
  },
}

function findTagged({ draft, params }: Call): Parsed<RestApi | Stage> {
  const [whole, restApiId, stageName] = ARN.exec(params.resource_arn ?? '') ?? []
  if (whole === undefined) return refuse(badRequest('Invalid resource ARN specified'))
  const api = draft.restApis.find(({ id }) => id === restApiId)
  if (api === undefined) return refuse(notFound(`Invalid API identifier specified ${restApiId}`))
  if (stageName === undefined) return { ok: true, value: api }
  const stage = api.stages?.find((candidate) => candidate.stageName === stageName)
  return stage === undefined ? refuse(notFound('Invalid stage identifier specified')) : { ok: true, value: stage }
}
