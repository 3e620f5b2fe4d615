/** A plain JSON-like item. `pk` and `sk` are its key; `rev` is there on items that may change. */
export interface Item {
  pk: string
  sk: string
  rev?: number
  [member: string]: unknown
}

export interface ListQuery {
  pk: string
  /** Sort keys from (inclusive) and to (inclusive); both optional. */
  from?: string
  to?: string
  /** Newest first where true: descending sort key. */
  descending?: boolean
  /** At most this many items a page; 100 unless told. */
  limit?: number
  /** Continue behind this sort key. */
  after?: string
}

export interface Page {
  items: Item[]
  /** The sort key to continue behind; absent on the last page. */
  next?: string
}

/**
 * The one table behind the trail, by single-item conditional writes alone: no transactions, no streams, no index. Safe
 * for concurrent writers in several processes. All reads are consistent.
 *
 * Every method may throw {@link StoreUnavailable}; a write that throws it may or may not have happened.
 */
export interface Store {
  /** Writes a new item. Resolves `false`, nothing written, where the key is taken. */
  create(item: Item): Promise<boolean>
  read(pk: string, sk: string): Promise<Item | undefined>
  list(query: ListQuery): Promise<Page>
  /** Replaces the item where its stored `rev` is `rev`, and sets it to `rev + 1`. `false` where it isn't, or is gone. */
  replace(item: Item, rev: number): Promise<boolean>
  /** Removes the item where its stored `rev` is `rev`. `false` where it isn't, or is gone. */
  remove(pk: string, sk: string, rev: number): Promise<boolean>
}

/** The table did not answer, or not in time. `throttled` where it said that it is asked too much. */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable'
  readonly throttled: boolean
  constructor(message: string, options: { cause?: unknown; throttled?: boolean } = {}) {
    super(message, { cause: options.cause })
    this.throttled = options.throttled ?? false
  }
}
