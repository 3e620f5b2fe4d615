import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../../lib/trail/canonical.ts'
import { bytesOf, fitted, MOST_RECORD_BYTES, shortened } from '../../lib/trail/fit.ts'
import { recordItem } from '../../lib/trail/ledger.ts'
import type { DeniedRecord, Reason, TrailRecord } from '../../lib/trail/record.ts'
import { itemBytes, LARGEST_ITEM } from '../support/item-store.ts'
import { KEYS, world } from './world.ts'

const SMALL = 64 * 1024

const reason = (rule: string, more: Partial<Reason> = {}): Reason => ({ rule, mode: 'enforce', field: '/uri', ...more })

function denied(more: Partial<DeniedRecord> = {}): DeniedRecord {
  return {
    v: 1,
    id: '01M810VZB8D9A7Y12TJ04JJR9Y',
    kind: 'D',
    ts: 1,
    receivedAt: 1,
    actor: { iss: 'https://issuer.example', sub: 's', tokenHash: 't' },
    roles: [],
    target: { account: '1', region: 'r' },
    action: 'PutIntegration',
    requestMac: 'hmac-sha256:k:m',
    policy: { revision: 1, digest: 'sha256:00' },
    gate: { version: '1' },
    client: {},
    ...more,
  }
}

const many = (count: number, rule: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => reason(rule(index), { message: 'm'.repeat(1_000) }))

describe('fitted()', () => {
  it('leaves a record alone that fits', () => {
    const record = denied({ reasons: many(100, () => 'a.b') })
    expect(fitted(record, KEYS.mac)).toBe(record)
  })

  it('cuts one that does not, says so, and counts what it leaves out by rule', () => {
    const record = denied({
      reasons: many(300, (index) => `a.${index % 3}`),
      more: { 'a.0': 7, 'b.c': 1 },
      decision: 'deny',
    })
    const cut = fitted(record, KEYS.mac) as DeniedRecord
    expect(cut).toMatchObject({
      shortened: true,
      whole: { bytes: bytesOf(record), mac: KEYS.mac(record), entries: { reasons: 300, roles: 0 } },
      id: record.id,
      decision: 'deny',
      actor: record.actor,
      target: record.target,
      policy: record.policy,
      requestMac: record.requestMac,
    })
    const told = (cut.reasons ?? []).filter(({ rule }) => rule === 'a.0').length
    expect(told + (cut.more?.['a.0'] ?? 0)).toBe(107)
    expect(cut.more?.['b.c']).toBe(1)
  })

  it('keeps what is only tried out apart', () => {
    const record = denied({ dryRun: many(300, () => 'tried.out'), moreDryRun: { 'tried.out': 5 } })
    const cut = fitted(record, KEYS.mac) as DeniedRecord
    expect(cut.more).toBeUndefined()
    expect((cut.dryRun ?? []).length + (cut.moreDryRun?.['tried.out'] ?? 0)).toBe(305)
  })

  it('counts rules beyond the most frequent together', () => {
    const record = denied({ reasons: many(300, (index) => `a.${index}`) })
    const { more = {}, reasons = [] } = fitted(record, KEYS.mac) as DeniedRecord
    expect(Object.keys(more).length).toBeLessThan(80)
    expect(Object.values(more).reduce((a, b) => a + b, 0) + reasons.length).toBe(300)
    expect(more.others).toBeGreaterThan(0)
  })

  it('cuts nothing twice', () => {
    const cut = fitted(denied({ reasons: many(300, () => 'a.b') }), KEYS.mac)
    expect(shortened(cut, KEYS.mac)).toBe(cut)
  })

  it('fits whatever a record holds, can be spelt, and takes as many steps as it has entries', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      fc.nat(60_000).map((n) => '€'.repeat(n)),
    )
    const value = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, text, fc.integer(), fc.boolean(), tie('list'), tie('map')),
      list: fc.array(tie('value'), { maxLength: 40 }),
      map: fc.dictionary(text, tie('value'), { maxKeys: 40 }),
    }))
    fc.assert(
      fc.property(value.map, fc.nat(3_000), (map, count) => {
        const record = {
          ...denied({ reasons: many(count, (index) => `r.${index}`) }),
          diff: [map],
        } as unknown as TrailRecord
        const cut = fitted(record, KEYS.mac)
        expect(bytesOf(cut)).toBeLessThanOrEqual(cut === record ? MOST_RECORD_BYTES : SMALL * 2)
        expect(itemBytes(recordItem(world().ledger, record))).toBeLessThan(LARGEST_ITEM)
        expect(() => canonicalJson(cut)).not.toThrow()
      }),
      { numRuns: 25 },
    )
    const steps = (count: number) => {
      let reads = 0
      const counting: ProxyHandler<Reason> = {
        get(of, name) {
          reads++
          return Reflect.get(of, name)
        },
      }
      const reasons = many(count, () => 'a.b').map((each) => new Proxy(each, counting))
      fitted(denied({ reasons }), () => '')
      return reads
    }
    expect(steps(4_000) - steps(2_000)).toBeLessThanOrEqual(2 * (steps(2_000) - steps(1_000)))
  })
})

describe('bytesOf()', () => {
  it('is never less than DynamoDB counts', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(bytesOf(value)).toBeGreaterThanOrEqual(itemBytes(value))
      }),
    )
  })
})
