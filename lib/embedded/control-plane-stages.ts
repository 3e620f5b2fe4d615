import { randomInt } from 'node:crypto'
import * as z from 'zod'
import { badRequest, notFound, type Parsed, refuse } from '../apigateway/api-error.ts'
import type { OperationName } from '../apigateway/operation-table.ts'
import { type Call, findRestApi, type Handler, page, readBody, reply } from './control-plane-call.ts'
import { patched } from './control-plane-patch.ts'
import type { RestApi, Stage } from './control-plane-state.ts'

const variables = z.record(z.string(), z.string()).optional()
const CreateDeployment = z.object({
  stageName: z.string().optional(),
  stageDescription: z.string().optional(),
  description: z.string().optional(),
  variables,
})
const CreateStage = z.object({
  stageName: z.string(),
  deploymentId: z.string(),
  description: z.string().optional(),
  documentationVersion: z.string().optional(),
  cacheClusterEnabled: z.boolean().default(false),
  cacheClusterSize: z.string().optional(),
  tracingEnabled: z.boolean().default(false),
  variables,
  tags: z.record(z.string(), z.string()).optional(),
})

/** Deployments and stages. What is deployed isn't kept apart from what is there. */
export const STAGE_HANDLERS: Partial<Record<OperationName, Handler>> = {
  CreateDeployment(call) {
    const body = readBody(call, CreateDeployment, 'createDeploymentInput')
    if (!body.ok) return body
    const api = findRestApi(call)
    if (!api.ok) return api
    const methods = api.value.resources.flatMap((resource) => resource.methods)
    if (methods.length === 0) return refuse(badRequest("The REST API doesn't contain any methods"))
    if (methods.some(({ integration }) => integration === undefined)) {
      return refuse(badRequest('No integration defined for method'))
    }
    const { stageName, stageDescription, description, variables } = body.value
    const deployment = { id: newId(), ...(description !== undefined && { description }), createdDate: seconds(call) }
    api.value.deployments = [...(api.value.deployments ?? []), deployment]
    // Terraform's provider always names a stage, "" where its user named none.
    if (stageName !== undefined && stageName !== '') {
      const existing = api.value.stages?.find((stage) => stage.stageName === stageName)
      const stage = existing ?? newStage(call, { stageName, deploymentId: deployment.id })
      Object.assign(stage, { deploymentId: deployment.id, lastUpdatedDate: seconds(call) })
      if (stageDescription !== undefined) stage.description = stageDescription
      if (variables !== undefined) stage.variables = variables
      if (existing === undefined) api.value.stages = [...(api.value.stages ?? []), stage]
    }
    return reply(201, deployment)
  },

  GetDeployments(call) {
    const api = findRestApi(call)
    if (!api.ok) return api
    const { page: item, ...position } = page(api.value.deployments ?? [], call)
    return reply(200, { item, ...position })
  },

  GetDeployment(call) {
    const found = findDeployment(call)
    return found.ok ? reply(200, found.value) : found
  },

  UpdateDeployment(call) {
    const found = findDeployment(call)
    if (!found.ok) return found
    const next = patched(found.value, call, { strings: ['description'] })
    if (!next.ok) return next
    Object.assign(found.value, next.value)
    return reply(200, next.value)
  },

  DeleteDeployment(call) {
    const found = findDeployment(call)
    if (!found.ok) return found
    const api = findRestApi(call)
    if (!api.ok) return api
    if (api.value.stages?.some(({ deploymentId }) => deploymentId === found.value.id)) {
      return refuse(badRequest('Active stages pointing to this deployment must be moved or deleted'))
    }
    api.value.deployments = api.value.deployments?.filter(({ id }) => id !== found.value.id)
    return reply(202)
  },

  CreateStage(call) {
    const body = readBody(call, CreateStage, 'createStageInput')
    if (!body.ok) return body
    const api = findRestApi(call)
    if (!api.ok) return api
    const { stageName, deploymentId } = body.value
    if (!/^[A-Za-z0-9_-]{1,128}$/.test(stageName)) {
      return refuse(badRequest('Stage name only allows a-zA-Z0-9_-'))
    }
    if (!api.value.deployments?.some(({ id }) => id === deploymentId)) {
      return refuse(notFound('Invalid Deployment identifier specified'))
    }
    if (api.value.stages?.some((stage) => stage.stageName === stageName)) {
      return refuse({ type: 'ConflictException', status: 409, message: 'Stage already exists' })
    }
    const stage = newStage(call, body.value)
    api.value.stages = [...(api.value.stages ?? []), stage]
    return reply(201, stage)
  },

  GetStages(call) {
    const api = findRestApi(call)
    if (!api.ok) return api
    const deployment = call.query.get('deploymentId')
    const item = (api.value.stages ?? []).filter(({ deploymentId }) => [null, deploymentId].includes(deployment))
    return reply(200, { item })
  },

  GetStage(call) {
    const found = findStage(call)
    return found.ok ? reply(200, found.value.stage) : found
  },

  UpdateStage(call) {
    const found = findStage(call)
    if (!found.ok) return found
    const next = patched(found.value.stage, call, {
      strings: ['deploymentId', 'description', 'documentationVersion'],
      booleans: ['tracingEnabled', 'cacheClusterEnabled'],
      maps: { variables: 'string' },
    })
    if (!next.ok) return next
    Object.assign(found.value.stage, next.value, { lastUpdatedDate: seconds(call) })
    return reply(200, found.value.stage)
  },

  DeleteStage(call) {
    const found = findStage(call)
    if (!found.ok) return found
    const { api, stage } = found.value
    api.stages = api.stages?.filter((other) => other !== stage)
    return reply(202)
  },
}

function newStage(call: Call, members: Pick<Stage, 'stageName' | 'deploymentId'> & Partial<Stage>): Stage {
  const at = seconds(call)
  return { cacheClusterEnabled: false, tracingEnabled: false, ...members, createdDate: at, lastUpdatedDate: at }
}

function findDeployment(call: Call) {
  const api = findRestApi(call)
  if (!api.ok) return api
  const deployment = api.value.deployments?.find(({ id }) => id === call.params.deployment_id)
  return deployment === undefined
    ? refuse(notFound('Invalid Deployment identifier specified'))
    : { ok: true as const, value: deployment }
}

function findStage(call: Call): Parsed<{ api: RestApi; stage: Stage }> {
  const api = findRestApi(call)
  if (!api.ok) return api
  const stage = api.value.stages?.find(({ stageName }) => stageName === call.params.stage_name)
  return stage === undefined
    ? refuse(notFound('Invalid stage identifier specified'))
    : { ok: true, value: { api: api.value, stage } }
}

function seconds({ now }: Call): number {
  return Math.floor(now / 1000)
}

/** Like API Gateway's own: six lower-case letters and digits. */
function newId(): string {
  return Array.from({ length: 6 }, () => randomInt(36).toString(36)).join('')
}
