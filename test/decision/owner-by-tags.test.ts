import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../../lib/decision/compile/compile.ts'
import type { ApiTags } from '../../lib/decision/compile/tag-owners.ts'
import { decide } from '../../lib/decision/decide.ts'
import { judgeAsked } from '../../lib/decision/judge-asked.ts'
import { runSuite } from '../../lib/decision/run-suite.ts'
import { resolveTeam } from '../../lib/decision/team.ts'
import type { PolicySet } from '../../lib/policy/document/document.ts'
import { loadTestSuite } from '../../lib/policy/publish/load.ts'
import { published } from './vector-policies.ts'

const team = (group: string, apis: PolicySet['teams'][string]['apis']) => ({
  identity: { claim: 'groups', anyOf: [group, 'everybody'] },
  apis,
  allow: { types: ['HTTP' as const], uri: [{ hosts: [`${group}.acme.example`] }] },
})
const teams = {
  payments: team('pay', { tags: { team: 'payments' } }),
  search: team('search', { restApiIds: ['search1'], tags: { team: ['search', 'find'], stage: 'prod' } }),
  billing: team('bill', { restApiIds: ['bill1'] }),
}
const document = {
  apiVersion: 'sallyport/v1',
  kind: 'PolicySet',
  metadata: { name: 'tags' },
  org: { bounds: {} },
  teams,
}
const policy = await compilePolicy(published(JSON.stringify(document), 'tags'))

/** As if its publication had not been refused. */
async function disputed(search: PolicySet['teams'][string]['apis']) {
  const { document: valid, ...rest } = policy.published
  const others = { ...valid.teams, search: { ...valid.teams.search, apis: search } } as PolicySet['teams']
  return compilePolicy({ ...rest, document: { ...valid, teams: others } })
}

describe('an API that its tags could give to a team', () => {
  const mine = { kind: 'team', team: 'payments', tags: { team: 'payments' } }
  const prod = { kind: 'team', team: 'search', tags: { team: 'find', stage: 'prod' } }
  it.each<[string, string, string, ApiTags | undefined, unknown]>([
    ["is the team's whose tag it has", 'pay', 'x', { team: 'payments', owner: 'ana' }, mine],
    [
      "is nobody's with another value",
      'pay',
      'x',
      { team: 'Payments' },
      { kind: 'not-owner', tags: { team: 'Payments' } },
    ],
    ["is nobody's with the value under another key", 'pay', 'x', { Team: 'payments' }, { kind: 'not-owner', tags: {} }],
    ["is nobody's without tags", 'pay', 'x', {}, { kind: 'not-owner', tags: {} }],
    [
      "is nobody's with a value that holds the other",
      'pay',
      'x',
      { team: 'payments,search' },
      { kind: 'not-owner', tags: { team: 'payments,search' } },
    ],
    ["is the team's with one of several values", 'search', 'x', { team: 'find', stage: 'prod' }, prod],
    ['takes all of the tags', 'search', 'x', { team: 'find' }, { kind: 'not-owner', tags: { team: 'find' } }],
    [
      'takes each with its value',
      'search',
      'x',
      { team: 'find', stage: 'test' },
      { kind: 'not-owner', tags: { team: 'find', stage: 'test' } },
    ],
    [
      "is not the caller's with another's tags",
      'pay',
      'x',
      { team: 'find', stage: 'prod' },
      { kind: 'not-owner', tags: { team: 'find', stage: 'prod' } },
    ],
    ['is one of several teams by its tags', 'everybody', 'x', { team: 'find', stage: 'prod' }, prod],
    [
      "stays its team's whom the policy lists it for",
      'bill',
      'bill1',
      { team: 'payments' },
      { kind: 'team', team: 'billing' },
    ],
    ['is not taken from its team by a tag', 'pay', 'bill1', { team: 'payments' }, { kind: 'not-owner' }],
    ['asks for no tags of a listed id', 'search', 'search1', undefined, { kind: 'team', team: 'search' }],
    ['asks for no tags where no team of the caller has any', 'bill', 'x', undefined, { kind: 'not-owner' }],
    ['asks for tags before anything is said', 'pay', 'x', undefined, { kind: 'depends-on-tags', teams: ['payments'] }],
    [
      'asks for tags of an id listed for another too, which tells nobody that it is',
      'pay',
      'bill1',
      undefined,
      { kind: 'depends-on-tags', teams: ['payments'] },
    ],
    [
      'asks for each team of the caller',
      'everybody',
      'x',
      undefined,
      { kind: 'depends-on-tags', teams: ['payments', 'search'] },
    ],
    ["is nobody's to who is nobody", 'guest', 'x', { team: 'payments' }, { kind: 'no-team' }],
    [
      'does not see tags that are inherited',
      'pay',
      'x',
      Object.create({ team: 'payments' }),
      { kind: 'not-owner', tags: {} },
    ],
  ])('%s', (_, group, restApiId, tags, want) => {
    expect(resolveTeam(policy, { groups: group }, { restApiId, ...(tags && { tags }) })).toEqual(want)
  })

  it("is nobody's where two teams' tags fit, were such a policy ever in force", async () => {
    const both = await disputed({ tags: { stage: 'prod' } })
    const tags = { team: 'payments', stage: 'prod' }
    const ask = (groups: string) => resolveTeam(both, { groups }, { restApiId: 'x', tags })
    expect(ask('pay')).toEqual({ kind: 'contested', tags })
    expect(ask('search')).toEqual({ kind: 'contested', tags })
    expect(ask('everybody')).toEqual({ kind: 'contested', tags })
    expect(ask('bill')).toEqual({ kind: 'not-owner' })
    expect(decided(both, 'payments', 'x', tags)).toEqual(['intrinsic.owner'])
  })
})

