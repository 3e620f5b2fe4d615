import { describe, expect, it } from 'vitest'
import type { Integration } from '../../lib/apigateway/integration.ts'
import { compilePolicy, withExceptions } from '../../lib/decision/compile/compile.ts'
import type { CompiledPolicy } from '../../lib/decision/compile/compiled-policy.ts'
import { decide } from '../../lib/decision/decide.ts'
import type { Exception } from '../../lib/policy/document/document.ts'
import { NOW, published } from './vector-policies.ts'

const ROLE = 'arn:aws:iam::111111111111:role/shop'
const QUEUES = { aws: { service: 'sqs', actions: ['SendMessage'], queues: ['shop-*'] } }
const HOST = { hosts: ['a.example'] }

function document({ allow = {}, org = {} }: { allow?: object; org?: object }): string {
  return JSON.stringify({
    apiVersion: 'sallyport/v1',
    kind: 'PolicySet',
    metadata: { name: 'acme' },
    org: { bounds: { types: ['HTTP', 'AWS', 'MOCK'] }, ...org },
    teams: {
      shop: {
        identity: { claim: 'groups', anyOf: ['shop'] },
        apis: { restApiIds: ['shop00api1'] },
        allow: {
          types: ['HTTP', 'AWS', 'MOCK'],
          uri: [HOST],
          credentials: { roles: [ROLE] },
          passthrough: ['NEVER', 'WHEN_NO_MATCH'],
          ...allow,
        },
      },
    },
  })
}

const compiled = (parts: { allow?: object; org?: object }) => compilePolicy(published(document(parts), 'loaded'))

function exception(rule: string, grants: object): Exception {
  return {
    apiVersion: 'sallyport/v1',
    kind: 'Exception',
    metadata: { id: 'EX-1' },
    spec: {
      rules: [rule],
      match: { team: 'shop', restApiId: 'shop00api1', resourceId: '9x8y7z', httpMethod: 'POST' },
      grants,
      reason: 'Until their migration',
      ticket: 'SHOP-1',
      requestedBy: 'ana@acme.example',
      approvedBy: ['li@acme.example'],
      notBefore: '2026-11-23T00:00:00Z',
      notAfter: '2027-01-31T00:00:00Z',
    },
  } as Exception
}

const templated: Integration = {
  type: 'HTTP',
  httpMethod: 'POST',
  uri: 'https://a.example/',
  requestTemplates: { 'application/json': "$input.json('$')" },
}
const queued: Integration = {
  type: 'AWS',
  httpMethod: 'POST',
  uri: 'arn:aws:apigateway:eu-west-1:sqs:action/SendMessage&QueueUrl=https%3A%2F%2Fsqs.eu-west-1.amazonaws.com%2F111111111111%2Fshop-orders&MessageBody=x',
  credentials: ROLE,
  passthroughBehavior: 'NEVER',
}

function rulesOf(policy: CompiledPolicy, integration: Integration): string[] {
  const where = { restApiId: 'shop00api1', resourceId: '9x8y7z', httpMethod: 'POST' } as const
  const asked = { team: 'shop', claims: {}, point: 'request', now: NOW } as const
  const { violations } = decide(policy, { ...where, integration, partition: 'aws', region: 'eu-west-1' }, asked)
  return violations.map(({ rule }) => rule)
}

const bounds = (more: object) => ({ org: { bounds: { types: ['HTTP', 'AWS', 'MOCK'], ...more } } })

describe('the grammar of templates', () => {
  it.each<[string, { allow?: object; org?: object }]>([
    ['a team', { allow: { mapping: { requestTemplates: 'allowed' } } }],
    ['a team, by use', { allow: { mapping: { requestTemplates: { use: 'anything' } } } }],
    ['a mock section', { allow: { mock: { templates: 'allowed' } } }],
    ['the defaults', { org: { defaults: { mapping: { requestTemplates: 'allowed' } } } }],
    ['the bounds', bounds({ mapping: { requestTemplates: 'allowed' } })],
  ])('is loaded where %s opens templates', async (_, parts) => {
    expect((await compiled(parts)).loaded.parseTemplate).toBeDefined()
  })

  it.each<[string, { allow?: object; org?: object }]>([
    ['nothing says so', {}],
    ['templates are static', { allow: { mapping: { requestTemplates: 'static' }, mock: { templates: 'static' } } }],
    ['templates are forbidden', bounds({ mapping: { requestTemplates: { use: 'forbidden' } } })],
  ])('is not loaded where %s', async (_, parts) => {
    const { loaded } = await compiled(parts)
    expect(loaded.parseTemplate).toBeUndefined()
  })

  it('comes with an exception that opens templates', async () => {
    const policy = await compiled({})
    expect(rulesOf(policy, templated)).toEqual(['shop.mapping'])
    const opened = await withExceptions(policy, [
      exception('shop.mapping', { mapping: { requestTemplates: 'allowed' } }),
    ])
    expect(rulesOf(opened, templated)).toEqual([])
    expect(rulesOf(await withExceptions(opened, []), templated)).toEqual(['shop.mapping'])
  })

  it('is missed by a template with $ or #, and by no other', async () => {
    const policy = { ...(await compiled({ allow: { mapping: { requestTemplates: 'allowed' } } })), loaded: {} }
    expect(rulesOf(policy, templated)).toEqual(['intrinsic.requestTemplates.unread'])
    expect(rulesOf(policy, { ...templated, requestTemplates: { 'application/json': '{"a":"\\"}' } })).toEqual([])
  })
})

describe('the model of AWS services', () => {
  it.each<[string, { allow?: object; org?: object }]>([
    ['a team has an entry', { allow: { uri: [HOST, QUEUES] } }],
    ['the defaults have one', { org: { defaults: { uri: [QUEUES] } } }],
    ['the bounds have one', bounds({ uri: { aws: [{ service: 'sqs' }] } })],
    [
      'a deny has one',
      {
        org: {
          deny: [{ id: 'org.queues', message: 'No.', uri: { aws: [{ service: 'sqs' }] } }],
        },
      },
    ],
  ])('is loaded where %s', async (_, parts) => {
    expect((await compiled(parts)).loaded.services).toBeDefined()
  })

  it('is not loaded for hosts', async () => {
    expect((await compiled({})).loaded).toEqual({})
  })

  it('comes with an exception that opens a service', async () => {
    const policy = await compiled({})
    expect(rulesOf(policy, queued)).toEqual(['shop.uri'])
    const opened = await withExceptions(policy, [
      exception('shop.uri', { uri: [{ ...QUEUES, query: { names: ['MessageBody', 'QueueUrl'] } }] }),
    ])
    expect(rulesOf(opened, queued)).toEqual([])
  })

  it('is missed by whatever would pass with it', async () => {
    const entry = { ...QUEUES, query: { names: ['MessageBody', 'QueueUrl'] } }
    const policy = await compiled({ allow: { uri: [entry] } })
    expect(rulesOf(policy, queued)).toEqual([])
    expect(rulesOf({ ...policy, loaded: {} }, queued)).not.toEqual([])
  })
})
