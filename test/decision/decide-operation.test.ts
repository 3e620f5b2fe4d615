import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { TREATMENTS } from '../../lib/control-plane/treatment.ts'
import { WRITE_OPERATIONS, type WriteOperation } from '../../lib/control-plane/write-operations.ts'
import { compilePolicy } from '../../lib/decision/compile/compile.ts'
import { decideOperation } from '../../lib/decision/decide-operation.ts'
import { loadPolicySet } from '../../lib/policy/publish/load.ts'
import { expectOperationWayOut } from './apply-remedy.ts'

const NOW = Date.UTC(2026, 10, 22)
const API = 'a1b2c3d4e5'

interface Written {
  team?: readonly string[]
  defaults?: readonly string[]
  bounds?: readonly string[]
  rollout?: string
}

function policyText({ team, defaults, bounds, rollout = '' }: Written): string {
  const list = (member: string, entries: readonly string[] | undefined) =>
    entries ? `${member}: { operations: [${entries.join(', ')}] }` : `${member}: {}`
  return `apiVersion: sallyport/v1
kind: PolicySet
metadata: { name: acme }
org:
  ${list('bounds', bounds)}
  ${list('defaults', defaults)}
teams:
  payments:
    identity: { claim: groups, anyOf: [payments] }
    apis: { restApiIds: [${API}] }
    ${rollout}
    ${list('allow', team)}
`
}

async function decided(
  written: Written,
  operation: WriteOperation,
  asked: { httpMethod?: string; body?: object } = {},
) {
  const loaded = loadPolicySet(policyText(written), { file: 'policy.yaml', revision: 1 })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const policy = await compilePolicy(loaded.published)
  const { httpMethod, body = {} } = asked
  const request = { operation, restApiId: API, ...(httpMethod !== undefined && { httpMethod }) }
  const judge = (members: object) =>
    decideOperation(policy, { ...request, body: { ...members } }, { team: 'payments', point: 'request', now: NOW })
  const decision = judge(body)
  const all = (members: object) => judge(members).violations
  for (const violation of decision.violations) expectOperationWayOut(violation, { ...body }, all)
  return decision
}

const rules = ({ violations }: Awaited<ReturnType<typeof decided>>) => violations.map(({ rule }) => rule)
const patch = (...patchOperations: object[]) => ({ patchOperations })

describe('decideOperation()', () => {
  it.each(WRITE_OPERATIONS)('denies %s unless it is listed', async (operation) => {
    const others = WRITE_OPERATIONS.filter((other) => other !== operation)
    const asked = { httpMethod: 'GET', body: operation === 'PutMethod' ? { authorizationType: 'AWS_IAM' } : {} }
    expect(rules(await decided({}, operation, asked))).toEqual(['payments.operations'])
    expect(rules(await decided({ team: others }, operation, asked))).toEqual(['payments.operations'])
    expect(rules(await decided({ team: [operation] }, operation, asked))).toEqual([])
  })

  it('takes the list from org.defaults where the team has none, and keeps to the bounds', async () => {
    expect(rules(await decided({ defaults: ['CreateModel'] }, 'CreateModel'))).toEqual([])
    expect(rules(await decided({ defaults: ['CreateModel'], team: ['DeleteModel'] }, 'CreateModel'))).toEqual([
      'payments.operations',
    ])
    expect(rules(await decided({ bounds: ['DeleteModel'] }, 'CreateModel'))).toEqual([
      'org.bounds.operations',
      'payments.operations',
    ])
  })

  it('says what is allowed, and where the policy says so', async () => {
    const { violations } = await decided({ team: ['DeleteModel'] }, 'CreateModel')
    expect(violations).toMatchObject([
      {
        rule: 'payments.operations',
        value: 'CreateModel',
        allowed: ['DeleteModel'],
        policyAt: { pointer: '/teams/payments/allow/operations' },
      },
    ])
  })

  it("isn't softened by a rollout that doesn't name it", async () => {
    const soft = 'rollout: { default: dry-run, until: 2027-03-31 }'
    expect(rules(await decided({ rollout: soft }, 'CreateModel'))).toEqual(['payments.operations'])
    const named = 'rollout: { rules: [{ id: payments.operations, mode: warn, until: 2027-03-31 }] }'
    expect(await decided({ rollout: named }, 'CreateModel')).toMatchObject({
      decision: 'allow',
      warnings: [{ rule: 'payments.operations' }],
    })
  })

  it('has one answer for an API of somebody else', async () => {
    const loaded = loadPolicySet(policyText({ team: ['CreateModel'] }), { file: 'policy.yaml', revision: 1 })
    if (!loaded.ok) throw new Error('unexpected')
    const policy = await compilePolicy(loaded.published)
    const request = { operation: 'CreateModel', restApiId: 'other', body: {} } as const
    const decision = decideOperation(policy, request, { team: 'payments', point: 'request', now: NOW })
    expect(rules(decision)).toEqual(['intrinsic.owner'])
  })
})

