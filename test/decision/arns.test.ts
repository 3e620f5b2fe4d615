import { describe, expect, it } from 'vitest'
import { isLoadBalancerArn, isPartition, isRegion, readLambdaArn, readRoleArn } from '../../lib/policy/values/arn.ts'
import { readAwsUri } from '../../lib/policy/values/aws-uri.ts'
import { serviceOf } from '../../lib/policy/values/service/services.ts'

const lambda = (fields: string) => `arn:aws:lambda:eu-west-1:111111111111:function:${fields}`
const role = (fields: string) => `arn:aws:iam::111111111111:role${fields}`
const invocation = (arn: string) => `arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${arn}/invocations`
const sqs = (api: string) => `arn:aws:apigateway:eu-west-1:sqs:${api}`

describe('the fields of an ARN', () => {
  it.each([
    ['aws', true],
    ['aws-cn', true],
    ['aws-us-gov', true],
    ['aws-iso-b-c', true],
    ['aws-iso-b-c-d', false],
    ['aws-', false],
    ['xaws', false],
    ['aws-cn1', false],
  ])('partition %s: %s', (text, want) => {
    expect(isPartition(text)).toBe(want)
  })

  it.each([
    ['eu-west-1', true],
    ['us-gov-east-1', true],
    ['us-iso-north-west-12', true],
    ['eu-west', false],
    ['eu-1', false],
    ['1eu-west-1', false],
    ['eu-west-123', false],
    ['eu-west-1a', false],
  ])('Region %s: %s', (text, want) => {
    expect(isRegion(text)).toBe(want)
  })
})

describe('readLambdaArn()', () => {
  const read = { partition: 'aws', region: 'eu-west-1', account: '111111111111', function: 'pay' }

  it.each([
    [lambda('pay'), read],
    [lambda('pay:live'), { ...read, qualifier: 'live' }],
    [lambda('pay:$LATEST'), { ...read, qualifier: '$LATEST' }],
    [lambda('a'.repeat(64)), { ...read, function: 'a'.repeat(64) }],
  ])('reads %s', (text, want) => {
    expect(readLambdaArn(text)).toEqual(want)
  })

  it.each([
    ['late-bound', 'function', lambda('${stageVariables.f}')],
    ['late-bound', 'function', lambda('{f}')],
    ['late-bound', 'function', lambda('pay:$LATEST:x')],
    ['late-bound', 'function', lambda('pay:$LATESTX')],
    ['lambda-arn', 'function', lambda('pay').replace('arn:', 'xrn:')],
    ['lambda-arn', 'function', lambda('pay').replace(':lambda:', ':iam:')],
    ['lambda-arn', 'function', lambda('pay').replace(':function:', ':layer:')],
    ['lambda-arn', 'function', lambda('pay').replace(':pay', '')],
    ['lambda-arn', 'function', lambda('pay:live:x')],
    ['lambda-arn', 'function', 'pay'],
    ['arn-field', 'partition', lambda('pay').replace('aws', 'xaws')],
    ['arn-field', 'region', lambda('pay').replace('eu-west-1', '')],
    ['arn-field', 'account', lambda('pay').replace('111111111111', '1111111111111')],
    ['arn-field', 'account', lambda('pay').replace('111111111111', '111111111111a')],
    ['arn-field', 'account', lambda('pay').replace('111111111111', 'a111111111111')],
    ['arn-field', 'function', lambda('')],
    ['arn-field', 'function', lambda('a'.repeat(65))],
    ['arn-field', 'function', lambda('a/pay')],
    ['arn-field', 'function', lambda('pay/a')],
    ['arn-field', 'qualifier', lambda('pay:')],
    ['arn-field', 'qualifier', lambda('pay:a.live')],
    ['arn-field', 'qualifier', lambda('pay:live.a')],
    ['wildcard', 'function', lambda('pay-*')],
  ])('finds %s in the %s of %s', (finding, part, text) => {
    expect(readLambdaArn(text)).toMatchObject({ finding, part })
  })
})

