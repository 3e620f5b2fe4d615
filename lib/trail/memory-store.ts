import type { Item, ListQuery, Page, Store } from './store.ts'

interface Partition {
  /** Sort keys in ascending order. */
  order: string[]
  items: Map<string, Item>
}

/** A store that lasts as long as its process. For tests, and for measuring what the others cost. */
export function memoryStore(): Store {
  const partitions = new Map<string, Partition>()

  function stored(pk: string, sk: string): Item | undefined {
    return partitions.get(pk)?.items.get(sk)
  }

  return {
    async create(item) {
      const partition = partitions.get(item.pk) ?? { order: [], items: new Map() }
      partitions.set(item.pk, partition)
      if (partition.items.has(item.sk)) return false
      partition.items.set(item.sk, copy(item))
      partition.order.splice(firstAtOrAbove(partition.order, item.sk), 0, item.sk)
      return true
    },

    async read(pk, sk) {
      const item = stored(pk, sk)
      return item && copy(item)
    },

    async list(query) {
      return listPartition(partitions.get(query.pk), query)
    },

    async replace(item, rev) {
      if (stored(item.pk, item.sk)?.rev !== rev) return false
      partitions.get(item.pk)?.items.set(item.sk, copy({ ...item, rev: rev + 1 }))
      return true
    },

    async remove(pk, sk, rev) {
      const partition = partitions.get(pk)
      if (!partition || partition.items.get(sk)?.rev !== rev) return false
      partition.items.delete(sk)
      partition.order.splice(firstAtOrAbove(partition.order, sk), 1)
      return true
    },
  }
}

function listPartition(partition: Partition | undefined, query: ListQuery): Page {
  if (!partition) return { items: [] }
  const { order } = partition
  const { from, to, after, descending = false, limit = 100 } = query
  let low = from === undefined ? 0 : firstAtOrAbove(order, from)
  let high = to === undefined ? order.length : firstAbove(order, to)
  if (after !== undefined) {
    if (descending) high = Math.min(high, firstAtOrAbove(order, after))
    else low = Math.max(low, firstAbove(order, after))
  }
  const room = Math.max(high - low, 0)
  const taken = Math.min(room, limit)
  const keys = descending ? order.slice(high - taken, high).reverse() : order.slice(low, low + taken)
  const items = keys.map((sk) => copy(partition.items.get(sk)))
  const last = keys.at(-1)
  return room > taken && last !== undefined ? { items, next: last } : { items }
}

/** What a reader of the real table would get: a copy without `undefined` members. */
function copy(item: Item | undefined): Item {
  return JSON.parse(JSON.stringify(item)) as Item
}

function firstAtOrAbove(order: string[], key: string): number {
  return partitionPoint(order, (other) => other < key)
}

function firstAbove(order: string[], key: string): number {
  return partitionPoint(order, (other) => other <= key)
}

/** How many leading keys are below; `below` holds for a prefix of `order`. */
function partitionPoint(order: string[], below: (key: string) => boolean): number {
  let low = 0
  let high = order.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const key = order[middle]
    if (key !== undefined && below(key)) low = middle + 1
    else high = middle
  }
  return low
}