const request = (restApiId: string, tags?: ApiTags) => ({
  restApiId,
  resourceId: 'r1',
  httpMethod: 'GET' as const,
  ...(tags && { tags }),
  integration: { type: 'HTTP' as const, httpMethod: 'GET' as const, uri: 'https://pay.acme.example/' },
  partition: 'aws',
  region: 'eu-west-1',
})
const decided = (on: typeof policy, name: string, restApiId: string, tags?: ApiTags) =>
  decide(on, request(restApiId, tags), { team: name, point: 'request', now: 0 }).violations.map(({ rule }) => rule)

describe('decide()', () => {
  it('allows the owner by tags, and nobody else', () => {
    expect(decided(policy, 'payments', 'x', { team: 'payments' })).toEqual([])
    expect(decided(policy, 'search', 'x', { team: 'payments' })).toEqual(['intrinsic.owner'])
    expect(decided(policy, 'payments', 'x', { team: 'find', stage: 'prod' })).toEqual(['intrinsic.owner'])
    expect(decided(policy, 'payments', 'bill1', { team: 'payments' })).toEqual(['intrinsic.owner'])
  })

  it('never allows anything while the tags are not known', () => {
    const name = fc.constantFrom(...Object.keys(teams))
    const id = fc.oneof(fc.constantFrom('search1', 'bill1'), fc.stringMatching(/^[a-z0-9]{0,10}$/))
    fc.assert(
      fc.property(name, id, (asking, restApiId) => {
        const owns = (teams as PolicySet['teams'])[asking]?.apis.restApiIds?.includes(restApiId) === true
        fc.pre(!owns)
        expect(decided(policy, asking, restApiId)).toEqual(['intrinsic.owner'])
        for (const claims of [{ groups: 'pay' }, { groups: ['search', 'bill'] }, { groups: 'everybody' }]) {
          const owner = resolveTeam(policy, claims, { restApiId })
          if (owner.kind === 'team') expect(policy.identities.owners.get(restApiId)).toBe(owner.team)
        }
      }),
    )
  })

  it('agrees with resolveTeam() about every API, whatever its tags', () => {
    const value = fc.constantFrom('payments', 'search', 'find', 'prod', 'test', '')
    const tags = fc.dictionary(fc.constantFrom('team', 'stage', 'Team', '__proto__', 'owner'), value)
    const id = fc.constantFrom('search1', 'bill1', 'x')
    fc.assert(
      fc.property(id, tags, fc.constantFrom('pay', 'search', 'bill', 'everybody'), (restApiId, has, groups) => {
        const owner = resolveTeam(policy, { groups }, { restApiId, tags: has })
        const owning = Object.keys(teams).filter(
          (name) => decided(policy, name, restApiId, has)[0] !== 'intrinsic.owner',
        )
        expect(owning.length).toBeLessThanOrEqual(1)
        if (owner.kind === 'team') expect(owning).toEqual([owner.team])
        else expect(owning.filter((name) => groups === 'everybody' || name.startsWith(groups))).toEqual([])
      }),
    )
  })
})

