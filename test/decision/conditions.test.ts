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
            { hosts: ['a.example'], query: 'late-bound', placeholders: 'allowed' },
            { lambda: { account: '111111111111', functions: ['f'] } },
          ],
          cache: { keyParameters: ['method.request.path.*'] },
        },
      },
    },
  }
  // What no policy could be published with is judged all the same.
  const { conditions, ...org } = document.org
  const checked = published(JSON.stringify({ ...document, org }), 'conditions')
  return compilePolicy({ ...checked, document: { ...checked.document, org: { ...checked.document.org, conditions } } })
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
    expect(violations).toMatchObject([
      { rule: 'org.condition', error: expect.stringMatching(/No such key|No one value/) },
    ])
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

  it.each([
    ['with has()', '!has(integration.backend.path) || !integration.backend.path.startsWith("/admin")'],
    ['by its kind', 'integration.backend.kind != "http" || !integration.backend.path.startsWith("/admin")'],
  ])('denies what it cannot evaluate also where it asks for it %s', async (_, require) => {
    for (const path of ['/%61dmin/x', '//admin', '/{p}', '/a;b/admin'])
      expect((await judge({ require }, { ...HTTP, uri: `https://a.example${path}` })).violations).toMatchObject([
        { rule: 'org.condition', error: expect.stringMatching(/^No one value of path/) },
      ])
  })

  it.each([
    '/%61dmin/x',
    '/adm%69n',
    '/%41',
    '/x%2Dy',
    '/%7Ea',
    '/a%5Fb',
    '/%39',
    '/%2561dmin',
    '/%EF%BD%81dmin',
    '/%C1%A1dmin',
  ])('denies a path that encodes plain characters: %s', async (path) => {
    const require = '!integration.backend.path.startsWith("/admin")'
    const { decision, violations } = await judge({ require }, { ...HTTP, uri: `https://a.example${path}` })
    expect(decision).toBe('deny')
    expect(violations).toContainEqual(expect.objectContaining({ rule: 'org.condition' }))
  })

  it('sees percent-encodings in upper case', async () => {
    const require = 'integration.backend.path == "/caf%C3%A9" && integration.backend.query == "a=%2F"'
    expect((await judge({ require }, { ...HTTP, uri: 'https://a.example/caf%c3%a9?a=%2f' })).decision).toBe('allow')
  })

  it('denies a query that encodes plain characters', async () => {
    const require = '!integration.backend.query.contains("admin")'
    expect((await judge({ require }, { ...HTTP, uri: 'https://a.example/?%61dmin=1' })).decision).toBe('deny')
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

describe('names of request parameters in a condition', () => {
  /** Whether the condition itself is met; other rules of the policy may refuse besides. */
  async function meets(require: string, members: Partial<Integration>, when?: string): Promise<boolean> {
    const { violations } = await judge({ require, ...(when !== undefined && { when }) }, { ...HTTP, ...members })
    return !violations.some(({ rule }) => rule === 'org.condition')
  }
  const mapping = (...destinations: string[]) => ({
    requestParameters: Object.fromEntries(destinations.map((name) => [`integration.request.${name}`, "'root'"])),
  })
  const USER = '"integration.request.header.X-User" in integration.requestParameters'

  it.each(['header.X-User', 'header.x-user', 'header.X-USER', 'header.X_User', 'header.x_user'])(
    'that is denied bites on %s, however it is spelt',
    async (name) => {
      const parameters = mapping(name)
      expect(await meets(`!(${USER})`, parameters)).toBe(false)
      expect(await meets('false', parameters, USER)).toBe(false)
      expect(await meets('!integration.requestParameters.exists(k, k.endsWith(".X-User"))', parameters)).toBe(false)
      expect(
        await meets('integration.requestParameters.all(k, k != "integration.request.header.X-User")', parameters),
      ).toBe(false)
      expect(
        await meets(
          '!integration.requestParameters.exists(k, k.startsWith("integration.request.header.X-"))',
          parameters,
        ),
      ).toBe(false)
    },
  )

  it.each(['header.X-Users', 'querystring.X-User', 'path.x-user'])('that is denied leaves %s alone', async (name) => {
    expect(await meets(`!(${USER})`, mapping(name))).toBe(true)
  })

  it('that is required is the header in any case, and no other spelling', async () => {
    for (const name of ['header.X-User', 'header.x-user']) expect(await meets(USER, mapping(name))).toBe(true)
    for (const name of ['header.X_User', 'header.X']) expect(await meets(USER, mapping(name))).toBe(false)
    expect(
      await meets('"integration.request.path.orderId" in integration.requestParameters', mapping('path.orderId')),
    ).toBe(true)
    expect(
      await meets('"integration.request.path.orderId" in integration.requestParameters', mapping('path.orderid')),
    ).toBe(false)
  })

  const source = (text: string) => ({ requestParameters: { 'integration.request.header.to': text } })
  const FROM = 'integration.requestParameters["integration.request.header.To"] == "method.request.header.From"'

  it.each(['method.request.header.From', 'method.request.header.from', 'method.request.multivalueheader.From'])(
    'of a source that is denied bites on %s',
    async (text) => {
      expect(await meets(`!(${FROM})`, source(text))).toBe(false)
      expect(await meets(FROM.replace('==', '!='), source(text))).toBe(false)
    },
  )

  it('of a source that is required is exact, as API Gateway compares it', async () => {
    expect(await meets(FROM, source('method.request.header.From'))).toBe(true)
    expect(await meets(FROM, source('method.request.header.from'))).toBe(false)
    expect(await meets(`!(${FROM})`, source('method.request.querystring.From'))).toBe(true)
  })

  it('of cache keys are required exactly, and denied in any spelling', async () => {
    const AUTH = '"method.request.header.Authorization" in integration.cacheKeyParameters'
    const keys = (...cacheKeyParameters: string[]) => ({ cacheKeyParameters })
    expect(await meets(AUTH, keys('method.request.header.Authorization'))).toBe(true)
    expect(await meets(AUTH, keys('method.request.header.authorization'))).toBe(false)
    for (const key of ['header.Authorization', 'header.authorization', 'multivalueheader.AUTHORIZATION'])
      expect(await meets(`!(${AUTH})`, keys(`method.request.${key}`))).toBe(false)
  })

  it('leave static values and templates as they are', async () => {
    const is = (value: string) => `integration.requestParameters["integration.request.header.to"] != "'${value}'"`
    expect(await meets(is('Root'), source("'root'"))).toBe(true)
    expect(await meets(is('root'), source("'root'"))).toBe(false)
    const template = { requestTemplates: { 'Application/JSON': 'Action_A' } }
    expect(await meets('!("application/json" in integration.requestTemplates)', template)).toBe(false)
    expect(await meets('"application/json" in integration.requestTemplates', template)).toBe(false)
    const text = { requestTemplates: { 'application/json': 'Action_A' } }
    expect(await meets('integration.requestTemplates["application/json"].contains("Action_A")', text)).toBe(true)
    expect(await meets('!integration.requestTemplates["application/json"].contains("action-a")', text)).toBe(true)
  })

  it('are an error where two of them are one', async () => {
    const twice = {
      requestParameters: { 'integration.request.header.X': "'a'", 'integration.request.header.x': "'b'" },
    }
    const { violations } = await judge({ require: 'size(integration.requestParameters) < 9' }, { ...HTTP, ...twice })
    expect(violations).toContainEqual(
      expect.objectContaining({ rule: 'org.condition', error: expect.stringContaining('are one') }),
    )
  })
})
