import type { Item, Store } from '../../lib/trail/store.ts'
import { StoreUnavailable } from '../../lib/trail/store.ts'

/** What DynamoDB lets one item have, bytes. */
export const LARGEST_ITEM = 400 * 1024

/** A store that takes no item that DynamoDB would not, and counts the bytes that it was given. */
export interface ItemStore extends Store {
  /** Everything that was written, whether or not it was removed since. */
  written: Item[]
  bytes(): number
}

/** @param store Where the items go. */
export function itemStore(store: Store): ItemStore {
  const written: Item[] = []
  const check = (item: Item) => {
    if (itemBytes(item) > LARGEST_ITEM) throw new StoreUnavailable(`Cannot write ${item.sk}: item size exceeded`)
    written.push(item)
  }
  return {
    ...store,
    written,
    bytes: () => written.reduce((sum, item) => sum + itemBytes(item), 0),
    async create(item) {
      check(item)
      return store.create(item)
    },
    async replace(item, rev) {
      check(item)
      return store.replace(item, rev)
    },
  }
}

/** As DynamoDB counts: names and texts in UTF-8, 3 bytes for a list or map, 1 for each entry, 21 for a number. */
export function itemBytes(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (typeof value === 'number') return 21
  if (typeof value !== 'object' || value === null) return 1
  const entries = Object.entries(value)
  const names = Array.isArray(value) ? 0 : entries.reduce((sum, [name]) => sum + Buffer.byteLength(name), 0)
  return entries.reduce((sum, [, member]) => sum + 1 + itemBytes(member), 3 + names)
}
