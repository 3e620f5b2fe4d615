import { describe, expect, it } from 'vitest'
import type { AskedRequest } from '../../lib/decision/asked-request.ts'
import { judgeAsked } from '../../lib/decision/judge-asked.ts'
import { expectWayOut } from './apply-remedy.ts'
import { NOW, policyNamed } from './vector-policies.ts'

const policy = policyNamed('attacks')
const BODY = { type: 'HTTP_PROXY', httpMethod: 'POST', uri: 'https://api.corp.example/v1' }
const S3 = 'arn:aws:apigateway:us-east-1:s3:path/shop-assets/a'
const LAMBDA =
  'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111111111111:function:shop-a:live/invocations'

function judge(body: Record<string, unknown>) {
  const asked: AskedRequest = { team: 'shop', restApiId: 'shop00api1', resourceId: '9x8y7z', method: 'POST', body }
  const place = { partition: 'aws', region: 'us-east-1' }
  return judgeAsked(policy, asked, place, { point: 'request', now: NOW }).violations
}

describe('what API Gateway itself would refuse', () => {
  it.each<[string, Record<string, unknown>]>([
    ['/httpMethod', { httpMethod: 'TRACE' }],
    ['/httpMethod', { httpMethod: '' }],
    ['/uri', { uri: 'api.corp.example/v1' }],
    ['/uri', { type: 'AWS_PROXY', httpMethod: 'GET', uri: S3 }],
    ['/responseTransferMode', { type: 'HTTP', responseTransferMode: 'STREAM' }],
    ['/responseTransferMode', { type: 'AWS_PROXY', uri: LAMBDA, responseTransferMode: 'STREAM' }],
    ['/credentials', { credentials: 'shop' }],
    ['/credentials', { type: 'AWS', httpMethod: 'GET', uri: S3 }],
    ['/connectionId', { connectionType: 'VPC_LINK' }],
    ['/requestParameters', { requestParameters: { 'integration.request.cookie.a': "'1'" } }],
    ['/requestTemplates', { type: 'HTTP', requestTemplates: { json: '{}' } }],
    ['/passthroughBehavior', { passthroughBehavior: 'SOMETIMES' }],
    ['/cacheKeyParameters', { cacheKeyParameters: ['a'] }],
    ['/timeoutInMillis', { timeoutInMillis: 900_000 }],
    ['/timeoutInMillis', { timeoutInMillis: 1 }],
  ])('is told by its member, with a way out: %s of %o', (field, members) => {
    const body = { ...BODY, ...members }
    const form = judge(body).find(({ rule }) => rule === 'intrinsic.form')
    expect(form).toMatchObject({ field, allowed: 'what API Gateway stores' })
    const request = { restApiId: 'shop00api1', resourceId: '9x8y7z', httpMethod: 'POST', integration: body }
    const asking = { ...request, partition: 'aws', region: 'us-east-1' } as unknown as Parameters<
      typeof expectWayOut
    >[1]
    if (form) {
      expectWayOut(form, asking, ({ integration }) => judge(integration as unknown as Record<string, unknown>))
      expect(form.remedy).toBeDefined()
    }
  })
})
