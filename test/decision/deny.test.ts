import { describe, expect, it } from 'vitest'
import type { Integration } from '../../lib/apigateway/integration.ts'
import type { Violation } from '../../lib/decision/decision.ts'
import { BALANCER, LINK, lambda, ROLE, refusedBy, sqs } from './wide-team.ts'

/** What the rule says, of a team that may do all of what follows. */
async function denials(rule: object, members: Partial<Integration>): Promise<Violation[]> {
  const violations = await refusedBy({ deny: [{ id: 'org.denied', message: 'No.', ...rule }] }, members)
  expect(violations.map(({ rule: id }) => id).filter((id) => id !== 'org.denied')).toEqual([])
  return violations
}

async function denied(rule: object, members: Partial<Integration>): Promise<boolean> {
  return (await denials(rule, members)).length > 0
}

const LABELLED = 'arn:aws:apigateway:eu-west-1:c1.sqs:path/1/q'
const aws = (...targets: object[]) => ({ uri: { aws: targets } })
const functions = (limits: object) => ({ uri: { lambda: limits } })
const mapped = (key: string, source: string): Partial<Integration> => ({ requestParameters: { [key]: source } })

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
    ['service', { uri: { aws: [{ service: 'sqs' }] } }, sqs('path/111111111111/q'), lambda('')],
    ['path of a service', { uri: { aws: [{ service: 'sqs', paths: ['/1/q'] }] } }, sqs('path/1/q'), sqs('path/1/r')],
    [
      'path of a service that a placeholder could become',
      { uri: { aws: [{ service: 'sqs', paths: ['/1/q'] }] } },
      sqs('path/1/{q}'),
      sqs('path/2/{q}'),
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

  it.each<[string, object, Partial<Integration>]>([
    ['hosts', { uri: { hosts: ['a.example'] } }, lambda('')],
    ['paths alone', { uri: { paths: ['/v1'] } }, sqs('path/v1')],
    ['functions', functions({ functions: ['f'] }), {}],
    ['another function', functions({ functions: ['g*'] }), lambda('')],
    ['another account', functions({ accounts: ['222222222222'] }), lambda('')],
    ['another Region', functions({ regions: ['us-east-1'] }), lambda('')],
    ['another partition', functions({ partitions: ['aws-cn'] }), lambda('')],
    ['a qualifier', functions({ qualifiers: ['live'] }), lambda('')],
    ['no qualifier', functions({ unqualified: 'allowed' }), lambda(':live')],
    ['another service', aws({ service: 'sns' }), sqs('path/1/q')],
    ["another service's path", aws({ service: 'sns', paths: ['/**'] }), sqs('path/1/q')],
    ['a Region of the service', aws({ service: 'sqs', regions: ['us-east-1'] }), sqs('path/1/q')],
    ['a partition of the service', aws({ service: 'sqs', partitions: ['aws-cn'] }), sqs('path/1/q')],
    ['a label before the service', aws({ service: 'sqs', subdomains: ['a', 'b'] }), sqs('path/1/q')],
    ['another label', aws({ service: 'sqs', subdomains: ['a', 'b'] }), { ...sqs('path/1/q'), uri: LABELLED }],
    ['an action', aws({ service: 'sqs', actions: ['*'] }), sqs('path/1/q')],
    ['another action', aws({ service: 'sqs', actions: ['Send*'] }), sqs('action/DeleteQueue')],
    ['a path', aws({ service: 'sqs', paths: ['/**'] }), sqs('action/SendMessage')],
    ['another account of roles', { credentials: { accounts: ['222222222222'] } }, { credentials: ROLE }],
    ['another role', { credentials: { roles: [`${ROLE}-*`] } }, { credentials: ROLE }],
    ['an account', { credentials: { accounts: ['111111111111'] } }, { credentials: 'arn:aws:iam::*:user/*' }],
    ["the caller's identity", { credentials: { callerPassThrough: true } }, {}],
    ['another connection type', { connection: { types: ['INTERNET'] } }, LINK],
    ['another namespace', { cache: { namespaces: ['web'] } }, { cacheNamespace: 'web-a' }],
    [
      'another destination from the same source',
      { mapping: { requestParameters: { destinations: ['header.y'], sources: ['context.*'] } } },
      mapped('integration.request.header.x', 'context.stage'),
    ],
  ])('that names %s leaves others alone', async (_, rule, members) => {
    expect(await denials(rule, members)).toEqual([])
  })

  it.each<[string, object, Partial<Integration>]>([
    ['host', { uri: { hosts: ['b.example', 'a.*'] } }, {}],
    ['path', { uri: { paths: ['/v2', '/v1'] } }, {}],
    ['function', functions({ functions: ['g', 'f'] }), lambda('')],
    ['qualified or not', functions({ qualifiers: ['live'], unqualified: 'allowed' }), lambda('')],
    ['qualifier', functions({ qualifiers: ['test', 'live'], unqualified: 'allowed' }), lambda(':live')],
    ['no qualifier', functions({ unqualified: 'allowed' }), lambda('')],
    ['service', aws({ service: 'sns' }, { service: 'sqs' }), sqs('path/1/q')],
    ['path of a service', aws({ service: 'sqs', paths: ['/2/q', '/1/*'] }), sqs('path/1/q')],
    ['action of a service', aws({ service: 'sqs', actions: ['Send*', 'Delete*'] }), sqs('action/DeleteQueue')],
    ['label', aws({ service: 'sqs', subdomains: ['a', 'c*'] }), { ...sqs('path/1/q'), uri: LABELLED }],
    ['role', { credentials: { roles: [`${ROLE}-*`, ROLE] } }, { credentials: ROLE }],
    ['VPC link', { connection: { vpcLinks: ['m', 'l*'] } }, LINK],
    [
      'load balancer',
      { connection: { integrationTargets: [BALANCER.replace('/n/', '/m/'), BALANCER] } },
      { ...LINK, integrationTarget: BALANCER },
    ],
    ['namespace', { cache: { namespaces: ['x', 'web-*'] } }, { cacheNamespace: 'web-a' }],
    [
      'cache key, by the parameter it is mapped from',
      { cache: { keyParameters: ['method.request.path.a', 'method.request.path.b'] } },
      {
        ...mapped('integration.request.header.x', 'method.request.path.b'),
        cacheKeyParameters: ['integration.request.header.x'],
      },
    ],
    [
      'mapping',
      { mapping: { requestParameters: { destinations: ['path.*', 'header.x'] } } },
      mapped('integration.request.header.x', "'1'"),
    ],
  ])('needs one of several to match: %s', async (_, rule, members) => {
    expect(await denied(rule, members)).toBe(true)
  })

  it.each<[object, Partial<Integration>, Pick<Violation, 'field' | 'part' | 'value'>]>([
    [{ types: ['HTTP'] }, {}, { field: '/type', value: 'HTTP' }],
    [{ httpMethods: ['GET'], restApiIds: ['web0'] }, {}, { field: '', part: 'httpMethod', value: 'GET' }],
    [{ uri: { hosts: ['a.example'] } }, {}, { field: '/uri', part: 'host', value: 'a.example' }],
    [{ uri: { hosts: ['**'], ports: [443] } }, {}, { field: '/uri', part: 'host', value: 'a.example' }],
    [{ uri: { ports: [443] } }, {}, { field: '/uri', part: 'port', value: 443 }],
    [{ uri: { hosts: ['**'], paths: ['/v1'] } }, {}, { field: '/uri', part: 'path', value: '/v1' }],
    [{ types: ['HTTP'], uri: { paths: ['/v1'] } }, {}, { field: '/uri', part: 'path', value: '/v1' }],
    [{ uri: { methods: ['GET'] } }, {}, { field: '/httpMethod', value: 'GET' }],
    [functions({}), lambda(''), { field: '/uri', part: 'function', value: 'f' }],
    [aws({ service: 'sqs' }), sqs('path/1/q'), { field: '/uri', part: 'service', value: 'sqs' }],
    [
      { credentials: { accounts: ['111111111111'] } },
      { credentials: ROLE },
      { field: '/credentials', part: 'account', value: ROLE },
    ],
    [{ credentials: { roles: [ROLE] } }, { credentials: ROLE }, { field: '/credentials', part: 'role', value: ROLE }],
    [
      { credentials: { callerPassThrough: true } },
      { credentials: 'arn:aws:iam::*:user/*' },
      { field: '/credentials', value: 'arn:aws:iam::*:user/*' },
    ],
    [{ connection: { types: ['VPC_LINK'] } }, LINK, { field: '/connectionType', value: 'VPC_LINK' }],
    [{ connection: { vpcLinks: ['l1'] } }, LINK, { field: '/connectionId', value: 'l1' }],
    [
      { connection: { integrationTargets: [BALANCER] } },
      { ...LINK, integrationTarget: BALANCER },
      { field: '/integrationTarget', value: BALANCER },
    ],
    [{ cache: { namespaces: ['a*'] } }, {}, { field: '/cacheNamespace', value: 'abc' }],
    [
      { cache: { keyParameters: ['method.request.path.*'] } },
      { cacheKeyParameters: ['method.request.path.a'] },
      { field: '/cacheKeyParameters/0', value: 'method.request.path.a' },
    ],
    [
      { mapping: { requestParameters: { sources: ['context.*'] } } },
      mapped('integration.request.header.x', 'context.stage'),
      { field: '/requestParameters/integration.request.header.x', value: 'context.stage' },
    ],
    [{ passthrough: ['WHEN_NO_MATCH'] }, {}, { field: '/passthroughBehavior', value: 'WHEN_NO_MATCH' }],
  ])('points at what it matched: %o', async (rule, members, want) => {
    const [violation, ...others] = await denials({ fix: 'Ask.', ...rule }, members)
    const { field, part, value, fix } = violation ?? {}
    expect({ field, part, value, fix }).toEqual({ ...want, fix: 'Ask.' })
    expect(others).toEqual([])
  })

  it.each<[object, Partial<Integration>, string]>([
    [{ types: ['HTTP'] }, {}, 'Set type to MOCK.'],
    [{ uri: { paths: ['/v1'] } }, {}, 'Set uri to https://a.example/.'],
    [{ credentials: { roles: [ROLE] } }, { credentials: ROLE }, 'Remove credentials.'],
    [{ httpMethods: ['GET'] }, {}, 'Put the integration on a method PUT.'],
    [{ restApiIds: ['web0'] }, {}, 'No other request would pass that asks for the same.'],
  ])('without a fix of its own says what leads out of it: %o', async (rule, members, fix) => {
    expect(await denials(rule, members)).toMatchObject([{ rule: 'org.denied', mode: 'enforce', fix }])
  })

  it('for paths refuses a spelling that could be one of them, only where the rest of the rule matches', async () => {
    const double = { uri: 'https://a.example/x//v1' }
    const rules = async (deny: object) =>
      (await refusedBy({ deny: [{ id: 'org.denied', message: 'No.', ...deny }] }, double)).map(({ rule }) => rule)
    expect(await rules({ uri: { paths: ['/v1'] } })).toEqual(['intrinsic.uri.empty-segment'])
    expect(await rules({ uri: { hosts: ['a.example'], paths: ['/v1'] } })).toEqual(['intrinsic.uri.empty-segment'])
    expect(await rules({ types: ['HTTP_PROXY'], uri: { paths: ['/v1'] } })).toEqual([])
    expect(await rules({ uri: { hosts: ['b.example'], paths: ['/v1'] } })).toEqual([])
    expect(await rules({ uri: { hosts: ['a.example'] } })).toEqual(['org.denied'])
  })
})
