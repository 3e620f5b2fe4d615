import { describe, expect, it } from 'vitest'
import type { Integration } from '../../lib/apigateway/integration.ts'
import type { DecisionRequest } from '../../lib/decision/decision.ts'
import type { Bounds } from '../../lib/policy/document/sections.ts'
import { BALANCER, LINK, lambda, ROLE, refusedBy, sqs } from './wide-team.ts'

const uri = (text: string): Partial<Integration> => ({ uri: text })
const mapped = (source: string, name = 'x'): Partial<Integration> => ({
  requestParameters: { [`integration.request.header.${name}`]: source },
})
const template = (text: string, type = 'application/json'): Partial<Integration> => ({
  requestTemplates: { [type]: text },
})
const mock = (text: string): Partial<Integration> => ({ type: 'MOCK', ...template(text) })
const keys = (...cacheKeyParameters: string[]): Partial<Integration> => ({ cacheKeyParameters })
const path = (name: string) => `method.request.path.${name}`

/** A block about backends that closes no kind of them: what it doesn't name would be closed. */
const open: NonNullable<Bounds['uri']> = {
  hosts: ['**'],
  lambda: {},
  aws: [{ service: 'sqs', paths: ['/**'], actions: ['*'] }],
}

async function rulesUnder(bounds: Bounds, members: Partial<Integration>, request?: Partial<DecisionRequest>) {
  return (await refusedBy({ bounds }, members, request)).map(({ rule }) => rule)
}

