import * as z from 'zod'
import { MEMBERS } from '../../apigateway/members.ts'
import { AUTHORIZATION_TYPES } from '../../control-plane/authorization-types.ts'
import { WRITE_OPERATIONS } from '../../control-plane/write-operations.ts'
import {
  AccountId,
  Allowed,
  HostPattern,
  listOf,
  NamePattern,
  NamespacePattern,
  ParameterPattern,
  Partition,
  PathPattern,
  Port,
  Query,
  Region,
  ResourceId,
  RestApiId,
  RolePattern,
  Scheme,
  Types,
  Verbs,
} from './scalars.ts'

/**
 * The sections a policy speaks in, shared by `org.bounds`, `org.defaults`, a team's `allow` and an exception's `grants`.
 * What a section leaves unnamed keeps API Gateway's default: writing one half of it never opens the other. Bounds alone
 * limit no more than what they name.
 */

/** Where a placeholder's value may come from, beyond the method's own path: any text, `/` and `..` included. */
const PlaceholderSource = z.enum(['querystring', 'header', 'body', 'context'])
const Placeholders = z.union([
  Allowed,
  z.strictObject({
    from: z
      .array(PlaceholderSource)
      .min(1)
      .max(4)
      .describe('Sources that may fill a placeholder under these paths, though their text may hold / and ..'),
  }),
])

/** The query of a backend, or the names of the parameters that a literal query may have. */
const QueryOrNames = z.union([
  Query,
  z.strictObject({ names: listOf(NamePattern).describe('Parameters that a literal query may have, as spelt.') }),
])

/** An HTTP backend of a team. `hosts` is what tells it from the other kinds. */
export const HttpBackend = z.strictObject({
  hosts: listOf(HostPattern),
  schemes: z.array(Scheme).min(1).max(2).exactOptional(),
  ports: listOf(Port).exactOptional(),
  paths: listOf(PathPattern).exactOptional(),
  query: QueryOrNames.exactOptional().describe('literal unless said.'),
  placeholders: Placeholders.exactOptional().describe('`{id}` in the path, where the paths cover every value.'),
  stageVariables: Allowed.exactOptional().describe('Stage variables in the path; follows `placeholders` unless said.'),
  methods: Verbs.exactOptional().describe("The integration's verb, towards the backend."),
  httpMethods: Verbs.exactOptional().describe("The method's verb, which the API's caller uses."),
})

/** A Lambda function of a team. `unqualified` follows from `qualifiers`: where those are listed, never; else allowed. */
export const LambdaBackend = z.strictObject({
  lambda: z.strictObject({
    account: AccountId,
    functions: listOf(NamePattern),
    qualifiers: listOf(NamePattern).exactOptional(),
    unqualified: Allowed.exactOptional().describe('Whether the function may be named without a qualifier.'),
    regions: listOf(Region).exactOptional(),
    partitions: listOf(Partition).exactOptional(),
  }),
  methods: Verbs.exactOptional().describe("The integration's verb; POST unless said."),
  httpMethods: Verbs.exactOptional(),
})

const ServiceName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'an AWS service name, for example sqs')

const Resource = listOf(NamePattern).exactOptional()
/**
 * Resources that a request to an AWS service may name in its query or body: a name (of the role's account, in the uri's
 * Region), `account/name`, or a whole ARN, each with `*`.
 */
const RESOURCE_LISTS = {
  queues: Resource.describe('SQS queues (QueueUrl), for example shop-* or 111111111111/shop-*.'),
  topics: Resource.describe('SNS topics (TopicArn, TargetArn).'),
  tables: Resource.describe('DynamoDB tables (TableName).'),
  stateMachines: Resource.describe('Step Functions state machines (stateMachineArn).'),
  buckets: Resource.describe('S3 buckets (Bucket).'),
  streams: Resource.describe('Kinesis and Firehose streams (StreamName, StreamARN, DeliveryStreamName).'),
  eventBuses: Resource.describe('EventBridge event buses (EventBusName).'),
}

