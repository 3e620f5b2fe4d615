import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../../lib/decision/compile.ts'
import { decide } from '../../lib/decision/decide.ts'
import type { Integration } from '../../lib/integration/integration.ts'
import { NOW, published } from './vector-policies.ts'

const LAMBDA =
  'arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111111111111:function:f'
const lambda = (qualifier: string): Partial<Integration> => ({
  type: 'AWS_PROXY',
  httpMethod: 'POST',
  uri: `${LAMBDA}${qualifier}/invocations`,
})
const sqs = (path: string): Partial<Integration> => ({
  type: 'AWS',
  httpMethod: 'POST',
  uri: `arn:aws:apigateway:eu-west-1:sqs:path${path}`,
})
const LINK: Partial<Integration> = { connectionType: 'VPC_LINK', connectionId: 'l1' }
const ROLE = 'arn:aws:iam::111111111111:role/apigw/r'
const BALANCER = 'arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/net/n/0123456789abcdef'

/** A team that may do all of what follows, so that only the deny rule decides. */
async function denied(rule: object, members: Partial<Integration>): Promise<boolean> {
  const document = {
    apiVersion: 'sallyport/v1',
    kind: 'PolicySet',
    metadata: { name: 'deny' },
    org: { bounds: {}, deny: [{ id: 'org.denied', message: 'No.', ...rule }] },
    teams: {
      web: {
        identity: { claim: 'groups', anyOf: ['web'] },
        apis: { restApiIds: ['web0'] },
        allow: {
          types: ['HTTP', 'HTTP_PROXY', 'AWS', 'AWS_PROXY'],
          uri: [
            { hosts: ['**'], schemes: ['http', 'https'], ports: [80, 443, 8443], methods: ['*'] },
            { lambda: { account: '111111111111', functions: ['*'] } },
            { aws: { service: 'sqs', paths: ['/**'], actions: ['*'] }, placeholders: 'allowed' },
          ],
          credentials: { roles: [ROLE], callerPassThrough: 'allowed' },
          connection: { types: ['INTERNET', 'VPC_LINK'] },
          cache: { maxKeyParameters: 10 },
          mapping: { requestParameters: { destinations: ['header.*'] } },
          passthrough: ['NEVER', 'WHEN_NO_MATCH'],
          contentHandling: ['none', 'CONVERT_TO_TEXT'],
          responseTransferMode: ['BUFFERED', 'STREAM'],
        },
      },
    },
  }
  const policy = await compilePolicy(published(JSON.stringify(document), 'deny'))
  const integration: Integration = { type: 'HTTP', httpMethod: 'GET', uri: 'https://a.example/v1', ...members }
  const path = { restApiId: 'web0', resourceId: 'abc', httpMethod: 'GET' as const }
  const asked = { team: 'web', point: 'request' as const, now: NOW }
  const { violations } = decide(policy, { ...path, integration, partition: 'aws', region: 'eu-west-1' }, asked)
  expect(violations.map(({ rule: id }) => id).filter((id) => id !== 'org.denied')).toEqual([])
  return violations.length > 0
}

