import { describe, expect, it } from 'vitest'
import type { Integration } from '../../lib/apigateway/integration.ts'
import { BALANCER, LINK, ROLE, refusedBy, refusedToTeam, sqs } from './wide-team.ts'

const ABROAD = 'arn:aws:apigateway:us-east-1:sqs:path/1/q'

const rules = async (members: object) =>
  (await refusedBy({}, members as Partial<Integration>)).map(({ rule }) => rule.replace('intrinsic.', ''))

describe('whatever the policy says, a request', () => {
  it.each<[string, object, object]>([
    ['httpMethod.verb', { httpMethod: '' }, { httpMethod: 'HEAD' }],
    ['httpMethod.verb', { httpMethod: 'get' }, { type: 'MOCK', httpMethod: 'get' }],
    ['httpMethod.verb', { httpMethod: 'TRACE' }, { httpMethod: 'PATCH' }],
    ['connectionId.form', { connectionType: 'VPC_LINK' }, LINK],
    ['connectionId.form', { ...LINK, connectionId: 'l/1' }, { ...LINK, connectionId: 'a-B_9'.repeat(12) }],
    ['connectionId.form', { ...LINK, connectionId: '/l1' }, LINK],
    ['connectionId.form', { ...LINK, connectionId: 'l1/' }, LINK],
    ['connectionId.form', { ...LINK, connectionId: 'l'.repeat(65) }, { ...LINK, connectionId: 'l'.repeat(64) }],
    ['connectionId.late-bound', { ...LINK, connectionId: '{l}' }, LINK],
    ['connectionId.late-bound', { ...LINK, connectionId: 'l{l}' }, LINK],
    ['connectionId.late-bound', { ...LINK, connectionId: '$l' }, LINK],
    ['connectionId.idle', { connectionId: 'l1' }, { connectionId: '' }],
    ['integrationTarget.idle', { integrationTarget: BALANCER }, { ...LINK, integrationTarget: BALANCER }],
    ['integrationTarget.form', { ...LINK, integrationTarget: `${BALANCER}/x` }, { ...LINK, integrationTarget: '' }],
    ['integrationTarget.late-bound', { ...LINK, integrationTarget: '${stageVariables.t}' }, LINK],
    ['timeoutInMillis.range', { timeoutInMillis: 49 }, { timeoutInMillis: 50 }],
    ['timeoutInMillis.range', { timeoutInMillis: 900_001 }, { timeoutInMillis: 900_000 }],
    ['timeoutInMillis.range', { timeoutInMillis: 50.5 }, { timeoutInMillis: 51 }],
    ['cacheNamespace.form', { cacheNamespace: ' a' }, { cacheNamespace: 'a./_-9' }],
    ['cacheNamespace.form', { cacheNamespace: 'a ' }, { cacheNamespace: 'a' }],
    ['members.length', { cacheNamespace: 'a'.repeat(129) }, { cacheNamespace: 'a'.repeat(128) }],
    ['cacheKeyParameters.form', { cacheKeyParameters: ['a b'] }, { cacheKeyParameters: ['method.request.path.a'] }],
    ['cacheKeyParameters.form', { cacheKeyParameters: [' a'] }, { cacheKeyParameters: ['a'] }],
    ['cacheKeyParameters.form', { cacheKeyParameters: ['a '] }, { cacheKeyParameters: ['a'] }],
    ['uri.region', { ...sqs('path/1/q'), uri: ABROAD }, sqs('path/1/q')],
    ['credentials.partition', { credentials: ROLE.replace('aws', 'aws-cn') }, { credentials: ROLE }],
  ])('is refused for %s: %o', async (rule, refused, allowed) => {
    expect((await rules(refused)).filter((id) => !id.startsWith('web.'))).toEqual([rule])
    expect(await rules(allowed)).toEqual([])
  })

  it('may call a service in a Region that an entry lists', async () => {
    const listed = {
      uri: [
        { aws: { service: 'sns' } },
        { aws: { service: 'sqs', paths: ['/1/q'], actions: ['*'], regions: ['us-east-1'] } },
      ],
    }
    expect(await refusedToTeam(listed, { ...sqs('path/1/q'), uri: ABROAD })).toEqual([])
  })

  it('says which cache key it is refused for', async () => {
    const [violation] = await refusedBy({}, { cacheKeyParameters: ['a', 'b c'] })
    expect(violation).toMatchObject({ field: '/cacheKeyParameters/1', value: 'b c' })
  })

  it('may name a role of a partition that a pattern of the policy spells out', async () => {
    const china = ROLE.replace('aws', 'aws-cn')
    const lists = { credentials: { roles: [ROLE, china] } }
    expect(await refusedToTeam(lists, { credentials: china })).toEqual([])
    const anywhere = { credentials: { roles: [ROLE.replace('aws', 'aws*')] } }
    expect((await refusedToTeam(anywhere, { credentials: china })).map(({ rule }) => rule)).toEqual([
      'intrinsic.credentials.partition',
    ])
  })
})

