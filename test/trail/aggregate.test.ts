import { expect, it } from 'vitest'
import { requestCounter } from '../../lib/trail/aggregate.ts'
import { listTrail } from '../../lib/trail/list.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import { faultyStore } from '../support/faulty-store.ts'
import { allRecords, START, world } from './world.ts'

it('makes one record of a minute, by source and reason', async () => {
  const here = world()
  const counter = requestCounter(here.ledger)
  await counter.count('192.0.2.1', 'expired', 'PUT /restapis')
  here.clock.now += 10_000
  await counter.count('192.0.2.1', 'expired')
  await counter.count('192.0.2.1', 'missing')
  await counter.count('192.0.2.2', 'expired')
  expect(await allRecords(here.store)).toEqual([])
  here.clock.now = START + 60_000
  await counter.count('192.0.2.1', 'expired')
  const at = START + 10_000
  const [record, ...others] = await allRecords(here.store)
  expect(others).toEqual([])
  expect(record).toMatchObject({
    kind: 'A',
    minute: START,
    others: 0,
    entries: [
      { source: '192.0.2.1', reason: 'expired', count: 2, first: START, last: at, samples: ['PUT /restapis'] },
      { source: '192.0.2.1', reason: 'missing', count: 1, first: at, last: at },
      { source: '192.0.2.2', reason: 'expired', count: 1, first: at, last: at },
    ],
  })
  const page = await listTrail(here.ledger, { principal: 'me' })
  expect(page).toMatchObject({ entries: [{ status: 'aggregate' }] })
})

it('records a minute that is over without waiting for the next request, and only then', async () => {
  const here = world()
  const counter = requestCounter(here.ledger)
  await counter.count('a', 'missing')
  await counter.roll()
  expect(await allRecords(here.store)).toEqual([])
  here.clock.now += 60_000
  await counter.roll()
  await counter.roll()
  expect(await allRecords(here.store)).toHaveLength(1)
})

it('records the rest when it is closed, and nothing where there is none', async () => {
  const here = world()
  const counter = requestCounter(here.ledger)
  await counter.close()
  await counter.count('a', 'missing')
  await counter.close()
  expect(await allRecords(here.store)).toMatchObject([{ entries: [{ count: 1 }] }])
})

it('stays small however many sources there are, and says how many it left out', async () => {
  const here = world()
  const counter = requestCounter(here.ledger)
  for (let n = 0; n < 800; n++) await counter.count(`${n}-${'x'.repeat(500)}`, 'missing'.repeat(50), 's'.repeat(5_000))
  for (let n = 0; n < 10; n++) await counter.count(`0-${'x'.repeat(500)}`, 'missing'.repeat(50), 's')
  await counter.close()
  const [record] = await allRecords(here.store)
  expect(record).toMatchObject({ others: 300 })
  expect(JSON.stringify(record).length).toBeLessThan(300_000)
  expect(record).toHaveProperty('entries.0.count', 11)
  expect(record).toHaveProperty('entries.0.samples.length', 3)
})

it('does not fail where the store does: the counts go to the log', async () => {
  const here = world({ store: faultyStore(memoryStore(), ({ pk }) => (pk.startsWith('S#') ? 'fails' : undefined)) })
  const counter = requestCounter(here.ledger)
  await counter.count('a', 'missing')
  await counter.close()
  expect(here.lines).toMatchObject([{ event: 'audit_not_recorded', members: { record: { entries: [{ count: 1 }] } } }])
})
