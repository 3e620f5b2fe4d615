import * as fc from 'fast-check'
import type { DenyRule, Exception, PolicySet, Rollout, Team } from '../../lib/policy/document/document.ts'
import type { PublishedPolicy } from '../../lib/policy/document/published.ts'
import type { Allow, Bounds } from '../../lib/policy/document/sections.ts'

/**
 * Policies and requests over so few names that they often meet. Policies need not be ones that could be published. Each
 * section is generous more often than not, so that one section in doubt decides.
 */

const some = <T>(...values: T[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 })
/** Members of which each is absent half the time: much of the policy's meaning lies in what is not written. */
const optional = <T extends Record<string, fc.Arbitrary<unknown>>>(members: T, required: (string & keyof T)[] = []) =>
  fc
    .record(
      Object.fromEntries(
        Object.entries(members).map(([name, member]) => [
          name,
          required.includes(name) ? member : fc.oneof(fc.constant(undefined), member as fc.Arbitrary<unknown>),
        ]),
      ),
    )
    .map((all) =>
      Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
    ) as unknown as fc.Arbitrary<never>
/** One member at least, often a single one: a section of which one half stands alone. */
const halves = <T extends Record<string, fc.Arbitrary<unknown>>>(members: T) =>
  fc
    .uniqueArray(fc.constantFrom(...Object.keys(members)), { minLength: 1, maxLength: 3 })
    .chain((names) =>
      fc.record(Object.fromEntries(names.map((name) => [name, members[name] as fc.Arbitrary<unknown>]))),
    )
export const seldom = <T>(arbitrary: fc.Arbitrary<T>, weight = 4) =>
  fc.oneof({ weight, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })

const verbs = some('GET', 'POST', 'DELETE', 'ANY', '*')
const allowed = fc.constantFrom('allowed', 'never')
export const accounts = ['111111111111', '222222222222'] as const
const regions = ['eu-west-1', 'us-east-1'] as const
const sources = some('querystring', 'header', 'body', 'context')
const placeholders = fc.oneof(allowed, fc.record({ from: sources }))
const query = fc.oneof(
  fc.constantFrom('none', 'literal', 'late-bound'),
  fc.record({ names: some('a', 'v*', 'versionId') }),
)

const hostPatterns = some('a.x', '*.x', '**.x', '**', 'a.*.x', '*a.x', 'b.a.x', 'x', 'b-*.a.x', '**.a.**', '@hosts')
const pathPatterns = some('/**', '/v1/**', '/v1', '/v1/*', '/v1/*/z', '/**/z', '/v*/**', '/', '/v1/**/z/**')

const httpBackend = optional(
  {
    hosts: hostPatterns,
    schemes: some('https', 'http'),
    ports: some(443, 8443),
    paths: pathPatterns,
    query,
    placeholders,
    stageVariables: allowed,
    methods: verbs,
    httpMethods: verbs,
  },
  ['hosts'],
)
const lambdaBackend = optional(
  {
    lambda: optional(
      {
        account: fc.constantFrom(...accounts),
        functions: some('f', 'f-*', '*', 'g'),
        qualifiers: some('live', '$LATEST', 'v*'),
        unqualified: allowed,
        regions: some(...regions),
      },
      ['account', 'functions'],
    ),
    methods: verbs,
    httpMethods: verbs,
  },
  ['lambda'],
)
const awsTarget = optional(
  {
    service: fc.constantFrom('s3', 's3', 'sqs', 'dynamodb'),
    subdomains: some('bkt', 'b*', '*'),
    paths: some('/**', '/bkt/**', '/bkt/*', '/111111111111/q', '/111111111111/*'),
    actions: some('GetObject', 'ReceiveMessage', 'Send*', '*'),
    buckets: some('bkt', 'b*'),
    queues: some('q', '111111111111/q'),
    tables: some('t'),
    regions: some(...regions),
  },
  ['service'],
)
const awsBackend = optional({ aws: awsTarget, query, placeholders, methods: verbs, httpMethods: verbs }, ['aws'])
const backend = fc.oneof(
  { weight: 3, arbitrary: httpBackend },
  { weight: 1, arbitrary: lambdaBackend },
  { weight: 1, arbitrary: awsBackend },
)

