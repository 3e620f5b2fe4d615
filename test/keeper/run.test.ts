import { describe, expect, it } from 'vitest'
import { type Keeper, type KeeperEvent, MOST_SKEW_MS, runKeeper } from '../../lib/keeper/run.ts'
import { readPointer, readPublished, readVerifierKeys } from '../../lib/log/log-store.ts'
import { change } from '../../lib/trail/change.ts'
import { recordDenial, recordRead } from '../../lib/trail/denial.ts'
import { feedPartition, monthOf, readFeedState } from '../../lib/trail/feeds.ts'
import { shardKey } from '../../lib/trail/item-key.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import { shardOf } from '../../lib/trail/record-id.ts'
import { StoreUnavailable } from '../../lib/trail/store.ts'
import { checkedLeaves, failingAt, keyOf, logOn, overwrite, SIGNER, sortKeysOf } from '../log/support/log-fixture.ts'
import { attempt, decision, SHARDS, VIOLATION, type World, work, world } from '../trail/world.ts'

const MINUTE = 60_000

interface Alarmed extends Keeper {
  alarms: [KeeperEvent, Record<string, unknown>][]
}

function keeperOf(here: World, store = here.store): Alarmed {
  const alarms: Alarmed['alarms'] = []
  const log = { ...logOn(store), shards: SHARDS }
  const ledger = { ...here.ledger, store }
  return { ledger, controlPlane: here.upstream, log, alarms, alarm: (...line) => void alarms.push(line) }
}

const run = (keeper: Keeper) => runKeeper(keeper, keeper.ledger.now() + 30_000)

/** One request of every kind, each a second after the one before. */
async function requests(here: World): Promise<string[]> {
  const ids: string[] = []
  for (let n = 0; n < 3; n++) {
    here.clock.now += 1_000
    ids.push((await change(here.ledger, attempt(here), work(here))).id)
    here.clock.now += 1_000
    ids.push((await recordDenial(here.ledger, attempt(here), { decision: decision('deny', [VIOLATION]) })).id)
    here.clock.now += 1_000
    ids.push((await recordRead(here.ledger, attempt(here))).id)
  }
  return ids
}

describe('runKeeper()', () => {
  it('seals every record that is old enough, once, and says whose signature it is', async () => {
    const here = world()
    const ids = await requests(here)
    const keeper = keeperOf(here)
    expect((await run(keeper)).log).toEqual({ size: 1, added: 0 })
    here.clock.now += 2 * MINUTE
    const report = await run(keeper)
    expect(report).toMatchObject({ log: { size: 13, added: 12 }, projection: { projected: 12 }, failed: [] })
    const sealed = sortKeysOf(await checkedLeaves(here.store))
    expect([...new Set(sealed.map((key) => key.slice(0, 26)))].toSorted()).toEqual(ids.toSorted())
    expect(await readVerifierKeys(here.store)).toEqual([SIGNER.verifierKey])
    expect((await run(keeper)).log).toEqual({ size: 13, added: 0 })
    expect(keeper.alarms).toEqual([])
  })

  it('settles, seals and feeds what a gate left behind in one run', async () => {
    const here = world()
    here.upstream.next.push('applies-silently')
    const { id } = await change(here.ledger, attempt(here), work(here))
    here.clock.now += 2 * MINUTE
    const keeper = keeperOf(here)
    const report = await run(keeper)
    expect(report.recovery?.settled).toEqual({ APPLIED: 1 })
    expect(await readPointer(here.store, id, 'O')).toEqual(expect.any(Number))
    const partition = feedPartition(here.ledger.keys, { name: 'result', value: 'APPLIED' }, monthOf(here.clock.now))
    expect((await here.store.list({ pk: partition })).items).toMatchObject([{ sk: id }])
  })

  it('may run several times at once', async () => {
    const here = world()
    await requests(here)
    here.clock.now += 2 * MINUTE
    const keepers = Array.from({ length: 4 }, () => keeperOf(here))
    await Promise.all(keepers.map(run))
    await run(keeperOf(here))
    expect(sortKeysOf(await checkedLeaves(here.store))).toHaveLength(12)
    expect(keepers.flatMap(({ alarms }) => alarms)).toEqual([])
    expect(await readFeedState(here.store, here.ledger.keys)).toMatchObject({ index: 13 })
  })

  it('goes on where a run failed, at whatever call it did', async () => {
    const here = world()
    await requests(here)
    here.clock.now += 2 * MINUTE
    for (const when of ['failed', 'persisted'] as const) {
      for (let at = 0; ; at += 3) {
        const copy = world({ clock: here.clock, store: memoryStore() })
        for (let shard = 0; shard < SHARDS; shard++) {
          for (const item of (await here.store.list({ pk: shardKey(shard) })).items) await copy.store.create(item)
        }
        const faulty = failingAt(copy.store, at, when)
        await run(keeperOf(copy, faulty))
        if (faulty.calls() <= at) break
        const second = keeperOf(copy)
        expect(await run(second)).toMatchObject({ log: { size: 13 }, failed: [] })
        expect(second.alarms).toEqual([])
        expect(sortKeysOf(await checkedLeaves(copy.store))).toHaveLength(12)
        expect(await readFeedState(copy.store, copy.ledger.keys)).toMatchObject({ index: 13, upTo: expect.any(Number) })
      }
    }
  })

  it('stops when its time is over, and goes on in the next run', async () => {
    const here = world()
    await requests(here)
    here.clock.now += 2 * MINUTE
    const keeper = keeperOf(here)
    await runKeeper(keeper, here.clock.now)
    expect(await readPublished(here.store)).toMatchObject({ size: 1 })
    expect(await readFeedState(here.store, here.ledger.keys)).toBeUndefined()
    expect(await run(keeper)).toMatchObject({ log: { size: 13 }, projection: { projected: 13 } })
  })

  it('says what failed and does the rest', async () => {
    const here = world()
    await requests(here)
    here.clock.now += 2 * MINUTE
    const claims = { ...here.store }
    claims.list = async (query) => {
      if (query.pk.startsWith('OPEN#')) throw new StoreUnavailable('throttled')
      return here.store.list(query)
    }
    const keeper = keeperOf(here, claims)
    expect(await run(keeper)).toMatchObject({ failed: ['recover'], log: { size: 13 } })
    expect(keeper.alarms).toEqual([['keeper_step_failed', { step: 'recover', reason: 'throttled' }]])
  })
})

