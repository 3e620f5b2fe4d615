import type { OperationName } from '../apigateway/operation-table.ts'
import {
  ADDRESS_WORDS,
  AUTHORIZATION_WORDS,
  CACHE_SIZE_WORDS,
  CONTENT_HANDLING_WORDS,
  DOCUMENTED_WORDS,
  ENDPOINT_WORDS,
  KEY_SOURCE_WORDS,
  LOG_LEVEL_WORDS,
  type Words,
} from '../apigateway/operation-words.ts'

/**
 * What a body's member holds: a JSON type, a word of an enum, or an object of which some members are words. `templates`
 * are strings that may be null; `object` is any JSON object.
 */
export type MemberKind = JsonKind | { words: Words } | { wordsInside: Readonly<Record<string, Words>> }
export type JsonKind =
  | 'string'
  | 'integer'
  | 'boolean'
  | 'strings'
  | 'string-map'
  | 'boolean-map'
  | 'templates'
  | 'object'

/** What a write may send. `*` in a patch path is one whole segment. */
export type WriteBody =
  | { kind: 'none' }
  | { kind: 'members'; members: Readonly<Record<string, MemberKind>> }
  | {
      kind: 'patch'
      paths: readonly string[]
      /** The enums among the values, by the path that they are for. */
      words: Readonly<Record<string, Words>>
    }

/** What the gate does with one operation of API Gateway, for a caller whose team owns the API. */
export type Treatment =
  /** Judged by the policy's rules about integrations. */
  | { kind: 'integration'; note: string }
  /** Recorded and forwarded, with these parameters of the query and no others. */
  | { kind: 'read'; query: readonly string[]; note?: string }
  /** Answered from what API Gateway lists, with the caller's own APIs alone. */
  | { kind: 'list-apis'; note: string }
  /** Forwarded where the policy's `operations` list it and what it would bring about is harmless; `note` says how judged. */
  | { kind: 'write'; body: WriteBody; note?: string }
  | { kind: 'refused'; why: string }

const PAGE = ['limit', 'position']

const read = (...query: string[]): Treatment => ({ kind: 'read', query })
const erase = (note?: string): Treatment => ({
  kind: 'write',
  body: { kind: 'none' },
  ...(note !== undefined && { note }),
})
const write = (members: Readonly<Record<string, MemberKind>>, note?: string): Treatment => ({
  kind: 'write',
  body: { kind: 'members', members },
  ...(note !== undefined && { note }),
})
const update = (paths: readonly string[], note?: string, words: Readonly<Record<string, Words>> = {}): Treatment => ({
  kind: 'write',
  body: { kind: 'patch', paths, words },
  ...(note !== undefined && { note }),
})
const refused = (why: string): Treatment => ({ kind: 'refused', why })

const ACCOUNT = refused('It belongs to the account, not to an API of a team.')
const DOMAIN = refused('Domain names belong to the account, not to an API of a team.')
const KEYS = refused('API keys and usage plans belong to the account, not to an API of a team.')
const LINK = refused('VPC links belong to the account; the policy says which of them a team may use.')
const CERTIFICATE = refused('Client certificates belong to the account, not to an API of a team.')
const AUTHORIZER = refused(
  'An authorizer calls a function under a role of its own, and no rule of the policy judges those.',
)
const TAGS = refused(
  'Tags can say whose an API is: platform admins set them, and a new API gets its own when it is created.',
)
const DOCUMENT = refused(
  'It takes a whole OpenAPI document, whose integrations would take effect without being judged one by one.',
)

const TEMPLATES =
  'A template with content is refused: no rule of the policy judges those of responses. Headers pass as they are.'
const AUTHORIZATION =
  'Who may call the method is for `methods` of the policy: `authorizationType` NONE passes where they list it as open.'
const STAGE =
  'Stage variables, canaries and a cache are refused: they complete or share what integrations were judged without.'

/**
 * Every operation of API Gateway's control plane and what becomes of it at the gate. `docs/operations.md` is written from
 * this table, and a policy can list exactly the operations that are a `write` here.
 */
