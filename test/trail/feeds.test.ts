import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recordDenial, recordRead } from '../../lib/trail/denial.ts'
import { feed, feedPartition, monthBefore, saveFeedState, termsOfRecord } from '../../lib/trail/feeds.ts'
import { recordKey } from '../../lib/trail/item-key.ts'
import { listTrail, type TrailFilter } from '../../lib/trail/list.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import { recordTime } from '../../lib/trail/record-id.ts'
import type { ListQuery, Store } from '../../lib/trail/store.ts'
import { trailKeys } from '../../lib/trail/trail-keys.ts'
import {
  allItems,
  allRecords,
  attempt,
  decision,
  SHARDS,
  START,
  seededBytes,
  TARGET,
  VIOLATION,
  type World,
  world,
} from './world.ts'

const TEAMS = ['payments', 'search']
const RULES = ['payments.uri', 'payments.timeout']
const DAY = 86_400_000
const TEAM = { name: 'team', value: 'payments' } as const
const RULE = { name: 'rule', value: 'payments.timeout' } as const

/** Puts everything up to a time into the feeds, as the keeper does once it is sealed. */
async function feedAll(here: World, upTo: number): Promise<void> {
  const records = (await allRecords(here.store)).filter(({ id }) => recordTime(id) <= upTo)
  for (const record of records) await feed(here.store, here.ledger.keys, record)
  const since = Math.min(...records.map(({ id }) => recordTime(id)), upTo)
  await saveFeedState(here.store, here.ledger.keys, undefined, { index: records.length, since, upTo })
}

async function denied(here: World, team = 'payments', rules = ['payments.uri'], sub = 'ci'): Promise<string> {
  const violations = rules.map((rule) => ({ ...VIOLATION, rule }))
  const asked = attempt(here, {
    team,
    actor: { iss: 'https://issuer.example', sub, tokenHash: 't' },
    target: { ...TARGET, restApiId: `${team}api` },
  })
  return (await recordDenial(here.ledger, asked, { decision: decision('deny', violations), intended: null })).id
}

async function listed(here: World, filter: TrailFilter, limit = 50): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const page = await listTrail(here.ledger, { filter, principal: 'me', limit, ...(cursor && { cursor }) })
    if (!page.ok) throw new Error(page.reason)
    ids.push(...page.entries.map(({ id }) => id))
    cursor = page.next
  } while (cursor)
  return ids
}

function counted(store: Store): Store & { lists: ListQuery[] } {
  const lists: ListQuery[] = []
  return {
    ...store,
    lists,
    list(query) {
      lists.push(query)
      return store.list(query)
    },
  }
}