/** `path/…` and `action/…` of one other AWS service; a kind that isn't listed isn't allowed. */
const AwsTarget = z.strictObject({
  service: ServiceName,
  subdomains: listOf(NamePattern)
    .exactOptional()
    .describe('Labels in front of the service; none may stand unless listed.'),
  paths: listOf(PathPattern).exactOptional().describe('What may follow `path`, for example /111111111111/orders.'),
  actions: listOf(NamePattern)
    .exactOptional()
    .describe('Operations, for example SendMessage: after `action/`, in a query, or in a closed body.'),
  ...RESOURCE_LISTS,
  regions: listOf(Region).exactOptional(),
  partitions: listOf(Partition).exactOptional(),
})

/** Another AWS service (integration type AWS). */
export const AwsBackend = z.strictObject({
  aws: AwsTarget,
  query: QueryOrNames.exactOptional().describe(
    'Parameters after the action (`&Bucket=b`) or the path; none unless said.',
  ),
  placeholders: Placeholders.exactOptional().describe('`{name}` in the path, where the paths cover every value.'),
  methods: Verbs.exactOptional(),
  httpMethods: Verbs.exactOptional(),
})

/** One backend rule of a team: HTTP, Lambda or another AWS service. */
export const Backend = z.union([HttpBackend, LambdaBackend, AwsBackend])

const UriBounds = z.strictObject({
  schemes: z.array(Scheme).min(1).max(2).exactOptional(),
  hosts: listOf(HostPattern).exactOptional(),
  ports: listOf(Port).exactOptional(),
  paths: listOf(PathPattern).exactOptional(),
  query: Query.exactOptional().describe('The most that a team may be allowed: none < literal < late-bound.'),
  placeholders: z
    .strictObject({ authority: z.literal('never').exactOptional(), path: Allowed.exactOptional() })
    .exactOptional(),
  stageVariables: z
    .strictObject({ authority: z.literal('never').exactOptional(), path: Allowed.exactOptional() })
    .exactOptional(),
  methods: Verbs.exactOptional(),
  httpMethods: Verbs.exactOptional(),
  lambda: z
    .strictObject({
      accounts: listOf(AccountId).exactOptional(),
      regions: listOf(Region).exactOptional(),
      partitions: listOf(Partition).exactOptional(),
      functions: listOf(NamePattern).exactOptional(),
      qualifiers: listOf(NamePattern).exactOptional(),
      unqualified: Allowed.exactOptional(),
    })
    .exactOptional(),
  aws: listOf(AwsTarget).exactOptional(),
})

const Connection = z.strictObject({
  types: z.array(z.enum(MEMBERS.connectionType.values)).min(1).max(2).exactOptional(),
  vpcLinks: listOf(NamePattern).exactOptional(),
  integrationTargets: listOf(z.string().min(1).max(600))
    .exactOptional()
    .describe('Load balancer ARNs, for VPC links V2.'),
})

/** `hosts` narrows an allowance to named backends; it is never needed beside `never`. */
const Tls = z.strictObject({
  insecureSkipVerification: Allowed,
  hosts: listOf(HostPattern).exactOptional(),
})

const Millis = z.int().min(50).max(900_000)
const Timeout = z.strictObject({ minMillis: Millis.exactOptional(), maxMillis: Millis.exactOptional() })

const CacheLimits = z.strictObject({
  namespaces: listOf(NamespacePattern).exactOptional(),
  keyParameters: listOf(ParameterPattern).exactOptional().describe('The keys a method may carry.'),
  forbiddenKeys: listOf(ParameterPattern).exactOptional().describe('Keys no method may carry.'),
  requireKeys: z
    .strictObject({ allOf: listOf(ParameterPattern).exactOptional(), anyOf: listOf(ParameterPattern).exactOptional() })
    .exactOptional()
    .describe('Keys a cached method must carry: all of these, and one of those.'),
  identityKey: z
    .enum(['required', 'optional'])
    .exactOptional()
    .describe('required: a cached method must carry a key that tells its callers apart.'),
  identityKeys: listOf(ParameterPattern)
    .exactOptional()
    .describe('Keys that tell callers apart, beside those that always do.'),
  maxKeyParameters: z.int().min(0).max(100).exactOptional(),
})

/** `location.name`: `header`, `path` or `querystring` and the parameter; headers compare case-insensitively. */
const Destination = ParameterPattern.describe('For example path.*, querystring.page, header.X-Tenant.')

