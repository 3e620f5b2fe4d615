import { describe, expect, it } from 'vitest'
import { compilePolicy, withExceptions } from '../../lib/decision/compile.ts'
import { decide } from '../../lib/decision/decide.ts'
import type { DecisionRequest } from '../../lib/decision/decision.ts'
import type { Integration } from '../../lib/integration/integration.ts'
import type { Exception } from '../../lib/policy/document.ts'
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

function judge(
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
  const { violations, exceptionsUsed } = decide(withExceptions(policy, exceptions), request, asked)
  return { violations: violations.map(({ rule }) => rule), exceptionsUsed }
}

const refused = { violations: ['payments.timeout'], exceptionsUsed: [] }
const excepted = { violations: [], exceptionsUsed: ['EX-2026-0117'] }

describe('an exception', () => {
  it('widens its rule for its method', () => {
    expect(judge([])).toEqual(refused)
    expect(judge([exception()])).toEqual(excepted)
  })

  it('is a wider limit, not none', () => {
    expect(judge([exception()], { timeoutInMillis: 20_000 })).toEqual(excepted)
    expect(judge([exception()], { timeoutInMillis: 20_001 })).toEqual(refused)
  })

  it('is used only where the rule would have failed', () => {
    expect(judge([exception()], { timeoutInMillis: 10_000 })).toEqual({ violations: [], exceptionsUsed: [] })
  })

  it('is recorded as used also where something else refuses', () => {
    const { violations, exceptionsUsed } = judge([exception()], { uri: 'https://evil.example/' })
    expect(violations).toEqual(['org.bounds.uri.hosts', 'payments.uri'])
    expect(exceptionsUsed).toEqual(['EX-2026-0117'])
  })

  it.each([
    ['in its first millisecond', '2026-11-23T00:00:00Z', excepted],
    ['in its last', '2027-01-30T23:59:59.999Z', excepted],
    ['not before', '2026-11-22T23:59:59.999Z', refused],
    ['not from its end on', '2027-01-31T00:00:00Z', refused],
  ])('holds %s', (_, now, want) => {
    expect(judge([exception()], {}, { now })).toEqual(want)
  })

  it.each<[string, Partial<Spec['match']>]>([
    ['another resource', { resourceId: 'other1' }],
    ['another verb', { httpMethod: 'GET' }],
    ['another API', { restApiId: 's9s8s7s6s5' }],
    ['another team', { team: 'search' }],
  ])('gives nothing to %s', (_, match) => {
    const { match: own } = exception().spec
    expect(judge([exception({ match: { ...own, ...match } })])).toEqual(refused)
  })

  it.each<[string, Partial<Spec>]>([
    ['approved by who asked for it', { approvedBy: ['ana@acme.example'] }],
    ['longer than 90 days', { notAfter: '2027-02-22T00:00:00Z' }],
    ['for another rule', { rules: ['payments.uri'] }],
    ['that grants another section', { grants: { cache: { maxKeyParameters: 20 } } }],
    ['for a deny', { rules: ['org.no-reserved-hosts'] }],
  ])('gives nothing where it is one %s', (_, spec) => {
    expect(judge([exception(spec)])).toEqual(refused)
  })

  it('holds for exactly 90 days', () => {
    expect(judge([exception({ notAfter: '2027-02-21T00:00:00Z' })])).toEqual(excepted)
  })

  it('widens the bounds where it names their rule, and the team still needs its own', () => {
    const over = { timeoutInMillis: 40_000 }
    const grants = { timeout: { maxMillis: 60_000 } }
    expect(judge([], over).violations).toEqual(['org.bounds.timeout.maxMillis', 'payments.timeout'])
    const bounds = exception({ rules: ['org.bounds.timeout.maxMillis'], grants }, 'EX-1')
    expect(judge([bounds], over)).toEqual({ violations: ['payments.timeout'], exceptionsUsed: ['EX-1'] })
    const both = exception({ rules: ['org.bounds.timeout.maxMillis', 'payments.timeout'], grants }, 'EX-2')
    expect(judge([both], over)).toEqual({ violations: [], exceptionsUsed: ['EX-2'] })
  })

  it('adds a backend to those of the team, and only that one', () => {
    const granted = exception({
      rules: ['payments.uri'],
      grants: { uri: [{ hosts: ['slow.partner.example'], paths: ['/run'], methods: ['POST'] }] },
    })
    const slow = (uri: string) => judge([granted], { uri, timeoutInMillis: 9000 })
    expect(slow('https://slow.partner.example/run')).toEqual(excepted)
    expect(slow('https://slow.partner.example/runs').violations).toEqual(['payments.uri'])
    expect(slow('https://core.payments.acme.internal/v1/orders')).toEqual({ violations: [], exceptionsUsed: [] })
  })

  it('adds keys to those of a team, and leaves its namespaces as they are', () => {
    const granted = exception({
      rules: ['payments.cache'],
      grants: { cache: { keyParameters: ['method.request.querystring.sort'] } },
    })
    const keys = {
      timeoutInMillis: 9000,
      cacheKeyParameters: ['method.request.querystring.sort', 'method.request.path.id'],
    }
    expect(judge([granted], keys)).toEqual(excepted)
    expect(judge([granted], { ...keys, cacheNamespace: 'payments' }).violations).toContain('payments.cache')
  })

  it('never touches an intrinsic rule', () => {
    const granted = exception({
      rules: ['intrinsic.uri.userinfo', 'payments.uri'],
      grants: { uri: [{ hosts: ['**'] }] },
    })
    const { violations } = judge([granted], { uri: 'https://a@evil.example/', timeoutInMillis: 9000 })
    expect(violations).toEqual(['intrinsic.uri.userinfo'])
  })

  it('gives nothing to a locked rule', async () => {
    const { document } = example.published
    const locked = { ...document, org: { ...document.org, locked: ['payments.timeout'] } }
    const policy = await compilePolicy(published(JSON.stringify(locked), 'locked'))
    expect(judge([exception()], {}, { policy })).toEqual(refused)
  })
})