describe('what a listed write may not bring about', () => {
  const replace = (path: string, value: string) => patch({ op: 'replace', path, value })
  it.each<{ it: string; operation: WriteOperation; httpMethod?: string; body: object; rule?: string }>([
    { it: 'a guarded method', operation: 'PutMethod', body: { authorizationType: 'AWS_IAM' } },
    {
      it: 'a parameter added',
      operation: 'UpdateMethod',
      body: patch({ op: 'add', path: '/requestParameters/method.request.header.X', value: 'false' }),
    },
    {
      it: 'a parameter removed',
      operation: 'UpdateMethod',
      body: patch({ op: 'remove', path: '/requestParameters/method.request.header.X' }),
      rule: 'intrinsic.method.removed-parameter',
    },
    {
      it: 'a place that is not known',
      operation: 'UpdateMethod',
      body: replace('/AuthorizationType', 'NONE'),
      rule: 'intrinsic.operation.path',
    },
    {
      it: 'mapped headers',
      operation: 'PutIntegrationResponse',
      body: {
        responseParameters: { 'method.response.header.X': "'*'" },
        responseTemplates: { 'application/json': '' },
      },
    },
    {
      it: 'a stored null',
      operation: 'PutIntegrationResponse',
      body: { responseTemplates: { 'application/json': null } },
    },
    {
      it: 'a response template',
      operation: 'PutIntegrationResponse',
      body: { responseTemplates: { 'text/html': '<script>' } },
      rule: 'intrinsic.response.template',
    },
    {
      it: 'a patched template',
      operation: 'UpdateIntegrationResponse',
      body: replace('/responseTemplates/text~1html', '<b>'),
      rule: 'intrinsic.response.template',
    },
    {
      it: 'a removed template',
      operation: 'UpdateIntegrationResponse',
      body: patch({ op: 'remove', path: '/responseTemplates/text~1html' }),
    },
    {
      it: 'a gateway response with headers',
      operation: 'PutGatewayResponse',
      body: { responseParameters: { 'gatewayresponse.header.X': "'*'" } },
    },
    {
      it: 'a gateway response with a template',
      operation: 'UpdateGatewayResponse',
      body: patch({ op: 'add', path: '/responseTemplates/text~1html', value: 'x' }),
      rule: 'intrinsic.response.template',
    },
    {
      it: 'a plain deployment',
      operation: 'CreateDeployment',
      body: { stageName: 'prod', variables: {}, cacheClusterEnabled: false },
    },
    {
      it: 'a deployment with variables',
      operation: 'CreateDeployment',
      body: { variables: { host: 'evil' } },
      rule: 'intrinsic.stage.variables',
    },
    {
      it: 'a canary',
      operation: 'CreateDeployment',
      body: { canarySettings: { stageVariableOverrides: {} } },
      rule: 'intrinsic.stage.canary',
    },
    {
      it: 'a stage with variables',
      operation: 'CreateStage',
      body: { variables: { host: 'evil' } },
      rule: 'intrinsic.stage.variables',
    },
    {
      it: 'a stage with a cache',
      operation: 'CreateStage',
      body: { cacheClusterEnabled: true },
      rule: 'intrinsic.stage.cache',
    },
    { it: 'another deployment', operation: 'UpdateStage', body: replace('/deploymentId', 'abc123') },
    {
      it: 'throttling of one method',
      operation: 'UpdateStage',
      body: replace('/~1orders/GET/throttling/rateLimit', '5'),
    },
    {
      it: 'a stage variable',
      operation: 'UpdateStage',
      body: replace('/variables/host', 'evil'),
      rule: 'intrinsic.operation.path',
    },
    {
      it: 'a cached method',
      operation: 'UpdateStage',
      body: replace('/*/*/caching/enabled', 'true'),
      rule: 'intrinsic.operation.path',
    },
    {
      it: 'access logs elsewhere',
      operation: 'UpdateStage',
      body: replace('/accessLogSettings/destinationArn', 'arn:x'),
      rule: 'intrinsic.operation.path',
    },
    {
      it: 'an empty segment',
      operation: 'UpdateStage',
      body: replace('//GET/throttling/rateLimit', '5'),
      rule: 'intrinsic.operation.path',
    },
    {
      it: 'a resource policy',
      operation: 'UpdateRestApi',
      body: replace('/policy', '{}'),
      rule: 'intrinsic.operation.path',
    },
  ])('$it: $rule', async ({ operation, httpMethod = 'GET', body, rule }) => {
    expect(rules(await decided({ team: [operation] }, operation, { httpMethod, body }))).toEqual(rule ? [rule] : [])
  })

  it('holds for every place an update is not known to touch', async () => {
    for (const operation of WRITE_OPERATIONS) {
      const treatment = TREATMENTS[operation]
      if (treatment.kind !== 'write' || treatment.body.kind !== 'patch') continue
      const body = patch({ op: 'replace', path: '/somewhere/else', value: 'x' })
      expect(rules(await decided({ team: [operation] }, operation, { body }))).toEqual(['intrinsic.operation.path'])
    }
  })
})

describe('a policy that lists operations', () => {
  const problems = (written: Written) => {
    const loaded = loadPolicySet(policyText(written), { file: 'policy.yaml', revision: 1 })
    return loaded.ok ? [] : loaded.problems
  }

  it('is told of a misspelt one what was meant', () => {
    expect(problems({ team: ['CreateDeploymnet'] })).toMatchObject([
      { pointer: '/teams/payments/allow/operations/0', suggestion: expect.stringContaining('CreateDeployment') },
    ])
  })

  it.each(['PutRestApi', 'TestInvokeMethod', 'CreateAuthorizer', 'PutIntegration', 'GetStage'])(
    "can't list %s",
    (operation) => expect(problems({ team: [operation] })).toHaveLength(1),
  )

  it("can't reach past the bounds", () => {
    expect(problems({ bounds: ['CreateModel'], team: ['CreateModel', 'DeleteModel'] })).toMatchObject([
      { pointer: '/teams/payments/allow/operations/1', message: expect.stringContaining('reaches past the bounds') },
    ])
  })

  it('can have no exception to them', async () => {
    const { loadException } = await import('../../lib/policy/publish/load.ts')
    const text = readFileSync('examples/exception.yaml', 'utf8').replace(
      /rules: \[.*\]/,
      'rules: [payments.operations]',
    )
    const loaded = loadException(text, { file: 'exception.yaml' })
    expect(loaded.ok ? [] : loaded.problems.map(({ message }) => message).join()).toContain("can't be excepted")
  })
})
