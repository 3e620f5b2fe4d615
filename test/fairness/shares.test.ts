import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drained, GATE_LIMITS, MOST_SHARES, type Shares, takeTurn } from '../../lib/fairness/shares.ts'

const START = Date.UTC(2026, 10, 22)

interface Ask {
  at: number
  team: string
  caller?: string
  calls?: number
}

/** Asks again and again, and counts the calls that passed, by team and by caller. */
function play(asks: Ask[], shares?: Shares) {
  let now = shares
  const passed: Record<string, number> = {}
  const byCaller: Record<string, number> = {}
  for (const { at, team, caller = 'c', calls = 1 } of asks) {
    const { turn, shares: next } = takeTurn(now, { team, caller }, calls, START + at)
    now = next
    if (!turn.ok) continue
    passed[team] = (passed[team] ?? 0) + calls
    byCaller[caller] = (byCaller[caller] ?? 0) + calls
  }
  return { passed, byCaller, shares: now }
}

const every = (ms: number, from: number, to: number, team: string, caller = 'c'): Ask[] =>
  Array.from({ length: Math.floor((to - from) / ms) }, (_, index) => ({ at: from + index * ms, team, caller }))
const merged = (...asks: Ask[][]) => asks.flat().sort((a, b) => a.at - b.at)

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
      caller: fc.constantFrom('c', 'd', 'e', '__proto__'),
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
    expect(takeTurn(shares, { team: 'a', caller: 'c' }, calls, START).turn).toEqual({
      ok: false,
      retryAfterSeconds: wait,
    })
    expect(takeTurn(shares, { team: 'a', caller: 'c' }, calls, START + wait * 1_000).turn).toEqual({ ok: true })
  })

  it('leaves every team at least one request, however many there are', () => {
    const teams = Array.from({ length: 100 }, (_, index) => ({ at: 0, team: `t${index}`, calls: 2 }))
    const { passed } = play(teams)
    expect(Object.values(passed).every((calls) => calls === 2)).toBe(true)
    expect(Object.keys(passed)).toHaveLength(16)
  })

  it('leaves a team its change behind the look-up of tags, however many others ask', () => {
    const others = Array.from({ length: 12 }, (_, index) => ({ at: 0, team: `t${index}`, calls: 2 }))
    const { shares } = play([...others, { at: 1_000, team: 'a', calls: 1 }])
    expect(takeTurn(shares, { team: 'a', caller: 'c' }, 2, START + 1_000).turn).toEqual({ ok: true })
  })

  it('takes nothing away when a clock is behind', () => {
    const { shares } = play([{ at: 10_000, team: 'a' }])
    const { turn, shares: next } = takeTurn(shares, { team: 'a', caller: 'c' }, 1, START)
    expect(turn).toEqual({ ok: true })
    expect(next.all.at).toBe(START + 10_000)
    expect(next.all.calls).toBe(30)
  })

  it('starts from nothing once API Gateway has said no', () => {
    const shares = drained(undefined, START)
    expect(takeTurn(shares, { team: 'a', caller: 'c' }, 1, START).turn).toEqual({ ok: false, retryAfterSeconds: 1 })
    expect(takeTurn(shares, { team: 'a', caller: 'c' }, 1, START + 125).turn).toEqual({ ok: true })
  })

  describe('between the callers of one team', () => {
    it('shares equally', () => {
      const { byCaller } = play(
        merged(every(10, 0, 20_000, 'a', 'x'), every(10, 0, 20_000, 'a', 'y'), every(10, 0, 20_000, 'a', 'z')),
      )
      const [most, least] = [Math.max(...Object.values(byCaller)), Math.min(...Object.values(byCaller))]
      expect(Object.keys(byCaller)).toHaveLength(3)
      expect(most - least).toBeLessThanOrEqual(12)
    })

    it("leaves a colleague almost all that is asked for while a pipeline asks without a pause, beside another team's", () => {
      const { byCaller } = play(
        merged(
          every(5, 0, 30_000, 'a', 'loop'),
          every(1_000, 10_000, 30_000, 'a', 'calm'),
          every(5, 0, 30_000, 'b', 'other loop'),
        ),
      )
      // Half of half of eight a second.
      expect(byCaller.calm).toBeGreaterThanOrEqual(18)
      expect(byCaller['other loop']).toBeGreaterThan(byCaller.loop ?? 0)
    })

    it("gives many callers no more than their team's share", () => {
      const many = Array.from({ length: 40 }, (_, index) => every(50, 0, 20_000, 'a', `c${index}`))
      const { passed } = play(merged(...many, every(5, 0, 20_000, 'b', 'x')))
      expect(Math.abs((passed.a ?? 0) - (passed.b ?? 0))).toBeLessThanOrEqual(4)
    })

    it('keeps few of them, and those beyond have one share between them, which crowding out refills for nobody', () => {
      const crowd = Array.from({ length: 200 }, (_, index) => ({ at: index, team: 'a', caller: `c${index}` }))
      const { shares, passed } = play(crowd)
      const callers = shares?.teams.a?.callers ?? {}
      expect(Object.keys(callers)).toHaveLength(MOST_SHARES + 1)
      expect(callers).toHaveProperty('c0')
      expect(callers).not.toHaveProperty('c199')
      expect(passed.a).toBeLessThanOrEqual(33)
      const empty = play(
        Array.from({ length: 40 }, () => ({ at: 200, team: 'a', caller: 'c0' })),
        shares,
      ).shares
      const later = play(
        crowd.map((ask) => ({ ...ask, at: 201 + ask.at, caller: `d${ask.caller}` })),
        empty,
      ).shares
      expect(later?.teams.a?.callers?.c0?.calls).toBeLessThan(1)
    })

    it('forgets callers that have gone', () => {
      const { shares } = play([
        { at: 0, team: 'a', caller: 'x' },
        { at: 11_000, team: 'a', caller: 'y' },
      ])
      expect(Object.keys(shares?.teams.a?.callers ?? {})).toEqual(['y'])
    })
  })
})