describe('judgeAsked()', () => {
  const body = { type: 'HTTP', httpMethod: 'GET', uri: 'https://pay.acme.example/' }
  const place = { partition: 'aws', region: 'eu-west-1' }
  const ask = (members: object) => {
    const asked = { restApiId: 'x', resourceId: 'r1', method: 'GET' as const, body, ...members }
    const { team: named, violations } = judgeAsked(policy, asked, place, { point: 'ci', now: 0 })
    return [named, ...violations.map(({ rule, message }) => (message.includes('tags') ? `${rule} (tags)` : rule))]
  }
  it.each<[string, object, string[]]>([
    ['of its owner', { claims: { groups: 'pay' }, tags: { team: 'payments' } }, ['payments']],
    ['of a named team', { team: 'payments', tags: { team: 'payments' } }, ['payments']],
    ["for the API's owner, where nobody is named", { tags: { team: 'payments' } }, ['payments']],
    ['of an API to come', { restApiId: '', claims: { groups: 'pay' }, tags: { team: 'payments' } }, ['payments']],
    ['of no owner', { claims: { groups: 'pay' }, tags: { team: 'x' } }, ['', 'intrinsic.owner']],
    ["of another's API", { team: 'payments', tags: { team: 'find', stage: 'prod' } }, ['payments', 'intrinsic.owner']],
    ['without tags', { claims: { groups: 'pay' } }, ['', 'intrinsic.owner (tags)']],
    ['of a named team, without tags', { team: 'payments' }, ['', 'intrinsic.owner (tags)']],
    ['of nobody, without tags', {}, ['', 'intrinsic.owner (tags)']],
  ])('judges a request %s', (_, members, want) => {
    expect(ask(members)).toEqual(want)
  })
})

describe('a suite of policy tests', () => {
  it("states the tags of an API, and finds it nobody's where it does not", () => {
    const request = {
      resourceId: 'r1',
      method: 'GET',
      body: { type: 'HTTP', httpMethod: 'GET', uri: 'https://pay.acme.example/' },
    }
    const text = JSON.stringify({
      apiVersion: 'sallyport/v1',
      kind: 'TestSuite',
      now: '2026-12-01',
      fixtures: {
        tagged: { restApiId: 'x', tags: { team: 'payments', owner: 'ana' }, ...request },
        bare: { restApiId: 'x', tags: {}, ...request },
        unknown: { restApiId: 'x', ...request },
      },
      tests: [
        { it: 'allows', as: { groups: 'pay' }, request: 'tagged', expect: { decision: 'allow' } },
        { it: 'denies others', as: { groups: 'bill' }, request: 'tagged' },
        {
          it: 'denies without',
          as: { groups: 'pay' },
          request: 'bare',
          expect: { decision: 'deny', violations: ['intrinsic.owner'] },
        },
        {
          it: 'denies not knowing',
          as: { groups: 'pay' },
          request: 'unknown',
          expect: { decision: 'deny', violations: ['intrinsic.owner'] },
        },
      ],
    })
    const loaded = loadTestSuite(text, { file: 'suite.yaml', policy: policy.published.document })
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
    const results = runSuite(policy, loaded.suite, { partition: 'aws', region: 'eu-west-1' })
    expect(results.map(({ it: title, differences }) => [title, differences])).toEqual(
      ['allows', 'denies others', 'denies without', 'denies not knowing'].map((title) => [title, []]),
    )
  })
})