describe('a cached method', () => {
  const any = { namespaces: ['*'], keyParameters: ['*'], maxKeyParameters: 10 }
  const required = { cache: { ...any, identityKey: 'required' } }
  const header = (name: string) => `method.request.header.${name}`
  const isRefused = async (allow: object, members: Partial<Integration>, httpMethod: 'GET' | 'HEAD' | 'ANY' | 'POST') =>
    (await refusedToTeam(allow, members, { httpMethod })).map(({ rule }) => rule)

  it.each([
    [header('Authorization'), true],
    [header('authorization'), false],
    ['method.request.multivalueheader.Authorization', true],
    [header('x-api-key'), true],
    [header('X-API-Key'), true],
    [header('X-Api-Key'), false],
    [header('Cookie'), true],
    ['context.identity.apiKey', true],
    ['context.identity.apiKeyId', true],
    ['context.identity.caller', true],
    ['context.identity.cognitoIdentityId', true],
    ['context.identity.user', true],
    ['context.identity.userArn', true],
    ['context.identity.clientCert.clientCertPem', true],
    ['context.authorizer.principalId', true],
    ['context.authorizer.claims.sub', true],
    ['context.authorizer.claims.iss', false],
    ['context.authorizer.integrationLatency', false],
    ['context.identity.sourceIp', false],
    ['context.identity.userAgent', false],
    [header('X-User'), false],
    ['method.request.querystring.context.authorizer.a', false],
  ])('that tells callers apart by %s: %s', async (key, want) => {
    const found = await isRefused(required, { cacheKeyParameters: [key] }, 'GET')
    expect(found).toEqual(want ? [] : ['web.cache'])
  })

  it('is one that reads, or that shows the intention to be cached', async () => {
    for (const verb of ['GET', 'HEAD', 'ANY'] as const)
      expect(await isRefused(required, {}, verb)).toEqual(['web.cache'])
    expect(await isRefused(required, {}, 'POST')).toEqual([])
    expect(await isRefused(required, { cacheNamespace: 'other' }, 'POST')).toEqual(['web.cache'])
    expect(await isRefused(required, { cacheKeyParameters: ['method.request.path.a'] }, 'POST')).toEqual(['web.cache'])
  })

  it('carries what its mapped keys stand for', async () => {
    const key = 'integration.request.header.x'
    const from = (source: string) => ({ cacheKeyParameters: [key], requestParameters: { [key]: source } })
    expect(await isRefused(required, from(header('Authorization')), 'GET')).toEqual([])
    expect(await isRefused(required, from('method.request.path.a'), 'GET')).toEqual(['web.cache'])
    // Mapped from nothing, the key is no key of the method either.
    expect(await isRefused(required, { cacheKeyParameters: [key] }, 'GET')).toEqual(['web.cache', 'web.cache'])
  })

  it('carries all and any of the keys that are required', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => `method.request.path.${name}`)
    const keys = (...cacheKeyParameters: (string | undefined)[]) => ({
      cacheKeyParameters: cacheKeyParameters as string[],
    })
    const all = { cache: { ...any, requireKeys: { allOf: [a, b] } } }
    expect(await isRefused(all, keys(a), 'GET')).toEqual(['web.cache'])
    expect(await isRefused(all, keys(a, b), 'GET')).toEqual([])
    const either = { cache: { ...any, requireKeys: { anyOf: [a, b] } } }
    expect(await isRefused(either, keys(c), 'GET')).toEqual(['web.cache'])
    expect(await isRefused(either, keys(c, b), 'GET')).toEqual([])
    expect(await refusedToTeam(either, keys(c))).toMatchObject([
      { field: '/cacheKeyParameters', value: [c], allowed: [a, b] },
    ])
  })
})
