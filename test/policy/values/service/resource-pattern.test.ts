import { describe, expect, it } from 'vitest'
import type { Home, Named, Piece } from '../../../../lib/policy/values/service/resource.ts'
import type { ResourceKind } from '../../../../lib/policy/values/service/resource-kinds.ts'
import {
  coversNamed,
  namedMayMeet,
  resourcePatternsOf,
} from '../../../../lib/policy/values/service/resource-pattern.ts'

const HOME: Home = { partition: 'aws', region: 'eu-west-1', account: '111111111111' }
const HOLE = { hole: 'x' }

const one = (name: string | readonly Piece[], account = '111111111111', region = 'eu-west-1'): Named => ({
  is: 'resource',
  partition: 'aws',
  region,
  account,
  name: typeof name === 'string' ? [name] : name,
})
const anything: Named = { is: 'anything' }

describe('an entry of a typed list', () => {
  it.each<[ResourceKind, string, Named, covered: boolean, met: boolean]>([
    ['queues', 'shop-*', one('shop-a'), true, true],
    ['queues', 'shop-*', one('pay-a'), false, false],
    ['queues', 'shop-*', one('shop-'), false, false],
    ['queues', 'shop-*', one('shop-a', '222222222222'), false, false],
    ['queues', 'shop-*', one('shop-a', '111111111111', 'us-east-1'), false, false],
    ['queues', '222222222222/shop-*', one('shop-a', '222222222222'), true, true],
    ['queues', '222222222222/shop-*', one('shop-a'), false, false],
    ['queues', '*/*', one('shop-a', '222222222222'), true, true],
    ['queues', '*/*', anything, true, true],
    ['queues', '*', anything, false, true],
    ['queues', 'arn:aws:sqs:us-east-1:222222222222:shop-*', one('shop-a', '222222222222', 'us-east-1'), true, true],
    ['queues', 'arn:aws:sqs:us-east-1:222222222222:shop-*', one('shop-a'), false, false],
    ['tables', 'arn:aws:dynamodb:*:*:table/shop-*', one('shop-a', '222222222222'), true, true],
    ['stateMachines', 'arn:aws:states:eu-west-1:111111111111:stateMachine:shop', one('shop'), true, true],
    ['streams', '*', one([HOLE]), true, true],
    ['streams', 'shop-*', one([HOLE]), false, true],
    ['streams', 'shop-*', one(['shop-', HOLE]), true, true],
    ['streams', 'shop-*', one(['pay-', HOLE]), false, false],
    ['eventBuses', 'aws.partner/acme/*', one('aws.partner/acme/orders'), true, true],
    ['buckets', 'shop-*', one('shop-assets'), true, true],
    ['buckets', 'arn:aws:s3:::shop-*', one('shop-assets'), true, true],
    ['buckets', '*', anything, true, true],
    ['topics', '*/*', { is: 'unreadable' }, false, false],
  ])('of %s, %s', (kind, text, named, covered, met) => {
    const entries = resourcePatternsOf(kind, [text])
    expect(coversNamed(entries, named, HOME)).toBe(covered)
    expect(namedMayMeet(entries, named, HOME)).toBe(met)
  })

  it('can meet a name whose account nobody knows', () => {
    const unknown: Home = { partition: 'aws', region: 'eu-west-1' }
    const named: Named = { is: 'resource', partition: 'aws', region: 'eu-west-1', name: ['pay'] }
    expect(namedMayMeet(resourcePatternsOf('tables', ['222222222222/pay']), named, unknown)).toBe(true)
    expect(coversNamed(resourcePatternsOf('tables', ['222222222222/pay']), named, unknown)).toBe(false)
    expect(coversNamed(resourcePatternsOf('tables', ['pay']), named, unknown)).toBe(true)
  })
})
