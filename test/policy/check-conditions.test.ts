import { describe, expect, it } from 'vitest'
import type { Condition, PolicySet, Rollout, Team } from '../../lib/policy/document/document.ts'
import { lintPolicySet } from '../../lib/policy/publish/lint.ts'
import { loadPolicySet } from '../../lib/policy/publish/load.ts'

const NEEDS_LINK: Partial<Condition> & { require: string } = {
  when: 'integration.backend.kind == "http" && integration.backend.host.endsWith(".acme.internal")',
  require: 'integration.connectionType == "VPC_LINK"',
}

interface Policy {
  condition: Partial<Condition> & { require: string }
  allow?: Team['allow']
  bounds?: PolicySet['org']['bounds']
  rollout?: Rollout
  ofTeam?: Rollout
}

const ALLOW: Team['allow'] = { types: ['HTTP_PROXY'], uri: [{ hosts: ['*.pay.acme.internal'] }] }

/** What publishing says of a policy with one condition and one team: `!` problems, `?` warnings, with their pointers. */
function saidOf({ condition, allow = ALLOW, bounds = {}, rollout, ofTeam }: Policy): string[] {
  const document = {
    apiVersion: 'sallyport/v1',
    kind: 'PolicySet',
    metadata: { name: 'conditions' },
    lists: { inside: { shared: true, entries: ['a.acme.internal', 'b.acme.internal'] } },
    org: {
      bounds,
      conditions: [{ id: 'org.c', message: 'No.', ...condition }],
      ...(rollout && { rollout }),
    },
    teams: {
      pay: {
        identity: { claim: 'groups', anyOf: ['pay'] },
        apis: { restApiIds: ['pay0'] },
        ...(ofTeam && { rollout: ofTeam }),
        allow,
      },
    },
  }
  const loaded = loadPolicySet(JSON.stringify(document), { file: 'p', revision: 1 })
  const told = (mark: string, problems: { pointer: string; message: string }[]) =>
    problems
      .filter(({ pointer, message }) => pointer.includes('condition') || message.includes('org.c'))
      .map(({ pointer, message }) => `${mark} ${pointer} ${message}`)
  return loaded.ok ? told('?', loaded.warnings) : told('!', loaded.problems)
}

describe('a condition that does not parse', () => {
  it.each([
    ['integration.type =', '! /org/conditions/0/require'],
    ['integration.type.matches("a")', '! /org/conditions/0/require'],
    ['integration.type == "HTTPPROXY"', '! /org/conditions/0/require'],
    ['team == "payments"', '! /org/conditions/0/require'],
  ])('is a problem where it is published: %s', (require, pointer) => {
    expect(saidOf({ condition: { require } }).map((line) => line.split(' ', 2).join(' '))).toEqual([pointer])
  })
})

