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

  it('is empty after a drain', async () => {
    const store = memoryStore()
    const quota = sharedQuota(store, () => NOW)
    await quota.drain(here)
    expect(await quota.take(here, a, 1)).toEqual({ ok: false, retryAfterSeconds: 1 })
  })
})
