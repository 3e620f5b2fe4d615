import { describe, expect, it } from 'vitest'
import { indexExceptions } from '../../lib/decision/exceptions.ts'
import { isApproved, personKey, voidApprovals } from '../../lib/policy/document/approval.ts'
import type { Exception } from '../../lib/policy/document/document.ts'
import { checkException } from '../../lib/policy/publish/check-exception.ts'

function exception(requestedBy: string, approvedBy: string[]): Exception {
  return {
    apiVersion: 'sallyport/v1',
    kind: 'Exception',
    metadata: { id: 'EX-1' },
    spec: {
      rules: ['payments.timeout'],
      match: { team: 'payments', restApiId: 'a1b2c3d4e5', resourceId: '9x8y7z', httpMethod: 'POST' },
      grants: { timeout: { maxMillis: 20_000 } },
      reason: 'Slow partner',
      ticket: 'PAY-1',
      requestedBy,
      approvedBy,
      notBefore: '2026-11-23T00:00:00Z',
      notAfter: '2027-01-31T00:00:00Z',
    },
  }
}

/** Names of one person, as the checks at publish and the evaluator see them. */
const SAME: [what: string, one: string, other: string][] = [
  ['itself', 'ana@acme.example', 'ana@acme.example'],
  ['another case', 'ana@acme.example', 'Ana@ACME.example'],
  ['white space round it', 'ana@acme.example', '  ana@acme.example\t'],
  ['white space that is no blank', 'ana@acme.example', '\u00a0ana@acme.example\u3000'],
  ['a composed letter', 'ren\u00e9', 'rene\u0301'],
  ['full-width letters', 'ana', '\uff41\uff4e\uff41'],
  ['a ligature', 'ofi', 'o\ufb01'],
  ['a sharp s', 'strauß', 'STRAUSS'],
  ['a final sigma', 'ανας', 'ΑΝΑΣ'],
  ['a Kelvin sign', 'kim', '\u212Aim'],
  ['a zero-width space in it', 'ana', 'a\u200bna'],
  ['a soft hyphen in it', 'ana', 'a\u00adna'],
  ['two blanks in it', 'Ana Li', 'ana  li'],
]

describe('an approval by who asked', () => {
  it.each(SAME)('is none: %s', (_, one, other) => {
    expect(personKey(one)).toBe(personKey(other))
    for (const [requester, approver] of [[one, other] as const, [other, one] as const]) {
      const asked = exception(requester, [approver])
      expect(checkException(asked)).toMatchObject([{ path: ['spec', 'approvedBy', 0] }])
      expect(indexExceptions([asked], []).size).toBe(0)
    }
  })

  it.each([
    ['ana@acme.example', 'li@acme.example'],
    ['ana@acme.example', 'ana@acme.example.org'],
    ['ana', 'anna'],
  ])('is one of somebody else: %s, %s', (one, other) => {
    const asked = exception(one, [other])
    expect(checkException(asked)).toEqual([])
    expect(indexExceptions([asked], []).size).toBe(1)
  })

  it('is none of nobody', () => {
    const asked = exception('ana', [' \u200b '])
    expect(checkException(asked)).toMatchObject([{ path: ['spec', 'approvedBy', 0] }])
    expect(indexExceptions([asked], []).size).toBe(0)
    expect(checkException(exception(' ', ['li']))).toMatchObject([{ path: ['spec', 'requestedBy'] }])
    expect(indexExceptions([exception(' ', ['li'])], []).size).toBe(0)
  })

  it('leaves the approval of others beside it', () => {
    const approval = { requestedBy: 'ana', approvedBy: ['Ana', 'li'] }
    expect(isApproved(approval)).toBe(true)
    expect(voidApprovals(approval)).toEqual([{ index: 0, by: 'requester' }])
  })
})
