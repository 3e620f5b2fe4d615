import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../../lib/decision/compile/compile.ts'
import { decide } from '../../lib/decision/decide.ts'
import type { Decision, EnforcementPoint } from '../../lib/decision/decision.ts'
import { EVALUATOR_VERSION } from '../../lib/decision/evaluator-version.ts'
import type { Rollout } from '../../lib/policy/document/document.ts'
import { NOW, policyNamed, published } from './vector-policies.ts'
import { refusedBy, refusedToTeam } from './wide-team.ts'

const example = policyNamed('example')

/** A payments request whose timeout the team's own rule refuses. */
function judge(policy = example, point: EnforcementPoint = 'request', now = NOW): Decision {
  const integration = {
    type: 'HTTP_PROXY' as const,
    httpMethod: 'POST',
    uri: 'https://core.payments.acme.internal/v1/orders',
    connectionType: 'VPC_LINK' as const,
    connectionId: 'vl-pay01',
    timeoutInMillis: 15_000,
  }
  const path = { restApiId: 'a1b2c3d4e5', resourceId: '9x8y7z', httpMethod: 'POST' as const }
  return decide(
    policy,
    { ...path, integration, partition: 'aws', region: 'eu-west-1' },
    { team: 'payments', point, now },
  )
}

describe('a decision', () => {
  it('names the policy, the rules of evaluation, the team and the moment', () => {
    const { violations, ...rest } = judge()
    expect(rest).toEqual({
      decision: 'deny',
      team: 'payments',
      policyRevision: 42,
      policyDigest: example.published.digest,
      evaluatorVersion: EVALUATOR_VERSION,
      evaluatedAt: '2026-12-01T09:00:00.000Z',
      warnings: [],
      dryRun: [],
      exceptionsUsed: [],
    })
    expect(violations).toMatchObject([
      { rule: 'payments.timeout', mode: 'enforce', field: '/timeoutInMillis', value: 15_000, fix: expect.any(String) },
    ])
    expect(Object.keys(violations[0] ?? {})).toEqual([
      'rule',
      'mode',
      'field',
      'value',
      'allowed',
      'nearest',
      'message',
      'fix',
      'remedy',
      'policyAt',
    ])
  })

  it('places each rule in the policy, twice the same', () => {
    const lines = [judge(), judge()].map(({ violations }) => violations[0]?.policyAt)
    expect(lines[0]).toEqual({ pointer: '/teams/payments/allow/timeout', line: expect.any(Number), column: 7 })
    expect(lines[1]).toBe(lines[0])
  })
})

describe('the violations of a decision', () => {
  it('hold what several rules find in the same place once', async () => {
    const deny = [{ id: 'org.denied', message: 'No.', uri: { paths: ['/v1'] } }]
    const double = { uri: 'https://a.example/x//y' }
    const found = await refusedBy({ bounds: { uri: { paths: ['/v1'] } }, deny }, double)
    expect(found.map(({ rule }) => rule)).toEqual(['intrinsic.uri.empty-segment'])
  })

  it('hold what one rule finds in several places, and several values in one place', async () => {
    const sources = { mapping: { requestParameters: { destinations: ['header.*'], sources: ['context.stage'] } } }
    const requestParameters = {
      'integration.request.header.a': 'method.request.path.x',
      'integration.request.header.b': 'method.request.path.x',
    }
    const places = await refusedToTeam(sources, { requestParameters })
    expect(places.map(({ field }) => field)).toEqual(
      Object.keys(requestParameters).map((key) => `/requestParameters/${key}`),
    )
    const values = await refusedBy({}, { uri: 'https://a.example/./..' })
    expect(values.map(({ rule, value }) => [rule, value])).toEqual([
      ['intrinsic.uri.dot-segment', '.'],
      ['intrinsic.uri.dot-segment', '..'],
    ])
  })
})

describe("the mode of a team's rule", () => {
  const warn = { mode: 'warn', until: '2027-01-01T00:00:00Z' } as const
  const dry = { mode: 'dry-run', until: '2027-01-01T00:00:00Z' } as const
  const named = (softening: object) => ({ rules: [{ id: 'payments.timeout', ...softening }] }) as Rollout
  const byDefault = ({ mode, until }: { mode: string; until: string }) => ({ default: mode, until }) as Rollout

  it.each<[string, Rollout | undefined, Rollout | undefined, 'enforce' | 'warn' | 'dry-run']>([
    ['enforced where nothing is said', undefined, undefined, 'enforce'],
    ["the organisation's default", undefined, byDefault(warn), 'warn'],
    ["the team's default before the organisation's", byDefault(dry), byDefault(warn), 'dry-run'],
    ["the organisation's rule before the team's default", byDefault(dry), named(warn), 'warn'],
    ["the team's rule before the organisation's", named(dry), named(warn), 'dry-run'],
    ['enforced where another rule is named', { rules: [{ ...warn, id: 'payments.uri' }] }, undefined, 'enforce'],
    [
      "the organisation's default beside another rule of the team",
      { rules: [{ ...warn, id: 'payments.uri' }] },
      byDefault(dry),
      'dry-run',
    ],
    ['enforced where the team enforces', { default: 'enforce' }, byDefault(warn), 'enforce'],
    ['enforced from its end on', named({ ...warn, until: '2026-12-01T09:00:00Z' }), undefined, 'enforce'],
    ['soft up to its end', named({ ...warn, until: '2026-12-01T09:00:01Z' }), undefined, 'warn'],
    ['enforced where it has no end', named({ mode: 'warn' }), undefined, 'enforce'],
    ['enforced where its end is no date', named({ mode: 'warn', until: 'later' }), undefined, 'enforce'],
    ['the mode of the point', named({ ...warn, mode: { request: 'dry-run', ci: 'warn' } }), undefined, 'dry-run'],
    ['enforced at a point that is not named', named({ ...warn, mode: { ci: 'warn' } }), undefined, 'enforce'],
  ])('is %s', async (_, team, org, want) => {
    const { document } = example.published
    const { payments, ...others } = document.teams
    const { rollout: _rollout, ...rest } = document.org
    const valid = published(JSON.stringify(document), 'modes')
    const policy = await compilePolicy({
      ...valid,
      document: {
        ...valid.document,
        org: { ...rest, ...(org && { rollout: org }) },
        teams: { ...others, ...(payments && { payments: { ...payments, ...(team && { rollout: team }) } }) },
      },
    })
    const { decision, violations, warnings, dryRun } = judge(policy)
    const found = { enforce: violations, warn: warnings, 'dry-run': dryRun }
    expect(found[want].map(({ rule, mode }) => [rule, mode])).toEqual([['payments.timeout', want]])
    expect(decision).toBe(want === 'enforce' ? 'deny' : 'allow')
  })
})