describe('a deny rule', () => {
  it.each<[string, object, Partial<Integration>, Partial<Integration>]>([
    ['type', { types: ['HTTP_PROXY'] }, { type: 'HTTP_PROXY' }, {}],
    ['host', { uri: { hosts: ['a.example'] } }, {}, { uri: 'https://b.example/v1' }],
    ['scheme', { uri: { schemes: ['http'] } }, { uri: 'http://a.example/' }, {}],
    ['port', { uri: { ports: [8443] } }, { uri: 'https://a.example:8443/' }, {}],
    ['path', { uri: { paths: ['/v1'] } }, {}, { uri: 'https://a.example/v1/' }],
    [
      'path that a placeholder could become',
      { uri: { paths: ['/v1/*'] } },
      { uri: 'https://a.example/v1/{p}' },
      { uri: 'https://a.example/v2/{p}' },
    ],
    ['host and path together', { uri: { hosts: ['b.example'], paths: ['/v1'] } }, { uri: 'https://b.example/v1' }, {}],
    ['verb of the integration', { uri: { methods: ['DELETE'] } }, { httpMethod: 'DELETE' }, {}],
    ['type and host together', { types: ['HTTP'], uri: { hosts: ['a.example'] } }, {}, { type: 'HTTP_PROXY' }],
    ['function', { uri: { lambda: { functions: ['f*', 'f'] } } }, lambda(''), {}],
    ['qualifier', { uri: { lambda: { qualifiers: ['$LATEST'] } } }, lambda(':$LATEST'), lambda(':live')],
    ['account of a function', { uri: { lambda: { accounts: ['111111111111'] } } }, lambda(''), {}],
    ['Region of a function', { uri: { lambda: { regions: ['eu-west-1'] } } }, lambda(''), {}],
    ['service', { uri: { aws: [{ service: 'sqs' }] } }, sqs('/111111111111/q'), lambda('')],
    ['path of a service', { uri: { aws: [{ service: 'sqs', paths: ['/1/q'] }] } }, sqs('/1/q'), sqs('/1/r')],
    [
      'path of a service that a placeholder could become',
      { uri: { aws: [{ service: 'sqs', paths: ['/1/q'] }] } },
      sqs('/1/{q}'),
      sqs('/2/{q}'),
    ],
    ['role', { credentials: { roles: ['arn:aws:iam::*:role/apigw/*'] } }, { credentials: ROLE }, {}],
    ['account of a role', { credentials: { accounts: ['111111111111'] } }, { credentials: ROLE }, {}],
    [
      "caller's identity",
      { credentials: { callerPassThrough: true } },
      { credentials: 'arn:aws:iam::*:user/*' },
      { credentials: ROLE },
    ],
    ['connection type', { connection: { types: ['VPC_LINK'] } }, LINK, {}],
    ['VPC link', { connection: { vpcLinks: ['l*'] } }, LINK, { ...LINK, connectionId: 'm1' }],
    [
      'load balancer',
      { connection: { integrationTargets: [BALANCER] } },
      { ...LINK, integrationTarget: BALANCER },
      LINK,
    ],
    ['namespace', { cache: { namespaces: ['web-*'] } }, { cacheNamespace: 'web-a' }, { cacheNamespace: 'web' }],
    [
      'cache key',
      { cache: { keyParameters: ['method.request.header.X-A'] } },
      { cacheKeyParameters: ['method.request.header.x-a'] },
      { cacheKeyParameters: ['method.request.header.x-b'] },
    ],
    [
      'mapping destination',
      { mapping: { requestParameters: { destinations: ['header.X-A'] } } },
      { requestParameters: { 'integration.request.header.x-a': "'1'" } },
      { requestParameters: { 'integration.request.header.x-b': "'1'" } },
    ],
    [
      'mapping source',
      { mapping: { requestParameters: { sources: ['context.*'] } } },
      { requestParameters: { 'integration.request.header.x-a': 'context.stage' } },
      { requestParameters: { 'integration.request.header.x-a': "'1'" } },
    ],
    ['passthrough', { passthrough: ['WHEN_NO_MATCH'] }, {}, { passthroughBehavior: 'NEVER' }],
    ['content handling', { contentHandling: ['CONVERT_TO_TEXT'] }, { contentHandling: 'CONVERT_TO_TEXT' }, {}],
    ['transfer mode', { responseTransferMode: ['STREAM'] }, { type: 'HTTP_PROXY', responseTransferMode: 'STREAM' }, {}],
  ])('matches by %s', async (_, rule, matching, other) => {
    expect(await denied(rule, matching)).toBe(true)
    expect(await denied(rule, other)).toBe(false)
  })

  it('matches by the API and the method it is for', async () => {
    expect(await denied({ restApiIds: ['web0'], types: ['HTTP'] }, {})).toBe(true)
    expect(await denied({ restApiIds: ['web1'], types: ['HTTP'] }, {})).toBe(false)
    expect(await denied({ httpMethods: ['GET'], types: ['HTTP'] }, {})).toBe(true)
    expect(await denied({ httpMethods: ['POST'], types: ['HTTP'] }, {})).toBe(false)
  })
})
