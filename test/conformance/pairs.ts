/** One call on an integration, and whether the embedded control plane and moto answer it alike. */
export interface Pair {
  it: string
  verb: 'PUT' | 'GET' | 'PATCH' | 'DELETE'
  /** The method it is made on; POST unless told. */
  method?: string
  /** Another API's id, or another resource's, in the path. */
  restApiId?: string
  resourceId?: string
  body?: object
  /** Absent where the two must agree, but for what {@link DEFAULTS} says of all of them. */
  deviation?: Deviation
}

/** Both answers are written down, so that a change of either is noticed. */
export interface Deviation {
  embedded: Answer
  moto: Answer
  right: 'embedded' | 'moto' | 'unknown'
  /** What API Gateway itself does, and how that is known. */
  because: string
}

export interface Answer {
  status: number
  errorType?: string
  message?: string
  /** Of two successes, the members that differ. */
  members?: Record<string, unknown>
}

/**
 * What moto leaves out of every answer, and API Gateway fills in (recorded). In turn moto says `null` for members that
 * aren't set, and API Gateway leaves them out (recorded).
 */
export const DEFAULTS: Record<string, unknown> = {
  connectionType: 'INTERNET',
  passthroughBehavior: 'WHEN_NO_MATCH',
  cacheNamespace: '<resource>',
  timeoutInMillis: 29_000,
}

/** moto's account, which the embedded control plane is given too. */
export const ACCOUNT = '123456789012'

const backend = { type: 'HTTP_PROXY', httpMethod: 'POST', uri: 'https://backend.example/' }
const invoke = 'arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions'
const lambda = { httpMethod: 'POST', uri: `${invoke}/arn:aws:lambda:eu-west-1:${ACCOUNT}:function:f/invocations` }
const sqs = { httpMethod: 'POST', uri: `arn:aws:apigateway:eu-west-1:sqs:path/${ACCOUNT}/queue` }
const role = `arn:aws:iam::${ACCOUNT}:role/apigw/queue`
const parameter = (value: unknown) => ({ requestParameters: { 'integration.request.path.id': value } })

const taken = (members: Record<string, unknown>): Answer => ({ status: 201, members })
const TAKEN: Answer = { status: 201 }
const refused = (status: number, errorType: string, message: string): Answer => ({ status, errorType, message })
const bad = (message: string) => refused(400, 'BadRequestException', message)
const missing = (what: string) => refused(404, 'NotFoundException', `Invalid ${what} specified`)
const FAILED: Answer = { status: 500, message: '<not JSON>' }
const CROSS_ACCOUNT = 'Cross-account pass role is not allowed.'

const laxly = (embedded: Answer, because: string): Deviation => ({ embedded, moto: TAKEN, right: 'embedded', because })
const foundEmpty = (embedded: Answer): Deviation => ({
  embedded,
  moto: { status: 200 },
  right: 'embedded',
  because: 'API Gateway answers 404, as clients that read after a deletion rely on',
})
const apiId: Deviation = {
  embedded: missing('Resource identifier'),
  moto: missing('Rest API Id'),
  right: 'embedded',
  because: 'a wrong API id gives the resource’s message too: recorded',
}
const letterCase: Deviation = {
  embedded: missing('Resource identifier'),
  moto: missing('resource identifier'),
  right: 'embedded',
  because: 'recorded with a capital R',
}
const unknownType = (type: string, moto: Answer): Deviation => ({
  embedded: refused(
    400,
    'ValidationException',
    `1 validation error detected: Value '${type}' at 'putIntegrationInput.type' failed to satisfy constraint: Member must satisfy enum value set: [HTTP, MOCK, AWS_PROXY, HTTP_PROXY, AWS]`,
  ),
  moto,
  right: 'embedded',
  because: 'the model’s enum is checked before anything is looked up: recorded',
})

