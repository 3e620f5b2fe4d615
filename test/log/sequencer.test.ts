import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Signer } from '../../lib/log/key.ts'
import { publishHead, readPointer, readPublished, readState } from '../../lib/log/log-store.ts'
import { sequence } from '../../lib/log/sequencer.ts'
import { latePointerKey, type RecordKind } from '../../lib/trail/item-key.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import { type Store, StoreUnavailable } from '../../lib/trail/store.ts'
import {
  checkedLeaves,
  copyableStore,
  EPOCH,
  failingAt,
  keyOf,
  logOn,
  logWith,
  ORIGIN,
  overwrite,
  putRecord,
  SIGNER,
  signerOf,
  sortKeysOf,
} from './support/log-fixture.ts'

const MINUTE = 60_000

/** What the keeper writes before an outcome that may come behind the log's cursor. */
const notice = (id: string) => ({ ...latePointerKey(id), rev: 0 })
const notices = async (store: Store) => (await store.list({ pk: notice('').pk })).items

describe('a new log', () => {
  it('begins with the genesis leaf alone, also where there are records', async () => {
    const store = copyableStore()
    await putRecord(store, EPOCH)
    const result = await sequence(logOn(store), EPOCH + 10 * MINUTE)
    expect(result).toEqual({ outcome: 'sealed', size: 1, added: 0, late: [], unreadable: [], more: true })
    expect(await checkedLeaves(store)).toEqual([
      { k: 'GENESIS', origin: ORIGIN, table: 'trail', policy: `sha256:${'0'.repeat(64)}`, ts: EPOCH + 10 * MINUTE },
    ])
  })
})

describe('one step', () => {
  it('appends what is 90 s old, in the order of time, and leaves the rest for later', async () => {
    const { store, keys } = await logWith(20)
    const next = EPOCH + 20 * MINUTE
    const due = await putRecord(store, next - 91_000)
    const fresh = await putRecord(store, next - 89_000)
    expect(await sequence(logOn(store), next)).toMatchObject({ outcome: 'sealed', size: 22, added: 1 })
    expect(sortKeysOf(await checkedLeaves(store))).toEqual([...keys, due])
    expect(await sequence(logOn(store), next)).toMatchObject({ size: 22, added: 0 })
    expect(await sequence(logOn(store), next + 2000)).toMatchObject({ size: 23, added: 1 })
    expect(sortKeysOf(await checkedLeaves(store))).toEqual([...keys, due, fresh])
  })

  it('signs nothing where there is nothing to add', async () => {
    const { store, now } = await logWith(3)
    const before = await readState(store)
    await sequence(logOn(store), now + 1000)
    expect((await readState(store))?.checkpoint).toBe(before?.checkpoint)
  })

  it('takes a flood in several runs and says that there is more', async () => {
    const store = copyableStore()
    const keys: string[] = []
    for (let i = 0; i < 60; i++) keys.push(await putRecord(store, EPOCH + i))
    await sequence(logOn(store), EPOCH + MINUTE)
    let runs = 0
    for (;;) {
      const result = await sequence(logOn(store), EPOCH + 2 * MINUTE, 8)
      if (result.outcome !== 'sealed') throw new Error(result.outcome)
      runs++
      if (!result.more) break
      expect(result.added).toBeGreaterThan(0)
    }
    expect(runs).toBeGreaterThan(5)
    expect(sortKeysOf(await checkedLeaves(store)).toSorted()).toEqual(keys.toSorted())
  })

  it('takes every kind of record of one request', async () => {
    const store = copyableStore()
    const kinds: RecordKind[] = ['I', 'O', 'R', 'A', 'D']
    const [id = ''] = (await putRecord(store, EPOCH, 'I')).split('#')
    for (const kind of kinds.slice(1)) await putRecord(store, EPOCH, kind, id)
    for (let i = 0; i < 2; i++) await sequence(logOn(store), EPOCH + 2 * MINUTE)
    expect(sortKeysOf(await checkedLeaves(store)).toSorted()).toEqual(kinds.map((k) => `${id}#${k}`).toSorted())
  })

  it('gives every leaf its proof pointer', async () => {
    const { store, keys } = await logWith(300)
    for (const [i, key] of keys.entries()) {
      expect(await readPointer(store, key.slice(0, 26), 'D')).toBe(i + 1)
    }
  })

  it('removes what it staged, and partial tiles once there is the full one', async () => {
    const { store, now } = await logWith(200)
    for (let i = 0; i < 100; i++) await putRecord(store, now)
    await sequence(logOn(store), now + 2 * MINUTE)
    const tiles = (await store.all()).filter((item) => item.pk.startsWith('T#')).map(({ pk, sk }) => `${pk} ${sk}`)
    expect(tiles.toSorted()).toEqual([
      'T#tile/0/000 256#0000',
      'T#tile/0/001 045#0000',
      'T#tile/1/000 001#0000',
      'T#tile/entries/000 256#0000',
      'T#tile/entries/001 045#0000',
    ])
  })
})

