import * as fc from 'fast-check'
import type { Integration } from '../../lib/apigateway/integration.ts'
import type { DecisionRequest } from '../../lib/decision/decision.ts'
import type { DenyRule, PolicySet, Rollout, Team } from '../../lib/policy/document/document.ts'
import type { PublishedPolicy } from '../../lib/policy/document/published.ts'
import type { Allow, Backend, Bounds } from '../../lib/policy/document/sections.ts'

/** Policies and requests over so few names that they often meet. Policies need not be ones that could be published. */

const some = <T>(...values: T[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 })

const hostPatterns = some('a.x', '*.x', '**.x', '**', 'a.*.x', '*a.x', 'b.a.x', 'x', 'b-*.a.x', '**.a.**', '@hosts')
const hosts = fc.constantFrom('a.x', 'b.x', 'b.a.x', 'x', 'aa.x', 'c.b.a.x', 'A.x', 'b-1.a.x', 'b-.a.x', 'a.x.y', 's.x')
const trickyHosts = fc.constantFrom(
  'u@a.x',
  'a.x.',
  'a_b.x',
  '127.0.0.1',
  '0x7f.1',
  '{h}.x',
  'a.x\\',
  '%61.x',
  'é.x',
  '',
)
const pathPatterns = some('/**', '/v1/**', '/v1', '/v1/*', '/v1/*/z', '/**/z', '/v*/**', '/', '/v1/**/z/**')
const paths = fc.constantFrom(
  '',
  '/',
  '/v1',
  '/v1/',
  '/v1/a',
  '/v1/a/z',
  '/v1/a/b/z',
  '/v1/a/z/q',
  '/v2/b',
  '/z',
  '/v1/z',
)
const latePaths = fc.constantFrom(
  '/{p}',
  '/v1/{p}',
  '/v1/a{p}',
  '/v1/{p}/z',
  '/v1/${stageVariables.q}/z',
  '/${stageVariables.q}',
)
const hazardousPaths = fc.constantFrom('/v1/../a', '/v1//a', '/v1/a;b', '/v1/%2fa', '/v1/%2e', '/v1/.{p}')
const queries = fc.constantFrom('', '', '', '?a=b', '?{q}')
const verbs = some('GET' as const, 'POST' as const, 'ANY' as const, '*' as const)
const verb = fc.constantFrom('GET' as const, 'POST' as const, 'ANY' as const, 'DELETE' as const)
const accounts = ['111111111111', '222222222222'] as const
const regions = ['eu-west-1', 'us-east-1'] as const
const allowed = fc.constantFrom('allowed' as const, 'never' as const)

const optional = <T extends Record<string, fc.Arbitrary<unknown>>>(members: T, required: (string & keyof T)[] = []) =>
  fc.record(members, { requiredKeys: required as never[] }) as unknown as fc.Arbitrary<never>

/** Often what lets everything pass, so that one section in doubt decides. */
const mostly = (generous: unknown, arbitrary: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(generous) }, { weight: 2, arbitrary })

const httpBackend = optional(
  {
    hosts: hostPatterns,
    schemes: some('https', 'http'),
    ports: some(443, 8443),
    paths: pathPatterns,
    query: fc.constantFrom('none', 'literal', 'late-bound'),
    placeholders: allowed,
    stageVariables: allowed,
    methods: verbs,
    httpMethods: verbs,
  },
  ['hosts'],
)
const lambdaBackend = fc.record({
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
})
const backend = fc.oneof(
  { weight: 3, arbitrary: httpBackend },
  { weight: 1, arbitrary: lambdaBackend },
) as unknown as fc.Arbitrary<Backend>

