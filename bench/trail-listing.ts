import { randomBytes } from 'node:crypto'
import { feedPartition, monthOf, termsOfRecord } from '../lib/trail/feeds.ts'
import { recordKey } from '../lib/trail/item-key.ts'
import { openLedger } from '../lib/trail/ledger.ts'
import { listTrail, type TrailFilter } from '../lib/trail/list.ts'
import { memoryStore } from '../lib/trail/memory-store.ts'
import { newRecordId } from '../lib/trail/record-id.ts'
import type { Item, ListQuery, Store } from '../lib/trail/store.ts'
import { trailKeys } from '../lib/trail/trail-keys.ts'
import { median } from './quantile.ts'
import { summaryRecord } from './trail-records.ts'

const SHARDS = 64
const START = Date.UTC(2026, 8, 1)
/** Two months of a million. */
const BETWEEN_MS = 5_000
const FILTERS: Record<string, TrailFilter> = {
  'no filter': {},
  'a team of 40': { team: 'team-7' },
  'an API of 2,000': { restApiId: 'api77' },
  'a caller of 300': { actor: 'user-7' },
  'a team and a caller': { team: 'team-7', actor: 'user-7' },
  'a rule, 1 in 10,000': { rule: 'team-0.rare' },
  'nothing there is': { restApiId: 'none' },
}

/** One page of 50 of a filtered listing, beside one without a filter, at `records` records. */
export async function benchListing(rounds: number, records: number): Promise<void> {
  const keys = trailKeys(randomBytes(32), randomBytes)
  const { store, calls } = madeUpStore(keys, records)
  const now = () => START + (records + 1) * BETWEEN_MS
  const ledger = openLedger({ store, keys, shards: SHARDS, now, log: () => {} })
  const measured = new Map(Object.keys(FILTERS).map((name) => [name, { ms: [] as number[], found: 0, calls: 0 }]))
  for (let round = -2; round < rounds; round++) {
    for (const [name, filter] of Object.entries(FILTERS)) {
      const before = calls()
      const started = process.cpuUsage()
      const page = await listTrail(ledger, { filter, principal: 'bench' })
      const { user, system } = process.cpuUsage(started)
      const ms = (user + system) / 1000
      const one = measured.get(name)
      if (!one || !page.ok) throw new Error('no page')
      if (round >= 0) one.ms.push(ms)
      one.found = page.entries.length
      one.calls = calls() - before
    }
  }
  const all = measured.get('no filter')?.ms ?? []
  console.log(`\nOne page of 50 at ${records} records, median of ${rounds} rounds`)
  console.log(`${''.padEnd(26)}${['ms', '× no filter', 'calls', 'found'].map((title) => title.padStart(12)).join('')}`)
  for (const [name, { ms, found, calls: made }] of measured) {
    const ratio = median(ms.map((value, round) => value / (all[round] ?? Number.NaN)))
    const columns = [median(ms).toFixed(2), ratio.toFixed(2), made, found]
    console.log(`${name.padEnd(26)}${columns.map((column) => String(column).padStart(12)).join('')}`)
  }
}

/**
 * A store that holds the keys of records and feeds, and makes their content up when it is read: a million records would
 * fill the memory of a small machine.
 */
function madeUpStore(keys: ReturnType<typeof trailKeys>, records: number): { store: Store; calls(): number } {
  const rest = memoryStore()
  const partitions = new Map<string, string[]>()
  const numbers = new Map<string, number>()
  const add = (pk: string, sk: string) => {
    const order = partitions.get(pk)
    if (order) order.push(sk)
    else partitions.set(pk, [sk])
  }
  const actors = new Map<string, string>()
  for (let n = 0; n < records; n++) {
    const time = START + n * BETWEEN_MS
    const id = newRecordId(time, Math.random)
    const record = summaryRecord(id, time, n)
    const { pk, sk } = recordKey(id, 'D', SHARDS)
    numbers.set(sk, n)
    add(pk, sk)
    const month = monthOf(time)
    for (const term of termsOfRecord(record)) {
      const name = `${term.name} ${term.value} ${month}`
      const partition = actors.get(name) ?? feedPartition(keys, term, month)
      actors.set(name, partition)
      add(partition, id)
    }
  }
  const state = { pk: 'KEEPER', sk: 'FEEDS', v: 1, keyId: keys.keyId, index: records, since: START, rev: 1 }
  const upTo = START + records * BETWEEN_MS
  const ready = rest.create({ ...state, upTo })

  const itemOf = (pk: string, sk: string): Item => {
    const n = numbers.get(sk)
    if (n === undefined) return { pk, sk }
    const record = summaryRecord(sk.slice(0, 26), START + n * BETWEEN_MS, n)
    // What every other store makes of it as well.
    return JSON.parse(JSON.stringify({ pk, sk, v: 1, salt: 'x'.repeat(44), record })) as Item
  }
  let calls = 0
  const store: Store = {
    ...rest,
    async read(pk, sk) {
      calls++
      await ready
      return numbers.has(sk) ? itemOf(pk, sk) : rest.read(pk, sk)
    },
    async list(query) {
      calls++
      const { keys: found, isMore } = keysOf(partitions.get(query.pk) ?? [], query)
      const next = isMore ? found.at(-1) : undefined
      return { items: found.map((sk) => itemOf(query.pk, sk)), ...(next !== undefined && { next }) }
    },
  }
  return { store, calls: () => calls }
}

function keysOf(order: readonly string[], { from, to, after, descending = false, limit = 100 }: ListQuery) {
  let low = from === undefined ? 0 : place(order, (key) => key < from)
  let high = to === undefined ? order.length : place(order, (key) => key <= to)
  if (after !== undefined && descending)
    high = Math.min(
      high,
      place(order, (key) => key < after),
    )
  if (after !== undefined && !descending)
    low = Math.max(
      low,
      place(order, (key) => key <= after),
    )
  const taken = Math.min(Math.max(high - low, 0), limit)
  const keys = descending ? order.slice(high - taken, high).reverse() : order.slice(low, low + taken)
  return { keys, isMore: high - low > taken }
}

/** How many leading keys are below. */
function place(order: readonly string[], isBelow: (key: string) => boolean): number {
  let [low, high] = [0, order.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBelow(order[middle] ?? '')) low = middle + 1
    else high = middle
  }
  return low
}