/** Opens one exact name that is closed to mappings whatever else the policy says, for example `header.Host`. */
const Opening = z.strictObject({
  destination: z.string().min(1).max(300),
  sources: listOf(ParameterPattern).exactOptional(),
  staticValues: listOf(z.string().max(1000)).exactOptional().describe('Without the single quotes of the wire form.'),
})

const RequestParameters = z.strictObject({
  destinations: listOf(Destination).exactOptional(),
  sources: listOf(ParameterPattern).exactOptional(),
  staticValues: z
    .union([Allowed, listOf(z.string().max(1000))])
    .exactOptional()
    .describe("'text' as a source: allowed, never, or these. Where `sources` is given, never unless said."),
  open: listOf(Opening).exactOptional(),
})

/** `allowed`: what the template grammar accepts; `anything`: whatever Velocity does, unjudged. */
const TemplateUse = z.enum(['forbidden', 'static', 'allowed', 'anything'])
const RequestTemplates = z.strictObject({
  use: TemplateUse,
  contentTypes: listOf(z.string().min(1).max(200)).exactOptional(),
  maxBytes: z
    .int()
    .min(0)
    .max(MEMBERS.requestTemplates.maxBytes)
    .exactOptional()
    .describe('UTF-8 bytes of one template.'),
  overrides: z
    .union([z.literal('never'), listOf(z.string().min(1).max(300))])
    .exactOptional()
    .describe('Exact names that `$context.requestOverride` may set, for example header.X-Tenant; never unless said.'),
})

const Mapping = z.strictObject({
  requestParameters: z.union([z.literal('forbidden'), RequestParameters]).exactOptional(),
  requestTemplates: z.union([TemplateUse, RequestTemplates]).exactOptional(),
})

const Mock = z.strictObject({
  httpMethods: Verbs.exactOptional(),
  templates: TemplateUse.exactOptional(),
  overLiveBackend: Allowed.exactOptional().describe('MOCK in place of an existing backend; never unless said.'),
})

const Credentials = z.strictObject({
  roles: listOf(RolePattern).exactOptional(),
  none: Allowed.exactOptional().describe('Whether credentials may be absent; allowed unless said.'),
  callerPassThrough: Allowed.exactOptional().describe('arn:aws:iam::*:user/*; never unless said.'),
})

const CredentialsBounds = z.strictObject({
  accounts: listOf(AccountId).exactOptional(),
  rolePath: z
    .string()
    .min(1)
    .max(512)
    .exactOptional()
    .describe('/apigw/ is exactly that path; /apigw/** also what lies below.'),
  roles: listOf(RolePattern).exactOptional(),
  callerPassThrough: Allowed.exactOptional(),
})

const Passthrough = z.array(z.enum(MEMBERS.passthroughBehavior.values)).min(1).max(3)
/** `none` is an absent contentHandling. */
const ContentHandling = z
  .array(z.enum([MEMBERS.contentHandling.default.word, ...MEMBERS.contentHandling.values]))
  .min(1)
  .max(3)
const ResponseTransferMode = z.array(z.enum(MEMBERS.responseTransferMode.values)).min(1).max(2)

const Operations = z
  .array(z.enum(WRITE_OPERATIONS))
  .min(1)
  .max(WRITE_OPERATIONS.length)
  .describe('Operations that change something beside integrations; none unless listed.')

/** Methods that may go without authorization. */
const OpenMethods = z.strictObject({
  httpMethods: Verbs.describe("The methods' verbs; OPTIONS for the preflights of browsers."),
  restApiIds: listOf(RestApiId).exactOptional().describe("Of these APIs; of all the team's unless said."),
  resourceIds: listOf(ResourceId).exactOptional().describe('On these resources; on all unless said.'),
  apiKey: z
    .enum(['required', 'optional'])
    .exactOptional()
    .describe('Whether they need an API key; optional unless said.'),
})