describe('`when`', () => {
  it.each([
    'false',
    '1 == 2',
    '"a" == "b"',
    'integration.type == "HTTP" && integration.type == "AWS"',
    'integration.type in ["HTTP", "AWS"] && integration.type.endsWith("_PROXY")',
    '!(integration.type in ["HTTP", "AWS", "MOCK", "HTTP_PROXY", "AWS_PROXY"])',
    'integration.type == "MOCK" && integration.backend.kind == "http"',
    'integration.backend.kind == "lambda" && integration.backend.host == "a.example"',
    'integration.timeoutInMillis > 2000 && integration.timeoutInMillis < 2001',
    'integration.timeoutInMillis == 2000 && integration.timeoutInMillis != 2000',
    'integration.backend.port == 443 && integration.backend.port in [80, 8080]',
    'integration.backend.host == "a.example" && integration.backend.host.endsWith(".internal")',
    'integration.backend.host.endsWith(".a.example") && integration.backend.host.endsWith(".b.example")',
    'integration.backend.path.startsWith("/v1/") && integration.backend.path.startsWith("/v2/")',
    'integration.backend.host.endsWith(".a.example") && !integration.backend.host.endsWith(".example")',
    'integration.backend.host.contains("core") && !integration.backend.host.contains("or")',
    'size(claims) > 1 && !(size(claims) > 1)',
    '(integration.type == "HTTP" || integration.type == "AWS") && integration.backend.kind == "mock"',
    'integration.type == "HTTP" ? false : integration.type == "HTTP"',
    'integration.tlsConfig.insecureSkipVerification == true && !integration.tlsConfig.insecureSkipVerification',
    'integration.connectionType != "INTERNET" && integration.connectionType != "VPC_LINK"',
  ])('that can never hold is a problem: %s', (when) => {
    expect(saidOf({ condition: { when, require: 'integration.type == "HTTP"' } })).toEqual([
      expect.stringMatching(/^! \/org\/conditions\/0\/when This can never hold/),
    ])
  })

  it.each([
    'integration.type == "HTTP_PROXY" && integration.backend.kind == "http"',
    'integration.type == "AWS" || integration.backend.host == "a.example"',
    'integration.timeoutInMillis > 2000 && integration.timeoutInMillis < 2002',
    'integration.backend.host.startsWith("a.") && integration.backend.host.endsWith(".example")',
    'integration.backend.host.endsWith(".example") && !integration.backend.host.endsWith(".a.example")',
    'claims.a == "x" && claims.b == "y"',
    'claims.a == "x" || claims.a != "x"',
    'size(integration.requestParameters) > 0 && !("integration.request.path.a" in integration.requestParameters)',
    '!has(integration.backend.host) || integration.backend.host != "a.example"',
    'integration.httpMethod == "" && integration.type != "MOCK"',
  ])('that can hold is none: %s', (when) => {
    const said = saidOf({ condition: { when, require: 'claims.x == "y"' } })
    expect(said.filter((line) => line.includes('never'))).toEqual([])
  })

  it('for types that no team may have is a warning', () => {
    const condition = { when: 'integration.type == "AWS"', require: 'claims.x == "y"' }
    expect(saidOf({ condition })).toEqual([expect.stringMatching(/^\? \/org\/conditions\/0\/when No team may have/)])
    expect(saidOf({ condition, allow: { types: ['AWS', 'HTTP'] } })).toEqual([])
    const ofTeam: Rollout = { default: 'dry-run', until: '2027-01-01' }
    expect(saidOf({ condition, ofTeam })).toEqual([])
    expect(saidOf({ condition, ofTeam, bounds: { types: ['HTTP_PROXY'] } })).toHaveLength(1)
  })

  it('is looked at in bounded time, and what is too large counts as able to hold', () => {
    const either = (index: number) => `(claims.a == "${index}" || claims.b == "${index}")`
    const when = Array.from({ length: 12 }, (_, index) => either(index)).join(' && ')
    expect(saidOf({ condition: { when, require: 'claims.x == "y"' } })).toEqual([])
  })
})

describe('`require`', () => {
  it.each([
    [undefined, 'true'],
    [undefined, 'integration.timeoutInMillis >= 50'],
    ['integration.type == "MOCK"', 'integration.backend.kind == "mock"'],
    ['integration.backend.kind == "http" && integration.backend.port == 443', 'integration.backend.port > 80'],
  ])('that always holds is a warning: %s, %s', (when, require) => {
    expect(saidOf({ condition: { ...(when !== undefined && { when }), require } })).toContainEqual(
      expect.stringMatching(/^\? \/org\/conditions\/0\/require This always holds/),
    )
  })

  it.each([
    ['integration.backend.kind == "lambda"', 'integration.backend.host != "a.example"'],
    ['integration.backend.port == 443', 'integration.backend.port > 80'],
    ['claims.x == "y"', 'integration.backend.path == "/a" || integration.backend.path != "/a"'],
  ])('that an error can break is none: %s, %s', (when, require) => {
    expect(saidOf({ condition: { when, require } }).filter((line) => line.includes('always'))).toEqual([])
  })
})

