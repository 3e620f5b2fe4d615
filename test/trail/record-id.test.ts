import fc from 'fast-check'
import { expect, it } from 'vitest'
import { claimKey, recordKey } from '../../lib/trail/item-key.ts'
import { openLedger } from '../../lib/trail/ledger.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import { highestAt, isRecordId, lowestAt, newRecordId, recordTime, shardOf } from '../../lib/trail/record-id.ts'
import { KEYS, START, seededBytes, TARGET } from './world.ts'

const times = fc.integer({ min: 0, max: 2 ** 48 - 1 })
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

it('tells its time, and sorts by it', () => {
  fc.assert(
    fc.property(times, times, random, random, (a, b, x, y) => {
      const [first, second] = [newRecordId(a, () => x), newRecordId(b, () => y)]
      expect(isRecordId(first)).toBe(true)
      expect(recordTime(first)).toBe(a)
      if (a !== b) expect(first < second).toBe(a < b)
    }),
  )
})

it('lies between the bounds of its millisecond, and of no other', () => {
  fc.assert(
    fc.property(times, random, (time, x) => {
      const key = `${newRecordId(time, () => x)}#O`
      expect(lowestAt(time) <= key && key <= highestAt(time)).toBe(true)
      if (time > 0) expect(key > highestAt(time - 1)).toBe(true)
      expect(key < lowestAt(time + 1) || time === 2 ** 48 - 1).toBe(true)
    }),
  )
})

it('lies in the shard of the low six bits of its random part', () => {
  const id = (end: string) => `01HNZX8JGFACFA36RBXDHEQN${end}`
  expect(['00', '01', '0Z', '10', '1Z', '2Z', 'ZZ'].map((end) => shardOf(id(end), 64))).toEqual([
    0, 1, 31, 32, 63, 31, 63,
  ])
  expect(shardOf(id('1Z'), 8)).toBe(7)
})

it('spreads evenly over the shards', () => {
  const bytes = seededBytes(5)
  const ledger = openLedger({
    store: memoryStore(),
    keys: KEYS,
    shards: 64,
    now: () => START,
    randomBytes: bytes,
    log: () => {},
  })
  const counts = new Array<number>(64).fill(0)
  for (let n = 0; n < 6_400; n++) {
    const shard = shardOf(ledger.newId(), 64)
    counts[shard] = (counts[shard] ?? 0) + 1
  }
  expect(Math.min(...counts)).toBeGreaterThan(60)
  expect(Math.max(...counts)).toBeLessThan(150)
})

it.each([
  '',
  '01HNZX8JGFACFA36RBXDHEQN6',
  '01HNZX8JGFACFA36RBXDHEQN6EE',
  '81HNZX8JGFACFA36RBXDHEQN6E',
  '01hnzx8jgfacfa36rbxdheqn6e',
  '01HNZX8JGFACFA36RBXDHEQN6I',
  '01HNZX8JGFACFA36RBXDHEQN6E\n',
])('is not %j', (text) => expect(isRecordId(text)).toBe(false))

it('keys all records of a request under one another, the intent before its outcome', () => {
  const id = newRecordId(START, () => 0.3)
  const keys = (['D', 'I', 'O', 'R'] as const).map((kind) => recordKey(id, kind, 8))
  expect(new Set(keys.map((key) => key.pk)).size).toBe(1)
  expect(keys.map((key) => key.sk)).toEqual([`${id}#D`, `${id}#I`, `${id}#O`, `${id}#R`])
})

it('claims a method under one key, and another method under another', () => {
  expect(claimKey(TARGET)).toEqual(claimKey({ ...TARGET }))
  expect(claimKey(TARGET).sk).toBe('111111111111/eu-west-1/a1b2c3d4e5/9x8y7z/GET')
  expect(claimKey({ ...TARGET, httpMethod: 'ANY' }).sk).not.toBe(claimKey(TARGET).sk)
})

it('refuses a table that was made with another number of shards', async () => {
  const store = memoryStore()
  const options = { store, keys: KEYS, log: () => {} }
  await openLedger({ ...options, shards: 8 }).store.read('a', 'b')
  await openLedger({ ...options, shards: 8 }).store.read('a', 'b')
  await expect(openLedger({ ...options, shards: 64 }).store.read('a', 'b')).rejects.toThrow('made for 8 shards, not 64')
})