describe('a listing from feeds', () => {
  it('is the one from the shards, whatever the filter, the page and how far the feeds have come', async () => {
    const request = fc.record({
      later: fc.constantFrom(0, 1, 1_000, DAY, 20 * DAY),
      team: fc.constantFrom(...TEAMS),
      rules: fc.subarray(RULES),
      sub: fc.constantFrom('ci', 'ada'),
      read: fc.boolean(),
    })
    const optional = <T>(...values: T[]) => fc.constantFrom(undefined, ...values)
    const filters = fc.record({
      team: optional(...TEAMS),
      restApiId: optional('paymentsapi'),
      actor: optional('ci', 'ada'),
      decision: optional('deny' as const, 'allow' as const),
      rule: optional(...RULES),
      fromRequest: optional(0, 3),
      toRequest: optional(2, 6),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { maxLength: 25 }),
        filters,
        fc.integer({ min: 1, max: 7 }),
        fc.nat(24),
        async (requests, { fromRequest, toRequest, ...terms }, limit, fedCount) => {
          const here = world()
          const times: number[] = []
          for (const { later, team, rules, sub, read } of requests) {
            here.clock.now += later
            times.push(here.clock.now)
            if (read) await recordRead(here.ledger, attempt(here, { team }))
            else await denied(here, team, rules, sub)
          }
          const [from, to] = [times[fromRequest ?? -1], times[toRequest ?? -1]]
          const given = { ...terms, from, to }
          const filter = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
          const expected = await listed(here, filter, 200)
          await feedAll(here, times[fedCount] ?? here.clock.now)
          expect(await listed(here, filter, limit)).toEqual(expected)
        },
      ),
      { numRuns: 150 },
    )
  })

  it('reads what matches and little else', async () => {
    const store = counted(memoryStore())
    const here = world({ store })
    const wanted: string[] = []
    for (let n = 0; n < 1_000; n++) {
      here.clock.now += 1_000
      const rare = n % 100 === 50
      const id = await denied(here, rare ? 'search' : 'payments', rare ? ['payments.timeout'] : ['payments.uri'])
      if (rare) wanted.unshift(id)
    }
    await feedAll(here, here.clock.now)
    store.lists.length = 0
    expect(await listed(here, { team: 'search', rule: 'payments.timeout', decision: 'deny' })).toEqual(wanted)
    // The shards for what came since, each feed, and the ten stories.
    expect(store.lists.length).toBeLessThan(SHARDS + 3 * 12 + wanted.length)
  })

  it('finds what feeds have in common, however little that is, and says how far it searched', async () => {
    const here = world()
    const { store, keys } = here.ledger
    const wanted: string[] = []
    for (let n = 0; n < 6_000; n++) {
      here.clock.now += 1_000
      if (n % 700 === 300) {
        wanted.unshift(await denied(here, 'payments', ['payments.timeout']))
        continue
      }
      const id = here.ledger.newId()
      await store.create({ pk: feedPartition(keys, n % 2 ? TEAM : RULE, '2026-11'), sk: id })
    }
    await feedAll(here, here.clock.now)
    const filter = { team: 'payments', rule: 'payments.timeout' }
    const page = await listTrail(here.ledger, { filter, principal: 'me' })
    expect(page).toMatchObject({ ok: true, next: expect.any(String), searchedTo: expect.any(Number) })
    expect(page.ok && page.entries.length).toBeLessThan(wanted.length)
    expect(await listed(here, filter)).toEqual(wanted)
    expect(await listed(here, filter, 1)).toEqual(wanted)
  })

  it('loses nothing where a search is cut short', async () => {
    // Somewhere among these the search ends at the very request that is found next.
    for (let apart = 2_195; apart < 2_210; apart++) {
      const here = world()
      const { store, keys } = here.ledger
      const wanted = [await denied(here, 'payments', ['payments.timeout'])]
      here.clock.now += 1_000
      wanted.unshift(await denied(here, 'payments', ['payments.timeout']))
      await feedAll(here, here.clock.now + 10_000_000)
      for (let n = 0; n < apart; n++) {
        here.clock.now += 1_000
        const pk = feedPartition(keys, n % 2 ? TEAM : RULE, '2026-11')
        await store.create({ pk, sk: here.ledger.newId() })
      }
      expect(await listed(here, { team: TEAM.value, rule: RULE.value })).toEqual(wanted)
    }
  })

  it('leaves out a request that was erased', async () => {
    const here = world()
    const ids = [await denied(here), await denied(here)].sort()
    await feedAll(here, here.clock.now)
    const [erased = '', kept] = ids
    const without = memoryStore()
    for (const { pk } of [{ pk: 'META' }, { pk: 'KEEPER' }, { pk: 'F#team#payments#2026-11' }])
      for (const item of (await here.store.list({ pk })).items) await without.create(item)
    for (const item of await allItems(here.store, 'S#')) {
      if (item.sk !== recordKey(erased, 'D', SHARDS).sk) await without.create(item)
    }
    expect(await listed(world({ store: without, clock: here.clock }), { team: 'payments' })).toEqual([kept])
  })

  it('comes from the shards while the feeds are of another key', async () => {
    const here = world()
    const id = await denied(here)
    const other = trailKeys(new Uint8Array(32).fill(8), seededBytes(1))
    await saveFeedState(here.store, other, undefined, { index: 0, since: START, upTo: here.clock.now + DAY })
    expect(await listed(here, { actor: 'ci' })).toEqual([id])
  })
})

describe('a feed', () => {
  it('names nobody: who acted is there as a MAC alone', async () => {
    const here = world()
    await denied(here, 'payments', ['payments.uri'], 'ada@example.com')
    const [record] = await allRecords(here.store)
    if (!record) throw new Error('no record')
    expect(termsOfRecord(record)).toContainEqual({ name: 'actor', value: 'ada@example.com' })
    const rows: string[] = []
    const store = { ...here.store, create: async (item: object) => rows.push(JSON.stringify(item)) > 0 }
    await feed(store, here.ledger.keys, record)
    expect(rows).toHaveLength(5)
    expect(rows.join()).not.toContain('ada@example.com')
  })

  it('is of one month', () => {
    expect([monthBefore('2026-11'), monthBefore('2027-01')]).toEqual(['2026-10', '2026-12'])
  })
})
