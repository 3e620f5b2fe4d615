import { describe, expect, it } from 'vitest'
import { callerPassThroughOf, isCallerPassThrough, readRoleArn } from '../../../lib/policy/values/arn.ts'
import { readAwsUri, type ServiceUri } from '../../../lib/policy/values/aws-uri.ts'
import { serviceOf } from '../../../lib/policy/values/service/services.ts'

const uri = (text: string) => `arn:aws:apigateway:eu-west-1:${text}`
const read = (text: string) => readAwsUri(uri(text), serviceOf).uri as ServiceUri

describe('the query of a service uri', () => {
  it.each([
    ['sqs:path/1/q?Action=ReceiveMessage', { queryAction: 'ReceiveMessage', query: 'none', parameters: [] }],
    ['sqs:path/1/q?Action=ReceiveMessage&a=b', { queryAction: 'ReceiveMessage', query: 'literal' }],
    ['sqs:path/1/q?a%2Bb=c%20d', { query: 'literal', parameters: [{ name: 'a+b', value: ['c d'] }] }],
    ['sqs:path/1/q?a={b}c', { query: 'late-bound', parameters: [{ name: 'a', value: [{ text: '{b}' }, 'c'] }] }],
    ['s3:action/GetObject&Bucket=b&Key=k', { action: 'GetObject', query: 'literal' }],
    ['s3:path/b/?policy', { query: 'literal', parameters: [{ name: 'policy', value: [] }] }],
    ['sqs:path//', { path: { text: '/' } }],
    ['sqs:path/?', { query: 'none' }],
  ])('%s', (text, want) => {
    expect(read(text)).toMatchObject(want)
  })

  it.each([
    ['sqs:path/1/q?%41ction=DeleteQueue', 'encoded-unreserved'],
    ['sns:action/Publish&%41ction=DeleteTopic', 'encoded-unreserved'],
    ['sns:action/Publish&Action=DeleteTopic', 'action'],
    ['sqs:path/1/q?Action=a&Action=b', 'action'],
    ['sqs:path/1/q?action=a', 'action'],
    ['sqs:path/1/q?Action', 'action'],
    ['sqs:path/1/q?Action=', 'action'],
    ['sqs:path/1/q?x=1;Action=DeleteQueue', 'action'],
    ['sqs:path/1/q?Action={a}', 'late-bound'],
    ['sqs:path/1/q?{name}=a', 'late-bound'],
    ['sqs:path/1/q?${stageVariables.x}=a', 'late-bound'],
    ['sqs:path/1/q?a=%4', 'percent-encoding'],
    ['sqs:path/1/q?a=%4{x}', 'percent-encoding'],
    ['sqs:path/1/q?a=${x}', 'placeholder'],
    ['s3:path/%73ecret/k', 'encoded-unreserved'],
    ['shop.s3:path//', 'empty-segment'],
    ['iotdata:path//', 'empty-segment'],
  ])('refuses %s as %s, with a fix', (text, finding) => {
    const { hazards } = readAwsUri(uri(text), serviceOf)
    expect(hazards).toMatchObject([{ finding, fix: expect.any(String) }])
  })
})

describe('caller pass-through', () => {
  it.each(['aws', 'aws-cn', 'aws-us-gov'])('is spelt for %s alone', (partition) => {
    expect(isCallerPassThrough(callerPassThroughOf(partition), partition)).toBe(true)
    expect(isCallerPassThrough(callerPassThroughOf(`${partition}-x`), partition)).toBe(false)
  })

  it('tells the spelling of the API’s partition', () => {
    expect(readRoleArn('arn:aws:iam::*:user/*', 'aws-cn')).toMatchObject({
      finding: 'pass-through',
      fix: 'Set credentials to arn:aws-cn:iam::*:user/*.',
    })
  })
})