/** In this order: each finds what those before it left. */
export const PAIRS: Pair[] = [
  { it: 'puts an HTTP_PROXY', verb: 'PUT', body: backend },
  { it: 'gets it', verb: 'GET' },
  {
    it: 'puts all that is no default',
    verb: 'PUT',
    body: {
      ...backend,
      ...parameter('method.request.path.id'),
      requestTemplates: { 'application/json': '{}' },
      passthroughBehavior: 'NEVER',
      cacheNamespace: 'n',
      contentHandling: 'CONVERT_TO_TEXT',
      timeoutInMillis: 500,
      tlsConfig: { insecureSkipVerification: true },
    },
  },
  {
    it: 'puts empty credentials',
    verb: 'PUT',
    body: { ...backend, credentials: '' },
    deviation: {
      embedded: taken({}),
      moto: taken({ credentials: '' }),
      right: 'unknown',
      because: 'that they are taken is recorded, what is echoed is not; unset members are left out',
    },
  },
  { it: 'puts an AWS_PROXY to Lambda', verb: 'PUT', body: { ...lambda, type: 'AWS_PROXY' } },
  { it: 'puts an AWS to Lambda without a role', verb: 'PUT', body: { ...lambda, type: 'AWS' } },
  { it: 'puts an AWS with a role', verb: 'PUT', body: { ...sqs, type: 'AWS', credentials: role } },
  { it: 'puts a MOCK', verb: 'PUT', body: { type: 'MOCK', requestTemplates: { 'application/json': '{}' } } },
  {
    it: 'puts a MOCK with a uri',
    verb: 'PUT',
    body: { ...backend, type: 'MOCK' },
    deviation: {
      embedded: taken({}),
      moto: taken({ uri: backend.uri }),
      right: 'embedded',
      because: 'MOCK drops uri and httpMethod even if sent: recorded',
    },
  },
  {
    it: 'puts an empty template',
    verb: 'PUT',
    body: { type: 'MOCK', requestTemplates: { 'application/json': '' } },
    deviation: {
      embedded: taken({ requestTemplates: { 'application/json': null } }),
      moto: taken({ requestTemplates: { 'application/json': '' } }),
      right: 'embedded',
      because: 'an empty template comes back as null: recorded',
    },
  },
  {
    it: 'puts cache keys',
    verb: 'PUT',
    body: { ...backend, ...parameter('method.request.path.id'), cacheKeyParameters: ['method.request.path.id'] },
    deviation: {
      embedded: taken({ cacheKeyParameters: ['method.request.path.id'] }),
      moto: taken({ cacheKeyParameters: [] }),
      right: 'embedded',
      because: 'moto drops the member',
    },
  },
  {
    it: 'puts one through a VPC link',
    verb: 'PUT',
    body: { ...backend, connectionType: 'VPC_LINK', connectionId: 'abc123' },
    deviation: {
      embedded: taken({ connectionId: 'abc123' }),
      moto: taken({}),
      right: 'embedded',
      because: 'moto drops the member',
    },
  },
  {
    it: 'puts one that streams',
    verb: 'PUT',
    body: { ...backend, responseTransferMode: 'STREAM' },
    deviation: {
      embedded: taken({ responseTransferMode: 'STREAM' }),
      moto: taken({}),
      right: 'embedded',
      because: 'moto drops the member',
    },
  },
  { it: 'refuses a uri that is missing', verb: 'PUT', body: { type: 'HTTP', httpMethod: 'GET' } },
  { it: 'refuses a verb that is missing for HTTP', verb: 'PUT', body: { type: 'HTTP', uri: backend.uri } },
  { it: 'refuses a verb that is missing for AWS', verb: 'PUT', body: { type: 'AWS', uri: lambda.uri } },
  {
    it: 'refuses the ARN of the target itself',
    verb: 'PUT',
    body: { type: 'AWS', httpMethod: 'POST', uri: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:f` },
  },
  { it: 'refuses a URL where an ARN belongs', verb: 'PUT', body: { ...backend, type: 'AWS' } },
  { it: 'finds no method to put on', verb: 'PUT', method: 'ANY', body: backend },
  { it: 'finds no API to put on', verb: 'PUT', restApiId: 'nnnnnnnnnn', body: backend, deviation: apiId },
  { it: 'finds no resource to put on', verb: 'PUT', resourceId: 'nnnnnn', body: backend, deviation: letterCase },
  { it: 'finds no API to get from', verb: 'GET', restApiId: 'nnnnnnnnnn', deviation: apiId },
  { it: 'finds no resource to get from', verb: 'GET', resourceId: 'nnnnnn', deviation: letterCase },
  {
    it: 'finds no method to get from',
    verb: 'GET',
    method: 'ANY',
    deviation: foundEmpty(missing('Method identifier')),
  },
  {
    it: 'refuses a type that does not exist',
    verb: 'PUT',
    body: { ...backend, type: 'NOPE' },
    deviation: unknownType('NOPE', TAKEN),
  },
  {
    it: 'refuses a type that does not exist before it looks for the method',
    verb: 'PUT',
    method: 'ANY',
    body: { ...backend, type: 'HTTPS_PROXY' },
    deviation: unknownType('HTTPS_PROXY', missing('Method identifier')),
  },
  {
    it: 'refuses another scheme than http and https',
    verb: 'PUT',
    body: { ...backend, uri: 'ftp://backend.example/' },
    deviation: laxly(bad('Invalid HTTP endpoint specified for URI'), 'recorded'),
  },
  {
    it: 'refuses a timeout that is too long',
    verb: 'PUT',
    body: { ...backend, timeoutInMillis: 9_999_999 },
    deviation: laxly(
      bad('Timeout should be between 50 ms and 29000 ms'),
      'documented; the message was quoted by a user',
    ),
  },
  {
    it: 'refuses a service that AWS_PROXY does not reach',
    verb: 'PUT',
    body: { ...sqs, type: 'AWS_PROXY' },
    deviation: laxly(
      bad("Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations."),
      'recorded',
    ),
  },
  {
    it: 'refuses AWS without credentials',
    verb: 'PUT',
    body: { ...sqs, type: 'AWS' },
    deviation: laxly(bad('Role ARN must be specified for AWS integrations'), 'quoted by a user'),
  },
  {
    it: 'refuses credentials that are no ARN',
    verb: 'PUT',
    body: { ...backend, credentials: 'NONE' },
    deviation: {
      embedded: bad('Invalid ARN specified in the request'),
      moto: refused(400, 'AccessDeniedException', CROSS_ACCOUNT),
      right: 'embedded',
      because: 'recorded, for every type',
    },
  },
  {
    it: 'refuses a role of another account',
    verb: 'PUT',
    body: { ...sqs, type: 'AWS', credentials: 'arn:aws:iam::222222222222:role/other' },
    deviation: {
      embedded: refused(403, 'AccessDeniedException', CROSS_ACCOUNT),
      moto: refused(400, 'AccessDeniedException', CROSS_ACCOUNT),
      right: 'embedded',
      because: 'quoted by a user with status 403',
    },
  },
  {
    it: 'refuses a parameter that the method does not declare',
    verb: 'PUT',
    body: { ...backend, ...parameter('method.request.querystring.x') },
    deviation: laxly(
      bad(
        'Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: method.request.querystring.x]',
      ),
      'quoted by a user',
    ),
  },
  {
    it: 'refuses a boolean where a string belongs',
    verb: 'PUT',
    body: { ...backend, ...parameter(true) },
    deviation: laxly(
      refused(400, 'SerializationException', 'class java.lang.Boolean can not be converted to an String'),
      'recorded',
    ),
  },
  { it: 'puts one again', verb: 'PUT', body: backend },
  {
    it: 'updates it',
    verb: 'PATCH',
    body: { patchOperations: [{ op: 'replace', path: '/timeoutInMillis', value: '500' }] },
    deviation: {
      embedded: { status: 200 },
      moto: FAILED,
      right: 'embedded',
      because: 'moto does not have the operation',
    },
  },
  { it: 'deletes it', verb: 'DELETE' },
  { it: 'finds none to get after that', verb: 'GET', deviation: foundEmpty(missing('Integration identifier')) },
  {
    it: 'finds none to delete after that',
    verb: 'DELETE',
    deviation: {
      embedded: missing('Integration identifier'),
      moto: FAILED,
      right: 'embedded',
      because: 'API Gateway answers 404, which clients take for success',
    },
  },
  {
    it: 'finds none where none was ever put',
    verb: 'GET',
    method: 'PATCH',
    deviation: foundEmpty(missing('Integration identifier')),
  },
  {
    it: 'finds no method to delete from',
    verb: 'DELETE',
    method: 'ANY',
    deviation: {
      embedded: missing('Method identifier'),
      moto: FAILED,
      right: 'embedded',
      because: 'API Gateway answers 404',
    },
  },
  { it: 'puts one after a deletion', verb: 'PUT', body: backend },
]
