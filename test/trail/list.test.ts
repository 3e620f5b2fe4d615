import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { change } from '../../lib/trail/change.ts'
import { fromCursor, toCursor } from '../../lib/trail/cursor.ts'
import { recordDenial, recordRead } from '../../lib/trail/denial.ts'
import { listTrail, type TrailFilter } from '../../lib/trail/list.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import { newRecordId } from '../../lib/trail/record-id.ts'
import { readStory } from '../../lib/trail/story.ts'
import { attempt, decision, KEYS, START, TARGET, VIOLATION, type World, work, world } from './world.ts'

const ME = 'me'

/** Writes one request of a kind, at the world's time. */
async function write(
  here: World,
  kind: 'change' | 'deny' | 'read',
  parts: Parameters<typeof attempt>[1] = {},
): Promise<string> {
  const asked = attempt(here, parts)
  if (kind === 'change') return (await change(here.ledger, asked, work(here))).id
  if (kind === 'read') return (await recordRead(here.ledger, asked)).id
  return (await recordDenial(here.ledger, asked, { decision: decision('deny', [VIOLATION]), intended: null })).id
}

async function listed(here: World, filter: TrailFilter = {}, limit = 50): Promise<string[][]> {
  const pages: string[][] = []
  let cursor: string | undefined
  do {
    const page = await listTrail(here.ledger, { filter, principal: ME, limit, ...(cursor && { cursor }) })
    if (!page.ok) throw new Error(page.reason)
    pages.push(page.entries.map((entry) => entry.id))
    cursor = page.next
  } while (cursor)
  return pages
}

describe('listTrail()', () => {
  it('lists nothing where nothing is', async () => {
    expect(await listTrail(world().ledger, { principal: ME })).toEqual({ ok: true, entries: [] })
  })

  it('lists each request once, newest first, in pages of any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ kind: fc.constantFrom('change', 'deny', 'read'), later: fc.integer({ min: 0, max: 3 }) }),
          { maxLength: 60 },
        ),
        fc.integer({ min: 1, max: 25 }),
        async (requests, limit) => {
          const here = world()
          const ids: string[] = []
          for (const { kind, later } of requests) {
            here.clock.now += later
            ids.push(await write(here, kind as 'change'))
          }
          const pages = await listed(here, {}, limit)
          expect(pages.flat()).toEqual(ids.sort().reverse())
          for (const page of pages.slice(0, -1)) expect(page).toHaveLength(limit)
        },
      ),
      { numRuns: 40 },
    )
  })

  it('stays right while requests arrive between two pages', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 7 }), async (count, limit) => {
        const here = world()
        const first: string[] = []
        for (let n = 0; n < count; n++) {
          here.clock.now += n % 2
          first.push(await write(here, 'deny'))
        }
        const seen: string[] = []
        let cursor: string | undefined
        do {
          const page = await listTrail(here.ledger, { principal: ME, limit, ...(cursor && { cursor }) })
          if (!page.ok) throw new Error(page.reason)
          seen.push(...page.entries.map((entry) => entry.id))
          cursor = page.next
          here.clock.now += 1
          await write(here, 'deny')
        } while (cursor)
        expect(seen).toEqual(first.sort().reverse())
      }),
      { numRuns: 25 },
    )
  })

  it('puts a request together whose records lie on two pages of the store', async () => {
    const memory = memoryStore()
    const here = world({ store: { ...memory, list: (query) => memory.list({ ...query, limit: 1 }) } })
    for (let n = 0; n < 20; n++) await write(here, 'change')
    const page = await listTrail(here.ledger, { principal: ME })
    const statuses = page.ok ? page.entries.map((entry) => [entry.status, entry.team]) : []
    expect(statuses).toEqual(Array(20).fill(['succeeded', 'payments']))
  })

  it('tells what each entry is', async () => {
    const here = world()
    const denied = await write(here, 'deny')
    here.clock.now += 1
    const changed = await write(here, 'change')
    here.clock.now += 1
    const read = await write(here, 'read')
    const page = await listTrail(here.ledger, { principal: ME })
    expect(page).toMatchObject({
      ok: true,
      entries: [
        { id: read, status: 'read', at: START + 2 },
        { id: changed, status: 'succeeded', decision: 'allow', result: 'SUCCEEDED', at: START + 1 },
        { id: denied, status: 'denied', decision: 'deny', reasons: [{ rule: 'payments.uri' }], at: START },
      ],
    })
    expect(page).not.toHaveProperty('entries.0.records')
  })

  it.each<[string, TrailFilter, number[]]>([
    ['team', { team: 'search' }, [1]],
    ['restApiId', { restApiId: 's9s8s7s6s5' }, [1]],
    ['actor', { actor: 'someone' }, [2]],
    ['decision', { decision: 'deny' }, [0, 1]],
    ['rule', { rule: 'payments.uri' }, [0, 1]],
    ['another rule', { rule: 'payments' }, []],
    ['result', { result: 'SUCCEEDED' }, [3]],
    ['status', { status: 'read' }, [2]],
    ['from', { from: START + 20 }, [2, 3]],
    ['to', { to: START + 20 }, [0, 1, 2]],
    ['from and to', { from: START + 10, to: START + 20 }, [1, 2]],
    ['nothing in common', { from: START + 10, to: START + 9 }, []],
    ['two members', { decision: 'deny', team: 'search' }, [1]],
  ])('filters by %s', async (_, filter, wanted) => {
    const here = world()
    const ids = [await write(here, 'deny')]
    here.clock.now += 10
    ids.push(await write(here, 'deny', { team: 'search', target: { ...TARGET, restApiId: 's9s8s7s6s5' } }))
    here.clock.now += 10
    ids.push(await write(here, 'read', { actor: { iss: 'i', sub: 'someone', tokenHash: 't' } }))
    here.clock.now += 10
    ids.push(await write(here, 'change'))
    const expected = wanted.map((index) => ids[index]).reverse()
    expect((await listed(here, filter)).flat()).toEqual(expected)
    expect((await listed(here, filter, 1)).flat()).toEqual(expected)
  })

  it('says how far it searched, and goes on from there, where a filter matches little', async () => {
    const here = world()
    const oldest = await write(here, 'read')
    for (let n = 0; n < 2_100; n++) {
      here.clock.now += 1
      await write(here, 'deny')
    }
    const filter = { status: 'read' } as const
    const page = await listTrail(here.ledger, { filter, principal: ME })
    expect(page).toMatchObject({ ok: true, entries: [], searchedTo: START + 101 })
    expect((await listed(here, filter)).flat()).toEqual([oldest])
  })
})

