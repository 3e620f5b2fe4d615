import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { callerKey, callerLimit } from '../../lib/fairness/caller-limit.ts'

const limits = { perSecond: 2, burst: 10 }

function limited(mostCallers = 3) {
  const clock = { now: 0 }
  const limit = callerLimit(() => clock.now, limits, mostCallers)
  /** How many of so many requests pass. */
  const passed = (caller: string, requests = 100) =>
    Array.from({ length: requests }, () => limit.take(caller)).filter(({ ok }) => ok).length
  return { clock, limit, passed }
}

describe('callerLimit()', () => {
  it('answers a caller so many at once, then so many a second, and says when to come back', () => {
    const { clock, limit, passed } = limited()
    expect(passed('a')).toBe(10)
    expect(limit.take('a')).toEqual({ ok: false, retryAfterSeconds: 1 })
    clock.now = 3_000
    expect(passed('a')).toBe(6)
  })

  it("is each caller's own", () => {
    const { passed } = limited()
    passed('a')
    expect(passed('b')).toBe(10)
  })

  it('gives those beyond the number it keeps one bucket between them, and nobody a new one', () => {
    const { clock, passed } = limited()
    for (const caller of ['a', 'b', 'c']) passed(caller)
    expect(passed('d')).toBe(10)
    expect(passed('e')).toBe(0)
    expect(passed('a')).toBe(0)
    clock.now = 1_000
    expect([passed('a'), passed('f'), passed('g')]).toEqual([2, 2, 0])
  })

  it('forgets a bucket once it is full, and not before', () => {
    const { clock, passed } = limited(1)
    passed('a')
    passed('others')
    clock.now = 4_999
    // Still no place but a's: b is one of the others, whose bucket is all but full.
    expect([passed('b'), passed('c')]).toEqual([9, 0])
    clock.now = 5_000
    expect([passed('b'), passed('c')]).toEqual([10, 0])
  })

  it('never lets a caller exceed its bucket, whoever else asks', () => {
    const ask = fc.record({ wait: fc.nat(400), caller: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f') })
    fc.assert(
      fc.property(fc.array(ask, { maxLength: 300 }), (asks) => {
        const { clock, limit } = limited()
        const passed = new Map<string, number>()
        for (const { wait, caller } of asks) {
          clock.now += wait
          if (limit.take(caller).ok) passed.set(caller, (passed.get(caller) ?? 0) + 1)
        }
        // The caller's own bucket and, before it had one, the one of the others.
        for (const count of passed.values()) expect(count).toBeLessThanOrEqual(2 * (10 + (2 * clock.now) / 1000))
      }),
    )
  })
})

describe('callerKey()', () => {
  it('names issuer and subject together, in the same few characters', () => {
    const keys = [
      { issuer: 'https://a', subject: 'b' },
      { issuer: 'https://a', subject: 'c' },
      { issuer: 'https://b', subject: 'b' },
      { issuer: 'https://a","b', subject: '' },
      { issuer: 'https://a', subject: 'x'.repeat(8_000) },
    ].map(callerKey)
    expect(new Set(keys).size).toBe(keys.length)
    expect(keys.every((key) => /^[\w-]{16}$/.test(key))).toBe(true)
  })
})