const Methods = z
  .strictObject({
    authorizationTypes: z.array(z.enum(AUTHORIZATION_TYPES)).min(1).max(AUTHORIZATION_TYPES.length).exactOptional(),
    open: listOf(OpenMethods)
      .exactOptional()
      .describe('Methods that anybody may call, with authorizationType NONE; none unless listed.'),
  })
  .describe('Who may call the methods that a team sets up.')

const common = {
  types: Types.exactOptional(),
  connection: Connection.exactOptional(),
  tls: Tls.exactOptional(),
  timeout: Timeout.exactOptional(),
  mapping: Mapping.exactOptional(),
  mock: Mock.exactOptional(),
  passthrough: Passthrough.exactOptional(),
  contentHandling: ContentHandling.exactOptional(),
  responseTransferMode: ResponseTransferMode.exactOptional(),
  operations: Operations.exactOptional(),
  methods: Methods.exactOptional(),
}

/** What nobody may be allowed beyond. */
export const Bounds = z.strictObject({
  ...common,
  uri: UriBounds.exactOptional(),
  credentials: CredentialsBounds.exactOptional(),
  cache: CacheLimits.exactOptional(),
})

/** What a team may do. The names of its members are the sections of rule ids. */
export const Allow = z.strictObject({
  ...common,
  uri: listOf(Backend).exactOptional(),
  credentials: z.union([z.literal('none'), Credentials]).exactOptional(),
  cache: z.union([z.literal('none'), CacheLimits]).exactOptional(),
})

/** What a deny rule matches: every member named, and of each any entry. A late-bound value matches what it could be. */
export const DenyMatch = {
  types: Types.exactOptional(),
  uri: UriBounds.omit({ placeholders: true, stageVariables: true, query: true, httpMethods: true }).exactOptional(),
  httpMethods: Verbs.exactOptional(),
  restApiIds: listOf(RestApiId).exactOptional(),
  credentials: z
    .strictObject({
      accounts: listOf(AccountId).exactOptional(),
      roles: listOf(RolePattern).exactOptional(),
      callerPassThrough: z.literal(true).exactOptional(),
    })
    .exactOptional(),
  connection: Connection.exactOptional(),
  cache: z
    .strictObject({
      namespaces: listOf(NamespacePattern).exactOptional(),
      keyParameters: listOf(ParameterPattern).exactOptional(),
    })
    .exactOptional(),
  mapping: z
    .strictObject({
      requestParameters: z
        .strictObject({
          destinations: listOf(Destination).exactOptional(),
          sources: listOf(ParameterPattern).exactOptional(),
        })
        .exactOptional(),
    })
    .exactOptional(),
  tls: z.strictObject({ insecureSkipVerification: z.literal(true) }).exactOptional(),
  timeout: Timeout.exactOptional().describe('Timeouts from the least to the most, both included.'),
  passthrough: Passthrough.exactOptional(),
  contentHandling: ContentHandling.exactOptional(),
  responseTransferMode: ResponseTransferMode.exactOptional(),
}
const Deny = z.strictObject(DenyMatch)

export type Deny = z.infer<typeof Deny>
export type HttpBackend = z.infer<typeof HttpBackend>
export type LambdaBackend = z.infer<typeof LambdaBackend>
export type AwsBackend = z.infer<typeof AwsBackend>
export type AwsTarget = z.infer<typeof AwsTarget>
export type Backend = z.infer<typeof Backend>
export type UriBounds = z.infer<typeof UriBounds>
export type Connection = z.infer<typeof Connection>
export type Tls = z.infer<typeof Tls>
export type Timeout = z.infer<typeof Timeout>
export type CacheLimits = z.infer<typeof CacheLimits>
export type RequestParameters = z.infer<typeof RequestParameters>
export type Opening = z.infer<typeof Opening>
export type TemplateUse = z.infer<typeof TemplateUse>
export type RequestTemplates = z.infer<typeof RequestTemplates>
export type Mapping = z.infer<typeof Mapping>
export type Mock = z.infer<typeof Mock>
export type Credentials = z.infer<typeof Credentials>
export type CredentialsBounds = z.infer<typeof CredentialsBounds>
export type OpenMethods = z.infer<typeof OpenMethods>
export type Methods = z.infer<typeof Methods>
export type Bounds = z.infer<typeof Bounds>
export type Allow = z.infer<typeof Allow>