describe('records behind the cursor', () => {
  it('are taken without alarm where a notice announces the outcome', async () => {
    const { store, now, keys } = await logWith(5)
    const id = keys[0]?.slice(0, 26) ?? ''
    await store.create(notice(id))
    expect(await sequence(logOn(store), now)).toMatchObject({ outcome: 'sealed', added: 0 })
    expect(await notices(store)).toHaveLength(1)
    await putRecord(store, now, 'O', id)
    expect(await sequence(logOn(store), now)).toMatchObject({ outcome: 'sealed', added: 1, late: [] })
    expect(sortKeysOf(await checkedLeaves(store)).at(-1)).toBe(`${id}#O`)
    expect(await notices(store)).toEqual([])
    await store.create(notice(id))
    for (let i = 1; i < 40; i++) await sequence(logOn(store), now + i * MINUTE)
    expect(await checkedLeaves(store)).toHaveLength(7)
    expect(await notices(store)).toEqual([])
  })

  it('keep their notice until the outcome is in the log', async () => {
    const { store, now } = await logWith(5)
    const [id = ''] = (await putRecord(store, now, 'I')).split('#')
    await putRecord(store, now, 'O', id)
    await store.create(notice(id))
    expect(await sequence(logOn(store), now)).toMatchObject({ added: 0 })
    expect(await notices(store)).toHaveLength(1)
    expect(await sequence(logOn(store), now + 2 * MINUTE)).toMatchObject({ added: 2, late: [] })
    expect(await notices(store)).toEqual([])
  })

  it('are taken as late, once, where nothing announces them', async () => {
    const { store, now } = await logWith(60)
    const late = await putRecord(store, EPOCH + 500)
    expect(await sequence(logOn(store), now)).toMatchObject({ added: 0, late: [] })
    expect(await sequence(logOn(store), now + 30 * MINUTE)).toMatchObject({ added: 1, late: [late] })
    expect((await checkedLeaves(store)).at(-1)).toMatchObject({ id: late.slice(0, 26), late: true })
    expect(await sequence(logOn(store), now + 60 * MINUTE)).toMatchObject({ added: 0, late: [] })
    expect((await readState(store))?.lateCursors.filter((c) => c !== '').length).toBeGreaterThan(0)
  })
})

it('reports what stands under a shard and is no record, and goes on', async () => {
  const { store, now } = await logWith(5)
  const good = await putRecord(store, now)
  const item = (await store.list({ pk: `S#${0}`, limit: 1000 })).items[0] ?? { pk: '', sk: '' }
  const planted = [
    { ...item, sk: `${good.slice(0, 20)}000000#D` },
    { ...item, sk: `${good.slice(0, 10)}not an id` },
    { pk: 'S#0', sk: `${good.slice(0, 24)}00#D`, salt: 7, record: {} },
  ]
  for (const one of planted) await store.create(one)
  const result = await sequence(logOn(store), now + 2 * MINUTE)
  expect(result).toMatchObject({ outcome: 'sealed', added: 1 })
  expect(result.outcome === 'sealed' && result.unreadable.toSorted()).toEqual(planted.map((p) => p.sk).toSorted())
  expect(await sequence(logOn(store), now + 3 * MINUTE)).toMatchObject({ added: 0, unreadable: [] })
})