describe('the alarms of a keeper', () => {
  it('sound where a record comes long after its time', async () => {
    const here = world()
    const past = attempt(here)
    // Another one of its shard, so that the log's cursor goes by.
    for (let id = ''; shardOf(id, SHARDS) !== shardOf(past.id, SHARDS); ) {
      here.clock.now += 1_000
      id = (await recordRead(here.ledger, attempt(here))).id
    }
    here.clock.now += 2 * MINUTE
    await run(keeperOf(here))
    await recordRead({ ...here.ledger, now: () => past.receivedAt }, past)
    here.clock.now += 40 * MINUTE
    const keeper = keeperOf(here)
    await run(keeper)
    expect(keeper.alarms).toEqual([['log_late', { records: [`${past.id}#R`] }]])
  })

  it('sound where something among the evidence is no record', async () => {
    const here = world()
    await here.store.create({ pk: shardKey(0), sk: '00000000000000000000000000#D', note: 'planted' })
    here.clock.now += 2 * MINUTE
    const keeper = keeperOf(here)
    await run(keeper)
    expect(keeper.alarms).toEqual([['log_unreadable', { items: ['00000000000000000000000000#D'] }]])
  })

  it('sound where the log was tampered with; nothing is sealed or fed then', async () => {
    const here = world()
    await run(keeperOf(here))
    await overwrite(here.store, 'LOG', 'STATE', (state) => ({ ...state, root: keyOf(SIGNER).name }))
    await requests(here)
    here.clock.now += 2 * MINUTE
    const keeper = keeperOf(here)
    expect(await run(keeper)).toEqual({ recovery: expect.anything(), log: 'damaged', failed: [] })
    expect(keeper.alarms).toMatchObject([['log_damaged', { reason: expect.any(String) }]])
    expect(await readPublished(here.store)).toMatchObject({ size: 1 })
  })

  it.each([
    { skewMs: MOST_SKEW_MS, alarms: [] },
    { skewMs: MOST_SKEW_MS + 1_000, alarms: ['clock_skew'] },
    { skewMs: -MOST_SKEW_MS - 1_000, alarms: ['clock_skew'] },
  ])('sound where a clock is off: $skewMs ms', async ({ skewMs, alarms }) => {
    const here = world()
    // The upstream's Date header is by a clock of its own.
    const upstream = { ...here.upstream }
    upstream.change = async (...args) => {
      const answer = await here.upstream.change(...args)
      return { ...answer, upstream: { ...answer.upstream, date: new Date(here.clock.now - skewMs).toUTCString() } }
    }
    const { id } = await change(here.ledger, attempt(here), { ...work(here), controlPlane: upstream })
    here.clock.now += 2 * MINUTE
    const keeper = keeperOf(here)
    await run(keeper)
    expect(keeper.alarms).toEqual(alarms.map((event) => [event, { id, skewMs }]))
  })
})