const everyBackend = [
  {
    hosts: ['**'],
    schemes: ['http', 'https'],
    ports: [80, 443, 8443],
    query: 'late-bound',
    placeholders: 'allowed',
    methods: ['*'],
  },
  ...accounts.map((account) => ({
    lambda: { account, functions: ['*'], regions: [...regions] },
    methods: ['*'],
  })),
  { aws: { service: 's3', paths: ['/**'], regions: [...regions] }, placeholders: 'allowed', query: { names: ['*'] } },
  { aws: { service: 's3', actions: ['*'], buckets: ['*'], regions: [...regions] }, query: { names: ['*'] } },
  { aws: { service: 's3', subdomains: ['*'], paths: ['/**'], regions: [...regions] }, placeholders: 'allowed' },
  { aws: { service: 'sqs', paths: ['/**'], actions: ['*'], regions: [...regions] } },
]

const rolePatterns = some(
  'arn:aws:iam::111111111111:role/p/r-*',
  'arn:aws:iam::*:role/p/r-1',
  'arn:aws:iam::111111111111:role/**/r-1',
  'arn:aws:iam::111111111111:role/*',
)
const targetPatterns = some(
  'arn:aws:elasticloadbalancing:*:*:loadbalancer/app/v-*/*',
  'arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/app/w/*',
  'arn:aws:elasticloadbalancing:*:111111111111:listener/app/v-1/*/*',
)
const connection = {
  types: some('INTERNET', 'VPC_LINK'),
  vpcLinks: some('l1', 'l*', 'l2'),
  integrationTargets: targetPatterns,
}
const tls = optional({ insecureSkipVerification: allowed, hosts: hostPatterns }, ['insecureSkipVerification'])
const timeout = halves({ minMillis: fc.constantFrom(50, 1000), maxMillis: fc.constantFrom(1000, 5000, 29_000) })
const keyPatterns = some(
  'method.request.path.*',
  'method.request.header.X-A',
  'method.request.header.*',
  'method.request.querystring.q',
  'context.authorizer.claims.*',
)
const cacheLimits = {
  namespaces: some('{resourceId}', '{team}-*', 'n', 'own-n', '*'),
  keyParameters: keyPatterns,
  forbiddenKeys: some('method.request.header.X-A', 'method.request.querystring.*', 'context.authorizer.claims.iss'),
  requireKeys: halves({ allOf: keyPatterns, anyOf: keyPatterns }),
  identityKey: fc.constantFrom('required', 'optional'),
  identityKeys: some('method.request.header.X-A', 'context.authorizer.claims.tenant'),
  maxKeyParameters: fc.constantFrom(0, 1, 2),
}
const passthrough = some('NEVER', 'WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES')
const contentHandling = some('none', 'CONVERT_TO_BINARY', 'CONVERT_TO_TEXT')
const transferMode = some('BUFFERED', 'STREAM')
const destinations = some('path.*', 'path.p', 'header.*', 'header.X-A', 'querystring.*')
const mappingSources = some(
  'method.request.path.*',
  'method.request.header.X-A',
  'method.request.querystring.*',
  'context.*',
  'stageVariables.*',
)
const requestParameters = fc.oneof(
  fc.constant('forbidden'),
  halves({
    destinations,
    sources: mappingSources,
    staticValues: fc.oneof(allowed, some('a', 'v')),
    open: fc.constantFrom(
      [{ destination: 'header.Host', staticValues: ['a'] }],
      [{ destination: 'header.Authorization', sources: ['context.authorizer.principalId'] }],
    ),
  }),
)
const templateUse = fc.constantFrom('forbidden', 'static', 'allowed', 'anything')
const requestTemplates = fc.oneof(
  templateUse,
  optional(
    {
      use: templateUse,
      contentTypes: some('application/json', 'text/plain'),
      maxBytes: fc.constantFrom(4, 1000),
      overrides: fc.oneof(fc.constant('never'), some('header.X-A', 'path.p')),
    },
    ['use'],
  ),
)
const mapping = halves({ requestParameters, requestTemplates })
const mock = halves({ httpMethods: verbs, templates: fc.constantFrom('forbidden', 'static'), overLiveBackend: allowed })
const types = some('HTTP', 'HTTP_PROXY', 'AWS_PROXY', 'AWS', 'MOCK')