describe('every store call, failed or failed but persisted', async () => {
  // 250 leaves and 20 more: the step fills a tile, begins the next one, and has all three ways for records to come in.
  const base = await logWith(249)
  const start = base.now + 40 * MINUTE
  // Late records were looked for up to here, so the next one to be found lies behind it and before the cursor.
  const lookedUntil = EPOCH + 240_000
  await sequence(logOn(base.store), lookedUntil + 25 * MINUTE)
  const expected = [...base.keys]
  for (let i = 0; i < 18; i++) expected.push(await putRecord(base.store, start - 5 * MINUTE + i))
  const late = await putRecord(base.store, lookedUntil + 2500)
  expected.push(late)
  const settled = base.keys[7]?.slice(0, 26) ?? ''
  expected.push(await putRecord(base.store, start, 'O', settled))
  await base.store.create(notice(settled))

  const whole = failingAt(await base.store.copy(), -1, 'failed')
  const undisturbed = await sequence(logOn(whole), start)
  const points = Array.from({ length: whole.calls() }, (_, i) => i)

  it('is tried', () => {
    expect(undisturbed).toMatchObject({ outcome: 'sealed', added: 20, late: [late] })
    expect(points.length).toBeGreaterThan(60)
    console.log(`sequencer: ${points.length} store calls, each failed and failed but persisted`)
  })

  it.each(['failed', 'persisted'] as const)('%s: the next run ends with the same log', async (when) => {
    for (const point of points) {
      const store = await base.store.copy()
      await expect(sequence(logOn(failingAt(store, point, when)), start)).rejects.toThrow(StoreUnavailable)
      expect(await sequence(logOn(store), start)).toMatchObject({ outcome: 'sealed', size: 270 })
      expect(sortKeysOf(await checkedLeaves(store)).toSorted()).toEqual(expected.toSorted())
      expect(await notices(store)).toEqual([])
    }
  })

  it.each(['failed', 'persisted'] as const)('%s: the next run takes what came in since', async (when) => {
    for (const point of points) {
      const store = await base.store.copy()
      await expect(sequence(logOn(failingAt(store, point, when)), start)).rejects.toThrow(StoreUnavailable)
      // Again at the same point, then with more to do.
      await sequence(logOn(failingAt(store, point, when)), start).catch(() => undefined)
      const more = await putRecord(store, start - 4 * MINUTE)
      for (let i = 0; i < 2; i++) await sequence(logOn(store), start + i)
      expect(sortKeysOf(await checkedLeaves(store)).toSorted()).toEqual([...expected, more].toSorted())
    }
  })
})

it('waits where the key can’t be used, and goes on when it can', async () => {
  const { store, now, keys } = await logWith(5)
  keys.push(await putRecord(store, now))
  const locked: Signer = { ...SIGNER, sign: () => Promise.reject(new Error('the key is locked')) }
  await expect(sequence(logOn(store, locked), now + 2 * MINUTE)).rejects.toThrow('the key is locked')
  expect(await checkedLeaves(store)).toHaveLength(6)
  expect(await sequence(logOn(store), now + 2 * MINUTE)).toMatchObject({ outcome: 'sealed', added: 1 })
  expect(sortKeysOf(await checkedLeaves(store))).toEqual(keys)
})

