import { describe, expect, it } from 'vitest'
import { type Home, namedBy, type Piece } from '../../../../lib/policy/values/service/resource.ts'
import { memberOf, serviceOf } from '../../../../lib/policy/values/service/services.ts'

const HOME: Home = { partition: 'aws', region: 'eu-west-1', account: '111111111111' }
const HOLE = { hole: '$input.x' }

/** What a member's value names, as `partition/Region/account/name`. */
function named(service: string, name: string, value: readonly Piece[], home = HOME): string {
  const member = memberOf(serviceOf(service, undefined), name)
  if (member === undefined) return 'no resource'
  const read = namedBy(member, value, home)
  if (read.is !== 'resource') return read.is
  const text = read.name.map((piece) => (typeof piece === 'string' ? piece : '<>')).join('')
  return `${member.kind} ${read.partition} ${read.region} ${read.account ?? '?'} ${text}`
}

const OWN = 'aws eu-west-1 111111111111'

describe('namedBy()', () => {
  it.each<[string, string, readonly Piece[], string]>([
    ['sqs', 'QueueUrl', ['https://sqs.eu-west-1.amazonaws.com/111111111111/shop'], `queues ${OWN} shop`],
    ['sqs', 'QueueUrl', ['https://sqs.us-east-1.amazonaws.com/222222222222/q'], 'queues aws us-east-1 222222222222 q'],
    ['sqs', 'QueueUrl', ['https://eu-west-1.queue.amazonaws.com/111111111111/shop.fifo'], `queues ${OWN} shop.fifo`],
    ['sqs', 'QueueUrl', ['https://queue.amazonaws.com/111111111111/shop'], 'queues aws us-east-1 111111111111 shop'],
    ['sqs', 'QueueUrl', ['/111111111111/shop'], `queues ${OWN} shop`],
    ['sqs', 'QueueUrl', ['shop'], `queues ${OWN} shop`],
    ['sqs', 'QueueUrl', ['https://example.org/111111111111/shop'], 'unreadable'],
    ['sqs', 'QueueUrl', ['https://sqs.eu-west-1.amazonaws.com/111111111111/shop/../other'], 'unreadable'],
    ['sqs', 'QueueUrl', ['https://sqs.eu-west-1.amazonaws.com/111111111111/shop-', HOLE], 'anything'],
    ['sqs', 'QueueUrl', [HOLE], 'anything'],
    ['sqs', 'QueueName', [HOLE], `queues ${OWN} <>`],
    ['sns', 'TopicArn', ['arn:aws:sns:eu-west-1:111111111111:shop'], `topics ${OWN} shop`],
    ['sns', 'TopicArn', ['arn:aws:sns:eu-west-1:222222222222:shop'], 'topics aws eu-west-1 222222222222 shop'],
    ['sns', 'TopicArn', ['arn:aws:sns:eu-west-1:111111111111:shop-', HOLE], `topics ${OWN} shop-<>`],
    ['sns', 'TopicArn', ['arn:aws:sns:eu-west-1:', HOLE, ':shop'], 'anything'],
    ['sns', 'TopicArn', [HOLE], 'anything'],
    ['sns', 'TopicArn', ['arn:aws:sqs:eu-west-1:111111111111:shop'], 'unreadable'],
    ['dynamodb', 'TableName', ['orders'], `tables ${OWN} orders`],
    [
      'dynamodb',
      'TableName',
      ['arn:aws:dynamodb:eu-west-1:222222222222:table/orders'],
      'tables aws eu-west-1 222222222222 orders',
    ],
    ['dynamodb', 'TableName', ['shop-', HOLE], `tables ${OWN} shop-<>`],
    ['dynamodb', 'TableName', ['ar', HOLE], 'anything'],
    ['dynamodb', 'TableName', [HOLE, '-orders'], 'anything'],
    ['dynamodb', 'TableName', ['shop-*'], 'unreadable'],
    ['dynamodb', 'TableName', ['arn:aws:dynamodb:eu-west-1:111111111111:table/orders/index/i'], `tables ${OWN} orders`],
    [
      'states',
      'stateMachineArn',
      ['arn:aws:states:eu-west-1:111111111111:stateMachine:shop:live'],
      `stateMachines ${OWN} shop`,
    ],
    [
      'states',
      'executionArn',
      ['arn:aws:states:eu-west-1:111111111111:execution:shop:', HOLE],
      `stateMachines ${OWN} shop`,
    ],
    ['states', 'stateMachineArn', ['shop'], `stateMachines ${OWN} shop`],
    ['kinesis', 'StreamName', [HOLE], `streams ${OWN} <>`],
    ['kinesis', 'StreamARN', ['arn:aws:kinesis:eu-west-1:111111111111:stream/clicks'], `streams ${OWN} clicks`],
    ['firehose', 'DeliveryStreamName', ['clicks'], `streams ${OWN} clicks`],
    ['events', 'EventBusName', ['aws.partner/acme/orders'], `eventBuses ${OWN} aws.partner/acme/orders`],
    ['events', 'EventBusName', ['arn:aws:events:eu-west-1:111111111111:event-bus/shop'], `eventBuses ${OWN} shop`],
    ['s3', 'Bucket', ['shop-assets'], `buckets ${OWN} shop-assets`],
    ['s3', 'CopySource', ['/other/key'], `buckets ${OWN} other`],
    ['s3', 'Bucket', ['shop-', HOLE], 'anything'],
    ['sts', 'RoleArn', ['arn:aws:iam::222222222222:role/x'], 'other aws eu-west-1 222222222222 role/x'],
    ['sts', 'RoleSessionName', [HOLE], 'anything'],
    ['monitoring', 'AlarmNames.member.1', ['cpu'], `other ${OWN} cpu`],
    ['monitoring', 'MetricData.member.1.Value', [HOLE], 'no resource'],
    ['kinesis', 'Data', [HOLE], 'no resource'],
    ['kinesis', 'SomeNewArn', [HOLE], 'anything'],
  ])('%s %s = %j names %s', (service, name, value, want) => {
    expect(named(service, name, value)).toBe(want)
  })

  it('knows no account where no role is known', () => {
    const home = { partition: 'aws', region: 'eu-west-1' }
    expect(named('dynamodb', 'TableName', ['orders'], home)).toBe('tables aws eu-west-1 ? orders')
  })
})

describe('serviceOf()', () => {
  it.each([
    ['sqs', undefined, 'query'],
    ['ses', undefined, 'query'],
    ['s3', 'shop-assets', 'rest'],
    ['sagemaker', 'runtime', 'rest'],
    ['sagemaker', undefined, 'unknown'],
    ['newservice', undefined, 'unknown'],
  ])('reads %s behind %s as %s', (name, subdomain, want) => {
    expect(serviceOf(name, subdomain).protocol).toBe(want)
  })
})
