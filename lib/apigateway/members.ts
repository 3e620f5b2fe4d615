/**
 * The one table of what an integration is made of. The type {@link Integration}, the parser, API Gateway's defaults, the
 * form, patches, the trail, the schema of conditions, the JSON schema and `docs/members.md` all derive from it, so that a
 * new member is a new row and nothing else. A row without a judge, a default or a way to show does not compile.
 *
 * Sources: API Gateway service model 2015-07-09, PutIntegrationRequest; CloudFormation `AWS::ApiGateway::Method`; the
 * OpenAPI extension `x-amazon-apigateway-integration`; Terraform `aws_api_gateway_integration`.
 */
export const MEMBERS = {
  type: {
    kind: 'enum',
    values: ['HTTP', 'MOCK', 'AWS_PROXY', 'HTTP_PROXY', 'AWS'],
    checkedBy: 'model',
    default: { is: 'required' },
    case: 'upper',
    onMock: 'kept',
    answer: 'set',
    judgedBy: 'types',
    trail: 'word',
    condition: 'itself',
    patch: { as: 'never' },
    names: { cloudFormation: 'Type', openApi: 'type', terraform: 'type' },
    about: 'What kind of backend answers. It is set anew with PutIntegration; no patch changes it.',
  },
  httpMethod: {
    kind: 'enum',
    values: ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'ANY'],
    checkedBy: 'service',
    default: { is: 'absent', word: '' },
    case: 'upper',
    onMock: 'dropped',
    answer: 'set',
    judgedBy: 'uri',
    trail: 'word',
    condition: 'itself',
    patch: { as: 'member' },
    names: {
      cloudFormation: 'IntegrationHttpMethod',
      openApi: 'httpMethod',
      terraform: 'integration_http_method',
      sdk: 'integrationHttpMethod',
    },
    about: "The verb towards the backend. The method's own verb stands in the path of the request.",
  },
  uri: {
    kind: 'string',
    maxLength: 8_192,
    default: { is: 'absent', word: '' },
    case: 'exact',
    onMock: 'dropped',
    answer: 'set',
    judgedBy: 'uri',
    trail: 'uri',
    condition: 'backend',
    patch: { as: 'member' },
    names: { cloudFormation: 'Uri', openApi: 'uri', terraform: 'uri' },
    about: 'The address of the backend: an http(s) URL, or an ARN that names a service of AWS and what to call there.',
  },
  connectionType: {
    kind: 'enum',
    values: ['INTERNET', 'VPC_LINK'],
    checkedBy: 'model',
    default: { is: 'value', value: 'INTERNET' },
    case: 'upper',
    onMock: 'kept',
    answer: 'http types',
    judgedBy: 'connection',
    trail: 'word',
    condition: 'itself',
    patch: { as: 'member' },
    names: { cloudFormation: 'ConnectionType', openApi: 'connectionType', terraform: 'connection_type' },
    about: 'Whether the backend is called over the internet or through a VPC link.',
  },
  connectionId: {
    kind: 'string',
    maxLength: 256,
    default: { is: 'absent', word: '' },
    emptyIsAbsent: true,
    case: 'exact',
    onMock: 'kept',
    answer: 'set',
    judgedBy: 'connection',
    trail: 'name',
    condition: 'itself',
    patch: { as: 'member' },
    names: { cloudFormation: 'ConnectionId', openApi: 'connectionId', terraform: 'connection_id' },
    about: 'The id of the VPC link.',
  },
  credentials: {
    kind: 'string',
    maxLength: 2_048,
    default: { is: 'absent', word: '' },
    emptyIsAbsent: true,
    case: 'exact',
    onMock: 'kept',
    answer: 'set',
    judgedBy: 'credentials',
    trail: 'arn',
    condition: 'itself',
    patch: { as: 'member' },
    names: { cloudFormation: 'Credentials', openApi: 'credentials', terraform: 'credentials' },
    about:
      "The role that API Gateway assumes for the call, or the literal that passes the API caller's own identity on.",
  },
  requestParameters: {
    kind: 'strings',
    maxEntries: 128,
    maxKeyLength: 320,
    maxLength: 1_024,
    default: { is: 'value', value: {} },
    case: 'headers',
    onMock: 'kept',
    answer: 'set',
    judgedBy: 'mapping',
    trail: 'sources',
    condition: 'itself',
    patch: { as: 'entries', missing: 'Invalid parameter name specified' },
    names: { cloudFormation: 'RequestParameters', openApi: 'requestParameters', terraform: 'request_parameters' },
    about: 'Which header, query parameter or path placeholder of the backend call is filled from what.',
  },
  requestTemplates: {
    kind: 'templates',
    maxEntries: 64,
    maxKeyLength: 256,
    maxBytes: 307_200,
    default: { is: 'value', value: {} },
    case: 'exact',
    onMock: 'kept',
    answer: 'set',
    judgedBy: 'mapping',
    trail: 'digest',
    condition: 'itself',
    patch: { as: 'entries', missing: 'Content-Type specified was not found' },
    names: { cloudFormation: 'RequestTemplates', openApi: 'requestTemplates', terraform: 'request_templates' },
    about: 'The template (VTL) that makes the body of the backend call, for each content type of the request.',
  },
  passthroughBehavior: {
    kind: 'enum',
    values: ['WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES', 'NEVER'],
    checkedBy: 'service',
    default: { is: 'value', value: 'WHEN_NO_MATCH' },
    case: 'upper',
    onMock: 'kept',
    answer: 'always',
    judgedBy: 'passthrough',
    trail: 'word',
    condition: 'itself',
    patch: { as: 'member' },
    names: { cloudFormation: 'PassthroughBehavior', openApi: 'passthroughBehavior', terraform: 'passthrough_behavior' },
    about: 'Whether a body whose content type has no template is passed on as it is.',
  },
  cacheNamespace: {
    kind: 'string',
    maxLength: 128,
    default: { is: 'resourceId' },
    case: 'exact',
    onMock: 'kept',
    answer: 'always',
    judgedBy: 'cache',
    trail: 'name',
    condition: 'itself',
    patch: { as: 'member' },
    names: { cloudFormation: 'CacheNamespace', openApi: 'cacheNamespace', terraform: 'cache_namespace' },
    about: 'Integrations of one stage that name the same namespace share the entries of its cache.',
  },
  cacheKeyParameters: {
    kind: 'names',
    maxEntries: 128,
    maxLength: 320,
    default: { is: 'value', value: [] },
    case: 'headers',
    onMock: 'kept',
    answer: 'always',
    judgedBy: 'cache',
    trail: 'digest',
    condition: 'itself',
    patch: { as: 'names', missing: 'Invalid parameter name specified' },
    names: { cloudFormation: 'CacheKeyParameters', openApi: 'cacheKeyParameters', terraform: 'cache_key_parameters' },
    about: 'The parameters that tell one cached answer from another. Their order means nothing.',
  },
  contentHandling: {
    kind: 'enum',
    values: ['CONVERT_TO_BINARY', 'CONVERT_TO_TEXT'],
    checkedBy: 'model',
    default: { is: 'absent', word: 'none' },
    emptyIsAbsent: true,
    case: 'upper',
    onMock: 'kept',
    answer: 'set',
    judgedBy: 'contentHandling',
    trail: 'word',
    condition: 'itself',
    patch: { as: 'member' },
    names: { cloudFormation: 'ContentHandling', openApi: 'contentHandling', terraform: 'content_handling' },
    about: 'Whether the body of the request is converted between text and bytes on its way to the backend.',
  },
  timeoutInMillis: {
    kind: 'integer',
    min: 50,
    max: 900_000,
    default: { is: 'value', value: 29_000 },
    case: 'exact',
    onMock: 'kept',
    answer: 'always',
    judgedBy: 'timeout',
    trail: 'number',
    condition: 'itself',
    patch: { as: 'member' },
    names: { cloudFormation: 'TimeoutInMillis', openApi: 'timeoutInMillis', terraform: 'timeout_milliseconds' },
    about: 'How long API Gateway waits for the backend, in milliseconds.',
  },
  tlsConfig: {
    kind: 'flag',
    flag: 'insecureSkipVerification',
    default: { is: 'value', value: { insecureSkipVerification: false } },
    case: 'exact',
    onMock: 'kept',
    answer: 'set',
    judgedBy: 'tls',
    trail: 'flag',
    condition: 'itself',
    patch: { as: 'flag' },
    names: {
      cloudFormation: null,
      openApi: 'tlsConfig.insecureSkipVerification',
      terraform: 'tls_config[0].insecure_skip_verification',
    },
    about: "Whether the backend's certificate goes unverified.",
  },
  responseTransferMode: {
    kind: 'enum',
    values: ['BUFFERED', 'STREAM'],
    checkedBy: 'model',
    default: { is: 'value', value: 'BUFFERED' },
    case: 'upper',
    onMock: 'kept',
    answer: 'set',
    judgedBy: 'responseTransferMode',
    trail: 'word',
    condition: 'itself',
    patch: { as: 'member' },
    names: {
      cloudFormation: 'ResponseTransferMode',
      openApi: 'responseTransferMode',
      terraform: 'response_transfer_mode',
    },
    about: "Whether the backend's answer is collected first or passed on as it comes.",
  },
  integrationTarget: {
    kind: 'string',
    maxLength: 2_048,
    default: { is: 'absent', word: '' },
    emptyIsAbsent: true,
    case: 'exact',
    onMock: 'kept',
    answer: 'set',
    judgedBy: 'connection',
    trail: 'arn',
    condition: 'itself',
    patch: { as: 'member' },
    names: { cloudFormation: 'IntegrationTarget', openApi: 'integrationTarget', terraform: 'integration_target' },
    about: 'The load balancer behind a VPC link of version 2.',
  },
} as const satisfies Readonly<Record<string, Member>>