/** Mostly generous, now and then narrow, seldom absent. */
const section = <T>(generous: unknown, narrow: fc.Arbitrary<T>) =>
  fc.oneof(
    { weight: 40, arbitrary: fc.constant(generous) },
    { weight: 3, arbitrary: narrow },
    { weight: 1, arbitrary: fc.constant(undefined) },
  )

const ARNS = 'arn:aws:elasticloadbalancing:*:*'
const allow = fc
  .record({
    types: section(['HTTP', 'HTTP_PROXY', 'AWS_PROXY', 'AWS', 'MOCK'], types),
    uri: fc.oneof(
      { weight: 9, arbitrary: fc.constant(everyBackend) },
      { weight: 3, arbitrary: fc.array(backend, { minLength: 1, maxLength: 3 }) },
      {
        weight: 2,
        arbitrary: fc.tuple(backend, fc.constant(everyBackend)).map(([one, all]) => [one, ...all.slice(1)]),
      },
    ),
    credentials: section(
      { roles: ['arn:aws:iam::*:role/**'], callerPassThrough: 'allowed' },
      fc.oneof(fc.constant('none'), halves({ roles: rolePatterns, none: allowed, callerPassThrough: allowed })),
    ),
    connection: section(
      {
        types: ['INTERNET', 'VPC_LINK'],
        vpcLinks: ['*'],
        integrationTargets: [`${ARNS}:loadbalancer/*/*/*`, `${ARNS}:listener/*/*/*/*`],
      },
      halves(connection),
    ),
    tls: section({ insecureSkipVerification: 'allowed' }, tls),
    timeout: section({ minMillis: 50, maxMillis: 300_000 }, timeout),
    cache: section(
      { namespaces: ['*'], keyParameters: ['method.request.*', 'context.*'] },
      fc.oneof(fc.constant('none'), halves(cacheLimits)),
    ),
    mapping: section(
      {
        requestParameters: { destinations: ['path.*', 'header.*', 'querystring.*'] },
        requestTemplates: { use: 'allowed', overrides: ['header.X-A', 'path.p'] },
      },
      mapping,
    ),
    mock: section({ templates: 'static', overLiveBackend: 'allowed' }, mock),
    passthrough: section(['NEVER', 'WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES'], passthrough),
    contentHandling: section(['none', 'CONVERT_TO_BINARY', 'CONVERT_TO_TEXT'], contentHandling),
    responseTransferMode: section(['BUFFERED', 'STREAM'], transferMode),
  })
  .map((sections) =>
    Object.fromEntries(Object.entries(sections).filter(([, value]) => value !== undefined)),
  ) as unknown as fc.Arbitrary<Allow>