describe("a condition that nothing in a team's lists can meet", () => {
  const linked = (connection: Team['allow']['connection']): Team['allow'] => ({
    ...ALLOW,
    ...(connection && { connection }),
  })

  it('is a problem at the entry that it refuses', () => {
    const said = [
      '! /teams/pay/allow/uri/0/hosts/0 "org.c" refuses every request to *.pay.acme.internal: nothing in this team\'s lists meets it.',
    ]
    expect(saidOf({ condition: NEEDS_LINK })).toEqual(said)
    expect(saidOf({ condition: NEEDS_LINK, allow: linked({ types: ['INTERNET'] }) })).toEqual(said)
    const bounds = { connection: { types: ['INTERNET' as const] } }
    expect(saidOf({ condition: NEEDS_LINK, bounds })).toEqual(said)
  })

  it('is none where the lists leave a way', () => {
    expect(saidOf({ condition: NEEDS_LINK, allow: linked({ vpcLinks: ['vl-1'] }) })).toEqual([])
    expect(saidOf({ condition: NEEDS_LINK, allow: linked({ types: ['VPC_LINK'], vpcLinks: ['vl-1'] }) })).toEqual([])
  })

  it('is none for an entry of which it only refuses a part', () => {
    for (const hosts of [['**.acme.example'], ['**'], ['*.internal'], ['acme.internal']])
      expect(saidOf({ condition: NEEDS_LINK, allow: { ...ALLOW, uri: [{ hosts }] } })).toEqual([])
  })

  it('is found through lists and for other members', () => {
    expect(saidOf({ condition: NEEDS_LINK, allow: { ...ALLOW, uri: [{ hosts: ['@inside'] }] } })).toHaveLength(1)
    const fast = { require: 'integration.timeoutInMillis <= 5000' }
    expect(saidOf({ condition: fast })).toHaveLength(1)
    expect(saidOf({ condition: fast, allow: { ...ALLOW, timeout: { maxMillis: 3000 } } })).toEqual([])
    expect(
      saidOf({ condition: fast, allow: { ...ALLOW, timeout: { minMillis: 6000, maxMillis: 8000 } } }),
    ).toHaveLength(1)
    expect(saidOf({ condition: { require: 'integration.passthroughBehavior == "NEVER"' } })).toHaveLength(1)
  })

  it('says from when it bites while it is being rolled out', () => {
    const rollout: Rollout = { rules: [{ id: 'org.c', mode: 'warn', until: '2027-01-15' }] }
    expect(saidOf({ condition: NEEDS_LINK, rollout })).toEqual([
      expect.stringMatching(/^\? \/teams\/pay\/allow\/uri\/0\/hosts\/0 .* from 2027-01-15 on: nothing/),
    ])
    const ofTeam: Rollout = { default: 'dry-run', until: '2027-01-01' }
    expect(saidOf({ condition: NEEDS_LINK, ofTeam })).toEqual([expect.stringMatching(/^\? \/teams/)])
  })

  it('is a warning where it forbids the entry itself', () => {
    for (const require of ['integration.backend.host != "a.acme.internal"', 'integration.type != "HTTP_PROXY"'])
      expect(saidOf({ condition: { require }, allow: { ...ALLOW, uri: [{ hosts: ['a.acme.internal'] }] } })).toEqual([
        expect.stringMatching(
          /^\? \/teams\/pay\/allow\/uri\/0\/hosts\/0 "org\.c" refuses every request to a\.acme\.internal\./,
        ),
      ])
  })
})

it('lint says what publishing warns of', () => {
  const document = {
    apiVersion: 'sallyport/v1',
    kind: 'PolicySet',
    metadata: { name: 'conditions' },
    org: { bounds: {}, conditions: [{ id: 'org.c', require: 'true', message: 'No.' }] },
    teams: { pay: { identity: { claim: 'g', anyOf: ['p'] }, apis: { restApiIds: ['pay0'] }, allow: ALLOW } },
  }
  const loaded = loadPolicySet(JSON.stringify(document), { file: 'p', revision: 1 })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  expect(lintPolicySet(loaded.published, 0)).toMatchObject([{ pointer: '/org/conditions/0/require' }])
})
