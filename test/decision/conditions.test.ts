import { describe, expect, it } from 'vitest'
import type { Integration } from '../../lib/apigateway/integration.ts'
import { compilePolicy, PolicyError } from '../../lib/decision/compile/compile.ts'
import { decide } from '../../lib/decision/decide.ts'
import type { EnforcementPoint } from '../../lib/decision/decision.ts'
import { NOW, published } from './vector-policies.ts'

async function policyWith(condition: { when?: string; require: string }) {
  const document = {
    apiVersion: 'sallyport/v1',
    kind: 'PolicySet',
    metadata: { name: 'conditions' },
    org: { bounds: {}, conditions: [{ id: 'org.condition', message: 'No.', ...condition }] },
    teams: {
      web: {
        identity: { claim: 'groups', anyOf: ['web'] },
        apis: { restApiIds: ['web0'] },
        allow: {
          types: ['HTTP', 'AWS_PROXY'],
          uri: [
            { hosts: ['a.example'], query: 'late-bound' },
            { lambda: { account: '111111111111', functions: ['f'] } },
          ],
          cache: { keyParameters: ['method.request.path.*'] },
        },
      },
    },
  }
  return compilePolicy(published(JSON.stringify(document), 'conditions'))
}

const HTTP: Integration = { type: 'HTTP', httpMethod: 'GET', uri: 'https://a.example/v1/x' }

async function judge(
  condition: { when?: string; require: string },
  integration: Integration = HTTP,
  asked: { point?: EnforcementPoint; claims?: Record<string, unknown> } = {},
) {
  const policy = await policyWith(condition)
  const path = { restApiId: 'web0', resourceId: 'abc', httpMethod: 'GET' as const }
  const request = { ...path, integration, partition: 'aws', region: 'eu-west-1' }
  const { point = 'request', ...claims } = asked
  return decide(policy, request, { team: 'web', point, now: NOW, ...claims })
}

describe('a condition', () => {
  it.each([
    ['the host', 'integration.backend.host == "a.example"'],
    ['the port as a number', 'integration.backend.port == 443'],
    ['the path', 'integration.backend.path.startsWith("/v1/")'],
    [
      'a default as what takes effect',
      'integration.connectionType == "INTERNET" && integration.timeoutInMillis == 29000',
    ],
    ['lists', '!integration.cacheKeyParameters.exists(key, key.contains("header"))'],
    ['maps', '!("integration.request.header.X" in integration.requestParameters)'],
    ['TLS', '!integration.tlsConfig.insecureSkipVerification'],
    ['the method', 'request.httpMethod == "GET" && team == "web"'],
  ])('reads %s', async (_, require) => {
    expect((await judge({ require })).decision).toBe('allow')
    const { violations } = await judge({ require: `!(${require})` })
    expect(violations).toMatchObject([{ rule: 'org.condition', message: 'No.' }])
    expect(violations[0]).not.toHaveProperty('error')
  })

  it('requires nothing where `when` does not hold', async () => {
    expect((await judge({ when: 'integration.type == "MOCK"', require: 'false' })).decision).toBe('allow')
  })

  it.each([
    ['a late-bound path', { ...HTTP, uri: 'https://a.example/{p}' }, 'integration.backend.path != "/admin"'],
    ['a path of two spellings', { ...HTTP, uri: 'https://a.example//admin' }, 'integration.backend.path != "/admin"'],
    ['a late-bound query', { ...HTTP, uri: 'https://a.example/?a={p}' }, 'integration.backend.query != "a=b"'],
    ['a host that a function has not', lambda(), 'integration.backend.host != "x"'],
  ])('denies what it cannot evaluate: %s', async (_, integration, require) => {
    const { decision, violations } = await judge({ require }, integration)
    expect(decision).toBe('deny')
    expect(violations).toMatchObject([{ rule: 'org.condition', error: expect.stringContaining('No such key') }])
  })

  it.each([
    ['a type that does not fit', 'integration.timeoutInMillis == "x"'],
    ['a member that does not exist', 'integration.uri.startsWith("https")'],
    ['a name that does not exist', 'claim.groups == "x"'],
    ['a result that is no truth value', 'integration.type'],
    ['a result of unknown type', 'claims.admin'],
    ['matches(), which can backtrack', 'integration.type.matches("(a+)+$")'],
    ['a loop in a loop', '[1].exists(a, [2].exists(b, a == b))'],
    ['an expression too large', Array.from({ length: 120 }, () => 'true').join(' && ')],
    ['an expression too deep', `${'!('.repeat(40)}true${')'.repeat(40)}`],
    ['a syntax error', 'integration.type =='],
  ])('is refused at load for %s', async (_, require) => {
    await expect(policyWith({ require })).rejects.toThrow(PolicyError)
    await expect(policyWith({ require })).rejects.toMatchObject({
      problems: [{ pointer: '/org/conditions/0/require' }],
    })
  })

  it('that reads claims is judged by them, fails without them, and is not evaluable in a scan', async () => {
    const require = '"admin" in claims.groups'
    const claims = { groups: ['admin'] }
    expect((await judge({ require }, HTTP, { claims })).decision).toBe('allow')
    expect((await judge({ require }, HTTP, { claims: { groups: [] } })).decision).toBe('deny')
    expect((await judge({ require }, HTTP)).violations).toMatchObject([{ error: expect.any(String) }])
    const scanned = await judge({ require }, HTTP, { point: 'scan' })
    expect(scanned).toMatchObject({ decision: 'allow', notEvaluable: ['org.condition'] })
    const known = await judge({ require }, HTTP, { point: 'scan', claims: { groups: [] } })
    expect(known).toMatchObject({ decision: 'deny' })
    const unread = await judge({ require: 'integration.type == "MOCK"' }, HTTP, { point: 'scan' })
    expect(unread.violations).toMatchObject([{ rule: 'org.condition' }])
    for (const decision of [known, unread]) expect(decision).not.toHaveProperty('notEvaluable')
  })

  it('says nothing of a backend that could not be read', async () => {
    const { violations } = await judge({ require: 'integration.backend.host == "b"' }, { ...HTTP, uri: 'https://a@b/' })
    expect(violations.map(({ rule }) => rule)).toEqual(['intrinsic.uri.userinfo'])
  })
})

function lambda(): Integration {
  const uri =
    'arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111111111111:function:f/invocations'
  return { type: 'AWS_PROXY', httpMethod: 'POST', uri }
}
