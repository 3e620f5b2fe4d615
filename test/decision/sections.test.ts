import { describe, expect, it } from 'vitest'
import type { Integration } from '../../lib/apigateway/integration.ts'
import { LINK, lambda, ROLE, refusedToTeam, sqs } from './wide-team.ts'

const uri = (text: string): Partial<Integration> => ({ uri: text })
const ANY_OF_A = { hosts: ['a.example'], methods: ['*'] }
const http = (entry: object) => ({ uri: [{ ...ANY_OF_A, ...entry }] })
const service = (target: object, entry: object = {}) => ({
  uri: [{ aws: { service: 'sqs', ...target }, ...entry }, ANY_OF_A],
})
const fn = (limits: object, entry: object = {}) => ({
  uri: [{ lambda: { account: '111111111111', functions: ['*'], ...limits }, ...entry }, ANY_OF_A],
})
const mapped = (source: string, name = 'x'): Partial<Integration> => ({
  requestParameters: { [`integration.request.header.${name}`]: source },
})
const opened = (opening: object, rest: object = {}) => ({
  mapping: {
    requestParameters: { destinations: ['header.x'], open: [{ destination: 'header.Host', ...opening }], ...rest },
  },
})
const template = (text: string, type = 'application/json'): Partial<Integration> => ({
  requestTemplates: { [type]: text },
})
const cached = (key: string): Partial<Integration> => ({ cacheKeyParameters: [key] })

