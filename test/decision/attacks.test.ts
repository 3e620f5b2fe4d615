import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { compilePolicy } from '../../lib/decision/compile/compile.ts'
import { decide } from '../../lib/decision/decide.ts'
import type { DecisionRequest } from '../../lib/decision/decision.ts'
import { loadPolicySet } from '../../lib/policy/publish/load.ts'
import { NOW } from './vector-policies.ts'

/**
 * What a hostile reader tried on the rules, by class. Each class has a policy of its own; beside each request that is
 * refused stands one as near to it as can be that passes.
 */

/** `allow`, or a rule that refuses. */
type Row = [it: string, members: string, want: string, path?: Partial<DecisionRequest>]

const HEAD = 'apiVersion: sallyport/v1\nkind: PolicySet\nmetadata: { name: attacks }\n'
const IDENTITY = 'identity: { claim: groups, anyOf: [shop] }, apis: { restApiIds: [shop00api1] }'

async function judging(policy: string) {
  const loaded = loadPolicySet(HEAD + policy.replace('IDENTITY', IDENTITY), { file: 'attacks.yaml', revision: 1 })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems, null, 2))
  const compiled = await compilePolicy(loaded.published)
  return (members: string, path: Partial<DecisionRequest> = {}) =>
    decide(
      compiled,
      {
        restApiId: 'shop00api1',
        resourceId: '9x8y7z',
        httpMethod: 'POST',
        partition: 'aws',
        region: 'eu-west-1',
        ...path,
        integration: { httpMethod: 'GET', ...parse(members) },
      },
      { team: 'shop', point: 'request', now: NOW },
    )
}

function attacks(title: string, policy: string, rows: readonly Row[]): void {
  describe(title, () => {
    it.each(rows)('%s', async (_, members, want, path) => {
      const { decision, violations } = (await judging(policy))(members, path)
      expect(violations.map(({ rule }) => rule)).toEqual(want === 'allow' ? [] : expect.arrayContaining([want]))
      expect(decision).toBe(want === 'allow' ? 'allow' : 'deny')
    })
  })
}

attacks(
  'a placeholder that a template sets after every mapping',
  `
org:
  bounds: {}
  deny: [{ id: org.admin, uri: { hosts: [open.example], paths: ["/admin/**"] }, message: no }]
teams:
  shop:
    { IDENTITY, allow: {
      types: [HTTP],
      uri: [
        { hosts: [open.example] },
        { hosts: [a.example], paths: ["/v1/**"], placeholders: allowed },
        { hosts: [b.example], paths: ["/v1/**"], placeholders: { from: [querystring, header, body, context] } } ],
      mapping: {
        requestParameters: { destinations: ["path.*"], staticValues: allowed },
        requestTemplates: { use: allowed, overrides: [path.p, header.X-Trace] } } } }`,
  [
    ['a path parameter', '{ type: HTTP, uri: "https://a.example/v1/{p}", requestTemplates: { a/b: x } }', 'allow'],
    [
      '… set to another path',
      `{ type: HTTP, uri: "https://a.example/v1/{p}", requestTemplates: { a/b: "#set($context.requestOverride.path.p = '../admin')" } }`,
      'shop.uri',
    ],
    [
      '… although a static value is mapped onto it',
      `{ type: HTTP, uri: "https://a.example/v1/{p}", requestParameters: { integration.request.path.p: "'x'" }, requestTemplates: { a/b: "#set($context.requestOverride.path.p = $input.params('q'))" } }`,
      'shop.uri',
    ],
    [
      '… where the entry opens what callers fill in, and no override',
      `{ type: HTTP, uri: "https://b.example/v1/{p}", requestTemplates: { a/b: "#set($context.requestOverride.path.p = 'x')" } }`,
      'shop.uri',
    ],
    [
      '… towards a path that is denied',
      `{ type: HTTP, uri: "https://open.example/v1/{p}", requestTemplates: { a/b: "#set($context.requestOverride.path.p = '../admin/x')" } }`,
      'org.admin',
    ],
    [
      'another placeholder than the one that is set',
      `{ type: HTTP, uri: "https://a.example/v1/{q}", requestTemplates: { a/b: "#set($context.requestOverride.path.p = 'x')" } }`,
      'allow',
    ],
    [
      'an override of a header',
      `{ type: HTTP, uri: "https://a.example/v1/{p}", requestTemplates: { a/b: "#set($context.requestOverride.header.X-Trace = 'x')" } }`,
      'allow',
    ],
  ],
)

