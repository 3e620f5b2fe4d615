import { describe, expect, it } from 'vitest'
import type { Integration } from '../../lib/apigateway/integration.ts'
import { compilePolicy } from '../../lib/decision/compile/compile.ts'
import { decide } from '../../lib/decision/decide.ts'
import { NOW, published } from './vector-policies.ts'

const policy = await compilePolicy(
  published(
    JSON.stringify({
      apiVersion: 'sallyport/v1',
      kind: 'PolicySet',
      metadata: { name: 'overridden' },
      org: { bounds: {} },
      teams: {
        web: {
          identity: { claim: 'groups', anyOf: ['web'] },
          apis: { restApiIds: ['web0'] },
          allow: {
            types: ['HTTP', 'AWS'],
            uri: [
              { hosts: ['a.example'], paths: ['/v1/*'], placeholders: 'allowed' },
              { hosts: ['any.example'], paths: ['/**'], placeholders: 'allowed' },
              { aws: { service: 'sqs', paths: ['/111111111111/q'], actions: ['ReceiveMessage'] } },
              { aws: { service: 'dynamodb', actions: ['GetItem'], tables: ['t'] } },
            ],
            credentials: { roles: ['arn:aws:iam::111111111111:role/web'] },
            mapping: {
              requestParameters: {
                destinations: ['path.*', 'querystring.*'],
                sources: ['method.request.path.*', 'method.request.querystring.*'],
                staticValues: 'allowed',
              },
              requestTemplates: { use: 'allowed', overrides: ['path.id'] },
            },
            passthrough: ['NEVER', 'WHEN_NO_MATCH'],
          },
        },
      },
    }),
    'overridden',
  ),
)

function judge(integration: Integration) {
  const request = {
    restApiId: 'web0',
    resourceId: 'abc',
    httpMethod: 'GET',
    partition: 'aws',
    region: 'eu-west-1',
  } as const
  const { decision, violations, warnings } = decide(
    policy,
    { ...request, integration },
    { team: 'web', point: 'request', now: NOW },
  )
  return { decision, rules: violations.map(({ rule }) => rule), warned: warnings.map(({ rule }) => rule) }
}

describe('a placeholder that a template sets', () => {
  const set = { 'application/json': '#set($context.requestOverride.path.id = $input.params("x"))' }
  const base = { type: 'HTTP', httpMethod: 'GET', requestTemplates: set } as const

  it('is any text, though the name is opened', () => {
    expect(judge({ ...base, uri: 'https://a.example/v1/{id}' })).toMatchObject({ decision: 'deny', rules: ['web.uri'] })
  })

  it('passes where any path does', () => {
    expect(judge({ ...base, uri: 'https://any.example/v1/{id}' })).toMatchObject({ decision: 'allow' })
  })

  it('leaves other placeholders what they are', () => {
    expect(judge({ ...base, uri: 'https://a.example/v1/{other}' })).toMatchObject({ decision: 'allow' })
  })
})

describe('the action of a service, mapped onto the query', () => {
  const queue = {
    type: 'AWS',
    httpMethod: 'GET',
    uri: 'arn:aws:apigateway:eu-west-1:sqs:path/111111111111/q',
    credentials: 'arn:aws:iam::111111111111:role/web',
  } as const
  const mapped = (source: string) =>
    judge({ ...queue, requestParameters: { 'integration.request.querystring.Action': source } })

  it('passes as a text that the entry lists', () => {
    expect(mapped("'ReceiveMessage'")).toMatchObject({ decision: 'allow' })
  })

  it.each([["'DeleteQueue'"], ['method.request.querystring.a']])('is refused as %s', (source) => {
    expect(mapped(source).decision).toBe('deny')
  })
})

it('warns of what the caller puts into a JSON text unescaped, as the guides of AWS write it', () => {
  const item = (value: string) => ({ 'application/json': `{"TableName": "t", "Key": {"id": {"S": "${value}"}}}` })
  const get = (value: string) =>
    judge({
      type: 'AWS',
      httpMethod: 'POST',
      uri: 'arn:aws:apigateway:eu-west-1:dynamodb:action/GetItem',
      credentials: 'arn:aws:iam::111111111111:role/web',
      requestTemplates: item(value),
      passthroughBehavior: 'NEVER',
    })
  const unescaped = ['intrinsic.requestTemplates.unescaped']
  expect(get("$input.params('id')")).toEqual({ decision: 'allow', rules: [], warned: unescaped })
  expect(get("$util.escapeJavaScript($input.params('id'))")).toEqual({ decision: 'allow', rules: [], warned: [] })
})
