import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../../../lib/decision/compile/compile.ts'
import { decide } from '../../../lib/decision/decide.ts'
import { loadPolicySet } from '../../../lib/policy/publish/load.ts'
import { foldHeader, readRequestParameter } from '../../../lib/policy/values/request-parameter.ts'

describe('the source of a mapped parameter', () => {
  it.each([
    'context.authorizer.claims.sub',
    'context.authorizer.claims.custom:tenant',
    'context.authorizer.claims.cognito:groups',
    'context.authorizer.tenant',
    'context.identity.sourceIp',
    'stageVariables.a_b',
    'method.request.multivalueheader.X-A',
    'method.request.body.$.a[0]',
  ])('is a reference: %s', (source) => {
    expect(readRequestParameter('integration.request.header.X-A', source)).toMatchObject({
      source: { kind: 'reference', name: source },
    })
  })

  it.each([
    'context.identity.a:b',
    'context.authorizer.a b',
    'method.request.header.a:b',
    'stageVariables.a:b',
    'custom:tenant',
    `context.authorizer.${'a:'.repeat(200)}`,
  ])('is of no form that API Gateway documents: %s', (source) => {
    expect(readRequestParameter('integration.request.header.X-A', source)).toBe('source')
  })

  it.each([
    ['context.authorizer.claims.custom:tenant', 'context.authorizer.claims.custom:tenant', []],
    ['context.authorizer.claims.custom:tenant', 'context.authorizer.claims.*', []],
    ['context.authorizer.claims.custom:tenant', 'context.authorizer.claims.custom:other', ['t.mapping']],
    ['context.authorizer.claims.custom:tenant', 'context.authorizer.claims.custom', ['t.mapping']],
  ])('%s passes where the policy lists %s', async (source, listed, rules) => {
    const policy = {
      apiVersion: 'sallyport/v1',
      kind: 'PolicySet',
      metadata: { name: 'x' },
      org: { bounds: {} },
      teams: {
        t: {
          identity: { claim: 'groups', anyOf: ['t'] },
          apis: { restApiIds: ['a1b2c3d4e5'] },
          allow: {
            types: ['HTTP_PROXY'],
            uri: [{ hosts: ['a.example'] }],
            mapping: { requestParameters: { destinations: ['header.*'], sources: [listed] } },
          },
        },
      },
    }
    const loaded = loadPolicySet(JSON.stringify(policy), { file: 'x.json', revision: 1 })
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
    const decision = decide(
      await compilePolicy(loaded.published),
      {
        restApiId: 'a1b2c3d4e5',
        resourceId: '9x8y7z',
        httpMethod: 'GET',
        integration: {
          type: 'HTTP_PROXY',
          httpMethod: 'GET',
          uri: 'https://a.example/',
          requestParameters: { 'integration.request.header.X-Tenant': source },
        },
        partition: 'aws',
        region: 'eu-west-1',
      },
      { team: 't', claims: { groups: ['t'] }, point: 'request', now: 0 },
    )
    expect(decision.violations.map(({ rule }) => rule)).toEqual(rules)
  })
})

describe('foldHeader()', () => {
  it.each([
    ['header.X-Tenant', 'header.x-tenant'],
    ['method.request.header.X-A', 'method.request.header.x-a'],
    ['integration.request.header.X-A', 'integration.request.header.x-a'],
    ['method.request.multivalueheader.X-A', 'method.request.multivalueheader.x-a'],
    ['method.request.path.X', 'method.request.path.X'],
    ['method.request.path.header.X', 'method.request.path.header.X'],
    ['querystring.Page', 'querystring.Page'],
  ])('of %s gives %s', (name, want) => {
    expect(foldHeader(name)).toBe(want)
  })
})
