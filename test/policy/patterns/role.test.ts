import { describe, expect, it } from 'vitest'
import { matches } from '../../../lib/policy/patterns/matches.ts'
import { patternOf } from '../../../lib/policy/patterns/parse.ts'

describe('a pattern of a role', () => {
  it.each([
    ['arn:aws:iam::111111111111:role/apigw/pay-*', '/apigw/', 'pay-a', true],
    ['arn:aws:iam::111111111111:role/apigw/pay-*', '/apigw/x/', 'pay-a', false],
    ['arn:aws:iam::111111111111:role/apigw/**', '/apigw/x/', 'pay-a', true],
    ['arn:aws:iam::111111111111:role/apigw/*', '/', 'apigw', false],
    ['arn:aws:iam::222222222222:role/apigw/pay-*', '/apigw/', 'pay-a', false],
    ['arn:aws-cn:iam::111111111111:role/apigw/pay-*', '/apigw/', 'pay-a', false],
    ['arn:aws:iam::*:role/**/pay-a', '/apigw/x/', 'pay-a', true],
    ['arn:aws:iam::*:role/**/pay-a', '/', 'pay-a', false],
    ['arn:aws:iam::*:role/**', '/', 'pay-a', true],
    ['arn:aws:iam::*:role/**', '/apigw/', 'pay-a', true],
    ['arn:aws:iam::*:role/*', '/', 'pay-a', true],
    ['arn:aws:iam::*:role/*', '/apigw/', 'pay-a', false],
    ['arn:aws:iam::*:role/team-*/x/pay-a', '/team-a/x/', 'pay-a', true],
    ['arn:aws:iam::*:role/team-*/x/pay-a', '/team-/x/', 'pay-a', false],
    ['arn:aws:iam::*:role/team-*/x/pay-a', '/team-*/x/', 'pay-a', true],
    ['arn:aws:iam::*:role/team-*/x/pay-a', '/x/team-a/', 'pay-a', false],
  ])('%s on %s%s: %s', (pattern, path, name, want) => {
    expect(matches(patternOf('role', pattern), `arn:aws:iam::111111111111:role${path}${name}`)).toBe(want)
  })
})
