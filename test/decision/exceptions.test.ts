import { describe, expect, it } from 'vitest'
import type { Integration } from '../../lib/apigateway/integration.ts'
import { compilePolicy, withExceptions } from '../../lib/decision/compile/compile.ts'
import { decide } from '../../lib/decision/decide.ts'
import type { DecisionRequest } from '../../lib/decision/decision.ts'
import type { Exception } from '../../lib/policy/document/document.ts'
import { policyNamed, published } from './vector-policies.ts'

const example = policyNamed('example')

type Spec = Exception['spec']

function exception(spec: Partial<Spec> = {}, id = 'EX-2026-0117'): Exception {
  return {
    apiVersion: 'sallyport/v1',
    kind: 'Exception',
    metadata: { id },
    spec: {
      rules: ['payments.timeout'],
      match: { team: 'payments', restApiId: 'a1b2c3d4e5', resourceId: '9x8y7z', httpMethod: 'POST' },
      grants: { timeout: { maxMillis: 20_000 } },
      reason: 'Settlement partner is slow until their migration',
      ticket: 'PAY-4411',
      requestedBy: 'ana@acme.example',
      approvedBy: ['li@acme.example'],
      notBefore: '2026-11-23T00:00:00Z',
      notAfter: '2027-01-31T00:00:00Z',
      ...spec,
    },
  }
}

async function judge(
  exceptions: Exception[],
  members: Partial<Integration> = {},
  {
    now = '2026-12-01T09:00:00Z',
    policy = example,
    ...path
  }: Partial<DecisionRequest> & { now?: string; policy?: typeof example } = {},
) {
  const integration: Integration = {
    type: 'HTTP_PROXY',
    httpMethod: 'POST',
    uri: 'https://core.payments.acme.internal/v1/orders',
    connectionType: 'VPC_LINK',
    connectionId: 'vl-pay01',
    timeoutInMillis: 15_000,
    ...members,
  }
  const target = { restApiId: 'a1b2c3d4e5', resourceId: '9x8y7z', httpMethod: 'POST' as const, ...path }
  const asked = { team: 'payments', claims: {}, point: 'request' as const, now: Date.parse(now) }
  const request = { ...target, integration, partition: 'aws', region: 'eu-west-1' }
  const { violations, exceptionsUsed } = decide(await withExceptions(policy, exceptions), request, asked)
  return { violations: violations.map(({ rule }) => rule), exceptionsUsed }
}

const refused = { violations: ['payments.timeout'], exceptionsUsed: [] }
const excepted = { violations: [], exceptionsUsed: ['EX-2026-0117'] }

