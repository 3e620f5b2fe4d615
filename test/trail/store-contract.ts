import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Item, type ListQuery, type Store, StoreUnavailable } from '../../lib/trail/store.ts'

/**
 * What every store promises.
 *
 * @param open A store that other tests may use too: each test keeps to partitions of its own.
 */
export function storeContract(name: string, open: () => Store): void {
  let partitions = 0
  const partition = () => `TEST#${name}#${partitions++}`

  describe(`${name} as a store`, () => {
    it('gives back what was created, member by member', async () => {
      const store = open()
      const item = {
        pk: partition(),
        sk: 'a',
        text: 'ünï \u{1F510}',
        empty: '',
        zero: 0,
        fraction: -12.5,
        large: 2 ** 53 - 1,
        yes: true,
        no: false,
        nothing: null,
        list: [1, 'two', [], {}],
        map: { nested: { deep: [''] } },
      }
      expect(await store.create(item)).toBe(true)
      expect(await store.read(item.pk, 'a')).toEqual(item)
    })

    it('leaves out members that are undefined', async () => {
      const store = open()
      const pk = partition()
      await store.create({ pk, sk: 'a', gone: undefined })
      expect(await store.read(pk, 'a')).toEqual({ pk, sk: 'a' })
    })

    it('reads nothing where nothing is', async () => {
      expect(await open().read(partition(), 'a')).toBeUndefined()
    })

    it('creates a key once', async () => {
      const store = open()
      const pk = partition()
      expect(await store.create({ pk, sk: 'a', by: 1 })).toBe(true)
      expect(await store.create({ pk, sk: 'a', by: 2 })).toBe(false)
      expect(await store.create({ pk, sk: 'b', by: 2 })).toBe(true)
      expect(await store.read(pk, 'a')).toEqual({ pk, sk: 'a', by: 1 })
    })

    it('lets one of many concurrent creators win', async () => {
      const store = open()
      const pk = partition()
      const won = await Promise.all(Array.from({ length: 20 }, (_, by) => store.create({ pk, sk: 'a', by })))
      expect(won.filter(Boolean)).toHaveLength(1)
      expect(await store.read(pk, 'a')).toEqual({ pk, sk: 'a', by: won.indexOf(true) })
    })

    it('replaces at the revision that is there, and counts it up', async () => {
      const store = open()
      const pk = partition()
      await store.create({ pk, sk: 'a', rev: 7, was: 'here' })
      expect(await store.replace({ pk, sk: 'a', rev: 7, is: 'new' }, 7)).toBe(true)
      expect(await store.read(pk, 'a')).toEqual({ pk, sk: 'a', rev: 8, is: 'new' })
    })

    it.each([6, 8])('leaves revision 7 alone when asked to replace %d', async (rev) => {
      const store = open()
      const pk = partition()
      await store.create({ pk, sk: 'a', rev: 7 })
      expect(await store.replace({ pk, sk: 'a', is: 'new' }, rev)).toBe(false)
      expect(await store.remove(pk, 'a', rev)).toBe(false)
      expect(await store.read(pk, 'a')).toEqual({ pk, sk: 'a', rev: 7 })
    })

    it('replaces and removes nothing that is gone, or that has no revision', async () => {
      const store = open()
      const pk = partition()
      await store.create({ pk, sk: 'fixed' })
      expect(await store.replace({ pk, sk: 'fixed' }, 0)).toBe(false)
      expect(await store.remove(pk, 'fixed', 0)).toBe(false)
      expect(await store.read(pk, 'fixed')).toEqual({ pk, sk: 'fixed' })
      // Where a reply is lost on the way, nobody can tell an item that is gone from one that was replaced and removed.
      const replaced = await store.replace({ pk, sk: 'gone' }, 0).catch((error: unknown) => error)
      if (replaced !== false) expect(replaced).toBeInstanceOf(StoreUnavailable)
      expect(await store.read(pk, 'gone')).toBeUndefined()
    })

    it('removes at the revision that is there', async () => {
      const store = open()
      const pk = partition()
      await store.create({ pk, sk: 'a', rev: 1 })
      expect(await store.remove(pk, 'a', 1)).toBe(true)
      expect(await store.read(pk, 'a')).toBeUndefined()
      expect(await store.list({ pk })).toEqual({ items: [] })
      expect(await store.create({ pk, sk: 'a', rev: 5 })).toBe(true)
    })

    it('loses no increment to concurrent writers, and claims none it did not make', async () => {
      const store = open()
      const pk = partition()
      await store.create({ pk, sk: 'n', rev: 0, count: 0 })
      let [made, unknown] = [0, 0]
      // Each names itself: a lost reply is told from another's success by what is there.
      const increment = async (_: unknown, by: number) => {
        for (;;) {
          const item = await store.read(pk, 'n')
          try {
            if (!(await store.replace({ pk, sk: 'n', by, count: Number(item?.count) + 1 }, Number(item?.rev)))) continue
            made++
          } catch (error) {
            expect(error).toBeInstanceOf(StoreUnavailable)
            unknown++
          }
          return
        }
      }
      await Promise.all(Array.from({ length: 6 }, increment))
      const item = await store.read(pk, 'n')
      expect(item?.count).toBe(item?.rev)
      expect(item?.count).toBeGreaterThanOrEqual(made)
      expect(item?.count).toBeLessThanOrEqual(made + unknown)
    })

    it('lists any range in either direction, a page at a time, each item once', async () => {
      const store = open()
      const pk = partition()
      const keys = ['01', '02', '03#D', '03#I', '03#O', '04', '05', '05#', '05~', '06']
      for (const sk of [...keys].reverse()) await store.create({ pk, sk })
      await store.create({ pk: `${pk}x`, sk: '03' })
      const bound = fc.option(fc.constantFrom('', ...keys, '00', '03', '03#', '05#z', '07'), { nil: undefined })
      await fc.assert(
        fc.asyncProperty(bound, bound, fc.boolean(), fc.integer({ min: 1, max: 12 }), async (from, to, down, limit) => {
          const range = { ...(from && { from }), ...(to && { to }) }
          const wanted = keys.filter((sk) => (!from || sk >= from) && (!to || sk <= to))
          const listed = await listAll(store, { pk, ...range, descending: down, limit })
          expect(listed.map((item) => item.sk)).toEqual(down ? wanted.reverse() : wanted)
        }),
        { numRuns: 40 },
      )
    })

    it('reads 100 items a page unless told', async () => {
      const store = open()
      const pk = partition()
      const keys = Array.from({ length: 101 }, (_, index) => String(index).padStart(3, '0'))
      await Promise.all(keys.map((sk) => store.create({ pk, sk })))
      const first = await store.list({ pk })
      expect(first.items).toHaveLength(100)
      expect(first.next).toBe('099')
      expect((await store.list({ pk, after: '099' })).items).toEqual([{ pk, sk: '100' }])
    })

    it('holds an item of 300 KB', async () => {
      const store = open()
      const item = { pk: partition(), sk: 'a', data: 'x'.repeat(300 * 1024) }
      await store.create(item)
      expect(await store.read(item.pk, 'a')).toEqual(item)
    })
  })
}

export async function listAll(store: Store, query: ListQuery): Promise<Item[]> {
  const items: Item[] = []
  let page = await store.list(query)
  items.push(...page.items)
  while (page.next !== undefined) {
    expect(page.items.length).toBeLessThanOrEqual(query.limit ?? 100)
    page = await store.list({ ...query, after: page.next })
    items.push(...page.items)
  }
  return items
}
