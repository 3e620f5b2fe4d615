import { expect, it } from 'vitest'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import { faultyStore } from '../support/faulty-store.ts'
import { storeContract } from './store-contract.ts'

const store = memoryStore()
storeContract('memory', () => store)

const slow = faultyStore(memoryStore(), ({ index }) => (index % 3 === 0 ? 'delays' : undefined))
storeContract('memory, delayed', () => slow)

it('keeps a copy: a caller changes neither what it wrote nor what it read', async () => {
  const own = memoryStore()
  const item = { pk: 'a', sk: 'b', map: { n: 1 } }
  await own.create(item)
  item.map.n = 2
  const read = await own.read('a', 'b')
  Object.assign(read?.map ?? {}, { n: 3 })
  expect(await own.read('a', 'b')).toEqual({ pk: 'a', sk: 'b', map: { n: 1 } })
})

it('is sure that nothing is where nothing was', async () => {
  expect(await memoryStore().replace({ pk: 'a', sk: 'b' }, 0)).toBe(false)
  expect(await memoryStore().remove('a', 'b', 0)).toBe(false)
})
