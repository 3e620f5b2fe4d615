import { describe, expect, it } from 'vitest'
import { BlobTaken, storeBlobs } from '../../lib/log/blobs.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import { StoreUnavailable } from '../../lib/trail/store.ts'
import { failingAt } from './support/log-fixture.ts'

describe('blobs in the table', () => {
  it('hold more than one item can, and the same bytes twice', async () => {
    const blobs = storeBlobs(memoryStore())
    const bytes = Buffer.alloc(700_000, 'abc')
    await blobs.put('stage/1', bytes)
    await blobs.put('stage/1', bytes)
    expect(Buffer.compare((await blobs.get('stage/1')) ?? Buffer.alloc(0), bytes)).toBe(0)
    await blobs.remove('stage/1')
    expect(await blobs.get('stage/1')).toBeUndefined()
    await blobs.put('stage/2', Buffer.alloc(0))
    expect((await blobs.get('stage/2'))?.length).toBe(0)
  })

  it('never change', async () => {
    const blobs = storeBlobs(memoryStore())
    await blobs.put('tile/0/000.p/1', Buffer.from('first'))
    await expect(blobs.put('tile/0/000.p/1', Buffer.from('other'))).rejects.toThrow(BlobTaken)
    await expect(blobs.put('tile/0/000.p/1', Buffer.alloc(400_000))).rejects.toThrow(BlobTaken)
    await blobs.put('tile/0/000', Buffer.from('full'))
    expect(Buffer.from((await blobs.get('tile/0/000.p/1')) ?? []).toString()).toBe('first')
    await blobs.removePartials('tile/0/000')
    expect(await blobs.get('tile/0/000.p/1')).toBeUndefined()
    expect(Buffer.from((await blobs.get('tile/0/000')) ?? []).toString()).toBe('full')
  })

  it('are not there where a write was cut off', async () => {
    const store = memoryStore()
    const cut = storeBlobs(failingAt(store, 1, 'failed'))
    await expect(cut.put('stage/1', Buffer.alloc(700_000))).rejects.toThrow(StoreUnavailable)
    expect(await storeBlobs(store).get('stage/1')).toBeUndefined()
  })
})