export const TREATMENTS: Readonly<Record<OperationName, Treatment>> = {
  PutIntegration: { kind: 'integration', note: 'by the integration it sends' },
  UpdateIntegration: { kind: 'integration', note: 'by the integration that its patch would leave behind' },
  DeleteIntegration: { kind: 'integration', note: 'whoever owns the API may' },
  GetIntegration: { kind: 'integration', note: 'whoever owns the API may' },

  GetRestApis: { kind: 'list-apis', note: "shows the APIs of the caller's teams and no others" },
  GetRestApi: read(),
  GetResources: read(...PAGE, 'embed'),
  GetResource: read('embed'),
  GetMethod: read(),
  GetMethodResponse: read(),
  GetIntegrationResponse: read(),
  GetDeployments: read(...PAGE),
  GetDeployment: read('embed'),
  GetStages: read('deploymentId'),
  GetStage: read(),
  GetModels: read(...PAGE),
  GetModel: read('flatten'),
  GetModelTemplate: read(),
  GetRequestValidators: read(...PAGE),
  GetRequestValidator: read(),
  GetAuthorizers: read(...PAGE),
  GetAuthorizer: read(),
  GetGatewayResponses: read(...PAGE),
  GetGatewayResponse: read(),
  GetDocumentationParts: read(...PAGE, 'type', 'name', 'path', 'locationStatus'),
  GetDocumentationPart: read(),
  GetDocumentationVersions: read(...PAGE),
  GetDocumentationVersion: read(),
  GetExport: { kind: 'read', query: ['extensions'], note: 'as JSON, whatever form is asked for' },
  GetSdk: refused('Its answer is an archive; the gate passes JSON alone.'),

  CreateResource: write({ pathPart: 'string' }),
  UpdateResource: update(['/parentId', '/pathPart']),
  DeleteResource: erase('Takes the methods and integrations below with it.'),
  PutMethod: write(
    {
      authorizationType: { words: AUTHORIZATION_WORDS },
      authorizerId: 'string',
      apiKeyRequired: 'boolean',
      operationName: 'string',
      requestParameters: 'boolean-map',
      requestModels: 'string-map',
      requestValidatorId: 'string',
      authorizationScopes: 'strings',
    },
    AUTHORIZATION,
  ),
  UpdateMethod: update(
    [
      '/authorizationType',
      '/authorizerId',
      '/authorizationScopes',
      '/apiKeyRequired',
      '/operationName',
      '/requestParameters/*',
      '/requestModels/*',
      '/requestValidatorId',
    ],
    `${AUTHORIZATION} The removal of a request parameter is refused: cache keys that name it would go silently.`,
    { '/authorizationType': AUTHORIZATION_WORDS },
  ),
  DeleteMethod: erase('Takes its integration with it.'),
  PutMethodResponse: write({ responseParameters: 'boolean-map', responseModels: 'string-map' }),
  UpdateMethodResponse: update(['/responseParameters/*', '/responseModels/*']),
  DeleteMethodResponse: erase(),
  PutIntegrationResponse: write(
    {
      selectionPattern: 'string',
      responseParameters: 'string-map',
      responseTemplates: 'templates',
      contentHandling: { words: CONTENT_HANDLING_WORDS },
    },
    TEMPLATES,
  ),
  UpdateIntegrationResponse: update(
    ['/selectionPattern', '/responseParameters/*', '/responseTemplates/*', '/contentHandling'],
    TEMPLATES,
    { '/contentHandling': CONTENT_HANDLING_WORDS },
  ),
  DeleteIntegrationResponse: erase(),
  PutGatewayResponse: write(
    { statusCode: 'string', responseParameters: 'string-map', responseTemplates: 'templates' },
    TEMPLATES,
  ),
  UpdateGatewayResponse: update(['/statusCode', '/responseParameters/*', '/responseTemplates/*'], TEMPLATES),
  DeleteGatewayResponse: erase(),

  CreateDeployment: write(
    {
      stageName: 'string',
      stageDescription: 'string',
      description: 'string',
      cacheClusterEnabled: 'boolean',
      cacheClusterSize: { words: CACHE_SIZE_WORDS },
      variables: 'string-map',
      canarySettings: 'object',
      tracingEnabled: 'boolean',
    },
    STAGE,
  ),
  UpdateDeployment: update(['/description']),
  DeleteDeployment: erase(),
  CreateStage: write(
    {
      stageName: 'string',
      deploymentId: 'string',
      description: 'string',
      cacheClusterEnabled: 'boolean',
      cacheClusterSize: { words: CACHE_SIZE_WORDS },
      variables: 'string-map',
      documentationVersion: 'string',
      canarySettings: 'object',
      tracingEnabled: 'boolean',
      tags: 'string-map',
    },
    STAGE,
  ),
  UpdateStage: update(
    [
      '/deploymentId',
      '/description',
      '/documentationVersion',
      '/tracingEnabled',
      '/*/*/metrics/enabled',
      '/*/*/logging/loglevel',
      '/*/*/throttling/burstLimit',
      '/*/*/throttling/rateLimit',
    ],
    `${STAGE} So are access logs and data tracing, which carry what callers send elsewhere.`,
    { '/*/*/logging/loglevel': LOG_LEVEL_WORDS },
  ),
  DeleteStage: erase(),
  FlushStageCache: erase(),
  FlushStageAuthorizersCache: erase(),

  CreateModel: write({ name: 'string', contentType: 'string', description: 'string', schema: 'string' }),
  UpdateModel: update(['/description', '/schema']),
  DeleteModel: erase(),
  CreateRequestValidator: write({
    name: 'string',
    validateRequestBody: 'boolean',
    validateRequestParameters: 'boolean',
  }),
  UpdateRequestValidator: update(['/name', '/validateRequestBody', '/validateRequestParameters']),
  DeleteRequestValidator: erase(),
  CreateDocumentationPart: write({ location: { wordsInside: { type: DOCUMENTED_WORDS } }, properties: 'string' }),
  UpdateDocumentationPart: update(['/properties']),
  DeleteDocumentationPart: erase(),
  CreateDocumentationVersion: write({ documentationVersion: 'string', stageName: 'string', description: 'string' }),
  UpdateDocumentationVersion: update(['/description']),
  DeleteDocumentationVersion: erase(),
  CreateRestApi: write(
    {
      name: 'string',
      description: 'string',
      version: 'string',
      binaryMediaTypes: 'strings',
      endpointConfiguration: { wordsInside: { types: ENDPOINT_WORDS, ipAddressType: ADDRESS_WORDS } },
      disableExecuteApiEndpoint: 'boolean',
      minimumCompressionSize: 'integer',
      apiKeySource: { words: KEY_SOURCE_WORDS },
      policy: 'string',
      cloneFrom: 'string',
      tags: 'string-map',
    },
    "Its tags must make it the team's own at once; teams that own by ids alone can't create one. A copy of another API, a resource policy, VPC endpoints and keys from an authorizer are refused.",
  ),
  UpdateRestApi: update(
    ['/name', '/description', '/version', '/binaryMediaTypes/*', '/minimumCompressionSize'],
    'Its resource policy, its endpoints and where it looks for API keys say who may call it: changes to those are refused.',
  ),
  DeleteRestApi: erase('Takes everything in it along.'),

  PutRestApi: DOCUMENT,
  ImportRestApi: DOCUMENT,
  ImportDocumentationParts: refused(
    'It takes a whole OpenAPI document; documentation parts can be created one by one.',
  ),
  TestInvokeMethod: refused(
    "It runs what isn't deployed yet, past the method's authorization and with stage variables of the caller's choosing.",
  ),
  TestInvokeAuthorizer: refused("It runs an authorizer's function with input of the caller's choosing."),
  CreateAuthorizer: AUTHORIZER,
  UpdateAuthorizer: AUTHORIZER,
  DeleteAuthorizer: refused('Authorizers are put up by platform admins, and taken down by them.'),
  GetTags: refused('Tags are in the answers to GetRestApi and GetStage.'),
  TagResource: TAGS,
  UntagResource: TAGS,

  GetAccount: ACCOUNT,
  UpdateAccount: ACCOUNT,
  GetSdkType: ACCOUNT,
  GetSdkTypes: ACCOUNT,
  CreateApiKey: KEYS,
  DeleteApiKey: KEYS,
  GetApiKey: KEYS,
  GetApiKeys: KEYS,
  ImportApiKeys: KEYS,
  UpdateApiKey: KEYS,
  CreateUsagePlan: KEYS,
  CreateUsagePlanKey: KEYS,
  DeleteUsagePlan: KEYS,
  DeleteUsagePlanKey: KEYS,
  GetUsage: KEYS,
  GetUsagePlan: KEYS,
  GetUsagePlanKey: KEYS,
  GetUsagePlanKeys: KEYS,
  GetUsagePlans: KEYS,
  UpdateUsage: KEYS,
  UpdateUsagePlan: KEYS,
  CreateBasePathMapping: DOMAIN,
  CreateDomainName: DOMAIN,
  CreateDomainNameAccessAssociation: DOMAIN,
  DeleteBasePathMapping: DOMAIN,
  DeleteDomainName: DOMAIN,
  DeleteDomainNameAccessAssociation: DOMAIN,
  GetBasePathMapping: DOMAIN,
  GetBasePathMappings: DOMAIN,
  GetDomainName: DOMAIN,
  GetDomainNameAccessAssociations: DOMAIN,
  GetDomainNames: DOMAIN,
  RejectDomainNameAccessAssociation: DOMAIN,
  UpdateBasePathMapping: DOMAIN,
  UpdateDomainName: DOMAIN,
  CreateVpcLink: LINK,
  DeleteVpcLink: LINK,
  GetVpcLink: LINK,
  GetVpcLinks: LINK,
  UpdateVpcLink: LINK,
  DeleteClientCertificate: CERTIFICATE,
  GenerateClientCertificate: CERTIFICATE,
  GetClientCertificate: CERTIFICATE,
  GetClientCertificates: CERTIFICATE,
  UpdateClientCertificate: CERTIFICATE,
}
