import { describe, expect, it } from 'vitest'
import { quotaPartition, sharedQuota } from '../../lib/fairness/quota.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import { StoreUnavailable } from '../../lib/trail/store.ts'
import { faultyStore } from '../support/faulty-store.ts'

const NOW = Date.UTC(2026, 10, 22)
const a = { team: 'a', caller: 'c' }
const here = { account: '111111111111', region: 'eu-west-1' }

describe('sharedQuota()', () => {
  it('is one for all gates on a table, and another for each account and Region', async () => {
    const store = memoryStore()
    const [one, other] = [sharedQuota(store, () => NOW), sharedQuota(store, () => NOW)]
    for (let calls = 0; calls < 16; calls++) {
      expect(await one.take(here, a, 1)).toEqual({ ok: true })
      expect(await other.take(here, a, 1)).toEqual({ ok: true })
    }
    expect(await other.take(here, a, 1)).toEqual({ ok: false, retryAfterSeconds: 1 })
    expect(await other.take({ ...here, region: 'eu-central-1' }, a, 1)).toEqual({ ok: true })
  })

  it('never lets more through than there are, however many ask at the same moment', async () => {
    const store = memoryStore()
    const quotas = Array.from({ length: 100 }, () => sharedQuota(store, () => NOW))
    const turns = await Promise.all(quotas.map((quota) => quota.take(here, a, 1)))
    expect(turns.filter(({ ok }) => ok).length).toBeLessThanOrEqual(32)
    expect(turns.filter(({ ok }) => ok).length).toBeGreaterThan(0)
  })

  it('lets nothing through where it is not known what others took', async () => {
    const store = faultyStore(memoryStore(), ({ pk }) => (pk === quotaPartition(here) ? 'fails' : undefined))
    await expect(sharedQuota(store, () => NOW).take(here, a, 1)).rejects.toThrow(StoreUnavailable)
    await sharedQuota(store, () => NOW).drain(here)
  })

  it('is not looked at again for whoever was turned away, before there can be something for them', async () => {
    let looks = 0
    const store = faultyStore(memoryStore(), ({ pk }) => {
      if (pk === quotaPartition(here)) looks++
      return undefined
    })
    const clock = { now: NOW }
    const quota = sharedQuota(store, () => clock.now)
    const asks = async (asker: { team: string; caller: string }, calls = 1, of = here) => {
      const before = looks
      const { ok } = await quota.take(of, asker, calls)
      return { ok, looked: looks > before }
    }
    while ((await asks(a)).ok);
    for (let again = 0; again < 20; again++) expect(await asks(a)).toEqual({ ok: false, looked: false })
    expect(await quota.take(here, a, 1)).toEqual({ ok: false, retryAfterSeconds: 1 })
    // Others, and who asks for something else, may have more luck.
    expect(await asks({ team: 'b', caller: 'c' })).toMatchObject({ looked: true })
    expect(await asks({ ...a, caller: 'd' })).toMatchObject({ looked: true })
    expect(await asks(a, 2)).toMatchObject({ looked: true })
    expect(await asks(a, 1, { ...here, region: 'eu-central-1' })).toMatchObject({ ok: true })
    clock.now += 999
    expect(await asks(a)).toEqual({ ok: true, looked: true })
    while ((await asks(a)).ok);
    clock.now -= 60_000
    expect(await asks(a)).toEqual({ ok: false, looked: true })
  })

  it('is empty after a drain', async () => {
    const store = memoryStore()
    const quota = sharedQuota(store, () => NOW)
    await quota.drain(here)
    expect(await quota.take(here, a, 1)).toEqual({ ok: false, retryAfterSeconds: 1 })
  })
})