export type MemberName = keyof typeof MEMBERS

/** All members, in the order of the table. */
export const MEMBER_NAMES = Object.keys(MEMBERS) as MemberName[]

/** The section of a policy that judges a member. Every one of these needs a rule (`lib/decision/rules/`). */
export type Judge =
  | 'types'
  | 'uri'
  | 'credentials'
  | 'connection'
  | 'tls'
  | 'timeout'
  | 'cache'
  | 'mapping'
  | 'passthrough'
  | 'contentHandling'
  | 'responseTransferMode'

/** The members that a section must read; `never` for a section that judges no member by itself. */
export type MembersJudgedBy<Section extends string> = {
  [M in MemberName]: (typeof MEMBERS)[M]['judgedBy'] extends Section ? M : never
}[MemberName]

/** One row: how the member is written, what it is where it is absent, who judges it and how it is shown. */
export type Member = Kind & {
  /** What takes effect where the member is absent. */
  default: Default
  /** Whether `""` on the wire, or as the value of a patch, means that the member is absent. */
  emptyIsAbsent?: true
  case: Case
  /** API Gateway stores these members of a MOCK, or drops them whatever is sent. */
  onMock: 'kept' | 'dropped'
  /** Where API Gateway's answer names the member: always, with its default; of HTTP types; or where it was set. */
  answer: 'always' | 'http types' | 'set'
  judgedBy: Judge
  trail: Shown
  /** What a condition (CEL) sees: the member itself, or only what it was read as (`integration.backend`). */
  condition: 'itself' | 'backend'
  patch: Patch
  names: Names
  /** For people, one sentence or two. */
  about: string
}