describe('an exception', () => {
  it('widens its rule for its method', async () => {
    expect(await judge([])).toEqual(refused)
    expect(await judge([exception()])).toEqual(excepted)
  })

  it('is a wider limit, not none', async () => {
    expect(await judge([exception()], { timeoutInMillis: 20_000 })).toEqual(excepted)
    expect(await judge([exception()], { timeoutInMillis: 20_001 })).toEqual(refused)
  })

  it('is used only where the rule would have failed', async () => {
    expect(await judge([exception()], { timeoutInMillis: 10_000 })).toEqual({ violations: [], exceptionsUsed: [] })
  })

  it('is recorded as used also where something else refuses', async () => {
    const { violations, exceptionsUsed } = await judge([exception()], { uri: 'https://evil.example/' })
    expect(violations).toEqual(['org.bounds.uri.hosts', 'payments.uri'])
    expect(exceptionsUsed).toEqual(['EX-2026-0117'])
  })

  it.each([
    ['in its first millisecond', '2026-11-23T00:00:00Z', excepted],
    ['in its last', '2027-01-30T23:59:59.999Z', excepted],
    ['not before', '2026-11-22T23:59:59.999Z', refused],
    ['not from its end on', '2027-01-31T00:00:00Z', refused],
  ])('holds %s', async (_, now, want) => {
    expect(await judge([exception()], {}, { now })).toEqual(want)
  })

  it.each<[string, Partial<Spec['match']>]>([
    ['another resource', { resourceId: 'other1' }],
    ['another verb', { httpMethod: 'GET' }],
    ['another API', { restApiId: 's9s8s7s6s5' }],
    ['another team', { team: 'search' }],
  ])('gives nothing to %s', async (_, match) => {
    const { match: own } = exception().spec
    expect(await judge([exception({ match: { ...own, ...match } })])).toEqual(refused)
  })

  it.each<[string, Partial<Spec>]>([
    ['approved by who asked for it', { approvedBy: ['ana@acme.example'] }],
    ['longer than 90 days', { notAfter: '2027-02-22T00:00:00Z' }],
    ['for another rule', { rules: ['payments.uri'] }],
    ['that grants another section', { grants: { cache: { maxKeyParameters: 20 } } }],
    ['for a deny', { rules: ['org.no-reserved-hosts'] }],
  ])('gives nothing where it is one %s', async (_, spec) => {
    expect(await judge([exception(spec)])).toEqual(refused)
  })

  it('holds for exactly 90 days', async () => {
    expect(await judge([exception({ notAfter: '2027-02-21T00:00:00Z' })])).toEqual(excepted)
  })

  it('widens the bounds where it names their rule, and the team still needs its own', async () => {
    const over = { timeoutInMillis: 40_000 }
    const grants = { timeout: { maxMillis: 60_000 } }
    expect((await judge([], over)).violations).toEqual(['org.bounds.timeout.maxMillis', 'payments.timeout'])
    const bounds = exception({ rules: ['org.bounds.timeout.maxMillis'], grants }, 'EX-1')
    expect(await judge([bounds], over)).toEqual({ violations: ['payments.timeout'], exceptionsUsed: ['EX-1'] })
    const both = exception({ rules: ['org.bounds.timeout.maxMillis', 'payments.timeout'], grants }, 'EX-2')
    expect(await judge([both], over)).toEqual({ violations: [], exceptionsUsed: ['EX-2'] })
  })

  it('adds a backend to those of the team, and only that one', async () => {
    const granted = exception({
      rules: ['payments.uri'],
      grants: { uri: [{ hosts: ['slow.partner.example'], paths: ['/run'], methods: ['POST'] }] },
    })
    const slow = (uri: string) => judge([granted], { uri, timeoutInMillis: 9000 })
    expect(await slow('https://slow.partner.example/run')).toEqual(excepted)
    expect((await slow('https://slow.partner.example/runs')).violations).toEqual(['payments.uri'])
    expect(await slow('https://core.payments.acme.internal/v1/orders')).toEqual({ violations: [], exceptionsUsed: [] })
  })

  it('adds keys to those of a team, and leaves its namespaces as they are', async () => {
    const granted = exception({
      rules: ['payments.cache'],
      grants: { cache: { keyParameters: ['method.request.querystring.sort'] } },
    })
    const keys = {
      timeoutInMillis: 9000,
      cacheKeyParameters: ['method.request.querystring.sort', 'method.request.path.id'],
    }
    expect(await judge([granted], keys)).toEqual(excepted)
    expect((await judge([granted], { ...keys, cacheNamespace: 'payments' })).violations).toContain('payments.cache')
  })

  it('never touches an intrinsic rule', async () => {
    const granted = exception({
      rules: ['intrinsic.uri.userinfo', 'payments.uri'],
      grants: { uri: [{ hosts: ['**'] }] },
    })
    const { violations } = await judge([granted], { uri: 'https://a@evil.example/', timeoutInMillis: 9000 })
    expect(violations).toEqual(['intrinsic.uri.userinfo'])
  })

  it('gives nothing to a locked rule', async () => {
    const { document } = example.published
    const locked = { ...document, org: { ...document.org, locked: ['payments.timeout'] } }
    const policy = await compilePolicy(published(JSON.stringify(locked), 'locked'))
    expect(await judge([exception()], {}, { policy })).toEqual(refused)
  })

  it('is one of several for a method, each for its own rules', async () => {
    const timeout = exception({}, 'EX-1')
    const uri = exception({ rules: ['payments.uri'], grants: { uri: [{ hosts: ['slow.partner.example'] }] } }, 'EX-2')
    const slow = { uri: 'https://slow.partner.example/', httpMethod: 'GET' }
    expect(await judge([timeout, uri], slow)).toEqual({ violations: [], exceptionsUsed: ['EX-2', 'EX-1'] })
    expect(await judge([timeout], slow)).toEqual({ violations: ['payments.uri'], exceptionsUsed: ['EX-1'] })
    expect(await judge([uri], slow)).toEqual({ violations: ['payments.timeout'], exceptionsUsed: ['EX-2'] })
  })

  it.each<[string, Partial<Spec>]>([
    ['without a beginning', { notBefore: 'soon' }],
    ['without an end', { notAfter: 'never' }],
    ['that ends as it begins', { notBefore: '2027-01-31T00:00:00Z' }],
    ['that ends before it begins', { notBefore: '2027-02-01T00:00:00Z' }],
    ['that nobody approved', { approvedBy: [] }],
    ['for no rule', { rules: [] }],
    ['for a deny of the bounds of nothing', { rules: ['org.timeout'] }],
  ])('gives nothing where it is one %s, if the store holds one', async (_, spec) => {
    expect(await judge([exception(spec)])).toEqual(refused)
    expect(await judge([exception(spec)], {}, { now: '2027-01-31T00:00:00Z' })).toEqual(refused)
  })

  it('holds where somebody else approved it too', async () => {
    expect(await judge([exception({ approvedBy: ['ana@acme.example', 'li@acme.example'] })])).toEqual(excepted)
  })

  it('leaves the wider of two limits', async () => {
    const { document } = example.published
    const { payments, ...others } = document.teams
    const cache = { namespaces: ['{resourceId}'], keyParameters: ['method.request.path.a'], maxKeyParameters: 2 }
    const allow = { ...payments?.allow, timeout: { minMillis: 100, maxMillis: 200 }, cache }
    const written = { ...document, teams: { ...others, payments: { ...payments, allow } } }
    const policy = await compilePolicy(published(JSON.stringify(written), 'limits'))

    const later = exception({ grants: { timeout: { minMillis: 260, maxMillis: 300 } } })
    expect(await judge([later], { timeoutInMillis: 250 }, { policy })).toEqual(excepted)
    expect(await judge([later], { timeoutInMillis: 301 }, { policy })).toEqual(refused)
    expect(await judge([later], { timeoutInMillis: 99 }, { policy })).toEqual(refused)
    const sooner = exception({ grants: { timeout: { minMillis: 50, maxMillis: 60 } } })
    expect(await judge([sooner], { timeoutInMillis: 80 }, { policy })).toEqual(excepted)
    expect(await judge([sooner], { timeoutInMillis: 201 }, { policy })).toEqual(refused)

    const grants = { cache: { keyParameters: ['method.request.path.b'], maxKeyParameters: 1 } }
    const key = exception({ rules: ['payments.cache'], grants })
    const keys = { timeoutInMillis: 150, cacheKeyParameters: ['method.request.path.a', 'method.request.path.b'] }
    expect((await judge([], keys, { policy })).violations).toEqual(['payments.cache'])
    expect(await judge([key], keys, { policy })).toEqual(excepted)
  })

  it.each<[string, Partial<Spec['grants']>, Partial<Integration>, Partial<Integration>]>([
    [
      'credentials',
      { credentials: { roles: ['arn:aws:iam::111111111111:role/apigw/guest'] } },
      { credentials: 'arn:aws:iam::111111111111:role/apigw/guest' },
      { credentials: 'arn:aws:iam::111111111111:role/apigw/other' },
    ],
    ['connection', { connection: { vpcLinks: ['vl-guest'] } }, { connectionId: 'vl-guest' }, { connectionId: 'vl-x' }],
    [
      'mapping',
      { mapping: { requestParameters: { destinations: ['header.x-a'] } } },
      { requestParameters: { 'integration.request.header.x-a': 'method.request.path.a' } },
      { requestParameters: { 'integration.request.header.x-b': 'method.request.path.a' } },
    ],
    [
      'passthrough',
      { passthrough: ['WHEN_NO_TEMPLATES'] },
      { passthroughBehavior: 'WHEN_NO_TEMPLATES' },
      { passthroughBehavior: 'WHEN_NO' },
    ],
    ['types', { types: ['HTTP'] }, { type: 'HTTP' }, { type: 'AWS' }],
  ])('widens %s, and no further than it grants', async (section, grants, granted, other) => {
    const rule = `payments.${section}`
    const widening = exception({ rules: [rule], grants })
    const asking = (members: Partial<Integration>) => ({ ...members, timeoutInMillis: 9000 })
    expect((await judge([], asking(granted))).violations).toEqual([rule])
    expect(await judge([widening], asking(granted))).toEqual(excepted)
    expect((await judge([widening], asking(other))).violations).toContain(rule)
  })

  it.each<[string, object, Spec['grants'], Partial<Integration>]>([
    [
      'a least timeout no longer one',
      { timeout: { maxMillis: 10_000 } },
      { timeout: { minMillis: 50 } },
      { timeoutInMillis: 20_000 },
    ],
    [
      'a role no integration without one',
      { credentials: { roles: ['arn:aws:iam::111111111111:role/apigw/a'], none: 'never' } },
      { credentials: { roles: ['arn:aws:iam::111111111111:role/apigw/b'] } },
      {},
    ],
    [
      'a link no integration over the internet',
      { connection: { types: ['VPC_LINK'], vpcLinks: ['vl-pay01'] } },
      { connection: { vpcLinks: ['vl-pay02'] } },
      { connectionType: 'INTERNET', connectionId: '' },
    ],
  ])('opens with %s', async (_, allow, grants, members) => {
    const { document } = example.published
    const { payments, ...others } = document.teams
    const own = { ...payments, allow: { ...payments?.allow, ...allow } }
    const policy = await compilePolicy(
      published(JSON.stringify({ ...document, teams: { ...others, payments: own } }), 'halves'),
    )
    const rule = `payments.${Object.keys(grants)[0]}`
    const asking = { timeoutInMillis: 9000, ...members }
    expect((await judge([], asking, { policy })).violations).toContain(rule)
    expect((await judge([exception({ rules: [rule], grants })], asking, { policy })).violations).toContain(rule)
  })

  it('of a bound widens the member that it grants, and no other', async () => {
    const rules = ['org.bounds.timeout.maxMillis', 'payments.timeout']
    const least = exception({ rules, grants: { timeout: { minMillis: 50 } } })
    const over = { timeoutInMillis: 40_000 }
    expect((await judge([least], over)).violations).toEqual(['org.bounds.timeout.maxMillis', 'payments.timeout'])
  })

  it('widens what says none', async () => {
    const { document } = example.published
    const { payments, ...others } = document.teams
    const allow = { ...payments?.allow, cache: 'none', credentials: 'none' }
    const written = { ...document, teams: { ...others, payments: { ...payments, allow } } }
    const policy = await compilePolicy(published(JSON.stringify(written), 'none'))
    const cached = { timeoutInMillis: 9000, cacheKeyParameters: ['method.request.path.a'] }
    const keys = exception({
      rules: ['payments.cache'],
      grants: { cache: { keyParameters: ['method.request.path.a'] } },
    })
    expect((await judge([], cached, { policy })).violations).toEqual(['payments.cache'])
    expect(await judge([keys], cached, { policy })).toEqual(excepted)
    expect((await judge([keys], { ...cached, cacheNamespace: 'shared' }, { policy })).violations).toContain(
      'payments.cache',
    )
    const role = 'arn:aws:iam::111111111111:role/apigw/payments-a'
    const roles = exception({ rules: ['payments.credentials'], grants: { credentials: { roles: [role] } } })
    const lent = { timeoutInMillis: 9000, credentials: role }
    expect((await judge([], lent, { policy })).violations).toEqual(['payments.credentials'])
    expect(await judge([roles], lent, { policy })).toEqual(excepted)
    expect((await judge([roles], { timeoutInMillis: 9000 }, { policy })).violations).toEqual([])
    const withoutRole = { ...lent, credentials: 'arn:aws:iam::*:user/*' }
    expect((await judge([roles], withoutRole, { policy })).violations).toContain('payments.credentials')
  })
})
