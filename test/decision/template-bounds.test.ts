import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../../lib/decision/compile/compile.ts'
import { decide } from '../../lib/decision/decide.ts'
import type { Allow, Bounds } from '../../lib/policy/document/sections.ts'
import { NOW, published } from './vector-policies.ts'

type Templates = NonNullable<Allow['mapping']>['requestTemplates']

/** Publishing refuses a team that reaches past the bounds; a decision must hold them on its own, as for a grant. */
async function refused(bound: Templates, own: Templates, text: string) {
  const team = {
    identity: { claim: 'groups', anyOf: ['web'] },
    apis: { restApiIds: ['web0'] },
    allow: { types: ['HTTP'], uri: [{ hosts: ['a.example'] }], mapping: { requestTemplates: own } },
  }
  const document = {
    apiVersion: 'sallyport/v1',
    kind: 'PolicySet',
    metadata: { name: 't' },
    org: { bounds: {} },
    teams: { web: team },
  }
  const made = published(JSON.stringify(document), 't')
  const bounds: Bounds = { mapping: { requestTemplates: bound } } as Bounds
  const policy = await compilePolicy({ ...made, document: { ...made.document, org: { ...made.document.org, bounds } } })
  const integration = {
    type: 'HTTP',
    httpMethod: 'GET',
    uri: 'https://a.example/',
    requestTemplates: { 'application/json': text },
  } as const
  const request = {
    restApiId: 'web0',
    resourceId: 'abc',
    httpMethod: 'GET',
    partition: 'aws',
    region: 'eu-west-1',
    integration,
  } as const
  return decide(policy, request, { team: 'web', point: 'request', now: NOW }).violations.map(({ rule }) => rule)
}

const OVERRIDE = '#set($context.requestOverride.header.X-Tenant = "a")'
const EVALUATE = '#evaluate("x")'
const open = { use: 'allowed', overrides: ['header.X-Tenant'] } as const

describe('the bounds on templates', () => {
  it.each<[string, Templates, Templates, string, string[]]>([
    [
      'let no team set what they do not list',
      { use: 'allowed' },
      { ...open, overrides: [...open.overrides] },
      OVERRIDE,
      ['org.bounds.mapping.requestTemplates.overrides'],
    ],
    [
      'never means never',
      { use: 'allowed', overrides: 'never' },
      { ...open, overrides: [...open.overrides] },
      OVERRIDE,
      ['org.bounds.mapping.requestTemplates.overrides'],
    ],
    [
      'in a word, set nothing',
      'allowed',
      { ...open, overrides: [...open.overrides] },
      OVERRIDE,
      ['org.bounds.mapping.requestTemplates'],
    ],
    [
      'let a team set what both list',
      { use: 'allowed', overrides: ['header.x-tenant'] },
      { ...open, overrides: [...open.overrides] },
      OVERRIDE,
      [],
    ],
    [
      'hold a team that may write anything to the grammar',
      { use: 'allowed' },
      'anything',
      EVALUATE,
      ['org.bounds.mapping.requestTemplates.use'],
    ],
    ['that say anything leave it at that', 'anything', 'anything', EVALUATE, []],
  ])('%s', async (_, bound, own, text, rules) => {
    expect(await refused(bound, own, text)).toEqual(rules)
  })
})