describe('readRoleArn()', () => {
  const read = { kind: 'role', partition: 'aws', account: '111111111111', path: '/', name: 'apigw' }

  it.each([
    [role('/apigw'), read],
    [role('/apigw').replace('aws', 'aws-us-gov'), { ...read, partition: 'aws-us-gov' }],
    [role('/a/b/c_+=,.@-'), { ...read, path: '/a/b/', name: 'c_+=,.@-' }],
    [role('/a!b/apigw'), { ...read, path: '/a!b/' }],
    [role('/a!/b/apigw'), { ...read, path: '/a!/b/' }],
    [role(`${'/a'.repeat(20)}/apigw`), { ...read, path: `${'/a'.repeat(20)}/` }],
    [role(`/a!/${'a'.repeat(64)}`), { ...read, path: '/a!/', name: 'a'.repeat(64) }],
  ])('reads %s', (text, want) => {
    expect(readRoleArn(text)).toEqual(want)
  })

  it.each([
    ['late-bound', 'role', role('/${stageVariables.r}')],
    ['late-bound', 'role', role('/{r}')],
    ['role-arn', 'role', role('/apigw').replace('arn:', 'xrn:')],
    ['role-arn', 'role', role('/apigw').replace(':iam:', ':sts:')],
    ['role-arn', 'role', role('/apigw').replace('iam::', 'iam:eu-west-1:')],
    ['role-arn', 'role', role('/apigw').replace(':role/', ':user/')],
    ['role-arn', 'role', role('/apigw:x')],
    ['role-arn', 'role', role('')],
    ['role-arn', 'role', `x${role('/apigw')}`],
    ['arn-field', 'partition', role('/apigw').replace('aws', 'aws-')],
    ['arn-field', 'account', role('/apigw').replace('111111111111', '1')],
    ['arn-field', 'account', role('/apigw').replace('111111111111', '')],
    ['arn-field', 'role path', role('//apigw')],
    ['arn-field', 'role path', role('/a b/apigw')],
    ['arn-field', 'role path', role(`${'/a'.repeat(21)}/apigw`)],
    ['arn-field', 'role name', role('/')],
    ['arn-field', 'role name', role('/a/')],
    ['arn-field', 'role name', role('/!apigw')],
    ['arn-field', 'role name', role('/apigw!')],
    ['arn-field', 'role name', role(`/${'a'.repeat(65)}`)],
    ['wildcard', 'role name', role('/apigw-*')],
    ['wildcard', 'role path', role('/team-*/apigw')],
    ['wildcard', 'account', role('/apigw').replace('111111111111', '*')],
  ])('finds %s in the %s of %s', (finding, part, text) => {
    expect(readRoleArn(text)).toMatchObject({ finding, part })
  })
})

describe('isLoadBalancerArn()', () => {
  const balancer = 'arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/app/pay/0123456789abcdef'

  it.each([
    [balancer, true],
    [balancer.replace('/app/', '/net/'), true],
    [balancer.replace('aws', 'aws-cn'), true],
    [balancer.replace(':loadbalancer/', ':listener/').concat('/0123456789abcdef'), true],
    [`x${balancer}`, false],
    [`${balancer}/`, false],
    [`${balancer}x`, false],
    [balancer.replace('/app/', '/gwy/'), false],
    [balancer.replace('/pay/', '/pay_/'), false],
    [balancer.replace('/pay/', '//'), false],
    [balancer.replace('111111111111', '11111111111'), false],
    [balancer.replace('eu-west-1', ''), false],
    [balancer.replace(':loadbalancer/', ':targetgroup/'), false],
  ])('%s: %s', (text, want) => {
    expect(isLoadBalancerArn(text)).toBe(want)
  })
})