describe('the bounds', () => {
  it.each<[string, Bounds, Partial<Integration>, Partial<Integration>]>([
    ['types', { types: ['HTTP'] }, { type: 'HTTP_PROXY' }, {}],
    ['types', { types: ['HTTP'] }, mock('{}'), {}],
    ['uri.schemes', { uri: { schemes: ['https'] } }, uri('http://a.example/'), {}],
    ['uri.hosts', { uri: { hosts: ['a.example', 'b.example'] } }, uri('https://c.example/'), uri('https://b.example/')],
    ['uri.ports', { uri: { ports: [443] } }, uri('https://a.example:8443/'), {}],
    ['uri.paths', { uri: { paths: ['/v1', '/v2'] } }, uri('https://a.example/v3'), uri('https://a.example/v2')],
    ['uri.query', { uri: { ...open, query: 'none' } }, uri('https://a.example/v1?a'), {}],
    ['uri.query', { uri: { ...open, query: 'literal' } }, uri('https://a.example/?{a}'), uri('https://a.example/?a')],
    [
      'uri.placeholders.path',
      { uri: { ...open, placeholders: { path: 'never' } } },
      uri('https://a.example/{p}'),
      uri('https://a.example/p'),
    ],
    [
      'uri.placeholders.path',
      { uri: { ...open, placeholders: { path: 'never' } } },
      uri('https://a.example/${stageVariables.p}'),
      {},
    ],
    [
      'uri.placeholders.path',
      { uri: { ...open, placeholders: { path: 'never' } } },
      uri('https://a.example/{p}/${stageVariables.q}'),
      {},
    ],
    [
      'uri.stageVariables.path',
      { uri: { ...open, stageVariables: { path: 'never' } } },
      uri('https://a.example/${stageVariables.p}'),
      uri('https://a.example/{p}'),
    ],
    [
      'uri.stageVariables.path',
      { uri: { ...open, stageVariables: { path: 'never' }, placeholders: { path: 'allowed' } } },
      uri('https://a.example/{p}/${stageVariables.q}'),
      uri('https://a.example/{p}'),
    ],
    [
      'uri.placeholders.path',
      { uri: { ...open, stageVariables: { path: 'allowed' }, placeholders: { path: 'never' } } },
      uri('https://a.example/{p}'),
      uri('https://a.example/${stageVariables.p}'),
    ],
    ['uri.methods', { uri: { ...open, methods: ['GET'] } }, { httpMethod: 'DELETE' }, {}],
    ['uri.methods', { uri: { ...open, methods: ['GET'] } }, sqs('path/1/q'), {}],
    ['uri.methods', { uri: { ...open, methods: ['GET'] } }, lambda(''), {}],
    ['uri.hosts', { uri: { lambda: {} } }, {}, lambda('')],
    ['uri.lambda', { uri: { hosts: ['**'] } }, lambda(''), {}],
    ['uri.aws', { uri: { hosts: ['**'] } }, sqs('action/SendMessage'), {}],
    ['uri.lambda.accounts', { uri: { ...open, lambda: { accounts: ['222222222222'] } } }, lambda(''), {}],
    ['uri.lambda.regions', { uri: { ...open, lambda: { regions: ['us-east-1'] } } }, lambda(''), {}],
    ['uri.lambda.partitions', { uri: { ...open, lambda: { partitions: ['aws-cn'] } } }, lambda(''), {}],
    ['uri.lambda.functions', { uri: { lambda: { functions: ['g*', 'f'] } } }, lambda('x'), lambda('')],
    ['uri.lambda.qualifiers', { uri: { lambda: { qualifiers: ['live'] } } }, lambda(':test'), lambda(':live')],
    ['uri.lambda.qualifiers', { uri: { lambda: { qualifiers: ['live'] } } }, lambda(''), lambda(':live')],
    ['uri.lambda.unqualified', { uri: { lambda: { unqualified: 'never' } } }, lambda(''), lambda(':live')],
    ['uri.aws', { uri: { ...open, aws: [{ service: 'sns' }] } }, sqs('path/1/q'), {}],
    ['uri.aws', { uri: { aws: [{ service: 'sqs', paths: ['/1/q'] }] } }, sqs('path/1/r'), sqs('path/1/q')],
    [
      'uri.aws',
      { uri: { aws: [{ service: 'sqs', actions: ['Send*'] }] } },
      sqs('action/DeleteQueue'),
      sqs('action/SendMessage'),
    ],
    ['credentials.accounts', { credentials: { accounts: ['222222222222'] } }, { credentials: ROLE }, {}],
    ['credentials.rolePath', { credentials: { rolePath: '/other/' } }, { credentials: ROLE }, {}],
    ['credentials.roles', { credentials: { roles: [`${ROLE}-*`] } }, { credentials: ROLE }, {}],
    [
      'credentials.callerPassThrough',
      { credentials: { callerPassThrough: 'never' } },
      { credentials: 'arn:aws:iam::*:user/*' },
      { credentials: ROLE },
    ],
    ['connection.types', { connection: { types: ['INTERNET'] } }, LINK, {}],
    ['connection.vpcLinks', { connection: { vpcLinks: ['m*', 'n*'] } }, LINK, { ...LINK, connectionId: 'n1' }],
    [
      'connection.integrationTargets',
      { connection: { integrationTargets: [BALANCER.replace('/n/', '/l/'), BALANCER.replace('/n/', '/m/')] } },
      { ...LINK, integrationTarget: BALANCER },
      { ...LINK, integrationTarget: BALANCER.replace('/n/', '/m/') },
    ],
    [
      'tls.insecureSkipVerification',
      { tls: { insecureSkipVerification: 'never' } },
      { tlsConfig: { insecureSkipVerification: true } },
      { tlsConfig: { insecureSkipVerification: false } },
    ],
    [
      'tls.hosts',
      { tls: { insecureSkipVerification: 'allowed', hosts: ['b.example'] } },
      { tlsConfig: { insecureSkipVerification: true } },
      { tlsConfig: { insecureSkipVerification: true }, uri: 'https://b.example/' },
    ],
    ['timeout.maxMillis', { timeout: { maxMillis: 100 } }, { timeoutInMillis: 101 }, { timeoutInMillis: 100 }],
    ['timeout.minMillis', { timeout: { minMillis: 100 } }, { timeoutInMillis: 99 }, { timeoutInMillis: 100 }],
    ['cache.namespaces', { cache: { namespaces: ['x', 'w*'] } }, { cacheNamespace: 'y' }, { cacheNamespace: 'web' }],
    [
      'cache.namespaces',
      { cache: { namespaces: ['{restApiId}-*'] } },
      { cacheNamespace: 'abc' },
      { cacheNamespace: 'web0-a' },
    ],
    [
      'cache.namespaces',
      { cache: { namespaces: ['{resourceId}-*'] } },
      { cacheNamespace: 'abc' },
      { cacheNamespace: 'abc-a' },
    ],
    ['cache.namespaces', { cache: { namespaces: ['{team}'] } }, { cacheNamespace: 'abc' }, { cacheNamespace: 'web' }],
    ['cache.namespaces', { cache: { namespaces: ['{resourceId}'] } }, { cacheNamespace: 'web' }, {}],
    ['cache.keyParameters', { cache: { keyParameters: [path('a')] } }, keys(path('b')), keys(path('a'))],
    ['cache.forbiddenKeys', { cache: { forbiddenKeys: [path('b')] } }, keys(path('b')), keys(path('a'))],
    ['cache.maxKeyParameters', { cache: { maxKeyParameters: 1 } }, keys(path('a'), path('b')), keys(path('a'))],
    [
      'mapping.requestParameters.destinations',
      { mapping: { requestParameters: { destinations: ['header.x'] } } },
      mapped("'1'", 'y'),
      mapped("'1'"),
    ],
    [
      'mapping.requestParameters.sources',
      { mapping: { requestParameters: { sources: ['context.*'], staticValues: 'allowed' } } },
      mapped('method.request.path.a'),
      mapped('context.stage'),
    ],
    [
      'mapping.requestParameters.staticValues',
      { mapping: { requestParameters: { staticValues: ['1'] } } },
      mapped("'2'"),
      mapped("'1'"),
    ],
    ['mapping.requestParameters', { mapping: { requestParameters: 'forbidden' } }, mapped("'1'"), {}],
    ['mapping.requestTemplates', { mapping: { requestTemplates: 'forbidden' } }, template('{}'), {}],
    ['mapping.requestTemplates', { mapping: { requestTemplates: 'static' } }, template('$x'), template('{}')],
    [
      'mapping.requestTemplates.contentTypes',
      { mapping: { requestTemplates: { use: 'allowed', contentTypes: ['application/json'] } } },
      template('{}', 'text/plain'),
      template('{}'),
    ],
    [
      'mapping.requestTemplates.maxBytes',
      { mapping: { requestTemplates: { use: 'allowed', maxBytes: 3 } } },
      template('éé'),
      template('aé'),
    ],
    ['mock.httpMethods', { mock: { httpMethods: ['OPTIONS'] } }, mock('{}'), template('{}')],
    ['mock.templates', { mock: { templates: 'static' } }, mock('$x'), mock('{}')],
    ['passthrough', { passthrough: ['NEVER'] }, {}, { passthroughBehavior: 'NEVER' }],
    ['contentHandling', { contentHandling: ['none'] }, { contentHandling: 'CONVERT_TO_TEXT' }, {}],
    [
      'responseTransferMode',
      { responseTransferMode: ['BUFFERED'] },
      { type: 'HTTP_PROXY', responseTransferMode: 'STREAM' },
      {},
    ],
  ])('refuse by %s: %o', async (rule, bounds, refused, allowed) => {
    expect(await rulesUnder({}, refused)).toEqual([])
    expect(await rulesUnder(bounds, refused)).toEqual([`org.bounds.${rule}`])
    expect(await rulesUnder(bounds, allowed)).toEqual([])
  })

  it('point at the verb that they refuse', async () => {
    const methods = await refusedBy({ bounds: { uri: { ...open, methods: ['HEAD'] } } }, {})
    expect(methods).toMatchObject([{ field: '/httpMethod', value: 'GET', allowed: ['HEAD'] }])
    const httpMethods = await refusedBy({ bounds: { uri: { ...open, httpMethods: ['HEAD'] } } }, {})
    expect(httpMethods).toMatchObject([{ field: '', part: 'httpMethod', value: 'GET', allowed: ['HEAD'] }])
  })

  it('refuse by the verb of the method', async () => {
    const bounds: Bounds = { uri: { ...open, httpMethods: ['GET', 'HEAD'] } }
    expect(await rulesUnder(bounds, {}, { httpMethod: 'POST' })).toEqual(['org.bounds.uri.httpMethods'])
    expect(await rulesUnder(bounds, lambda(''), { httpMethod: 'POST' })).toEqual(['org.bounds.uri.httpMethods'])
    expect(await rulesUnder(bounds, mock('{}'), { httpMethod: 'POST' })).toEqual([])
    expect(await rulesUnder(bounds, {}, { httpMethod: 'HEAD' })).toEqual([])
  })

  it('refuse a MOCK over a live backend only where they say never', async () => {
    const before: Integration = { type: 'HTTP', httpMethod: 'GET', uri: 'https://a.example/' }
    const never: Bounds = { mock: { overLiveBackend: 'never' } }
    expect(await rulesUnder(never, mock('{}'), { before })).toEqual(['org.bounds.mock.overLiveBackend'])
    expect(await rulesUnder(never, mock('{}'), { before: { type: 'MOCK' } })).toEqual([])
    expect(await rulesUnder(never, mock('{}'), { before: null })).toEqual([])
    expect(await rulesUnder(never, {}, { before })).toEqual([])
    expect(await rulesUnder({ mock: {} }, mock('{}'), { before })).toEqual([])
  })

  it('refuse both kinds of late-bound parts where both are never', async () => {
    const bounds: Bounds = { uri: { ...open, placeholders: { path: 'never' }, stageVariables: { path: 'never' } } }
    expect(await rulesUnder(bounds, uri('https://a.example/{p}/${stageVariables.q}'))).toEqual([
      'org.bounds.uri.placeholders.path',
      'org.bounds.uri.stageVariables.path',
    ])
  })
})
