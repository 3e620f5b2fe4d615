import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { lintPolicySet } from '../../lib/policy/publish/lint.ts'
import { loadPolicySet } from '../../lib/policy/publish/load.ts'

const NOW = Date.parse('2026-12-01T00:00:00Z')
const team = (name: string, allow: object) => ({
  identity: { claim: 'groups', anyOf: [name] },
  apis: { restApiIds: [`${name}0`] },
  allow,
})

function load(teams: Record<string, object>, bounds: object = {}) {
  const named = Object.fromEntries(Object.entries(teams).map(([name, allow]) => [name, team(name, allow)]))
  const document = {
    apiVersion: 'sallyport/v1',
    kind: 'PolicySet',
    metadata: { name: 't' },
    org: { bounds },
    teams: named,
  }
  return loadPolicySet(stringify(document), { file: 'policy.yaml', revision: 1 })
}

const aws = (target: object) => ({ types: ['AWS'], uri: [{ aws: target }] })

describe('two teams that list the same place or resource of an AWS service', () => {
  it.each([
    ['one queue', { service: 'sqs', paths: ['/1/orders'] }, { service: 'sqs', paths: ['/1/*'] }, 'paths/0'],
    [
      'a bucket in both spellings',
      { service: 's3', subdomains: ['assets'], paths: ['/**'] },
      { service: 's3', paths: ['/assets/**'] },
      'paths/0',
    ],
    [
      'one table',
      { service: 'dynamodb', actions: ['GetItem'], tables: ['orders'] },
      { service: 'dynamodb', actions: ['Query'], tables: ['ord*'] },
      'tables/0',
    ],
    [
      'a table and its ARN',
      { service: 'dynamodb', actions: ['GetItem'], tables: ['orders'] },
      { service: 'dynamodb', actions: ['Query'], tables: ['arn:aws:dynamodb:*:111111111111:orders'] },
      'tables/0',
    ],
  ])('are told: %s', (_, one, other, place) => {
    const loaded = load({ a: aws(one), b: aws(other) })
    expect(loaded.ok ? [] : loaded.problems.map(({ pointer }) => pointer)).toEqual([
      `/teams/b/allow/uri/0/aws/${place}`,
    ])
  })

  it.each([
    ['another queue', { service: 'sqs', paths: ['/1/orders'] }, { service: 'sqs', paths: ['/1/salaries'] }],
    ['another service', { service: 'sqs', paths: ['/1/orders'] }, { service: 'sns', paths: ['/1/orders'] }],
    [
      'another account',
      { service: 'dynamodb', actions: ['GetItem'], tables: ['111111111111/orders'] },
      { service: 'dynamodb', actions: ['GetItem'], tables: ['222222222222/orders'] },
    ],
    [
      'an operation that names no resource',
      { service: 'sns', actions: ['Publish'] },
      { service: 'sns', actions: ['Publish'] },
    ],
  ])('are none: %s', (_, one, other) => {
    expect(load({ a: aws(one), b: aws(other) }).ok).toBe(true)
  })
})

describe('what a policy says in vain', () => {
  it.each([
    ['credentials that must be given, and no role', { credentials: { none: 'never' } }, {}, ['credentials']],
    ['a VPC link, and none listed', { connection: { types: ['VPC_LINK'] } }, {}, ['connection/types']],
    [
      'a VPC link beside the internet, and none listed',
      { connection: { types: ['INTERNET', 'VPC_LINK'] } },
      {},
      ['connection/types'],
    ],
    ['links that are listed', { connection: { vpcLinks: ['l1'] } }, {}, []],
    [
      'forbidden keys, and none allowed',
      { cache: { forbiddenKeys: ['method.request.querystring.mode'] } },
      {},
      ['cache/forbiddenKeys'],
    ],
    [
      'forbidden keys among allowed ones',
      {
        cache: { keyParameters: ['method.request.querystring.*'], forbiddenKeys: ['method.request.querystring.mode'] },
      },
      {},
      [],
    ],
    [
      'a kind of backend that the bounds close',
      { uri: [{ hosts: ['a.example'] }] },
      { uri: { lambda: { accounts: ['111111111111'] } } },
      ['uri/0'],
    ],
    ['a kind that the bounds name', { uri: [{ hosts: ['a.example'] }] }, { uri: { hosts: ['a.example'] } }, []],
    [
      'templates that go unjudged',
      { mapping: { requestTemplates: { use: 'anything' } } },
      {},
      ['mapping/requestTemplates'],
    ],
  ])('%s', (_, allow, bounds, places) => {
    const loaded = load({ a: { types: ['HTTP', 'AWS', 'AWS_PROXY'], ...allow } }, bounds)
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
    const pointers = lintPolicySet(loaded.published, NOW).map(({ pointer }) => pointer)
    expect(pointers).toEqual(places.map((place) => `/teams/a/allow/${place}`))
  })
})