describe('several sequencers', () => {
  it('never fork, lose or repeat, however their calls interleave', async () => {
    const base = await logWith(254)
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const store = await base.store.copy()
        const keys = [...base.keys]
        for (let i = 0; i < 5; i++) keys.push(await putRecord(store, base.now + i))
        const scheduled: Store = {
          create: scheduler.scheduleFunction((item) => store.create(item)),
          read: scheduler.scheduleFunction((pk, sk) => store.read(pk, sk)),
          list: scheduler.scheduleFunction((query) => store.list(query)),
          replace: scheduler.scheduleFunction((item, rev) => store.replace(item, rev)),
          remove: scheduler.scheduleFunction((pk, sk, rev) => store.remove(pk, sk, rev)),
        }
        // One sees fewer records than the other, so that their steps differ.
        const runs = [91_000, 90_002, 95_000].map((after) => sequence(logOn(scheduled), base.now + after))
        const outcomes = (await scheduler.waitFor(Promise.all(runs))).map((r) => r.outcome)
        expect(outcomes).not.toContain('damaged')
        expect(outcomes).toContain('sealed')
        expect(await sequence(logOn(store), base.now + 2 * MINUTE)).toMatchObject({ outcome: 'sealed', size: 260 })
        expect(sortKeysOf(await checkedLeaves(store)).toSorted()).toEqual(keys.toSorted())
      }),
      { numRuns: 25 },
    )
  })

  it('one that finds the staging gone sees that another has finished the step', async () => {
    const { store, now } = await logWith(10)
    await putRecord(store, now)
    const crashing: Store = {
      ...store,
      create: async (item) => {
        if (item.pk.startsWith('T#tile/')) throw new StoreUnavailable('injected')
        return store.create(item)
      },
    }
    await expect(sequence(logOn(crashing), now + 2 * MINUTE)).rejects.toThrow(StoreUnavailable)
    const overtaken: Store = {
      ...store,
      list: async (query) => {
        if (query.pk.startsWith('T#stage/')) await sequence(logOn(store), now + 2 * MINUTE)
        return store.list(query)
      },
    }
    expect(await sequence(logOn(overtaken), now + 2 * MINUTE)).toMatchObject({ outcome: 'sealed', size: 12 })
    expect(await checkedLeaves(store)).toHaveLength(12)
  })

  it('a slow one never takes the published head back', async () => {
    const store = memoryStore()
    await publishHead(store, { size: 12, checkpoint: 'twelve' })
    await publishHead(store, { size: 10, checkpoint: 'ten' })
    expect(await readPublished(store)).toMatchObject({ size: 12, checkpoint: 'twelve' })
    await publishHead(store, { size: 13, checkpoint: 'thirteen' })
    expect(await readPublished(store)).toMatchObject({ size: 13, checkpoint: 'thirteen' })
  })

  it('a step whose staging is gone for good is not passed over', async () => {
    const { store, now } = await logWith(10)
    await overwrite(store, 'LOG', 'PUBLISHED', (item) => ({ ...item, size: 10 }))
    expect(await sequence(logOn(store), now)).toMatchObject({ outcome: 'damaged' })
  })

  it('a stale one changes no tile and takes its staging with it', async () => {
    const { store, now } = await logWith(254)
    for (let i = 0; i < 5; i++) await putRecord(store, now + i)
    let release = () => {}
    const paused = new Promise<void>((resolve) => {
      release = resolve
    })
    const slow: Store = {
      ...store,
      replace: async (item, rev) => {
        await paused
        return store.replace(item, rev)
      },
    }
    const tiles = async () => (await store.all()).filter((item) => item.pk.startsWith('T#tile/'))
    const committed = await tiles()
    const stale = sequence(logOn(slow), now + 90_003)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect((await store.all()).some((item) => item.pk.startsWith('T#stage/'))).toBe(true)
    expect(await tiles()).toEqual(committed)
    expect(await sequence(logOn(store), now + 2 * MINUTE)).toMatchObject({ outcome: 'sealed', added: 5 })
    const before = await tiles()
    release()
    expect(await stale).toEqual({ outcome: 'lost' })
    expect(await tiles()).toEqual(before)
    expect((await store.all()).filter((item) => item.pk.startsWith('T#stage/'))).toEqual([])
  })
})

