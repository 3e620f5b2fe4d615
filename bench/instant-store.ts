import type { Item, Store } from '../lib/trail/store.ts'

/**
 * A store that costs next to nothing: it stands for the table, whose calls are left out of what is measured. Items that
 * may change (claims) are held, as they are handed over, and their conditions kept. Records and sealed copies, whose keys
 * are new every time, are let go as a client of the real table would: holding them would be paid for in collections of
 * garbage. `list` is not asked on a request's path.
 */
export function instantStore(): Store {
  const items = new Map<string, Item>()
  const keyOf = (pk: string, sk: string) => `${pk} ${sk}`
  return {
    async create(item) {
      const key = keyOf(item.pk, item.sk)
      if (items.has(key)) return false
      if (item.rev !== undefined) items.set(key, item)
      return true
    },
    async read(pk, sk) {
      return items.get(keyOf(pk, sk))
    },
    async list() {
      throw new Error('Cannot list: only single items can be had')
    },
    async replace(item, rev) {
      const key = keyOf(item.pk, item.sk)
      if (items.get(key)?.rev !== rev) return false
      items.set(key, { ...item, rev: rev + 1 })
      return true
    },
    async remove(pk, sk, rev) {
      const key = keyOf(pk, sk)
      return items.get(key)?.rev === rev && items.delete(key)
    },
  }
}
