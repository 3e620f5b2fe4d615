import * as fc from 'fast-check'
import type { Integration } from '../../lib/apigateway/integration.ts'
import type { DecisionRequest } from '../../lib/decision/decision.ts'
import { accounts, seldom } from './policy-generators.ts'

/** Requests over the same few names as the policies of `policy-generators.ts`. */

const keys = [
  'method.request.path.p',
  'method.request.header.Authorization',
  'method.request.header.aUTHORIZATION',
  'method.request.header.X-A',
  'method.request.header.x_a',
  'method.request.multivalueheader.X-A',
  'method.request.querystring.q',
  'method.request.multivaluequerystring.q',
] as const
const hosts = fc.constantFrom('a.x', 'b.x', 'b.a.x', 'x', 'aa.x', 'c.b.a.x', 'A.x', 'b-1.a.x', 'a.x.y', 's.x', 'o.x')
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
const hazardousPaths = fc.constantFrom(
  '/v1/../a',
  '/v1//a',
  '/v1/a;b',
  '/v1/%2fa',
  '/v1/%2e',
  '/v1/.{p}',
  '/v1/{p}{r}',
  '/v1/%61',
  '/%761/a',
)
const queries = fc.constantFrom('', '', '', '', '?a=b', '?{q}', '?vx=1&a=2', '?%61=1')

const httpUri = fc
  .tuple(
    fc.constantFrom('https', 'https', 'https', 'https', 'http'),
    fc.oneof({ weight: 25, arbitrary: hosts }, { weight: 1, arbitrary: trickyHosts }),
    fc.constantFrom('', '', '', ':443', ':8443'),
    fc.oneof(
      { weight: 24, arbitrary: paths },
      { weight: 12, arbitrary: latePaths },
      { weight: 1, arbitrary: hazardousPaths },
    ),
    queries,
  )
  .map(([scheme, host, port, path, search]) => `${scheme}://${host}${port}${path}${search}`)
const region = fc.constantFrom('eu-west-1', 'eu-west-1', 'eu-west-1', 'us-east-1')
const lambdaUri = fc
  .tuple(
    region,
    region,
    fc.constantFrom(...accounts),
    fc.constantFrom('f', 'f-1', 'f-', 'g', 'ff', 'o-1'),
    fc.constantFrom('', '', ':live', ':$LATEST', ':v', ':v1'),
  )
  .map(
    ([outer, inner, account, name, qualifier]) =>
      `arn:aws:apigateway:${outer}:lambda:path/2015-03-31/functions/arn:aws:lambda:${inner}:${account}:function:${name}${qualifier}/invocations`,
  )
const serviceUri = fc
  .tuple(
    region,
    fc.constantFrom(
      's3:path/bkt/k',
      's3:path/bkt/k',
      's3:path/bkt/{p}',
      's3:path/bkt/{p}',
      's3:path/{p}/k',
      's3:path/bkt/k?versionId=1',
      's3:path/%62kt/k',
      's3:path/o-bkt/k',
      'bkt.s3:path/k',
      'bkt.s3:path/{p}',
      's3:action/GetObject&Bucket=bkt&Key=k',
      's3:action/ListBuckets',
      'sqs:path/111111111111/q?Action=ReceiveMessage',
      'sqs:path/111111111111/o-q?Action=ReceiveMessage',
      'sqs:path/111111111111/q?%41ction=DeleteQueue',
      'sqs:path/111111111111/q?Action=ReceiveMessage&Action=DeleteQueue',
      'sqs:path/111111111111/q',
      'iam:action/CreateUser',
      'dynamodb:action/GetItem',
    ),
  )
  .map(([place, target]) => `arn:aws:apigateway:${place}:${target}`)

const BALANCER = 'arn:aws:elasticloadbalancing:eu-west-1:111111111111'
const role = (text: string) => `arn:aws:iam::${text}`
const roles = fc.constantFrom(
  role('111111111111:role/p/r-1'),
  role('111111111111:role/p/r-1'),
  role('222222222222:role/p/r-1'),
  role('111111111111:role/p/q/r-1'),
  role('111111111111:role/r-1'),
  role('111111111111:role/p/o-1'),
)
const parameters = fc
  .dictionary(
    fc.constantFrom(
      'path.p',
      'path.p',
      'path.r',
      'header.X-A',
      'header.x-a',
      'header.X_A',
      'header.Host',
      'header.hOst',
      'header.Authorization',
      'querystring.q',
      'header.K',
    ),
    fc.oneof(
      {
        weight: 8,
        arbitrary: fc.constantFrom(
          'method.request.path.p',
          'method.request.path.proxy',
          'method.request.header.X-A',
          'method.request.multivalueheader.X-A',
          'method.request.querystring.q',
          'method.request.body.a',
          'context.identity.userArn',
          'context.authorizer.principalId',
          'context.authorizer.claims.iss',
          'stageVariables.q',
        ),
      },
      { weight: 3, arbitrary: fc.constantFrom("'a'", "'v'", "'v'", "''", "'..'", "'b/c'", "'%61'", "'．．'") },
    ),
    { minKeys: 1, maxKeys: 2 },
  )
  .map((all) => Object.fromEntries(Object.entries(all).map(([key, value]) => [`integration.request.${key}`, value])))