describe('readAwsUri()', () => {
  it.each<[string, string, string | number, string]>([
    ['length', 'uri', 8193, sqs(`path/${'a'.repeat(8193 - sqs('path/').length)}`)],
    ['control-character', 'uri', 'U+000A', sqs('path/a\n')],
    ['integration-arn', 'uri', 'https://a.example', 'https://a.example'],
    ['integration-arn', 'uri', sqs('').slice(0, -1), sqs('').slice(0, -1)],
    [
      'integration-arn',
      'uri',
      sqs('path/').replace('apigateway', 'lambda'),
      sqs('path/').replace('apigateway', 'lambda'),
    ],
    ['integration-arn', 'uri', `x${'a'.repeat(255)}`, `x${'a'.repeat(256)}`],
    ['arn-field', 'partition', 'xaws', sqs('path/a').replace('aws', 'xaws')],
    ['arn-field', 'region', '', sqs('path/a').replace('eu-west-1', '')],
    ['late-bound', 'region', '${stageVariables.r}', sqs('path/a').replace('eu-west-1', '${stageVariables.r}')],
    ['late-bound', 'region', '{r}', sqs('path/a').replace('eu-west-1', '{r}')],
    ['wildcard', 'region', '*', sqs('path/a').replace('eu-west-1', '*')],
    ['arn-field', 'service', 'SQS', sqs('path/a').replace('sqs', 'SQS')],
    ['arn-field', 'service', 'sqs-', sqs('path/a').replace('sqs', 'sqs-')],
    ['arn-field', 'service', '-sqs', sqs('path/a').replace('sqs', '-sqs')],
    ['arn-field', 'service', 'a..sqs', sqs('path/a').replace('sqs', 'a..sqs')],
    ['arn-field', 'service', `${'a.'.repeat(126)}sq`, sqs('path/a').replace('sqs', `${'a.'.repeat(126)}sq`)],
    ['late-bound', 'path', '${stageVariables.a}/b', sqs('${stageVariables.a}/b')],
    ['integration-arn', 'path', 'Path/a', sqs('Path/a')],
    ['wildcard', 'path', 'path/a*', sqs('path/a*')],
    ['wildcard', 'path', 'path/a#b', sqs('path/a#b')],
    ['dot-segment', 'path', '..', sqs('path/a/../b')],
    ['path-parameter', 'path', 'a;b', sqs('path/a;b')],
    ['placeholder', 'path', '{', sqs('path/{')],
    ['action', 'query', 'b', sqs('path/a?Action=a&Action=b')],
    ['action', 'query', 'action', sqs('path/a?a=b&action')],
    ['placeholder', 'query', '{', sqs('path/a?b={')],
    ['late-bound', 'action', '{a}', sqs('action/{a}')],
    ['action', 'action', '', sqs('action/')],
    ['action', 'action', '1a', sqs('action/1a')],
    ['action', 'action', 'Send/Message', sqs('action/Send/Message')],
    ['action', 'action', 'a'.repeat(129), sqs(`action/${'a'.repeat(129)}`)],
    ['action', 'query', 'DeleteQueue', sqs('action/SendMessage&a=b&Action=DeleteQueue')],
    ['placeholder', 'query', '{', sqs('action/SendMessage&a={')],
    ['late-bound', 'path', '{a}', sqs('{a}').replace('sqs', 'lambda')],
    ['lambda-path', 'path', 'action/Invoke', sqs('action/Invoke').replace('sqs', 'lambda')],
    ['lambda-path', 'path', 'path/a', sqs('path/a').replace('sqs', 'lambda')],
    ['lambda-arn', 'function', 'pay', invocation('pay')],
  ])('finds %s in the %s: %s', (finding, part, value, raw) => {
    expect(readAwsUri(raw, serviceOf).hazards).toMatchObject([{ finding, part, value }])
    expect(readAwsUri(raw, serviceOf).uri).toBeUndefined()
  })

  it('refuses an invocation through a label in front of the service', () => {
    const raw = invocation(lambda('pay')).replace(':lambda:path', ':a.lambda:path')
    expect(readAwsUri(raw, serviceOf).hazards).toMatchObject([{ finding: 'lambda-path' }])
  })

  it('tells every field that is wrong', () => {
    const raw = sqs('path/a').replace('aws', 'AWS').replace('eu-west-1', 'EU').replace('sqs', '')
    expect(readAwsUri(raw, serviceOf).hazards.map(({ part }) => part)).toEqual(['partition', 'region', 'service'])
  })

  const base = { kind: 'service', partition: 'aws', region: 'eu-west-1', service: 'sqs' }

  it.each([
    [sqs('path/'), { ...base, path: { text: '/' }, query: 'none' }],
    [sqs(`path/${'a'.repeat(8192 - sqs('path/').length)}`), base],
    [sqs('path/a').replace('sqs', `${'a.'.repeat(125)}sqs`), { ...base, subdomain: 'a.'.repeat(125).slice(0, -1) }],
    [sqs('path/a/b?c=d'), { ...base, path: { text: '/a/b' }, query: 'literal' }],
    [sqs('path/a?reaction=b'), { ...base, query: 'literal' }],
    [sqs('path/a?Actions=b'), { ...base, query: 'literal' }],
    [sqs('path/a?c={d}'), { ...base, query: 'late-bound' }],
    [sqs('action/SendMessage'), { ...base, action: 'SendMessage', query: 'none' }],
    [sqs('action/SendMessage&a=b'), { ...base, action: 'SendMessage', query: 'literal' }],
    [sqs('action/SendMessage&a={b}'), { ...base, action: 'SendMessage', query: 'late-bound' }],
    [sqs(`action/${'a'.repeat(128)}`), { ...base, action: 'a'.repeat(128) }],
    [sqs('path/a').replace('sqs', 'b.c.s3'), { ...base, service: 's3', subdomain: 'b.c' }],
    [invocation(lambda('pay')), { kind: 'lambda', partition: 'aws', region: 'eu-west-1', streaming: false }],
    [
      invocation(lambda('pay'))
        .replace('2015-03-31', '2021-11-15')
        .replace('/invocations', '/response-streaming-invocations'),
      { kind: 'lambda', streaming: true },
    ],
  ])('reads %s', (raw, want) => {
    expect(readAwsUri(raw, serviceOf)).toMatchObject({ uri: want, hazards: [] })
  })
})
