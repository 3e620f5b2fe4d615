import { describe, expect, it } from 'vitest'
import { recordDenial } from '../../lib/trail/denial.ts'
import { denialRoom } from '../../lib/trail/denial-room.ts'
import { openLedger, readBlob } from '../../lib/trail/ledger.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import type { DeniedRecord } from '../../lib/trail/record.ts'
import { faultyStore } from '../support/faulty-store.ts'
import { allRecords, attempt, decision, INTENDED, KEYS, SHARDS, VIOLATION, type World, world } from './world.ts'

const ACTOR = { iss: 'https://issuer.example', sub: 'ci', tokenHash: 't' }
const LARGE = { ...INTENDED, requestTemplates: { 'text/plain': 'x'.repeat(100_000) } }
const DENIAL = { decision: decision('deny', Array(20).fill(VIOLATION)), intended: LARGE }

/** A world whose callers have room for so many bytes, and for one more each second. */
function roomFor(bytes: number, here: World = world()): World {
  const { clock, store } = here
  const room = denialRoom(() => clock.now, { perSecond: 1, burst: bytes })
  const log = (event: string, members: Record<string, unknown>) => void here.lines.push({ event, members })
  const ledger = openLedger({ store, keys: KEYS, shards: SHARDS, now: () => clock.now, log, room })
  return { ...here, ledger }
}

describe('denialRoom()', () => {
  it("is each caller's own, and fills with time", () => {
    const clock = { now: 0 }
    const room = denialRoom(() => clock.now, { perSecond: 10, burst: 100 })
    expect([room.take(ACTOR, 60), room.take(ACTOR, 60), room.take(ACTOR, 40)]).toEqual([true, false, true])
    expect(room.take({ ...ACTOR, sub: 'other' }, 60)).toBe(true)
    expect(room.take({ ...ACTOR, tokenHash: 'a new token' }, 60)).toBe(false)
    clock.now = 6_000
    expect([room.take(ACTOR, 60), room.take(ACTOR, 1)]).toEqual([true, false])
  })
})

describe('a denial', () => {
  it('is kept whole with the copy of its request where there is room', async () => {
    const here = roomFor(200_000)
    await recordDenial(here.ledger, attempt(here), DENIAL)
    const [record] = (await allRecords(here.store)) as [DeniedRecord]
    expect(record.reasons).toHaveLength(20)
    expect(await readBlob(here.ledger, record.sealed ?? '')).toMatchObject({ intended: LARGE })
  })

  it('is recorded in short where there is none, without a copy', async () => {
    const here = roomFor(200_000)
    for (const _ of [1, 2, 3]) await recordDenial(here.ledger, attempt(here), DENIAL)
    const records = (await allRecords(here.store)) as DeniedRecord[]
    const short = records.filter(({ shortened }) => shortened)
    expect([records.length, short.length]).toEqual([3, 2])
    for (const record of short) {
      expect(record).toMatchObject({
        kind: 'D',
        decision: 'deny',
        actor: { sub: 'ci@payments' },
        intended: { mac: expect.any(String) },
        more: { 'payments.uri': 16 },
        whole: { mac: expect.stringMatching(/^hmac-sha256:/), entries: { reasons: 20 } },
      })
      expect(record).not.toHaveProperty('sealed')
      expect(JSON.stringify(record).length).toBeLessThan(4_096)
    }
  })

  it('is recorded in short as well where its shard is throttled', async () => {
    let throttled = false
    const memory = memoryStore()
    const store = faultyStore(memory, ({ pk }) => {
      if (!pk.startsWith('S#') || throttled) return undefined
      throttled = true
      return 'throttles'
    })
    const here = roomFor(10, world({ store }))
    expect(await recordDenial(here.ledger, attempt(here), DENIAL)).toMatchObject({ recorded: true })
    expect(await allRecords(memory)).toMatchObject([{ kind: 'D', shortened: true }])
  })
})