describe('a damaged log', () => {
  const damages: [string, (store: Store) => Promise<unknown>][] = [
    ['an altered tile', (s) => overwrite(s, 'T#tile/0/001', '005#0000', (i) => ({ ...i, data: flip(i.data) }))],
    ['a cut tile', (s) => overwrite(s, 'T#tile/0/001', '005#0000', (i) => ({ ...i, data: '' }))],
    ['a missing tile', (s) => s.remove('T#tile/0/001', '005#0000', 1)],
    ['an altered entry', (s) => overwrite(s, 'T#tile/entries/001', '005#0000', (i) => ({ ...i, data: flip(i.data) }))],
    ['a missing bundle', (s) => s.remove('T#tile/entries/001', '005#0000', 1)],
    ['another root', (s) => overwrite(s, 'LOG', 'STATE', (i) => ({ ...i, root: flip(i.root) }))],
    ['a malformed head', (s) => overwrite(s, 'LOG', 'STATE', (i) => ({ ...i, size: '261' }))],
    ['another size', (s) => overwrite(s, 'LOG', 'STATE', (i) => ({ ...i, size: 260 }))],
    [
      'an altered checkpoint',
      (s) => overwrite(s, 'LOG', 'STATE', (i) => ({ ...i, checkpoint: String(i.checkpoint).replace('261', '260') })),
    ],
    ['fewer shards', (s) => overwrite(s, 'LOG', 'STATE', (i) => ({ ...i, cursors: ['', ''] }))],
    ['no head', async (s) => s.remove('LOG', 'STATE', (await s.read('LOG', 'STATE'))?.rev ?? 0)],
  ]
  it.each(damages)('is not continued: %s', async (_, damage) => {
    const { store, now } = await logWith(260)
    await putRecord(store, now)
    await damage(store)
    const before = await store.all()
    expect(await sequence(logOn(store), now + 2 * MINUTE)).toMatchObject({ outcome: 'damaged' })
    expect(await store.all()).toEqual(before)
  })

  it('is not continued from an older head that someone put back', async () => {
    const { store, now } = await logWith(5)
    const old = await store.read('LOG', 'STATE')
    await putRecord(store, now)
    await sequence(logOn(store), now + 2 * MINUTE)
    await overwrite(store, 'LOG', 'STATE', (item) => ({ ...item, ...old }))
    await putRecord(store, now + 1)
    expect(await sequence(logOn(store), now + 3 * MINUTE)).toMatchObject({ outcome: 'damaged' })
  })

  it('is not continued with another key or name', async () => {
    const { store, now } = await logWith(3)
    await putRecord(store, now)
    const other = logOn(store, signerOf(2))
    expect(await sequence(other, now + 2 * MINUTE)).toMatchObject({ outcome: 'damaged' })
    const renamed = { ...logOn(store), origin: 'audit.example/other' }
    expect(await sequence(renamed, now + 2 * MINUTE)).toMatchObject({ outcome: 'damaged' })
  })

  it('goes on under a new key once both have signed', async () => {
    const { store, now } = await logWith(3)
    await putRecord(store, now)
    const both = { ...logOn(store), signers: [...logOn(store).signers, signerOf(2)] as const }
    expect(await sequence({ ...both, signers: [both.signers[0], signerOf(2)] }, now + 2 * MINUTE)).toMatchObject({
      outcome: 'sealed',
      added: 1,
    })
    await putRecord(store, now + 1)
    expect(await sequence(logOn(store, signerOf(2)), now + 3 * MINUTE)).toMatchObject({ added: 1 })
    expect(await checkedLeaves(store, keyOf(signerOf(2)))).toHaveLength(6)
  })
})

function flip(base64: unknown): string {
  const bytes = Buffer.from(String(base64), 'base64')
  bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0)
  return bytes.toString('base64')
}