attacks(
  'a denied path in another spelling',
  `
org:
  bounds: {}
  deny:
    - { id: org.path, uri: { hosts: [a.example], paths: ["/v1/a@b/**", "/v1/caf%C3%A9/*", "/v1/x+y", "/v1/a/5"] }, message: no }
    - { id: org.object, uri: { aws: [{ service: s3, paths: ["/shop/a@b", "/shop/caf%C3%A9"] }] }, message: no }
teams:
  shop:
    { IDENTITY, allow: {
      types: [HTTP, AWS],
      uri: [
        { hosts: ["*.example"], placeholders: allowed },
        { aws: { service: s3, paths: ["/shop/**"] }, placeholders: allowed } ] } }`,
  [
    ['as written', '{ type: HTTP, uri: "https://a.example/v1/a@b/x" }', 'org.path'],
    ['an encoded character that needs no encoding', '{ type: HTTP, uri: "https://a.example/v1/a%40b/x" }', 'org.path'],
    ['… on another host', '{ type: HTTP, uri: "https://b.example/v1/a%40b/x" }', 'allow'],
    ['… another one', '{ type: HTTP, uri: "https://a.example/v1/a%24b/x" }', 'allow'],
    ['… beside a placeholder', '{ type: HTTP, uri: "https://a.example/v1/a%40b/{p}" }', 'org.path'],
    ['hexadecimal digits in lower case', '{ type: HTTP, uri: "https://a.example/v1/caf%c3%a9/x" }', 'org.path'],
    ['… in both', '{ type: HTTP, uri: "https://a.example/v1/caf%C3%a9/x" }', 'org.path'],
    ['a plus', '{ type: HTTP, uri: "https://a.example/v1/x%2by" }', 'org.path'],
    [
      'an encoding that a placeholder completes',
      '{ type: HTTP, uri: "https://a.example/v1/a%2{p}5" }',
      'intrinsic.uri.percent-encoding',
    ],
    [
      'an object with an encoded character',
      '{ type: AWS, uri: "arn:aws:apigateway:eu-west-1:s3:path/shop/a%40b" }',
      'org.object',
    ],
    [
      'an object in lower-case digits',
      '{ type: AWS, uri: "arn:aws:apigateway:eu-west-1:s3:path/shop/caf%c3%a9" }',
      'org.object',
    ],
    ['another object', '{ type: AWS, uri: "arn:aws:apigateway:eu-west-1:s3:path/shop/a%24b" }', 'allow'],
  ],
)

const CHINA = { partition: 'aws-cn', region: 'cn-north-1' }

attacks(
  'a denied role or load balancer of another partition',
  `
org:
  bounds: {}
  deny:
    - { id: org.role, credentials: { roles: ["arn:aws:iam::*:role/admin"] }, message: no }
    - { id: org.account, credentials: { accounts: ["999999999999"] }, message: no }
    - { id: org.balancer, connection: { integrationTargets: ["arn:aws:elasticloadbalancing:*:*:loadbalancer/app/secret/*"] }, message: no }
teams:
  shop:
    { IDENTITY, allow: {
      types: [HTTP],
      uri: [{ hosts: [a.example] }],
      credentials: { roles: ["arn:aws:iam::*:role/**", "arn:aws-cn:iam::*:role/**"], callerPassThrough: allowed },
      connection: { types: [VPC_LINK, INTERNET], vpcLinks: [vl1], integrationTargets: ["arn:aws-cn:elasticloadbalancing:*:*:loadbalancer/**", "arn:aws-cn:elasticloadbalancing:*:*:listener/**"] } } }`,
  [
    [
      'the role',
      '{ type: HTTP, uri: "https://a.example/", credentials: "arn:aws:iam::111111111111:role/admin" }',
      'org.role',
    ],
    [
      'the role of China',
      '{ type: HTTP, uri: "https://a.example/", credentials: "arn:aws-cn:iam::111111111111:role/admin" }',
      'org.role',
      CHINA,
    ],
    [
      'another role of China',
      '{ type: HTTP, uri: "https://a.example/", credentials: "arn:aws-cn:iam::111111111111:role/x" }',
      'allow',
      CHINA,
    ],
    [
      'an account',
      '{ type: HTTP, uri: "https://a.example/", credentials: "arn:aws:iam::999999999999:role/x" }',
      'org.account',
    ],
    [
      'the load balancer of China',
      '{ type: HTTP, uri: "https://a.example/", connectionType: VPC_LINK, connectionId: vl1, integrationTarget: "arn:aws-cn:elasticloadbalancing:cn-north-1:111111111111:loadbalancer/app/secret/0a" }',
      'org.balancer',
      CHINA,
    ],
    [
      '… by its listener',
      '{ type: HTTP, uri: "https://a.example/", connectionType: VPC_LINK, connectionId: vl1, integrationTarget: "arn:aws-cn:elasticloadbalancing:cn-north-1:111111111111:listener/app/secret/0a/0b" }',
      'org.balancer',
      CHINA,
    ],
    [
      'another load balancer of China',
      '{ type: HTTP, uri: "https://a.example/", connectionType: VPC_LINK, connectionId: vl1, integrationTarget: "arn:aws-cn:elasticloadbalancing:cn-north-1:111111111111:loadbalancer/app/open/0a" }',
      'allow',
      CHINA,
    ],
  ],
)