const templates = fc.dictionary(
  fc.constantFrom('application/json', 'application/json', 'text/plain'),
  fc.constantFrom(
    '{"a":1}',
    '{}',
    '$input.body',
    `{"a":$input.json('$.a')}`,
    '#set($context.requestOverride.header.X-A = "v")',
    '#set($context.requestOverride.header.x_a = "v")',
    '#set($context.requestOverride.header.Host = "v")',
    '#set($n = "X")#set($context.requestOverride.header[$n] = "v")',
    '#evaluate("$a")',
    '#set($x = "\\u0024context.request\\u004fverride")',
  ),
  { minKeys: 1, maxKeys: 2 },
)

const members = fc
  .record({
    link: seldom(
      fc.oneof(
        fc.record({
          connectionType: fc.constant('VPC_LINK'),
          connectionId: fc.constantFrom('l1', 'l2', 'l3', 'm', 'o1'),
          integrationTarget: seldom(
            fc.constantFrom(
              `${BALANCER}:loadbalancer/app/v-1/50dc6c495c0c9188`,
              `${BALANCER}:loadbalancer/app/w/50dc6c495c0c9188`,
              `${BALANCER}:loadbalancer/app/o/50dc6c495c0c9188`,
              `${BALANCER}:listener/app/v-1/50dc6c495c0c9188/f2f7dc8efc522ab2`,
              `${BALANCER}:listener/app/o/50dc6c495c0c9188/f2f7dc8efc522ab2`,
            ),
            1,
          ),
        }),
        fc.record({ connectionType: fc.constant('INTERNET') }),
        fc.record({ connectionId: fc.constant('l1') }),
      ),
      3,
    ),
    credentials: seldom(fc.oneof(roles, fc.constantFrom('', role('*:user/*'), 'arn:aws-cn:iam::*:user/*')), 3),
    tlsConfig: seldom(fc.record({ insecureSkipVerification: fc.boolean() }), 6),
    timeoutInMillis: seldom(fc.constantFrom(50, 1000, 1001, 5000, 29_000, 30_000, 300_000), 2),
    cacheNamespace: seldom(fc.constantFrom('res1', 'own-1', 'own-n', 'other-1', 'n', 'own-'), 5),
    cacheKeyParameters: seldom(fc.array(fc.constantFrom(...keys), { maxLength: 3 }), 4),
    requestParameters: seldom(parameters, 2),
    requestTemplates: seldom(templates, 6),
    passthroughBehavior: seldom(fc.constantFrom('NEVER', 'WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES'), 4),
    contentHandling: seldom(fc.constantFrom('CONVERT_TO_BINARY', 'CONVERT_TO_TEXT'), 8),
    responseTransferMode: seldom(fc.constantFrom('BUFFERED', 'STREAM'), 8),
    mappedKey: seldom(fc.constant(true), 6),
  })
  .map(({ link, mappedKey, ...rest }) => {
    // One key of the integration's side now and then: it is judged by what it maps from.
    const mapped = Object.keys(rest.requestParameters ?? {})[0]
    const withKey = mappedKey && mapped !== undefined
    const all = {
      ...rest,
      ...link,
      ...(withKey && { cacheKeyParameters: [...(rest.cacheKeyParameters ?? []), mapped] }),
    }
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  })

const verb = fc.constantFrom('GET', 'POST', 'POST', 'ANY', 'DELETE')
const backends = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constantFrom('HTTP', 'HTTP_PROXY'), uri: httpUri, httpMethod: verb }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom('AWS_PROXY', 'AWS'),
      uri: lambdaUri,
      httpMethod: fc.constantFrom('POST', 'POST', 'POST', 'GET', 'ANY'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('AWS'),
      uri: serviceUri,
      httpMethod: fc.constantFrom('GET', 'GET', 'POST'),
      credentials: roles,
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('MOCK') }) },
)

export const request: fc.Arbitrary<DecisionRequest> = fc
  .tuple(backends, members, verb, fc.boolean())
  .map(([{ type, ...uri }, others, httpMethod, isLive]) => ({
    restApiId: 'api1',
    resourceId: 'res1',
    httpMethod: httpMethod as DecisionRequest['httpMethod'],
    integration: { type, ...others, ...uri } as unknown as Integration,
    before: isLive ? { type: 'HTTP_PROXY', uri: 'https://a.x/', httpMethod: 'POST' } : null,
    partition: 'aws',
    region: 'eu-west-1',
  }))
