import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../../lib/decision/compile/compile.ts'
import { explainTeam } from '../../lib/decision/explain/explain.ts'
import { inWords } from '../../lib/decision/explain/explain-words.ts'
import { loadPolicySet } from '../../lib/policy/publish/load.ts'

const now = Date.parse('2026-12-01')

/** A team `a` with these sections under these bounds. */
async function explained(allow: object, bounds: object = {}, org: object = {}) {
  const document = {
    apiVersion: 'sallyport/v1',
    kind: 'PolicySet',
    metadata: { name: 'x' },
    lists: { ids: { entries: ['vl-1', 'vl-2'] } },
    org: { bounds, ...org },
    teams: { a: { identity: { claim: 'groups', anyOf: ['a'] }, apis: { restApiIds: ['a1'] }, allow } },
  }
  const loaded = loadPolicySet(JSON.stringify(document), { file: 'p', revision: 1 })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const policy = await compilePolicy(loaded.published)
  const allowance = explainTeam(policy, 'a', { point: 'request', now })
  if (!allowance) throw new Error('There is no team a')
  return allowance
}

const http = { types: ['HTTP'], uri: [{ hosts: ['a.acme.example'] }] }

describe('explainTeam()', () => {
  it('tells what API Gateway does by itself where nothing is said', async () => {
    expect(await explained({ types: ['HTTP'] })).toMatchObject({
      types: ['HTTP'],
      backends: [],
      credentials: { none: 'allowed', roles: [], callerPassThrough: 'never' },
      connection: { types: ['INTERNET'] },
      timeout: { minMillis: 29000, maxMillis: 29000 },
      cache: { namespaces: ['{resourceId}'], keyParameters: [] },
      mapping: { requestParameters: 'forbidden', requestTemplates: { use: 'forbidden' } },
      passthrough: ['WHEN_NO_MATCH'],
      operations: [],
      methods: { authorizationTypes: ['AWS_IAM', 'COGNITO_USER_POOLS', 'CUSTOM'], open: [] },
    })
  })

  it.each([
    {
      it: 'ports and schemes',
      allow: http,
      bounds: { uri: { schemes: ['https', 'http'], ports: [443, 8443] } },
      want: { backends: [{ schemes: ['https', 'http'], ports: [443, 8443] }] },
    },
    {
      it: 'the default port and scheme where nothing names any',
      allow: http,
      bounds: {},
      want: {
        backends: [{ schemes: ['https'], ports: [443], paths: 'any', placeholders: 'never', query: 'literal' }],
      },
    },
    {
      it: 'no placeholders beside paths',
      allow: { ...http, uri: [{ hosts: ['a.acme.example'], paths: ['/v1/**'] }] },
      bounds: {},
      want: { backends: [{ placeholders: 'never', stageVariables: 'never' }] },
    },
    {
      it: 'placeholders and queries within the bounds',
      allow: http,
      bounds: { uri: { placeholders: { path: 'never' }, query: 'none' } },
      want: { backends: [{ placeholders: 'never', stageVariables: 'never', query: 'none' }] },
    },
    {
      it: 'links that the team names, lists resolved, and no load balancer where it names none',
      allow: { ...http, connection: { vpcLinks: ['@ids'] } },
      bounds: { connection: { types: ['INTERNET', 'VPC_LINK'], vpcLinks: ['vl-*'] } },
      want: { connection: { types: ['INTERNET', 'VPC_LINK'], vpcLinks: ['vl-1', 'vl-2'], integrationTargets: [] } },
    },
    {
      it: 'the roles that the team names, and none beside them',
      allow: { ...http, credentials: { none: 'never', roles: ['arn:aws:iam::111111111111:role/apigw/a-*'] } },
      bounds: { credentials: { accounts: ['111111111111'], rolePath: '/apigw/' } },
      want: { credentials: { none: 'never', roles: ['arn:aws:iam::111111111111:role/apigw/a-*'] } },
    },
    {
      it: "the narrower of two limits, and both sides' demands",
      allow: { ...http, timeout: { maxMillis: 5000 }, cache: { namespaces: ['{team}-*'], maxKeyParameters: 3 } },
      bounds: { timeout: { minMillis: 100 }, cache: { maxKeyParameters: 4, identityKey: 'required' } },
      want: {
        timeout: { minMillis: 100, maxMillis: 5000 },
        cache: { namespaces: ['a-*'], keyParameters: [], maxKeyParameters: 3, identityKey: 'required' },
      },
    },
    {
      it: 'MOCK where a mock section stands, whatever the types',
      allow: { ...http, mock: { httpMethods: ['OPTIONS'] } },
      bounds: {},
      want: { types: ['HTTP', 'MOCK'], mock: { httpMethods: ['OPTIONS'], overLiveBackend: 'never' } },
    },
    {
      it: 'no destinations and no static values where sources alone are listed',
      allow: { ...http, mapping: { requestParameters: { sources: ['context.*'] } } },
      bounds: {},
      want: { mapping: { requestParameters: { destinations: [], sources: ['context.*'], staticValues: 'never' } } },
    },
  ])('tells $it', async ({ allow, bounds, want }) => {
    expect(await explained(allow, bounds)).toMatchObject(want)
  })

  it('tells what is softened and until when, and what binds everybody', async () => {
    const org = {
      deny: [
        { id: 'org.mine', restApiIds: ['a1'], types: ['AWS'], message: 'No.' },
        { id: 'org.other', restApiIds: ['b1'], types: ['AWS'], message: 'No.' },
      ],
      conditions: [{ id: 'org.soft', require: 'team == "a"', message: 'Only a.' }],
      rollout: {
        rules: [
          { id: 'a.timeout', mode: 'warn', until: '2027-01-01' },
          { id: 'org.soft', mode: { request: 'dry-run' }, until: '2027-02-01' },
        ],
      },
    }
    expect(await explained(http, {}, org)).toMatchObject({
      denied: [{ rule: 'org.mine' }],
      conditions: [{ rule: 'org.soft', mode: 'dry-run' }],
      softened: [{ rule: 'a.timeout', mode: 'warn', until: '2027-01-01' }],
    })
  })

  it("tells which tags make an API the team's, and what is denied to such an API", async () => {
    const team = (apis: object, allow: object = http) => ({ identity: { claim: 'groups', anyOf: ['a'] }, apis, allow })
    const deny = [
      { id: 'org.open', restApiIds: ['x9'], types: ['AWS'], message: 'No.' },
      { id: 'org.others', restApiIds: ['b1'], types: ['AWS'], message: 'No.' },
    ]
    const document = {
      apiVersion: 'sallyport/v1',
      kind: 'PolicySet',
      metadata: { name: 'x' },
      org: { bounds: {}, deny },
      teams: {
        a: team({ tags: { team: 'a', stage: ['test', 'prod'] } }),
        b: team({ restApiIds: ['b1'] }, { types: ['MOCK'] }),
      },
    }
    const loaded = loadPolicySet(JSON.stringify(document), { file: 'p', revision: 1 })
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
    const allowance = explainTeam(await compilePolicy(loaded.published), 'a', { point: 'request', now })
    expect(allowance).toMatchObject({
      restApiIds: [],
      tags: { team: ['a'], stage: ['test', 'prod'] },
      denied: [{ rule: 'org.open' }],
    })
    expect(allowance && inWords(allowance)[0]?.sentences.at(-1)).toBe(
      'On every API with the tags team=a and stage=test or prod, unless the policy lists its id for a team.',
    )
  })

  it('knows no team that the policy lacks, whatever it is called', async () => {
    const loaded = loadPolicySet(
      JSON.stringify({
        apiVersion: 'sallyport/v1',
        kind: 'PolicySet',
        metadata: { name: 'x' },
        org: { bounds: {} },
        teams: { a: { identity: { claim: 'groups', anyOf: ['a'] }, apis: { restApiIds: ['a1'] }, allow: http } },
      }),
      { file: 'p', revision: 1 },
    )
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
    const policy = await compilePolicy(loaded.published)
    for (const name of ['b', 'constructor', '__proto__', '']) {
      expect(explainTeam(policy, name, { point: 'request', now })).toBeUndefined()
    }
  })
})

describe('inWords()', () => {
  it('leaves no section without a sentence', async () => {
    const paragraphs = inWords(await explained(http))
    expect(paragraphs.map(({ heading }) => heading)).toContain('Backends')
    for (const { sentences } of paragraphs) {
      expect(sentences.length).toBeGreaterThan(0)
      for (const sentence of sentences) expect(sentence).not.toMatch(/undefined|\[object/)
    }
  })
})
