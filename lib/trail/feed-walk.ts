import { type FeedState, type FeedTerm, feedPartition, monthBefore, monthOf } from './feeds.ts'
import { recordKey } from './item-key.ts'
import type { Ledger, RecordItem } from './ledger.ts'
import { highestAt, lowestAt, recordTime } from './record-id.ts'
import type { Store } from './store.ts'
import type { Range, Step, Walk } from './walk.ts'

/** Ids read from a feed at once. */
const IDS_A_PAGE = 100
/** Requests read at once. */
const STORIES_AT_ONCE = 32
/** Pages of feeds read before a walk says how far it has come: bounds what one page of a listing can cost. */
const PAGES_A_STEP = 24

/**
 * Walks the requests that are in all of `terms`' feeds, and reads no others.
 *
 * @param terms At least one.
 * @param range Within what the feeds have caught up with.
 */
export function walkFeeds(ledger: Ledger, terms: readonly FeedTerm[], state: FeedState, range: Range): Walk {
  const { below, from = 0, to = Number.POSITIVE_INFINITY } = range
  const { since = 0, upTo = 0 } = state
  const oldest = Math.max(from, since)
  const newest = Math.min(to, upTo, below === undefined ? to : recordTime(below))
  const lastMonth = monthOf(oldest)
  let month = newest < oldest ? '' : monthOf(newest)
  let feeds = feedsOf(month)
  /** Ids above it are done with. */
  let bound = highestAt(newest)
  if (below !== undefined && below <= bound) bound = justBelow(below)
  /** An id that is done with, as are all above it. */
  let searchedTo = below ?? lowestId(newest + 1)
  let found: Step[] = []

  function feedsOf(of: string): Feed[] {
    const partitions = terms.map((term) => feedPartition(ledger.keys, term, of))
    return partitions.map((pk) => feedReader(ledger.store, pk, lowestAt(oldest)))
  }

  /** Goes down to where all feeds have the same id: each in turn skips to the lowest that another one is at. */
  async function search(): Promise<Step[]> {
    const ids: string[] = []
    let pages = 0
    while (ids.length < STORIES_AT_ONCE && pages < PAGES_A_STEP && month >= lastMonth) {
      const heads = await Promise.all(
        feeds.map((each) =>
          each.next(bound, () => {
            pages++
          }),
        ),
      )
      const order = heads.map((id) => id ?? '').sort()
      const [lowest = ''] = order
      if (lowest === '') {
        // One of them has no more this month, so there is none that is in all.
        searchedTo = lowestId(Date.parse(`${month}-01T00:00:00Z`))
        month = monthBefore(month)
        feeds = feedsOf(month)
      } else if (lowest === order.at(-1)) {
        ids.push(lowest)
        searchedTo = lowest
        bound = justBelow(lowest)
      } else {
        searchedTo = order.find((id) => id > lowest) ?? searchedTo
        bound = lowest
      }
    }
    const stories = await Promise.all(ids.map(async (id) => ({ id, items: await storyItems(ledger, id) })))
    // A request that was erased is still in its feeds.
    const there = stories.filter(({ items }) => items.length > 0)
    const isAtEnd = month < lastMonth
    const isCutShort = !isAtEnd && (pages >= PAGES_A_STEP || there.length === 0)
    return isCutShort ? [...there, { id: searchedTo, items: [] }] : there
  }

  return {
    async next() {
      if (found.length === 0) found = await search()
      return found.shift()
    },
  }
}

/** The ids of one feed, from the newest down. */
interface Feed {
  /** The highest id that is not above `bound`; `undefined` where there is none. Bounds only ever fall. */
  next(bound: string, onPage: () => void): Promise<string | undefined>
}

function feedReader(store: Store, pk: string, from: string): Feed {
  let ids: string[] = []
  let at = 0
  let ended = false
  return {
    async next(bound, onPage) {
      for (;;) {
        while (at < ids.length && (ids[at] ?? '') > bound) at++
        if (at < ids.length || ended) return ids[at]
        onPage()
        const page = await store.list({ pk, from, to: bound, descending: true, limit: IDS_A_PAGE })
        ids = page.items.map(({ sk }) => sk)
        at = 0
        ended = page.next === undefined
      }
    },
  }
}

async function storyItems(ledger: Ledger, id: string): Promise<RecordItem[]> {
  const { pk } = recordKey(id, 'D', ledger.shards)
  const { items } = await ledger.store.list({ pk, from: `${id}#`, to: `${id}#~` })
  return items as RecordItem[]
}

/** Above every id below this one, and below it: the last digit gives way to the character before it. */
function justBelow(id: string): string {
  return `${id.slice(0, -1)}${String.fromCharCode(id.charCodeAt(id.length - 1) - 1)}~`
}

function lowestId(time: number): string {
  return lowestAt(time).padEnd(26, '0')
}