/** How a value is written on the wire, and its bounds. Lengths are in characters (UTF-16 units), `maxBytes` in bytes. */
export type Kind =
  /** A word; another one is refused by the service model as a constraint, or by the service in words of its own. */
  | { kind: 'enum'; values: readonly [string, ...string[]]; checkedBy: 'model' | 'service' }
  | { kind: 'string'; maxLength: number }
  | { kind: 'integer'; min: number; max: number }
  /** An object with one boolean. */
  | { kind: 'flag'; flag: string }
  | { kind: 'strings'; maxEntries: number; maxKeyLength: number; maxLength: number }
  /** A map of texts of which `null` is one that API Gateway stores and gives back; it means the same as `""`. */
  | { kind: 'templates'; maxEntries: number; maxKeyLength: number; maxBytes: number }
  | { kind: 'names'; maxEntries: number; maxLength: number }

export type Default =
  | { is: 'required' }
  /** Nothing takes effect. `word` is how conditions and lists of a policy name that. */
  | { is: 'absent'; word: '' | 'none' }
  | { is: 'value'; value: DefaultValue }
  /** The id of the method's resource. */
  | { is: 'resourceId' }
type DefaultValue =
  | string
  | number
  | readonly never[]
  | Readonly<Record<string, never>>
  | Readonly<Record<string, boolean>>

/**
 * How two spellings compare. `upper`: API Gateway's words are in upper case, and OpenAPI documents may write them in lower
 * case. `headers`: the names of headers in it are allowed as spelt and denied in any case.
 */
export type Case = 'exact' | 'upper' | 'headers'

/**
 * What the trail keeps in clear. Whatever doesn't have the shape is kept as a MAC.
 *
 * - `word`: one of the words of its enum. `number`, `flag`: as they are.
 * - `name`: a short name. `arn`: an ARN. `uri`: an address without the values of its query.
 * - `sources`: of each entry where its value comes from; static values are hidden.
 * - `digest`: nothing but the MAC.
 */
export type Shown = 'word' | 'number' | 'flag' | 'name' | 'arn' | 'uri' | 'sources' | 'digest'

/** What UpdateIntegration can do with it. `missing` is API Gateway's message for the removal of what isn't there. */
export type Patch =
  | { as: 'never' }
  /** `replace` sets the whole. */
  | { as: 'member' }
  /** `replace` sets the boolean, by its own path. */
  | { as: 'flag' }
  /** Each entry by a path of its own. */
  | { as: 'entries'; missing: string }
  /** Each name by a path of its own or as a value; `replace` leaves one name. */
  | { as: 'names'; missing: string }

/** What others call the member; `null` where they have no word for it. */
export interface Names {
  cloudFormation: string | null
  openApi: string | null
  terraform: string | null
  /** In the request of the AWS SDKs, where it isn't the wire's name. */
  sdk?: string
}

/** Stands where a switch has come to its end: a kind that nobody reads there does not compile. */
export function unreadKind(member: never): never {
  throw new TypeError(`A member of a kind that nobody reads: ${JSON.stringify(member)}`)
}

export function isMemberName(name: string): name is MemberName {
  return Object.hasOwn(MEMBERS, name)
}
