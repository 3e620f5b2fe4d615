import { describe, expect, it } from 'vitest'
import { positionOf } from '../../lib/policy/document/published.ts'
import { loadPolicySet } from '../../lib/policy/publish/load.ts'
import { edit, examplePolicy, unmark } from './marked-text.ts'
import { type Row, SHAPE } from './wrong-policies.ts'

const options = { file: 'policy.yaml', revision: 7 }

function load(text: string | Uint8Array) {
  return loadPolicySet(text, options)
}

const OVERLAP = 'Narrow one of them, or put what both may use in a list with `shared: true`.'

/** What is well-formed and can't be meant. */
const MEANING: Row[] = [
  [
    'a list that does not exist',
    '"@observability-hosts"',
    '¦"@observabilty-hosts"',
    '/teams/search/allow/uri/0/hosts/1',
    'Did you mean "@observability-hosts"?',
  ],
  [
    'a list that holds what is no host',
    'entries: [otel.acme.example',
    'entries: [¦"https://otel.acme.example"',
    '/lists/observability-hosts/entries/0',
    'Write "otel.acme.example".',
  ],
  [
    'a list of its own by a built-in name',
    '  observability-hosts: {',
    '  ¦aws-endpoints: { entries: [x.acme.example] }\n  observability-hosts: {',
    '/lists/aws-endpoints',
  ],
  [
    'an upper-case host',
    '[billing.acme.internal]',
    '[¦Billing.acme.internal]',
    '/teams/legacy-billing/allow/uri/0/hosts/0',
    'Write "billing.acme.internal".',
  ],
  [
    'a role that is none',
    'role/apigw/billing-*"',
    'role/apigw/billing-*", ¦"arn:aws:iam::*:user/*"',
    '/teams/legacy-billing/allow/credentials/roles/1',
  ],
  [
    'a role path without its last slash',
    'rolePath: /apigw/',
    'rolePath: ¦/apigw',
    '/org/bounds/credentials/rolePath',
    'Write "/apigw/", or "/apigw/**" for what lies below as well.',
  ],
  [
    'a namespace with another variable',
    '"search-*"',
    '"search-*", ¦"{stage}"',
    '/teams/search/allow/cache/namespaces/2',
  ],
  [
    'a destination without its location',
    'destinations: [path.*, querystring.*]',
    'destinations: [¦"*"]',
    '/org/defaults/mapping/requestParameters/destinations/0',
  ],

  ['a type past the bounds', 'types: [HTTP_PROXY]\n', 'types: [¦AWS]\n', '/teams/search/allow/types/0'],
  [
    'a host past the bounds',
    '[billing.acme.internal]',
    '[¦billing.acme.example.org]',
    '/teams/legacy-billing/allow/uri/0/hosts/0',
  ],
  [
    'a wider host pattern than the bounds',
    'hosts: ["api.partner.example"]',
    'hosts: [¦"**.partner.example"]',
    '/teams/payments/allow/uri/1/hosts/0',
    'Did you mean "*.partner.example"?',
  ],
  [
    'a port past the bounds',
    '"@observability-hosts"]',
    '"@observability-hosts"], ports: [443, ¦8443]',
    '/teams/search/allow/uri/0/ports/1',
  ],
  [
    'a scheme past the bounds',
    '"@observability-hosts"]',
    '"@observability-hosts"], schemes: [¦http]',
    '/teams/search/allow/uri/0/schemes/0',
  ],
  [
    'an account past the bounds',
    'account: "111111111111"',
    'account: ¦"333333333333"',
    '/teams/payments/allow/uri/2/lambda/account',
  ],
  [
    'a Region past the bounds',
    'qualifiers: [live]',
    'qualifiers: [live], regions: [¦us-east-1]',
    '/teams/payments/allow/uri/2/lambda/regions/0',
  ],
  [
    'a role of an account past the bounds',
    'arn:aws:iam::222222222222:role',
    'arn:aws:iam::333333333333:role',
    '/teams/legacy-billing/allow/credentials/roles/0',
  ],
  [
    'a role of a path past the bounds',
    '["arn:aws:iam::222222222222:role/apigw/',
    '[¦"arn:aws:iam::222222222222:role/apigw/deep/',
    '/teams/legacy-billing/allow/credentials/roles/0',
  ],
  [
    'passing the caller through past the bounds',
    '"arn:aws:iam::222222222222:role/apigw/billing-*"]',
    '"arn:aws:iam::222222222222:role/apigw/billing-*"], callerPassThrough: ¦allowed',
    '/teams/legacy-billing/allow/credentials/callerPassThrough',
  ],
  [
    'unverified TLS past the bounds',
    '      cache: none',
    '      tls: { insecureSkipVerification: ¦allowed }',
    '/teams/legacy-billing/allow/tls/insecureSkipVerification',
  ],
  [
    'a timeout past the bounds',
    '{ maxMillis: 3000',
    '{ maxMillis: ¦29001',
    '/teams/search/allow/timeout/maxMillis',
    'Set it to 29000 or less.',
  ],
  ['a namespace past the bounds', '"search-*"', '¦"*"', '/teams/search/allow/cache/namespaces/1'],
  [
    'more cache keys than the bounds',
    '"method.request.querystring.*"] }\n\n',
    '"method.request.querystring.*"], maxKeyParameters: ¦11 }\n\n',
    '/teams/search/allow/cache/maxKeyParameters',
    'Set it to 10 or less.',
  ],
  [
    'defaults past the bounds',
    '  defaults:       ',
    '  defaults:\n    timeout: { maxMillis: ¦30000 }\n     ',
    '/org/defaults/timeout/maxMillis',
    'Set it to 29000 or less.',
  ],

  [
    "another team's host",
    '[billing.acme.internal]',
    '[¦x.payments.acme.internal]',
    '/teams/legacy-billing/allow/uri/0/hosts/0',
    OVERLAP,
  ],
  [
    "a pattern over another team's hosts",
    '[billing.acme.internal]',
    '[¦"**.acme.internal"]',
    '/teams/legacy-billing/allow/uri/0/hosts/0',
    OVERLAP,
  ],
  [
    "another team's role",
    'arn:aws:iam::222222222222:role/apigw/billing-*"]',
    'arn:aws:iam::222222222222:role/apigw/billing-*", ¦"arn:aws:iam::111111111111:role/apigw/payments-x"]',
    '/teams/legacy-billing/allow/credentials/roles/1',
    OVERLAP,
  ],
  [
    "another team's VPC link",
    '[vl-bill]',
    '[vl-bill, ¦vl-pay02]',
    '/teams/legacy-billing/allow/connection/vpcLinks/1',
    OVERLAP,
  ],
  [
    "another team's functions",
    'methods: ["*"] } ]',
    'methods: ["*"] }, { lambda: { account: "111111111111", functions: [¦"pay*"] } } ]',
    '/teams/legacy-billing/allow/uri/1/lambda/functions/0',
    OVERLAP,
  ],
  ["another team's API", '[zz99yy88xx]', '[¦a1b2c3d4e5]', '/teams/legacy-billing/apis/restApiIds/0'],
  [
    "a team's name before another's hyphen",
    '  search:\n',
    '  legacy:\n',
    '/teams/legacy-billing',
    'Give one of the two another name.',
  ],
  ['a team named like the organisation', '  search:\n', '  ¦org:\n', '/teams/org'],

  [
    'a rollout of a rule that does not exist',
    '{ id: org.private-backends-need-vpclink, mode',
    '{ id: ¦org.private-backend-needs-vpclink, mode',
    '/org/rollout/rules/0/id',
    'Did you mean "org.private-backends-need-vpclink"?',
  ],
  [
    'softening a bound',
    '{ id: org.private-backends-need-vpclink, mode',
    '{ id: ¦org.bounds.uri.hosts, mode',
    '/org/rollout/rules/0/id',
  ],
  [
    'softening a deny',
    '{ id: org.private-backends-need-vpclink, mode',
    '{ id: ¦org.no-reserved-hosts, mode',
    '/org/rollout/rules/0/id',
  ],
  [
    'softening what is intrinsic',
    '{ id: org.private-backends-need-vpclink, mode',
    '{ id: ¦intrinsic.uri.userinfo, mode',
    '/org/rollout/rules/0/id',
  ],
  [
    "softening another team's section",
    'until: 2027-03-31 }',
    'until: 2027-03-31, rules: [{ id: ¦payments.uri, mode: warn, until: 2027-03-31 }] }',
    '/teams/legacy-billing/rollout/rules/0/id',
  ],
  [
    'a softening without an end',
    '{ default: dry-run, until: 2027-03-31 }',
    '{ ¦default: dry-run }',
    '/teams/legacy-billing/rollout/default',
    'Add until: and a date.',
  ],
  [
    'a softening of one rule without an end',
    ', until: 2027-01-15 }',
    ' }',
    '/org/rollout/rules/0/mode',
    'Add until: and a date.',
  ],
  ['a day the calendar lacks', 'until: 2027-03-31', 'until: ¦2027-02-30', '/teams/legacy-billing/rollout/until'],
  [
    'two rules of one id',
    'id: org.private-backends-need-vpclink\n',
    'id: ¦org.no-reserved-hosts\n',
    '/org/conditions/0/id',
  ],
  [
    'a lock on a rule that does not exist',
    '  rollout:\n    default: enforce',
    '  locked: [¦org.bounds.type]\n  rollout:\n    default: enforce',
    '/org/locked/0',
    'Did you mean "org.bounds.types"?',
  ],

  [
    'a timeout that nothing can keep',
    '{ maxMillis: 3000',
    '{ minMillis: 4000, maxMillis: 3000',
    '/teams/search/allow/timeout',
  ],
  [
    'a required key that no method may carry',
    '"method.request.querystring.*"] }\n\n',
    '"method.request.querystring.*"], requireKeys: { allOf: [¦method.request.header.Authorization] } }\n\n',
    '/teams/search/allow/cache/requireKeys/allOf/0',
  ],
]

