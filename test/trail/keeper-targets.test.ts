import { describe, expect, it } from 'vitest'
import { change } from '../../lib/trail/change.ts'
import { recover } from '../../lib/trail/keeper.ts'
import { attempt, fakeUpstream, INTENDED, TARGET, targetKey, work, world } from './world.ts'

/** A change whose answer was lost, and that was applied in its own account. */
async function lost() {
  const here = world()
  here.upstream.next.push('applies-silently')
  const { id } = await change(here.ledger, attempt(here), work(here))
  here.clock.now += 60_000
  return { here, id }
}

describe('a keeper of several accounts', () => {
  it('looks where the change was made', async () => {
    const { here, id } = await lost()
    const elsewhere = fakeUpstream(here.clock)
    const asked: object[] = []
    const at = (place: object) => {
      asked.push(place)
      return here.upstream
    }
    const report = await recover(here.ledger, { controlPlane: { ...elsewhere, at } })
    expect(asked).toEqual([{ account: TARGET.account, region: TARGET.region }])
    expect(report).toMatchObject({ settled: { APPLIED: 1 }, failed: 0, waiting: [] })
    expect(here.upstream.integrations.get(targetKey(TARGET))).toEqual(INTENDED)
    expect(id).toMatch(/^[0-9A-Z]{26}$/)
  })

  it('decides nothing by another account when the right one is not configured any more', async () => {
    const { here } = await lost()
    const at = () => {
      throw new Error('Cannot look there')
    }
    here.clock.now += 60 * 60_000
    const report = await recover(here.ledger, { controlPlane: { ...fakeUpstream(here.clock), at } })
    expect(report).toMatchObject({ settled: {}, failed: 1, released: 0 })
  })
})