const rolePatterns = some(
  'arn:aws:iam::111111111111:role/p/r-*',
  'arn:aws:iam::*:role/p/r-1',
  'arn:aws:iam::111111111111:role/**/r-1',
  'arn:aws:iam::111111111111:role/*',
)
const connection = optional({ types: some('INTERNET', 'VPC_LINK'), vpcLinks: some('l1', 'l*', 'l2') })
const tls = optional({ insecureSkipVerification: allowed, hosts: hostPatterns }, ['insecureSkipVerification'])
const timeout = optional({ minMillis: fc.constantFrom(50, 1000), maxMillis: fc.constantFrom(1000, 5000, 29_000) })
const cacheLimits = optional({
  namespaces: some('{resourceId}', '{team}-*', 'n', 'own-n', '*'),
  keyParameters: some('method.request.path.*', 'method.request.header.X-A', 'method.request.querystring.q'),
  maxKeyParameters: fc.constantFrom(0, 1, 2),
})
const passthrough = some('NEVER' as const, 'WHEN_NO_MATCH' as const)

const types = some('HTTP' as const, 'HTTP_PROXY' as const, 'AWS_PROXY' as const)

const everyBackend = [
  { hosts: ['**'], schemes: ['http', 'https'], ports: [443, 8443], query: 'late-bound', placeholders: 'allowed' },
  ...accounts.map((account) => ({ lambda: { account, functions: ['*'], regions: [...regions] } })),
]

const allow = optional(
  {
    types: mostly(['HTTP', 'HTTP_PROXY', 'AWS_PROXY'], types),
    uri: mostly(everyBackend, fc.array(backend, { minLength: 1, maxLength: 3 })),
    credentials: mostly(
      { roles: ['arn:aws:iam::*:role/**'], callerPassThrough: 'allowed' },
      fc.oneof(fc.constant('none'), optional({ roles: rolePatterns, none: allowed, callerPassThrough: allowed })),
    ),
    connection: mostly({}, connection),
    tls: mostly({ insecureSkipVerification: 'allowed' }, tls),
    timeout: mostly({}, timeout),
    cache: mostly({}, fc.oneof(fc.constant('none'), cacheLimits)),
    passthrough: mostly(['NEVER', 'WHEN_NO_MATCH'], passthrough),
  },
  ['types', 'timeout'],
) as fc.Arbitrary<Allow>

const wide = fc.constant({})
const bounds = fc.oneof(
  { weight: 2, arbitrary: wide },
  { weight: 1, arbitrary: narrowBounds() },
) as fc.Arbitrary<Bounds>

function narrowBounds() {
  return optional({
    types,
    uri: optional({
      schemes: some('https', 'http'),
      hosts: hostPatterns,
      ports: some(443, 8443),
      paths: pathPatterns,
      query: fc.constantFrom('none', 'literal', 'late-bound'),
      placeholders: optional({ path: allowed }),
      lambda: optional({ accounts: some(...accounts), regions: some(...regions), functions: some('f', 'f-*') }),
    }),
    credentials: optional({
      accounts: some(...accounts),
      rolePath: fc.constantFrom('/p/', '/p/**'),
      callerPassThrough: allowed,
    }),
    connection,
    tls,
    timeout,
    cache: cacheLimits,
    passthrough,
  })
}

const deny = fc
  .array(
    optional({
      types,
      uri: optional({ hosts: hostPatterns, paths: pathPatterns, ports: some(443, 8443) }, ['hosts']),
      httpMethods: verbs,
      credentials: optional({ roles: rolePatterns }, ['roles']),
      connection: optional({ vpcLinks: some('l1', 'l2') }, ['vpcLinks']),
    }),
    { maxLength: 2 },
  )
  .map((rules) =>
    rules.map((rule, index) => ({ id: `org.d${index}`, message: 'No.', ...(rule as object) }) as DenyRule),
  )

const rollout = optional({
  default: fc.constantFrom('enforce', 'warn', 'dry-run', { request: 'warn' }, { ci: 'warn' }),
  until: fc.constantFrom('2026-01-01', '2027-01-01'),
}) as fc.Arbitrary<Rollout>

