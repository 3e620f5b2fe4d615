import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import * as z from 'zod'
import { HTTP_METHODS, type Integration } from '../apigateway/integration.ts'
import { MEMBERS } from '../apigateway/members.ts'
import { parsePutIntegration } from '../apigateway/parse.ts'

const IntegrationResponse = z.object({
  statusCode: z.string(),
  selectionPattern: z.string().optional(),
  responseParameters: z.record(z.string(), z.string()).optional(),
  responseTemplates: z.record(z.string(), z.string().nullable()).optional(),
  contentHandling: z.enum(MEMBERS.contentHandling.values).optional(),
})
export type IntegrationResponse = z.infer<typeof IntegrationResponse>

const MethodResponse = z.object({
  statusCode: z.string(),
  responseParameters: z.record(z.string(), z.boolean()).optional(),
  responseModels: z.record(z.string(), z.string()).optional(),
})
export type MethodResponse = z.infer<typeof MethodResponse>

const Method = z.object({
  httpMethod: z.enum(HTTP_METHODS),
  authorizationType: z.string(),
  authorizerId: z.string().optional(),
  apiKeyRequired: z.boolean(),
  operationName: z.string().optional(),
  requestParameters: z.record(z.string(), z.boolean()).optional(),
  requestModels: z.record(z.string(), z.string()).optional(),
  requestValidatorId: z.string().optional(),
  authorizationScopes: z.array(z.string()).optional(),
  integration: z
    .custom<Integration>((value) => parsePutIntegration(new TextEncoder().encode(JSON.stringify(value))).ok)
    .optional(),
  integrationResponses: z.array(IntegrationResponse),
  methodResponses: z.array(MethodResponse).optional(),
})
export type Method = z.infer<typeof Method>

const Resource = z.object({
  id: z.string(),
  /** Absent for the root. */
  parentId: z.string().optional(),
  pathPart: z.string().optional(),
  path: z.string(),
  methods: z.array(Method),
})
export type Resource = z.infer<typeof Resource>

const Deployment = z.object({
  id: z.string(),
  description: z.string().optional(),
  /** Unix seconds. */
  createdDate: z.number(),
})

const Stage = z.object({
  stageName: z.string(),
  deploymentId: z.string(),
  description: z.string().optional(),
  documentationVersion: z.string().optional(),
  cacheClusterEnabled: z.boolean(),
  cacheClusterSize: z.string().optional(),
  tracingEnabled: z.boolean(),
  variables: z.record(z.string(), z.string()).optional(),
  tags: z.record(z.string(), z.string()).optional(),
  /** Unix seconds. */
  createdDate: z.number(),
  lastUpdatedDate: z.number(),
})
export type Stage = z.infer<typeof Stage>

const RestApi = z.object({
  id: z.string(),
  /** Twelve digits; one embedded control plane stands in for those of several accounts. */
  accountId: z.string(),
  name: z.string(),
  description: z.string().optional(),
  version: z.string().optional(),
  binaryMediaTypes: z.array(z.string()).optional(),
  /** Bytes. */
  minimumCompressionSize: z.number().optional(),
  disableExecuteApiEndpoint: z.boolean().optional(),
  /** Unix seconds. */
  createdDate: z.number(),
  apiKeySource: z.string(),
  endpointConfiguration: z.object({ types: z.array(z.string()) }),
  tags: z.record(z.string(), z.string()).optional(),
  /** The root first. */
  resources: z.array(Resource),
  deployments: z.array(Deployment).optional(),
  stages: z.array(Stage).optional(),
})
export type RestApi = z.infer<typeof RestApi>

const RestApis = z.object({ restApis: z.array(RestApi) })
export type RestApis = z.infer<typeof RestApis>

/** Where the REST APIs are kept. Not safe for two processes at once. */
export interface ControlPlaneState {
  /** What was written last; the caller must not change it. */
  read(): RestApis
  /** Replaces everything. Durable once it returns. */
  write(restApis: RestApis): void
}

export function memoryState(): ControlPlaneState {
  let current: RestApis = { restApis: [] }
  return {
    read: () => current,
    write(restApis) {
      current = restApis
    },
  }
}

/**
 * Keeps the REST APIs in one JSON file, replaced as a whole, so that a crash leaves the old or the new one.
 *
 * @throws {Error} with one sentence for the operator where the file exists and cannot be read.
 */
export function fileState(file: string): ControlPlaneState {
  let current: RestApis = existsSync(file) ? load(file) : { restApis: [] }
  return {
    read: () => current,
    write(restApis) {
      mkdirSync(dirname(file), { recursive: true })
      replaceFile(file, JSON.stringify(restApis))
      current = restApis
    },
  }
}

function load(file: string): RestApis {
  try {
    return RestApis.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause).replaceAll(/\s+/g, ' ') : String(cause)
    throw new Error(`Cannot read the REST APIs in ${file}: move the file away to start anew (${reason})`, { cause })
  }
}

function replaceFile(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`
  const descriptor = openSync(temporary, 'w', 0o600)
  try {
    writeFileSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(temporary, file)
}
