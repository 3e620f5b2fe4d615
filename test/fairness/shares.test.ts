import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drained, GATE_LIMITS, type Shares, takeTurn } from '../../lib/fairness/shares.ts'

const START = Date.UTC(2026, 10, 22)

/** Asks again and again, and counts the calls that passed, by team. */
function play(asks: { at: number; team: string; calls?: number }[], shares?: Shares) {
  let now = shares
  const passed: Record<string, number> = {}
  for (const { at, team, calls = 1 } of asks) {
    const { turn, shares: next } = takeTurn(now, team, calls, START + at)
    now = next
    if (turn.ok) passed[team] = (passed[team] ?? 0) + calls
  }
  return { passed, shares: now }
}

const every = (ms: number, from: number, to: number, team: string) =>
  Array.from({ length: Math.floor((to - from) / ms) }, (_, index) => ({ at: from + index * ms, team }))
const merged = (...asks: { at: number; team: string }[][]) => asks.flat().sort((a, b) => a.at - b.at)

describe('takeTurn()', () => {
  it('lets one team use everything: the burst, then so many calls a second', () => {
    expect(play(every(10, 0, 10, 'a')).passed.a).toBe(1)
    expect(play(Array.from({ length: 100 }, () => ({ at: 0, team: 'a' }))).passed.a).toBe(32)
    expect(play(every(10, 0, 10_000, 'a')).passed.a).toBe(32 + 8 * 10 - 1)
  })

  it('keeps to the limits whoever asks, and leaves the keeper what they leave of ten a second', () => {
    expect(GATE_LIMITS).toEqual({ perSecond: 8, burst: 32 })
    const ask = fc.record({
      at: fc.nat(5_000),
      team: fc.constantFrom('a', 'b', 'c', '__proto__'),
      calls: fc.constantFrom(1, 2),
    })
    fc.assert(
      fc.property(fc.array(ask, { maxLength: 300 }), (asks) => {
        const { passed } = play(asks.sort((a, b) => a.at - b.at))
        const total = Object.values(passed).reduce((sum, calls) => sum + calls, 0)
        expect(total).toBeLessThanOrEqual(32 + 8 * 5)
      }),
    )
  })

  it('shares equally between teams that ask at once', () => {
    const { passed } = play(merged(every(10, 0, 20_000, 'a'), every(10, 0, 20_000, 'b'), every(10, 0, 20_000, 'c')))
    const [most, least] = [Math.max(...Object.values(passed)), Math.min(...Object.values(passed))]
    expect(Object.keys(passed)).toHaveLength(3)
    expect(most - least).toBeLessThanOrEqual(12)
  })

  it('gives a latecomer its share while another asks without a pause', () => {
    const { passed } = play(merged(every(5, 0, 20_000, 'loop'), every(500, 10_000, 20_000, 'calm')))
    // Two a second are less than half of eight, so that almost all of them pass.
    expect(passed.calm).toBeGreaterThanOrEqual(18)
  })

  it('forgets teams that have gone', () => {
    const { shares } = play([...every(100, 0, 1_000, 'a'), { at: 60_000, team: 'b' }])
    expect(Object.keys(shares?.teams ?? {})).toEqual(['b'])
    expect(
      play(
        Array.from({ length: 100 }, () => ({ at: 60_000, team: 'b' })),
        shares,
      ).passed.b,
    ).toBe(31)
  })

  it.each([
    { it: 'one call after the burst', calls: 1, wait: 1 },
    { it: 'two calls after the burst', calls: 2, wait: 1 },
  ])('says when to try again: $it', ({ calls, wait }) => {
    const { shares } = play(Array.from({ length: 32 }, () => ({ at: 0, team: 'a' })))
    expect(takeTurn(shares, 'a', calls, START).turn).toEqual({ ok: false, retryAfterSeconds: wait })
    expect(takeTurn(shares, 'a', calls, START + wait * 1_000).turn).toEqual({ ok: true })
  })

  it('leaves every team at least one request, however many there are', () => {
    const teams = Array.from({ length: 100 }, (_, index) => ({ at: 0, team: `t${index}`, calls: 2 }))
    const { passed } = play(teams)
    expect(Object.values(passed).every((calls) => calls === 2)).toBe(true)
    expect(Object.keys(passed)).toHaveLength(16)
  })

  it('takes nothing away when a clock is behind', () => {
    const { shares } = play([{ at: 10_000, team: 'a' }])
    const { turn, shares: next } = takeTurn(shares, 'a', 1, START)
    expect(turn).toEqual({ ok: true })
    expect(next.all.at).toBe(START + 10_000)
    expect(next.all.calls).toBe(30)
  })

  it('starts from nothing once API Gateway has said no', () => {
    const shares = drained(undefined, START)
    expect(takeTurn(shares, 'a', 1, START).turn).toEqual({ ok: false, retryAfterSeconds: 1 })
    expect(takeTurn(shares, 'a', 1, START + 125).turn).toEqual({ ok: true })
  })
})