describe('loadPolicySet()', () => {
  it('takes the example without problems or warnings', () => {
    const loaded = load(examplePolicy)
    expect(loaded).toMatchObject({ ok: true, warnings: [], published: { revision: 7, file: 'policy.yaml' } })
  })

  it('names a document by what it says, not by how it is written', () => {
    const yaml = load(examplePolicy)
    if (!yaml.ok) throw new Error('The example is broken.')
    const json = load(JSON.stringify(yaml.published.document, null, '\t'))
    const commented = load(`# by hand\n${examplePolicy}\n`)
    const other = load(edit(examplePolicy, 'maxMillis: 3000', 'maxMillis: 3001'))
    const digests = [yaml, json, commented, other].map((one) => one.ok && one.published.digest)
    expect(digests[0]).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(digests[1]).toBe(digests[0])
    expect(digests[2]).toBe(digests[0])
    expect(digests[3]).not.toBe(digests[0])
  })

  it('keeps what it publishes as plain JSON, dates as text, places of what decisions cite', () => {
    const loaded = load(examplePolicy)
    if (!loaded.ok) throw new Error('The example is broken.')
    const stored = JSON.parse(JSON.stringify(loaded.published)) as typeof loaded.published
    expect(stored).toEqual(loaded.published)
    expect(stored.document.teams['legacy-billing']?.rollout?.until).toBe('2027-03-31')
    const at = (text: string) => examplePolicy.slice(0, examplePolicy.indexOf(text)).split('\n').length
    expect(positionOf(stored, '/teams/payments/allow/uri')).toEqual({
      pointer: '/teams/payments/allow/uri',
      line: at('      uri:\n        - {'),
      column: 7,
    })
    expect(positionOf(stored, '/teams/payments/allow/uri/1/hosts/0')).toEqual({
      pointer: '/teams/payments/allow/uri/1',
      line: at('        - { hosts: ["api.partner'),
      column: 11,
    })
    expect(positionOf(stored, '/nowhere')).toEqual({ pointer: '', line: 1, column: 1 })
  })

  it.each([...SHAPE, ...MEANING])('refuses %s', (_, from, to, pointer, suggestion) => {
    const changed = edit(examplePolicy, from, to)
    const { text, ...place } = changed.includes('¦') ? unmark(changed) : { text: changed }
    const loaded = load(text)
    const problems = loaded.ok ? [] : loaded.problems
    const [problem] = problems.filter((one) => one.pointer === pointer)
    expect(problem, JSON.stringify(problems)).toMatchObject({ file: 'policy.yaml', pointer, ...place })
    expect(problem?.suggestion).toBe(suggestion)
  })

  it('takes no list of two teams that is not shared', () => {
    const two = edit(examplePolicy, '[billing.acme.internal]', '["@observability-hosts"]')
    expect(load(two)).toMatchObject({ ok: true })
    const loaded = load(edit(two, 'shared: true, ', ''))
    const pointers = loaded.ok ? [] : loaded.problems.map(({ pointer }) => pointer)
    expect(pointers).toEqual(['/teams/legacy-billing/allow/uri/0/hosts/0', '/teams/legacy-billing/allow/uri/0/hosts/0'])
  })

  it('names all problems at once, in reading order', () => {
    let text = edit(examplePolicy, 'timeout: { maxMillis: 3000', 'tiemout: { maxMillis: 3000')
    text = edit(text, '[s9s8s7s6s5]', '[1234567890]')
    text = edit(text, 'cache: none', 'cache: non')
    const loaded = load(text)
    expect(loaded.ok ? [] : loaded.problems.map(({ pointer }) => pointer)).toEqual([
      '/teams/search/apis/restApiIds/0',
      '/teams/search/allow/tiemout',
      '/teams/legacy-billing/allow/cache',
    ])
  })
})