const lambdaBounds = halves({
  accounts: some(...accounts),
  regions: some(...regions),
  functions: some('f', 'f-*', '*'),
  qualifiers: some('live', '$LATEST', '*'),
  unqualified: allowed,
})
const uriBounds = halves({
  hosts: hostPatterns,
  schemes: fc.constant(['http', 'https']),
  ports: some(443, 8443),
  paths: pathPatterns,
  query: fc.constantFrom('none', 'literal', 'late-bound'),
  placeholders: optional({ authority: fc.constant('never'), path: allowed }),
  stageVariables: optional({ path: allowed }),
  methods: verbs,
  httpMethods: verbs,
  lambda: lambdaBounds,
  aws: fc.array(awsTarget, { minLength: 1, maxLength: 2 }),
})
/** What lets most requests pass, with one member narrowed. */
const generousUriBounds = fc.tuple(uriBounds, fc.boolean()).map(([own, open]) => ({
  ...(open && {
    hosts: ['**'],
    lambda: { accounts: [...accounts] },
    aws: ['s3', 'sqs'].map((service) => ({ service, paths: ['/**'], actions: ['*'] })),
  }),
  ...(own as object),
}))
const narrowBounds = halves({
  types,
  uri: generousUriBounds,
  credentials: halves({
    accounts: some(...accounts),
    rolePath: fc.constantFrom('/p/', '/p/**'),
    roles: rolePatterns,
    callerPassThrough: allowed,
  }),
  connection: halves(connection),
  tls,
  timeout,
  cache: halves(cacheLimits),
  mapping,
  mock,
  passthrough,
  contentHandling,
  responseTransferMode: transferMode,
})
const bounds = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 2, arbitrary: narrowBounds },
) as fc.Arbitrary<Bounds>

const denyUri = fc.oneof(
  halves({ hosts: hostPatterns, paths: pathPatterns, ports: some(443, 8443), schemes: some('http'), methods: verbs }),
  fc.record({
    lambda: halves({
      accounts: some(...accounts),
      functions: some('f', 'f-*'),
      qualifiers: some('$LATEST', 'live'),
      regions: some('us-east-1'),
    }),
  }),
  fc.record({
    aws: fc.array(
      optional(
        {
          service: fc.constantFrom('s3', 'sqs'),
          paths: some('/bkt/**', '/bkt/k', '/111111111111/q'),
          subdomains: some('bkt'),
          buckets: some('bkt'),
          actions: some('GetObject', 'DeleteMessage'),
        },
        ['service'],
      ),
      { minLength: 1, maxLength: 1 },
    ),
  }),
)
const denyRule = halves({
  types: some('HTTP', 'AWS', 'MOCK'),
  uri: denyUri,
  httpMethods: some('DELETE', 'POST'),
  restApiIds: some('api1', 'api2'),
  credentials: fc.oneof(
    fc.record({ roles: rolePatterns }),
    fc.record({ accounts: some(...accounts) }),
    fc.record({ callerPassThrough: fc.constant(true) }),
  ),
  connection: halves({ types: some('VPC_LINK'), vpcLinks: some('l1', 'l2'), integrationTargets: targetPatterns }),
  cache: halves({ namespaces: some('n', '{team}-*'), keyParameters: keyPatterns }),
  mapping: fc.record({
    requestParameters: halves({
      destinations: some('header.X-A', 'header.x_*', 'path.p', 'querystring.Q'),
      sources: some('method.request.header.X-A', 'method.request.querystring.*', 'context.identity.*'),
    }),
  }),
  passthrough: some('WHEN_NO_MATCH', 'NEVER'),
  contentHandling: some('CONVERT_TO_TEXT'),
  responseTransferMode: some('STREAM'),
})
/** One deny or two, each of a few members. */
export const denies: fc.Arbitrary<DenyRule[]> = fc
  .array(denyRule, { minLength: 1, maxLength: 2 })
  .map((rules) =>
    rules.map((rule, index) => ({ id: `org.d${index}`, message: 'No.', ...(rule as object) }) as DenyRule),
  )
const deny = fc.oneof({ weight: 2, arbitrary: fc.constant<DenyRule[]>([]) }, { weight: 1, arbitrary: denies })

const until = fc.constantFrom('2026-01-01', '2027-01-01')
const rollout = fc
  .record({
    default: seldom(fc.constantFrom('warn', 'dry-run', { request: 'warn' }, { ci: 'warn' }), 1),
    until,
    rules: seldom(
      fc
        .tuple(
          some('own.uri', 'own.credentials', 'own.connection', 'own.cache', 'own.mapping', 'own.timeout'),
          fc.constantFrom('enforce', 'warn', 'dry-run'),
          until,
        )
        .map(([ids, mode, date]) => ids.map((id) => ({ id, mode, ...(mode !== 'enforce' && { until: date }) }))),
    ),
  })
  .map(({ default: usual, until: date, rules }) => ({
    ...(usual !== undefined && { default: usual, until: date }),
    ...(rules && { rules }),
  })) as fc.Arbitrary<Rollout>

