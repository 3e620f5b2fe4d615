import { describe, expect, it } from 'vitest'
import { compileHost } from '../../lib/decision/compile/host-pattern.ts'
import { nearestHost, nearestName, nearestOf } from '../../lib/decision/explain/nearest.ts'

describe('nearestHost()', () => {
  it.each([
    [
      'core.paymnets.acme.internal',
      ['*.search.acme.internal', '*.payments.acme.internal'],
      'core.payments.acme.internal',
    ],
    ['cre.payments.acme.interal', ['*.payments.acme.internal'], 'cre.payments.acme.internal'],
    ['api.partner.exmaple', ['*.payments.acme.internal', 'api.partner.example'], 'api.partner.example'],
    ['a.b.acme.intern', ['**.acme.internal'], 'a.b.acme.internal'],
    ['a.b.pay.acme.internal', ['*.pay.acme.internal'], 'b.pay.acme.internal'],
    [
      'orders.paymets.acme.interna',
      ['*.billing.acme.internal', '*.payments.acme.internal'],
      'orders.payments.acme.internal',
    ],
    ['pay-x.acme.internl', ['pay-*.acme.internal'], 'pay-x.acme.internal'],
    ['evil.example.org', ['*.payments.acme.internal', 'api.partner.example'], undefined],
    ['internal', ['*.payments.acme.internal'], undefined],
    [`${'a.'.repeat(120)}x`, ['*.payments.acme.internal'], undefined],
  ])('for %s', (host, patterns, want) => {
    expect(nearestHost(host, patterns.map(compileHost))).toBe(want)
  })

  it('suggests nothing that is not allowed elsewhere', () => {
    const patterns = ['*.payments.acme.internal', '*.payment.acme.internal'].map(compileHost)
    const suggest = (isAllowed: (host: string) => boolean) =>
      nearestHost('a.paymnts.acme.internal', patterns, isAllowed)
    expect(suggest(() => true)).toBe('a.payments.acme.internal')
    expect(suggest((host) => host.includes('payment.'))).toBe('a.payment.acme.internal')
    expect(suggest(() => false)).toBeUndefined()
  })

  it('looks at a bounded number of patterns', () => {
    const patterns = Array.from({ length: 10_000 }, (_, index) => compileHost(`*.h${index}.acme.internal`))
    expect(nearestHost('x.h150.acme.interna', patterns)).toBe('x.h150.acme.internal')
    expect(nearestHost('x.h9999.acme.interna', patterns)).not.toBe('x.h9999.acme.internal')
  })
})

describe('nearestOf() and nearestName()', () => {
  it.each([
    ['GETT', ['POST', 'GET'], 'GET'],
    ['zzz', ['POST', 'GET'], undefined],
    ['vl-pay1', ['vl-pay01', 'vl-pay02'], 'vl-pay01'],
  ])('for %s among %s', (value, candidates, want) => {
    expect(nearestOf(value, candidates)).toBe(want)
  })

  it('fills the star of a name with what the value has there', () => {
    expect(nearestName('paymnets-api', [{ text: 'payments-*' }])).toBe('payments-api')
  })
})
