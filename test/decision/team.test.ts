import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../../lib/decision/compile/compile.ts'
import { resolveTeam } from '../../lib/decision/team.ts'
import type { PolicySet } from '../../lib/policy/document/document.ts'
import { published } from './vector-policies.ts'

const team = (claim: string, anyOf: string[], restApiId: string) => ({
  identity: { claim, anyOf },
  apis: { restApiIds: [restApiId] },
  allow: { types: ['HTTP'] },
})
const document = {
  apiVersion: 'sallyport/v1',
  kind: 'PolicySet',
  metadata: { name: 'teams' },
  org: { bounds: {} },
  teams: {
    payments: team('groups', ['pay-dev', 'shared'], 'aaa'),
    search: team('groups', ['search', 'shared'], 'bbb'),
    billing: team('sub', ['svc-billing'], 'ccc'),
  },
}
const policy = await compilePolicy(published(JSON.stringify(document), 'teams'))

describe('resolveTeam()', () => {
  it.each([
    ['a claim that is a string', { groups: 'pay-dev' }, 'aaa', { kind: 'team', team: 'payments' }],
    ['a claim that is an array', { groups: ['x', 'pay-dev'] }, 'aaa', { kind: 'team', team: 'payments' }],
    ['another claim', { sub: 'svc-billing' }, 'ccc', { kind: 'team', team: 'billing' }],
    ['several teams, by who owns the API', { groups: ['shared'] }, 'bbb', { kind: 'team', team: 'search' }],
    [
      'several claims, by who owns the API',
      { groups: 'search', sub: 'svc-billing' },
      'ccc',
      { kind: 'team', team: 'billing' },
    ],
    ['no team for another case', { groups: 'Pay-dev' }, 'aaa', { kind: 'no-team' }],
    ['no team for a part of a name', { groups: 'pay-dev,search' }, 'aaa', { kind: 'no-team' }],
    ['no team for a value under another claim', { sub: 'pay-dev' }, 'aaa', { kind: 'no-team' }],
    ['no team for a nested array', { groups: [['pay-dev']] }, 'aaa', { kind: 'no-team' }],
    ['no team for an object', { groups: { 0: 'pay-dev' } }, 'aaa', { kind: 'no-team' }],
    ['no team without claims', {}, 'aaa', { kind: 'no-team' }],
    ["another team's API", { groups: 'pay-dev' }, 'bbb', { kind: 'not-owner' }],
    ["no one's API", { groups: 'pay-dev' }, 'zzz', { kind: 'not-owner' }],
    ['no API', { groups: 'pay-dev' }, '', { kind: 'not-owner' }],
    ['a name of the language as API', { groups: 'pay-dev' }, '__proto__', { kind: 'not-owner' }],
  ])('resolves %s', (_, claims, restApiId, want) => {
    expect(resolveTeam(policy, claims, { restApiId })).toEqual(want)
  })

  it('names no owner of an API that two of the teams own', async () => {
    const { payments } = document.teams
    const teams = { payments, search: { ...document.teams.search, apis: payments.apis } }
    const { document: valid, ...rest } = policy.published
    const disputed = await compilePolicy({ ...rest, document: { ...valid, teams } as PolicySet })
    expect(resolveTeam(disputed, { groups: 'shared' }, { restApiId: 'aaa' })).toEqual({ kind: 'not-owner' })
    expect(resolveTeam(disputed, { groups: 'search' }, { restApiId: 'aaa' })).toEqual({ kind: 'team', team: 'search' })
  })

  it('does not see claims that the token only inherits', () => {
    const claims = Object.create({ groups: 'pay-dev' }) as Record<string, unknown>
    expect(resolveTeam(policy, claims, { restApiId: 'aaa' })).toEqual({ kind: 'no-team' })
  })
})
