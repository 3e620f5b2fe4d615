import { describe, expect, it } from 'vitest'
import type { Violation } from '../../lib/decision/decision.ts'
import { refusalLine } from '../../lib/decision/explain/refusal-line.ts'

const host: Violation = {
  rule: 'payments.uri',
  mode: 'enforce',
  field: '/uri',
  part: 'host',
  value: 'core.paymnets.acme.internal',
  allowed: ['*.payments.acme.internal'],
  nearest: 'core.payments.acme.internal',
  message: 'Host core.paymnets.acme.internal is not a payments backend.',
  fix: 'Did you mean core.payments.acme.internal?',
}

describe('refusalLine()', () => {
  it('says in one line what, where, what is allowed, what to do, and how much more there is', () => {
    const timeout: Violation = {
      rule: 'payments.timeout',
      mode: 'enforce',
      field: '/timeoutInMillis',
      message: 'Too long.',
    }
    expect(refusalLine({ violations: [host, timeout] })).toBe(
      'Denied by payments.uri at /uri (host) = "core.paymnets.acme.internal": ' +
        'Host core.paymnets.acme.internal is not a payments backend. Allowed: ["*.payments.acme.internal"]. ' +
        'Did you mean core.payments.acme.internal? And 1 more: payments.timeout.',
    )
  })

  it('counts violations, and names their rules once', () => {
    const again = { ...host, field: '/credentials' }
    expect(refusalLine({ violations: [host, again, again] })).toMatch(/ And 2 more, by one rule: payments\.uri\.$/)
    const more = { 'payments.mapping': 12 }
    expect(refusalLine({ violations: [host, again], more })).toMatch(
      / And 13 more, by 2 rules: payments\.uri, payments\.mapping\.$/,
    )
  })

  it('names the nearest value where no fix says it', () => {
    const { fix: _, ...rest } = host
    expect(refusalLine({ violations: [rest] })).toContain('Nearest: core.payments.acme.internal.')
  })

  it.each<[string, unknown, string]>([
    ['a value', 9000, '9000'],
    ['a list', ['a', 'b'], '["a","b"]'],
    ['nothing at all', [], 'none'],
    [
      'of a long list, whole entries',
      Array(500).fill('z'.repeat(90)),
      `["${'z'.repeat(90)}","${'z'.repeat(90)}", and 498 more]`,
    ],
    ['of a long entry, its beginning', ['z'.repeat(300), 'a'], `["${'z'.repeat(198)}…, and 1 more]`],
  ])('names as allowed %s', (_, allowed, shown) => {
    expect(refusalLine({ violations: [{ ...host, allowed } as Violation] })).toContain(` Allowed: ${shown}. Did`)
  })

  it('never steers a terminal', () => {
    const value = 'a\u001b[2J\r\n\u202e\u2028\u0085b'
    const line = refusalLine({ violations: [{ ...host, value, message: `Host ${value}.` }] })
    expect(line).toMatch(/^[\x20-\x7e…]*$/)
    expect(line).toContain('\\u{001b}')
  })

  it('stays within 1,000 characters, whatever it must say', () => {
    const long = {
      ...host,
      value: 'x'.repeat(9000),
      message: 'y'.repeat(9000),
      allowed: Array(500).fill('z'.repeat(90)),
    }
    const many = Array.from({ length: 300 }, (_, index) => ({ ...long, rule: `team-${index}.uri` }))
    expect(refusalLine({ violations: many }).length).toBeLessThanOrEqual(1000)
    expect(refusalLine({ violations: many })).toContain('And 299 more')
    const control = { ...host, message: '\u0001'.repeat(9000) }
    expect(refusalLine({ violations: [control] }).length).toBeLessThanOrEqual(1000)
  })
})
