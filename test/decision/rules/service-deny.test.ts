import { describe, expect, it } from 'vitest'
import type { Integration } from '../../../lib/apigateway/integration.ts'
import { serviceClaims, serviceMayMeet } from '../../../lib/decision/rules/service/service.ts'
import { uri } from '../../../lib/decision/rules/uri/uri.ts'
import { readSubject } from '../../../lib/decision/subject.ts'
import type { AwsTarget } from '../../../lib/policy/document/sections.ts'
import { ALL_LOADED } from '../../support/all-loaded.ts'

const ROLE = 'arn:aws:iam::111111111111:role/apigw/shop'
const REQUEST = {
  restApiId: 'shop00api1',
  resourceId: '9x8y7z',
  httpMethod: 'POST',
  partition: 'aws',
  region: 'eu-west-1',
}

function subjectOf(text: string, members: Partial<Integration>) {
  const integration = {
    type: 'AWS',
    httpMethod: 'GET',
    uri: `arn:aws:apigateway:eu-west-1:${text}`,
    credentials: ROLE,
    ...members,
  } as Integration
  const subject = readSubject({ ...REQUEST, integration } as never, 'shop', ALL_LOADED)
  expect(subject.uriHazards).toEqual([])
  return subject
}

function met(denied: AwsTarget, text: string, members: Partial<Integration> = {}) {
  return uri.deny.mayMeet(subjectOf(text, members), uri.deny.compile({ aws: [denied] }, undefined as never))
}

const template = (text: string): Partial<Integration> => ({
  httpMethod: 'POST',
  requestTemplates: { 'application/json': text },
  passthroughBehavior: 'NEVER',
})
const mapped = (key: string, value: string): Partial<Integration> => ({
  requestParameters: { [`integration.request.${key}`]: value },
})

const SECRET: AwsTarget = { service: 's3', paths: ['/secret/**'] }
const HOSTED: AwsTarget = { service: 's3', subdomains: ['secret'] }
const BUCKET: AwsTarget = { service: 's3', buckets: ['secret'] }
const QUEUE: AwsTarget = { service: 'sqs', paths: ['/111111111111/pay-*'] }
const QUEUES: AwsTarget = { service: 'sqs', queues: ['pay-*'] }
const url = 'https://sqs.eu-west-1.amazonaws.com/111111111111'