const own: fc.Arbitrary<Team> = fc
  .record({ allow, rollout: seldom(rollout, 2) })
  .map(({ allow: sections, rollout: soft }) => ({
    identity: { claim: 'groups', anyOf: ['own'] },
    apis: { restApiIds: ['api1'] },
    ...(soft && { rollout: soft }),
    allow: sections,
  }))

/** A neighbour, whose property requests reach for. */
const other: Team = {
  identity: { claim: 'groups', anyOf: ['other'] },
  apis: { restApiIds: ['api2'] },
  allow: {
    types: ['HTTP', 'AWS', 'AWS_PROXY'],
    uri: [
      { hosts: ['o.x', '@hosts'] },
      { lambda: { account: '111111111111', functions: ['o-*'] } },
      { aws: { service: 'sqs', paths: ['/111111111111/o-q'], actions: ['ReceiveMessage'] } },
      { aws: { service: 's3', paths: ['/o-bkt/**'] } },
    ],
    credentials: { roles: ['arn:aws:iam::111111111111:role/p/o-*'] },
    connection: {
      vpcLinks: ['o1'],
      integrationTargets: ['arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/app/o/*'],
    },
    timeout: { maxMillis: 29_000 },
    cache: { namespaces: ['{resourceId}', 'other-*'] },
  },
}

export const document: fc.Arbitrary<PolicySet> = fc
  .record({ bounds, defaults: seldom(allow), deny, own })
  .map(({ bounds: limits, defaults, deny: rules, own: team }) => ({
    apiVersion: 'sallyport/v1',
    kind: 'PolicySet',
    metadata: { name: 'generated' },
    lists: { hosts: { shared: true, entries: ['s.x', 'b.x'] } },
    org: { bounds: limits, ...(rules.length > 0 && { deny: rules }), ...(defaults && { defaults }) },
    teams: { own: team, other },
  }))

/** Exceptions for the method of {@link request}, some of them out of date or of another method. */
export const exceptions: fc.Arbitrary<Exception[]> = fc
  .array(
    fc
      .record({
        grants: fc.oneof(
          fc.record({ timeout }),
          fc.record({ credentials: fc.constant({ roles: ['arn:aws:iam::111111111111:role/p/*'] }) }),
          fc.record({ connection: fc.constant({ types: ['VPC_LINK'], vpcLinks: ['l*'] }) }),
          fc.record({ passthrough }),
        ),
        httpMethod: fc.constantFrom('GET', 'POST'),
        notAfter: fc.constantFrom('2026-12-01', '2026-12-15'),
      })
      .map(({ grants, httpMethod, notAfter }, index = 0) => ({
        apiVersion: 'sallyport/v1' as const,
        kind: 'Exception' as const,
        metadata: { id: `EX-${index}` },
        spec: {
          rules: Object.keys(grants).map((name) => `own.${name}`),
          match: { team: 'own', restApiId: 'api1', resourceId: 'res1', httpMethod: httpMethod as 'GET' },
          grants: grants as Exception['spec']['grants'],
          reason: 'Until the partner is faster',
          ticket: 'T-1',
          requestedBy: 'ana@acme.example',
          approvedBy: ['li@acme.example'],
          notBefore: '2026-11-15',
          notAfter,
        },
      })),
    { maxLength: 2 },
  )
  .map((all) => all.map((each, index) => ({ ...each, metadata: { id: `EX-${index}` } })))

export function publish(policy: PolicySet): PublishedPolicy {
  return { revision: 1, digest: 'sha256:0', file: 'generated', document: policy, positions: {} }
}
