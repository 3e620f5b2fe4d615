import type { Store } from '../../lib/trail/store.ts'
import { StoreUnavailable } from '../../lib/trail/store.ts'

export type StoreFault =
  /** Throws; nothing happened. */
  | 'fails'
  /** Throws; it happened all the same. */
  | 'fails-but-persists'
  /** Throws, saying that it is asked too much; nothing happened. */
  | 'throttles'
  /** Does what it should, a little later. */
  | 'delays'
  /** The process dies before the call: neither this nor any later one returns. */
  | 'dies'
  /** The process dies after the call took effect. */
  | 'dies-after'

export type Method = keyof Store

export interface Call {
  method: Method
  pk: string
  sk: string
  /** Counts the calls of one store from 0. */
  index: number
}

export interface FaultyStore extends Store {
  calls: Call[]
}

/** A store that goes wrong where `plan` says so. Both lies of a lost reply are among the faults. */
export function faultyStore(store: Store, plan: (call: Call) => StoreFault | undefined): FaultyStore {
  const calls: Call[] = []
  let dead = false

  async function through<Result>(method: Method, pk: string, sk: string, act: () => Promise<Result>): Promise<Result> {
    if (dead) return forever()
    const call = { method, pk, sk, index: calls.length }
    calls.push(call)
    switch (plan(call)) {
      case undefined:
        return act()
      case 'fails':
        throw new StoreUnavailable(`${method}: no reply`)
      case 'throttles':
        throw new StoreUnavailable(`${method}: throttled`, { throttled: true })
      case 'fails-but-persists':
        await act()
        throw new StoreUnavailable(`${method}: reply lost`)
      case 'delays':
        await new Promise((resolve) => setTimeout(resolve, 1))
        return act()
      case 'dies':
        dead = true
        return forever()
      case 'dies-after':
        await act()
        dead = true
        return forever()
    }
  }

  return {
    calls,
    create: (item) => through('create', item.pk, item.sk, () => store.create(item)),
    read: (pk, sk) => through('read', pk, sk, () => store.read(pk, sk)),
    list: (query) => through('list', query.pk, '', () => store.list(query)),
    replace: (item, rev) => through('replace', item.pk, item.sk, () => store.replace(item, rev)),
    remove: (pk, sk, rev) => through('remove', pk, sk, () => store.remove(pk, sk, rev)),
  }
}

function forever<Result>(): Promise<Result> {
  return new Promise(() => {})
}