describe('a denial of a service', () => {
  it.each<[string, AwsTarget, string, Partial<Integration>?]>([
    ['a bucket by path', SECRET, 's3:path/secret/k'],
    ['… as a virtual host', SECRET, 'secret.s3:path/k'],
    ['… as the root of a virtual host', SECRET, 'secret.s3:path/'],
    ['… as a parameter', SECRET, 's3:action/GetObject&Bucket=secret&Key=k'],
    ['… as a parameter without a key', SECRET, 's3:action/ListObjects&Bucket=secret'],
    ['… as a mapped parameter', SECRET, 's3:action/ListObjects', mapped('querystring.Bucket', "'secret'")],
    [
      '… from the caller',
      SECRET,
      's3:action/ListObjects',
      mapped('querystring.Bucket', 'method.request.querystring.b'),
    ],
    ['… filled in', SECRET, 's3:path/{bucket}/k'],
    ['… filled in as a parameter', SECRET, 's3:action/GetObject&Bucket={b}&Key=k'],
    ['… reached by climbing', SECRET, 's3:path/shop/{k}', mapped('path.k', 'method.request.querystring.k')],
    ['a virtual host by path', HOSTED, 's3:path/secret/k'],
    ['… filled in', HOSTED, 's3:path/{bucket}/k'],
    ['… as a parameter', HOSTED, 's3:action/GetObject&Bucket=secret&Key=k'],
    ['a bucket of the list by path', BUCKET, 's3:path/secret/k'],
    ['… as a virtual host', BUCKET, 'secret.s3:path/k'],
    ['… as a parameter', BUCKET, 's3:action/GetObject&Bucket=secret&Key=k'],
    ['… as the source of a copy', BUCKET, 's3:action/CopyObject&CopySource=/secret/k&Bucket=shop&Key=k'],
    ['… filled in', BUCKET, 's3:path/{bucket}/k'],
    [
      'an operation of S3 by its verb',
      { service: 's3', actions: ['DeleteObject'] },
      's3:path/shop/k',
      { httpMethod: 'DELETE' },
    ],
    [
      'an operation of S3 by a sub-resource',
      { service: 's3', actions: ['PutBucketPolicy'] },
      's3:path/shop/?policy',
      { httpMethod: 'PUT' },
    ],
    ['a queue by path', QUEUE, 'sqs:path/111111111111/pay-a'],
    ['… by its address in the query', QUEUE, `sqs:action/SendMessage&QueueUrl=${encodeURIComponent(`${url}/pay-a`)}`],
    ['… filled in', QUEUE, 'sqs:path/111111111111/{q}'],
    ['… by its address in a template', QUEUE, 'sqs:path/', template(`Action=SendMessage&QueueUrl=${url}/pay-a`)],
    ['… in a body that the caller writes', QUEUES, 'sqs:path/', { httpMethod: 'POST' }],
    ['a queue of the list by path', QUEUES, 'sqs:path/111111111111/pay-a'],
    ['… by its address', QUEUES, 'sqs:path/', template(`Action=SendMessage&QueueUrl=${url}/pay-a`)],
    ['an operation in the query', { service: 'sqs', actions: ['DeleteQueue'] }, 'sqs:path/1/q?Action=DeleteQueue'],
    [
      'an operation in a template',
      { service: 'sqs', actions: ['DeleteQueue'] },
      'sqs:path/1/q',
      template('Action=DeleteQueue'),
    ],
    [
      'an operation in a body that the caller writes',
      { service: 'sqs', actions: ['DeleteQueue'] },
      'sqs:path/1/q',
      { httpMethod: 'POST' },
    ],
    ['a service', { service: 'iam' }, 'iam:action/CreateUser'],
    [
      'a table',
      { service: 'dynamodb', tables: ['pay-*'] },
      'dynamodb:action/GetItem',
      template('{"TableName": "pay-a"}'),
    ],
    [
      'a table from the caller',
      { service: 'dynamodb', tables: ['pay-*'] },
      'dynamodb:action/GetItem',
      template('{"TableName": "$input.params(\'t\')"}'),
    ],
    [
      'a table in a body that the caller writes',
      { service: 'dynamodb', tables: ['pay-*'] },
      'dynamodb:action/GetItem',
      { httpMethod: 'POST' },
    ],
    [
      'an operation on a resource',
      { service: 'sqs', paths: ['/1/q'], actions: ['DeleteQueue'] },
      'sqs:path/1/q?Action=DeleteQueue',
    ],
  ])('bites on %s', (_, denied, text, members) => {
    expect(met(denied, text, members)).toMatchObject({ field: expect.stringMatching(/^\//) })
  })

  it.each<[string, AwsTarget, string, Partial<Integration>?]>([
    ['another bucket', SECRET, 's3:path/shop/secret/k'],
    ['another virtual host', SECRET, 'shop.s3:path/secret/k'],
    ['another parameter', SECRET, 's3:action/GetObject&Bucket=shop&Key=secret/k'],
    ['the list of buckets', SECRET, 's3:path/'],
    ['a key filled in', SECRET, 's3:path/shop/{k}'],
    ['a bucket that only begins alike', BUCKET, 's3:path/secrets/k'],
    ['another queue', QUEUE, 'sqs:path/111111111111/shop-a'],
    ['another address', QUEUES, 'sqs:path/', template(`Action=SendMessage&QueueUrl=${url}/shop-a`)],
    ['another account', QUEUES, 'sqs:path/222222222222/pay-a'],
    [
      'another operation on the resource',
      { service: 'sqs', paths: ['/1/q'], actions: ['DeleteQueue'] },
      'sqs:path/1/q?Action=ReceiveMessage',
    ],
    [
      'the operation on another resource',
      { service: 'sqs', paths: ['/1/q'], actions: ['DeleteQueue'] },
      'sqs:path/1/r?Action=DeleteQueue',
    ],
    ['another verb', { service: 's3', actions: ['DeleteObject'] }, 's3:path/shop/k'],
    [
      'another table',
      { service: 'dynamodb', tables: ['pay-*'] },
      'dynamodb:action/GetItem',
      template('{"TableName": "shop-$util.escapeJavaScript($input.params(\'t\'))"}'),
    ],
    ['an action, which has no path', { service: 'iam', paths: ['/**'] }, 'iam:action/CreateUser'],
    ['another service', { service: 'sns' }, 'sqs:path/1/q'],
    ['another Region', { service: 'sqs', regions: ['us-east-1'] }, 'sqs:path/1/q'],
  ])('passes %s', (_, denied, text, members) => {
    expect(met(denied, text, members)).toBeUndefined()
  })
})

describe('a claim of another team', () => {
  const limits = (target: AwsTarget) => uri.compile([{ aws: target }], undefined as never).service
  const OTHERS: AwsTarget = { service: 'sqs', paths: ['/111111111111/pay-a'], actions: ['SendMessage'] }

  it.each<[string, string, boolean]>([
    ['another operation on its queue', 'sqs:path/111111111111/pay-a?Action=ReceiveMessage', true],
    ['its operation on another queue', 'sqs:path/111111111111/shop-a?Action=SendMessage', false],
  ])('meets or leaves %s', (_, text, want) => {
    const subject = subjectOf(text, {})
    const claims = limits(OTHERS).flatMap(serviceClaims)
    expect(serviceMayMeet(subject.backend as never, subject, claims) !== undefined).toBe(want)
  })
})

describe('serviceClaims()', () => {
  const claims = (target: AwsTarget) =>
    serviceClaims(uri.compile([{ aws: target }], undefined as never).service[0] as never).map(
      ({ paths, subdomains, resources }) => ({
        ...(paths && { paths: paths.map(({ text }) => text) }),
        ...(subdomains && { subdomains: subdomains.map(({ text }) => text) }),
        ...resources,
      }),
    )

  it.each<[string, AwsTarget, unknown[]]>([
    [
      'the queues of paths, whatever is done',
      { service: 'sqs', paths: ['/1/q'], actions: ['SendMessage'] },
      [{ paths: ['/1/q'] }],
    ],
    ['each list by itself', { service: 'sqs', paths: ['/'], queues: ['a'], actions: ['*'] }, [{ queues: ['a'] }]],
    ['a label', { service: 's3', subdomains: ['shop'], paths: ['/**'] }, [{ subdomains: ['shop'] }]],
    ['nothing where an entry names no resource', { service: 'dynamodb', actions: ['GetItem'] }, []],
    ['nothing where an entry names all', { service: 's3', paths: ['/**'] }, []],
  ])('claims %s', (_, target, want) => {
    expect(claims(target)).toEqual(want)
  })
})