const team = (claim: string, restApiId: string): fc.Arbitrary<Team> =>
  fc.record({ allow, rollout: fc.option(rollout, { nil: undefined }) }).map(({ rollout: own, ...rest }) => ({
    identity: { claim: 'groups', anyOf: [claim] },
    apis: { restApiIds: [restApiId] },
    ...(own && { rollout: own }),
    ...rest,
  }))

export const document: fc.Arbitrary<PolicySet> = fc
  .record({
    bounds,
    defaults: fc.option(allow, { nil: undefined }),
    deny,
    own: team('own', 'api1'),
    other: team('other', 'api2'),
  })
  .map(({ bounds: limits, defaults, deny: rules, own, other }) => ({
    apiVersion: 'sallyport/v1',
    kind: 'PolicySet',
    metadata: { name: 'generated' },
    lists: { hosts: { shared: true, entries: ['s.x', 'b.x'] } },
    org: { bounds: limits, deny: rules, ...(defaults && { defaults }) },
    teams: { own, other },
  }))

export function publish(policy: PolicySet): PublishedPolicy {
  return { revision: 1, digest: 'sha256:0', file: 'generated', document: policy, positions: {} }
}

const httpUri = fc
  .tuple(
    fc.constantFrom('https', 'https', 'https', 'http'),
    fc.oneof({ weight: 12, arbitrary: hosts }, { weight: 1, arbitrary: trickyHosts }),
    fc.constantFrom('', '', ':443', ':8443'),
    fc.oneof(
      { weight: 8, arbitrary: paths },
      { weight: 3, arbitrary: latePaths },
      { weight: 1, arbitrary: hazardousPaths },
    ),
    queries,
  )
  .map(([scheme, host, port, path, query]) => `${scheme}://${host}${port}${path}${query}`)
const lambdaUri = fc
  .tuple(
    fc.constantFrom(...regions),
    fc.constantFrom(...accounts),
    fc.constantFrom('f', 'f-1', 'f-', 'g', 'ff'),
    fc.constantFrom('', ':live', ':$LATEST', ':v', ':v1'),
  )
  .map(
    ([region, account, name, qualifier]) =>
      `arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:${region}:${account}:function:${name}${qualifier}/invocations`,
  )

const members = optional({
  connectionType: fc.constantFrom('INTERNET', 'VPC_LINK'),
  connectionId: fc.constantFrom('l1', 'l2', 'l3', 'm'),
  credentials: fc.constantFrom(
    '',
    'arn:aws:iam::*:user/*',
    'arn:aws:iam::111111111111:role/p/r-1',
    'arn:aws:iam::222222222222:role/p/r-1',
    'arn:aws:iam::111111111111:role/p/q/r-1',
    'arn:aws:iam::111111111111:role/r-1',
  ),
  tlsConfig: fc.record({ insecureSkipVerification: fc.boolean() }),
  timeoutInMillis: fc.constantFrom(50, 1000, 1001, 5000, 29_000, 30_000),
  cacheNamespace: fc.constantFrom('res1', 'own-1', 'own-n', 'other-1', 'n', 'own-'),
  cacheKeyParameters: fc.array(
    fc.constantFrom(
      'method.request.path.p',
      'method.request.header.x-a',
      'method.request.querystring.q',
      'method.request.querystring.r',
    ),
    { maxLength: 3 },
  ),
  passthroughBehavior: fc.constantFrom('NEVER', 'WHEN_NO_MATCH'),
})

const backends = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constantFrom('HTTP', 'HTTP_PROXY'), uri: httpUri, httpMethod: verb }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('AWS_PROXY'), uri: lambdaUri, httpMethod: fc.constant('POST') }),
  },
)

export const request: fc.Arbitrary<DecisionRequest> = fc
  .tuple(backends, members, verb)
  .map(([uri, others, httpMethod]) => ({
    restApiId: 'api1',
    resourceId: 'res1',
    httpMethod,
    integration: { ...(others as object), ...uri } as Integration,
    partition: 'aws',
    region: 'eu-west-1',
  }))
