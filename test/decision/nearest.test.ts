import { describe, expect, it } from 'vitest'
import { nearestMatch, nearestOf } from '../../lib/decision/explain/nearest.ts'
import { patternOf } from '../../lib/policy/patterns/parse.ts'
import type { PatternKind } from '../../lib/policy/patterns/pattern.ts'

const patternsOf = (kind: PatternKind, texts: readonly string[]) => texts.map((text) => patternOf(kind, text))
const role = (name: string, account = '111111111111') => `arn:aws:iam::${account}:role/apigw/${name}`

describe('nearestMatch()', () => {
  it.each<[PatternKind, string, string[], string]>([
    [
      'host',
      'core.paymnets.acme.internal',
      ['*.search.acme.internal', '*.payments.acme.internal'],
      'core.payments.acme.internal',
    ],
    ['host', 'cre.payments.acme.interal', ['*.payments.acme.internal'], 'cre.payments.acme.internal'],
    ['host', 'api.partner.exmaple', ['*.payments.acme.internal', 'api.partner.example'], 'api.partner.example'],
    ['host', 'a.b.acme.intern', ['**.acme.internal'], 'a.b.acme.internal'],
    ['host', 'a.b.pay.acme.internal', ['*.pay.acme.internal'], 'a.pay.acme.internal'],
    [
      'host',
      'orders.paymets.acme.interna',
      ['*.billing.acme.internal', '*.payments.acme.internal'],
      'orders.payments.acme.internal',
    ],
    ['host', 'pay-x.acme.internl', ['pay-*.acme.internal'], 'pay-x.acme.internal'],
    ['name', 'paymnets-api', ['payments-*'], 'payments-api'],
    ['role', role('payments-a', '999999999999'), [role('payments-*')], role('payments-a')],
    ['role', role('paymnets-a'), [role('payments-*')], role('payments-a')],
  ])('of a %s finds for %s what was likely meant', (kind, value, patterns, want) => {
    expect(nearestMatch(value, patternsOf(kind, patterns))).toEqual({ text: want, isClose: true })
  })

  it.each<[PatternKind, string, string[]]>([
    ['host', 'evil.example.org', ['*.payments.acme.internal', 'api.partner.example']],
    ['host', 'internal', ['*.payments.acme.internal']],
    ['host', `${'a.'.repeat(120)}x`, ['*.payments.acme.internal']],
    ['name', 'firm-a', ['n-*']],
    ['role', role('vault/read'), [role('payments-*')]],
    ['role', 'arn:aws:iam::111111111111:role/admin', [role('payments-*')]],
  ])('of a %s finds for %s a value that passes, and calls it far', (kind, value, patterns) => {
    const found = nearestMatch(value, patternsOf(kind, patterns))
    expect(found).toMatchObject({ isClose: false })
    expect(found?.text).not.toContain('*')
  })

  it('suggests nothing that is not allowed elsewhere', () => {
    const patterns = patternsOf('host', ['*.payments.acme.internal', '*.payment.acme.internal'])
    const suggest = (isAllowed: (host: string) => boolean) =>
      nearestMatch('a.paymnts.acme.internal', patterns, isAllowed)?.text
    expect(suggest(() => true)).toBe('a.payments.acme.internal')
    expect(suggest((host) => host.includes('payment.'))).toBe('a.payment.acme.internal')
    expect(suggest(() => false)).toBeUndefined()
  })

  it('looks at a bounded number of patterns', () => {
    const patterns = Array.from({ length: 10_000 }, (_, index) => patternOf('host', `*.h${index}.acme.internal`))
    expect(nearestMatch('x.h150.acme.interna', patterns)?.text).toBe('x.h150.acme.internal')
    expect(nearestMatch('x.h9999.acme.interna', patterns)?.text).not.toBe('x.h9999.acme.internal')
  })
})

describe('nearestOf()', () => {
  it.each([
    ['GETT', ['POST', 'GET'], 'GET'],
    ['zzz', ['POST', 'GET'], undefined],
    ['vl-pay1', ['vl-pay01', 'vl-pay02'], 'vl-pay01'],
  ])('for %s among %s', (value, candidates, want) => {
    expect(nearestOf(value, candidates)).toBe(want)
  })
})