const S3 = 'arn:aws:apigateway:eu-west-1:s3'

attacks(
  'a service or a bucket under another name',
  `
org:
  bounds: {}
  deny:
    - { id: org.mail, uri: { aws: [{ service: email, actions: [SendEmail] }] }, message: no }
    - { id: org.bucket, uri: { aws: [{ service: s3, buckets: [secret] }] }, message: no }
    - { id: org.queue, uri: { aws: [{ service: sqs, queues: [secret] }] }, message: no }
teams:
  shop:
    { IDENTITY, allow: {
      types: [AWS],
      uri: [
        { aws: { service: ses, actions: ["*"] } },
        { aws: { service: email, actions: ["*"] } },
        { aws: { service: queue, paths: ["/**"], actions: ["*"] } },
        { aws: { service: s3, paths: ["/**"] } },
        { aws: { service: s3-accesspoint, subdomains: ["*"], paths: ["/**"] } } ],
      mapping: { requestParameters: { destinations: [header.x-amz-copy-source], staticValues: allowed, open: [{ destination: header.x-amz-copy-source }] }, requestTemplates: { use: allowed, overrides: [header.x-amz-copy-source] } },
      passthrough: [NEVER, WHEN_NO_MATCH],
      credentials: { roles: ["arn:aws:iam::111111111111:role/r"] } } }`,
  [
    [
      'SES by its other name',
      '{ type: AWS, uri: "arn:aws:apigateway:eu-west-1:ses:action/SendEmail", passthroughBehavior: NEVER }',
      'org.mail',
    ],
    [
      '… another operation',
      '{ type: AWS, uri: "arn:aws:apigateway:eu-west-1:ses:action/GetSendQuota", passthroughBehavior: NEVER }',
      'allow',
    ],
    [
      'SQS by its old name',
      '{ type: AWS, httpMethod: POST, uri: "arn:aws:apigateway:eu-west-1:queue:path/111111111111/secret", requestTemplates: { a/b: "Action=SendMessage" }, passthroughBehavior: NEVER }',
      'org.queue',
    ],
    [
      'the ARN of an access point',
      `{ type: AWS, uri: "${S3}:path/arn:aws:s3:eu-west-1:1:accesspoint/x/k" }`,
      'org.bucket',
    ],
    ['the alias of an access point', `{ type: AWS, uri: "${S3}:path/any-x1y2-s3alias/k" }`, 'org.bucket'],
    [
      'the endpoint of access points',
      `{ type: AWS, uri: "arn:aws:apigateway:eu-west-1:any-1.s3-accesspoint:path/k" }`,
      'org.bucket',
    ],
    ['another bucket', `{ type: AWS, uri: "${S3}:path/other/k" }`, 'allow'],
    [
      'an object of the bucket, to be copied',
      `{ type: AWS, httpMethod: PUT, uri: "${S3}:path/other/k", requestParameters: { integration.request.header.x-amz-copy-source: "'/secret/k'" } }`,
      'org.bucket',
    ],
    [
      '… whichever a template says',
      `{ type: AWS, httpMethod: PUT, uri: "${S3}:path/other/k", requestTemplates: { a/b: "#set($context.requestOverride.header.x-amz-copy-source = $input.params('x'))" } }`,
      'org.bucket',
    ],
    [
      '… an object of another bucket',
      `{ type: AWS, httpMethod: PUT, uri: "${S3}:path/other/k", requestParameters: { integration.request.header.x-amz-copy-source: "'/other/j'" } }`,
      'allow',
    ],
  ],
)

attacks(
  'a key that climbs out of its bucket',
  `
org: { bounds: {} }
teams:
  shop:
    { IDENTITY, allow: {
      types: [AWS],
      uri: [{ aws: { service: s3, paths: ["/shop/**"], actions: [GetObject, CopyObject] }, query: { names: [Bucket, Key, CopySource] } }] } }`,
  [
    ['a key', `{ type: AWS, uri: "${S3}:action/GetObject&Bucket=shop&Key=a/..b" }`, 'allow'],
    ['… with a dot segment', `{ type: AWS, uri: "${S3}:action/GetObject&Bucket=shop&Key=../secret/k" }`, 'shop.uri'],
    ['an object to copy', `{ type: AWS, uri: "${S3}:action/CopyObject&Bucket=shop&Key=a&CopySource=shop/b" }`, 'allow'],
    [
      '… that climbs',
      `{ type: AWS, uri: "${S3}:action/CopyObject&Bucket=shop&Key=a&CopySource=shop/../secret/b" }`,
      'shop.uri',
    ],
  ],
)