describe('a section of a team', () => {
  it.each<[string, object, Partial<Integration>, Partial<Integration>]>([
    [
      'another host beside one whose label is written out',
      http({ hosts: ['xn--bcher-kva.example', '**'] }),
      uri('https://xn--strae-oqa.example/'),
      uri('https://xn--bcher-kva.example/'),
    ],
    [
      'one encoded label more than is written out',
      http({ hosts: ['*.xn--bcher-kva.example'] }),
      uri('https://xn--strae-oqa.xn--bcher-kva.example/'),
      uri('https://a.xn--bcher-kva.example/'),
    ],
    [
      'a host around a written label',
      http({ hosts: ['xn--bcher-kva.example'] }),
      uri('https://xn--bcher-kva.evil/'),
      uri('https://xn--bcher-kva.example/'),
    ],
    [
      'a stage variable beside allowed placeholders',
      http({ paths: ['/v1/**'], placeholders: 'allowed', stageVariables: 'never' }),
      uri('https://a.example/v1/${stageVariables.a}'),
      uri('https://a.example/v1/{a}'),
    ],
    [
      'a placeholder beside allowed stage variables',
      http({ placeholders: 'never', stageVariables: 'allowed' }),
      uri('https://a.example/v1/{a}'),
      uri('https://a.example/v1/${stageVariables.a}'),
    ],
    [
      'a placeholder unless they are allowed',
      http({ paths: ['/v1/**'] }),
      uri('https://a.example/v1/{a}'),
      uri('https://a.example/v1/a'),
    ],
    ['any query where none is allowed', http({ query: 'none' }), uri('https://a.example/?'), uri('https://a.example/')],
    ['http unless it is named', http({}), uri('http://a.example/'), uri('https://a.example/')],
    ['a function without a qualifier', fn({ unqualified: 'never' }), lambda(''), lambda(':live')],
    ['a verb of the method', fn({}, { httpMethods: ['POST'] }), lambda(''), {}],
    ['a path of a service without any listed', service({ actions: ['*'] }), sqs('path/1/q'), sqs('action/SendMessage')],
    ['an action without any listed', service({ paths: ['/**'] }), sqs('action/SendMessage'), {}],
    ['a placeholder of a service', service({ paths: ['/1/**'], actions: ['*'] }), sqs('path/1/{q}'), sqs('path/1/q')],
    ['a query of a service', service({ paths: ['/1/**'], actions: ['*'] }), sqs('path/1/q?a=b'), sqs('path/1/q')],
    [
      'another query of a service',
      service({ paths: ['/1/**'], actions: ['*'] }, { query: { names: ['a'] } }),
      sqs('path/1/q?b=a'),
      sqs('path/1/q?a=b'),
    ],
    [
      'a verb of a service',
      service({ paths: ['/1/**'], actions: ['*'] }, { methods: ['GET'] }),
      sqs('path/1/q'),
      { ...sqs('path/1/q'), httpMethod: 'GET' },
    ],
    [
      'a method in front of a service',
      service({ paths: ['/1/**'], actions: ['*'] }, { httpMethods: ['POST'] }),
      sqs('path/1/q'),
      {},
    ],
    ['a value unless it is listed', opened({}, { staticValues: ['1'] }), mapped("'2'"), mapped("'1'")],
    ['a value beside listed sources', opened({}, { sources: ['context.*'] }), mapped("'1'"), mapped('context.stage')],
    [
      'a source that is not listed',
      opened({}, { sources: ['context.*'] }),
      mapped('method.request.path.a'),
      mapped('context.stage'),
    ],
    [
      'a longer template',
      { mapping: { requestTemplates: { use: 'allowed', maxBytes: 4 } } },
      template('ééa'),
      template('éé'),
    ],
    [
      'a program where templates are static',
      { mapping: { requestTemplates: 'static' } },
      template('#a'),
      template('{}'),
    ],
    [
      'a quicker timeout',
      { timeout: { minMillis: 100, maxMillis: 200 } },
      { timeoutInMillis: 99 },
      { timeoutInMillis: 100 },
    ],
    [
      'a slower timeout',
      { timeout: { minMillis: 100, maxMillis: 200 } },
      { timeoutInMillis: 201 },
      { timeoutInMillis: 200 },
    ],
    ['no role where one is required', { credentials: { roles: [ROLE], none: 'never' } }, {}, { credentials: ROLE }],
    ['a role where none may be', { credentials: 'none' }, { credentials: ROLE }, {}],
    ['a link where none is listed', { connection: { types: ['INTERNET'] } }, LINK, {}],
    [
      'a namespace with another API',
      { cache: { namespaces: ['{restApiId}-{resourceId}'] } },
      { cacheNamespace: 'web1-abc' },
      { cacheNamespace: 'web0-abc' },
    ],
    [
      'a cached method without what tells callers apart',
      { cache: { identityKey: 'required', maxKeyParameters: 9 } },
      cached('method.request.path.a'),
      cached('method.request.header.Authorization'),
    ],
    [
      'a cached method that lacks one of all required keys',
      { cache: { maxKeyParameters: 9, requireKeys: { allOf: ['method.request.path.a'] } } },
      cached('method.request.path.b'),
      cached('method.request.path.a'),
    ],
    [
      'a cached method that lacks any of some keys',
      { cache: { maxKeyParameters: 9, requireKeys: { anyOf: ['method.request.path.a', 'method.request.path.c'] } } },
      cached('method.request.path.b'),
      cached('method.request.path.c'),
    ],
  ])('refuses %s', async (_, allow, refused, allowed) => {
    const violations = await refusedToTeam(allow, refused)
    expect(violations.length).toBeGreaterThan(0)
    for (const { rule } of violations) expect(rule).toMatch(/^web\.[a-zA-Z]+$/)
    expect(await refusedToTeam(allow, allowed)).toEqual([])
  })

  it.each<[string, object, string, boolean]>([
    ['for whatever the section allows', {}, 'context.stage', true],
    ['for its sources', { sources: ['context.domainName'] }, 'context.domainName', true],
    ['not for other sources', { sources: ['context.domainName'] }, 'context.stage', false],
    ['not for values where it names sources', { sources: ['context.domainName'] }, "'a.example'", false],
    ['for its values', { staticValues: ['a.example'] }, "'a.example'", true],
    ['not for other values', { staticValues: ['a.example'] }, "'b.example'", false],
    ['not for sources where it names values', { staticValues: ['a.example'] }, 'context.stage', false],
  ])('opens a closed name %s', async (_, opening, source, want) => {
    const rules = (await refusedToTeam(opened(opening), mapped(source, 'host'))).map(({ rule }) => rule)
    expect(rules).toEqual(want ? [] : ['intrinsic.requestParameters.closed-name', 'web.mapping'])
    expect(await refusedToTeam(opened(opening), mapped(source, 'x-amz-target'))).not.toEqual([])
  })

  it.each<[string, object, string, object]>([
    [
      'a host',
      http({}),
      'https://a.exampl/',
      { part: 'host', value: 'a.exampl', nearest: 'a.example', fix: 'Did you mean a.example?' },
    ],
    ['a far host', http({}), 'https://zzzzzz.invalid/', { part: 'host', fix: "Use one of the team's hosts." }],
    [
      'a host without entries',
      { uri: [{ lambda: { account: '1'.repeat(12), functions: ['f'] } }] },
      'https://a.example/',
      { part: 'host', allowed: [], fix: 'No other request would pass: the team lists no HTTP backend.' },
    ],
    [
      'a path',
      http({ paths: ['/orders', '/v2/**'] }),
      'https://a.example/order',
      {
        part: 'path',
        value: '/order',
        allowed: ['/orders', '/v2/**'],
        nearest: '/orders',
        fix: 'Did you mean /orders?',
      },
    ],
    [
      'a path without its end',
      http({ paths: ['/v2/**'] }),
      'https://a.example/v2',
      { part: 'path', value: '/v2', nearest: '/v2/', fix: 'Did you mean /v2/?' },
    ],
    [
      'a farther path',
      http({ paths: ['/v2/**'] }),
      'https://a.example/administration',
      { part: 'path', value: '/administration', nearest: undefined, fix: 'Use a path that /v2/** covers.' },
    ],
    [
      'a path to be filled in',
      http({ paths: ['/orders'] }),
      'https://a.example/{p}',
      { part: 'path', value: '{p}', allowed: 'literal', fix: 'Write the path literally.' },
    ],
    [
      'a path with a part to be filled in',
      http({ paths: ['/orders'], placeholders: 'allowed' }),
      'https://a.example/order/{p}',
      { part: 'path', value: '/order/{p}', nearest: undefined },
    ],
    [
      'a query',
      http({ query: 'none' }),
      'https://a.example/?a',
      { part: 'query', value: 'a', allowed: 'none', fix: 'Remove the ? and what follows.' },
    ],
    [
      'a query to be filled in',
      http({}),
      'https://a.example/?{a}',
      { part: 'query', value: '{a}', allowed: 'literal', fix: 'Write the query literally.' },
    ],
    [
      'a query to be filled in where none may be',
      http({ query: 'none' }),
      'https://a.example/?{a}',
      { part: 'query', allowed: 'none', fix: 'Remove the ? and what follows.' },
    ],
  ])('suggests what is near %s', async (_, allow, text, want) => {
    const [violation, ...others] = await refusedToTeam(allow, uri(text))
    expect({ nearest: undefined, fix: undefined, ...violation }).toMatchObject({ field: '/uri', ...want })
    expect(others).toEqual([])
  })

  it('is passed by one entry that allows all, not by several that allow a part each', async () => {
    const entries = {
      uri: [
        { hosts: ['a.example'], paths: ['/v1'], methods: ['POST'] },
        { hosts: ['a.example'], paths: ['/v2'], methods: ['GET'] },
      ],
    }
    expect(await refusedToTeam(entries, uri('https://a.example/v2'))).toEqual([])
    expect(await refusedToTeam(entries, uri('https://a.example/v1'))).not.toEqual([])
  })

  it.each<[string, object, Partial<Integration>]>([
    ['partition', fn({ partitions: ['aws-cn'] }), lambda('')],
    ['region', fn({ regions: ['us-east-1'] }), lambda('')],
    ['partition', service({ paths: ['/1/**'], actions: ['*'], partitions: ['aws-cn'] }), sqs('path/1/q')],
    ['region', service({ paths: ['/1/**'], actions: ['*'], regions: ['us-east-1'] }), sqs('path/1/q')],
  ])('refuses a %s by the entry that could allow it', async (part, allow, members) => {
    expect(await refusedToTeam(allow, members)).toMatchObject([{ rule: `intrinsic.uri.${part}`, field: '/uri', part }])
  })

  it('never lends the Regions of one entry to another', async () => {
    const entries = [
      { lambda: { account: '111111111111', functions: ['f'] } },
      { lambda: { account: '111111111111', functions: ['g'], regions: ['us-east-1'] } },
    ]
    const abroad = (name: string) => {
      const uri = lambda('').uri?.replaceAll('eu-west-1', 'us-east-1').replace(':function:f', `:function:${name}`)
      return { ...lambda(''), ...(uri !== undefined && { uri }) }
    }
    expect(await refusedToTeam({ uri: entries }, abroad('g'))).toEqual([])
    expect(await refusedToTeam({ uri: entries }, abroad('f'))).not.toEqual([])
  })

  it.each<[object, string, object]>([
    [service({ paths: ['/1/q'], actions: ['*'] }), 'path/1/r', { part: 'path', value: '/1/r', allowed: ['/1/q'] }],
    [service({ actions: ['SendMessage'] }), 'action/SendMessages', { part: 'action', nearest: 'SendMessage' }],
    [service({ actions: ['SendMessage'] }), 'path/1/q', { part: 'path', value: '/1/q', allowed: [] }],
    [service({ paths: ['/1/q'] }), 'action/SendMessage', { part: 'action', value: 'SendMessage', allowed: [] }],
    [
      service({ paths: ['/1/**'], actions: ['*'] }, { placeholders: 'never' }),
      'path/1/{q}',
      { part: 'path', value: '{q}', allowed: 'literal' },
    ],
    [
      service({ paths: ['/1/**'], actions: ['*'] }, { query: 'none' }),
      'path/1/q?a',
      { part: 'query', value: 'a', allowed: 'none' },
    ],
  ])('of a service, %o, points at what it refuses: %s', async (allow, api, want) => {
    const [violation, ...others] = await refusedToTeam(allow, sqs(api))
    expect(violation).toMatchObject({ rule: 'web.uri', field: '/uri', ...want })
    expect(others).toEqual([])
  })

  it('of a service lists the actions that a template may name', async () => {
    const named = { ...sqs('path/1/q'), ...template('Action=SendMessage&MessageBody=a') }
    const listed = service({ paths: ['/1/q'], actions: ['Send*'] })
    const rules = async (allow: object) => (await refusedToTeam(allow, named)).map(({ rule }) => rule)
    expect(await rules(listed)).toEqual([])
    expect(await rules(service({ paths: ['/1/q'], actions: ['Delete*'] }))).toEqual(['web.uri'])
    const elsewhere = { uri: [...service({ paths: ['/1/q'] }).uri, { aws: { service: 'sns', actions: ['Send*'] } }] }
    expect(await rules(elsewhere)).toEqual(['web.uri'])
  })

  it('may let any action be mapped towards a host, towards a service one that it lists', async () => {
    const anywhere = { mapping: { requestParameters: { destinations: ['querystring.*', 'header.*', 'path.*'] } } }
    const action = { requestParameters: { 'integration.request.querystring.Action': "'DeleteQueue'" } }
    expect(await refusedToTeam(anywhere, action)).toEqual([])
    const listed = { ...anywhere, ...service({ paths: ['/1/q'], actions: ['SendMessage'] }) }
    const rules = async (value: string) => {
      const requestParameters = { 'integration.request.querystring.Action': value }
      return (await refusedToTeam(listed, { ...sqs('path/1/q'), requestParameters })).map(({ rule }) => rule)
    }
    expect(await rules("'SendMessage'")).toEqual([])
    expect(await rules("'DeleteQueue'")).toEqual(['web.uri'])
    expect(await rules('method.request.querystring.a')).toContain('intrinsic.requestParameters.closed-name')
    const climbing = (name: string) => ({ requestParameters: { [`integration.request.${name}`]: "'../a'" } })
    expect(await refusedToTeam(anywhere, climbing('header.x'))).toEqual([])
    expect(await refusedToTeam(anywhere, climbing('path.x'))).toMatchObject([{ value: '../a' }])
  })

  it('explains the entry that refuses least', async () => {
    const entries = {
      uri: [
        { hosts: ['a.example'], paths: ['/v1'], methods: ['POST'] },
        { hosts: ['a.example'], paths: ['/v2'], methods: ['GET'] },
        { hosts: ['a.example'], paths: ['/v3'], methods: ['PUT'] },
      ],
    }
    expect(await refusedToTeam(entries, uri('https://a.example/v4'))).toMatchObject([
      { part: 'path', allowed: ['/v2'] },
    ])
  })

  it('explains the function that refuses least', async () => {
    const entries = {
      uri: [
        { lambda: { account: '222222222222', functions: ['a'] } },
        { lambda: { account: '111111111111', functions: ['b'] } },
      ],
    }
    expect(await refusedToTeam(entries, lambda(''))).toMatchObject([{ part: 'function', allowed: ['b'] }])
    expect(await refusedToTeam({ uri: [{ hosts: ['**'] }] }, lambda(''))).toMatchObject([
      { field: '/uri', part: 'function', value: '111111111111:f', allowed: [] },
    ])
  })
})