describe('a cursor', () => {
  const scope = { principal: ME, filter: { team: 'payments' } }
  const position = newRecordId(START, () => 0.5)
  const cursor = toCursor(KEYS, scope, position, START)

  it('leads back to its place, for an hour', () => {
    expect(fromCursor(KEYS, scope, cursor, START)).toBe(position)
    expect(fromCursor(KEYS, scope, cursor, START + 3_599_999)).toBe(position)
    expect(fromCursor(KEYS, scope, cursor, START + 3_600_000)).toBeUndefined()
  })

  it('does not care for members that are absent', () => {
    const same = { ...scope, filter: { rule: undefined, team: 'payments' } }
    expect(fromCursor(KEYS, same, cursor, START)).toBe(position)
  })

  it.each([
    ["another reader's", { ...scope, principal: 'you' }],
    ["another filter's", { ...scope, filter: { team: 'search' } }],
    ["no filter's", { ...scope, filter: {} }],
  ])('is not %s', (_, other) => {
    expect(fromCursor(KEYS, other, cursor, START)).toBeUndefined()
  })

  it('is good for nothing once any character of it is changed, or one is missing', () => {
    for (let at = 0; at < cursor.length; at++) {
      const changed = cursor.at(at) === '1' ? '2' : '1'
      expect(fromCursor(KEYS, scope, cursor.slice(0, at) + changed + cursor.slice(at + 1), START)).toBeUndefined()
      expect(fromCursor(KEYS, scope, cursor.slice(0, at) + cursor.slice(at + 1), START)).toBeUndefined()
    }
    expect(fromCursor(KEYS, scope, `${cursor}.x`, START)).toBeUndefined()
  })

  it('of another listing is refused, not guessed at', async () => {
    const here = world()
    for (let n = 0; n < 3; n++) await write(here, 'deny')
    const page = await listTrail(here.ledger, { principal: ME, limit: 1 })
    const next = page.ok ? page.next : undefined
    expect(next).toBeDefined()
    const stolen = { principal: 'you', limit: 1, cursor: next ?? '' }
    expect(await listTrail(here.ledger, stolen)).toEqual({ ok: false, reason: 'cursor' })
    expect(await listTrail(here.ledger, { principal: ME, cursor: 'x' })).toEqual({ ok: false, reason: 'cursor' })
  })
})

describe('readStory()', () => {
  it.each(['', 'x', '01HNZX8JGFACFA36RBXDHEQN6E', '../../META#TABLE', '01HNZX8JGFACFA36RBXDHEQN6E#I'])(
    'knows nothing of %j',
    async (id) => {
      expect(await readStory(world().ledger, id)).toBeUndefined()
    },
  )
})