const SOFT = 'rollout: { default: dry-run, until: 2027-06-01 }'
const FUNCTION =
  'arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:999999999999:function:f/invocations'

attacks(
  'a softened rule that would hide one of which the bounds say nothing',
  `
org:
  bounds:
    types: [HTTP, AWS_PROXY, MOCK]
    uri: { hosts: ["**.example"], lambda: { regions: [eu-west-1] } }
    connection: { types: [INTERNET, VPC_LINK] }
    mock: { httpMethods: [POST, OPTIONS] }
teams:
  shop: { ${SOFT}, IDENTITY, allow: { types: [HTTP], uri: [{ hosts: [a.example] }], mock: { httpMethods: [OPTIONS], templates: static } } }`,
  [
    ['a host that nobody lists', '{ type: HTTP, uri: "https://b.example/" }', 'allow'],
    ['… on a port that nothing names', '{ type: HTTP, uri: "https://b.example:8443/" }', 'shop.uri'],
    ['… in clear', '{ type: HTTP, uri: "http://b.example:443/" }', 'shop.uri'],
    [
      'a VPC link, of which the bounds name the type alone',
      '{ type: HTTP, uri: "https://a.example/", connectionType: VPC_LINK, connectionId: vl1 }',
      'shop.connection',
    ],
    ['a function of any account', `{ type: AWS_PROXY, httpMethod: POST, uri: "${FUNCTION}" }`, 'shop.uri'],
    ['a MOCK on another method', '{ type: MOCK }', 'allow'],
    ['… with a template', '{ type: MOCK, requestTemplates: { a/b: $context.requestId } }', 'shop.mock'],
    [
      '… over a live backend',
      '{ type: MOCK }',
      'shop.mock',
      { before: { type: 'HTTP', httpMethod: 'GET', uri: 'https://a.example/' } },
    ],
  ],
)

attacks(
  'a denied cache key',
  `
org:
  bounds: {}
  deny: [{ id: org.key, cache: { keyParameters: [integration.request.header.internal] }, message: no }]
teams:
  shop: { IDENTITY, allow: { types: [HTTP], uri: [{ hosts: [a.example] }], mapping: { requestParameters: { destinations: ["header.*"] } }, cache: { keyParameters: ["*"] } } }`,
  [
    [
      'by its own name, whatever is mapped onto it',
      '{ type: HTTP, uri: "https://a.example/", cacheKeyParameters: [integration.request.header.internal], requestParameters: { integration.request.header.internal: method.request.header.x } }',
      'org.key',
    ],
    [
      '… another one',
      '{ type: HTTP, uri: "https://a.example/", cacheKeyParameters: [integration.request.header.other], requestParameters: { integration.request.header.other: method.request.header.x } }',
      'allow',
    ],
  ],
)

attacks(
  'a parameter that the entry does not name',
  `
org: { bounds: {} }
teams:
  shop: { IDENTITY, allow: { types: [HTTP], uri: [{ hosts: [a.example], query: { names: [page] } }] } }`,
  [
    ['the one that it names', '{ type: HTTP, uri: "https://a.example/?page=1" }', 'allow'],
    ['another', '{ type: HTTP, uri: "https://a.example/?page=1&admin=1" }', 'shop.uri'],
    [
      '… behind a semicolon, where older servers part a query',
      '{ type: HTTP, uri: "https://a.example/?page=1;admin=1" }',
      'shop.uri',
    ],
    ['… in encoded letters', '{ type: HTTP, uri: "https://a.example/?page=1&%61dmin=1" }', 'shop.uri'],
  ],
)

attacks(
  'round a condition',
  `
org:
  bounds: {}
  conditions:
    - { id: org.path, when: 'integration.backend.kind == "http"', require: '!integration.backend.path.startsWith("/a@b")', message: no }
    - { id: org.user, require: '!("integration.request.header.X-User" in integration.requestParameters)', message: no }
teams:
  shop: { IDENTITY, allow: { types: [HTTP], uri: [{ hosts: [a.example] }], mapping: { requestTemplates: { use: allowed, overrides: [header.x-user, header.x-other] } } } }`,
  [
    ['the path that it denies', '{ type: HTTP, uri: "https://a.example/a@b" }', 'org.path'],
    ['… encoded', '{ type: HTTP, uri: "https://a.example/a%40b" }', 'org.path'],
    ['another', '{ type: HTTP, uri: "https://a.example/a-b%20c" }', 'allow'],
    [
      'the header that it denies, set by a template',
      `{ type: HTTP, uri: "https://a.example/", requestTemplates: { a/b: "#set($context.requestOverride.header.x-user = 'x')" } }`,
      'org.user',
    ],
    [
      'another header',
      `{ type: HTTP, uri: "https://a.example/", requestTemplates: { a/b: "#set($context.requestOverride.header.x-other = 'x')" } }`,
      'allow',
    ],
  ],
)
