import type { TrailFilter } from './list.ts'
import type { DecisionMembers, TrailRecord } from './record.ts'
import { recordTime } from './record-id.ts'
import type { Item, Store } from './store.ts'
import type { TrailKeys } from './trail-keys.ts'

/**
 * What requests can be found by without looking at all of them. A feed holds the ids of the requests of one month that
 * have one value of one of these, and nothing else: it is no evidence, says nothing of a request that was erased, and
 * can be made anew from the records.
 */
export type FeedName = 'team' | 'restApiId' | 'actor' | 'decision' | 'rule' | 'result'

export interface FeedTerm {
  name: FeedName
  value: string
}

/** The rules that were violated, told or counted. */
export function rulesOf({ reasons = [], more = {} }: Partial<Pick<DecisionMembers, 'reasons' | 'more'>>): Set<string> {
  return new Set([...reasons.map(({ rule }) => rule), ...Object.keys(more)])
}

/** What one record adds to its request's terms. */
export function termsOfRecord(record: TrailRecord): FeedTerm[] {
  const terms: FeedTerm[] = []
  const add = (name: FeedName, value: string | undefined) => value !== undefined && terms.push({ name, value })
  const who = record.kind === 'O' ? record.claim : 'actor' in record ? record : undefined
  add('team', who?.team)
  add('restApiId', who?.target.restApiId)
  add('actor', who?.actor.sub)
  if (record.kind === 'O') {
    add('result', record.result)
    for (const rule of rulesOf(record.denied ?? {})) add('rule', rule)
  }
  if (record.kind === 'D' || record.kind === 'I') {
    add('decision', record.decision)
    for (const rule of rulesOf(record)) add('rule', rule)
  }
  return terms
}

/** The terms that every request of a listing has; none where no feed helps. */
export function termsOfFilter({ team, restApiId, actor, decision, rule, result }: TrailFilter): FeedTerm[] {
  const wanted = { restApiId, actor, result, rule, team, decision } satisfies Record<FeedName, string | undefined>
  return Object.entries(wanted).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name: name as FeedName, value }],
  )
}

/** The partition of one term's ids in one month. Who acted is named by a MAC: a key outlives the erasure of a record. */
export function feedPartition(keys: TrailKeys, { name, value }: FeedTerm, month: string): string {
  return `F#${name}#${name === 'actor' ? keys.mac(value) : value}#${month}`
}

/** Puts a record's request into its feeds. May be repeated. */
export async function feed(store: Store, keys: TrailKeys, record: TrailRecord): Promise<void> {
  const month = monthOf(recordTime(record.id))
  await Promise.all(
    termsOfRecord(record).map((term) => store.create({ pk: feedPartition(keys, term, month), sk: record.id })),
  )
}

/** The UTC month of a time in Unix milliseconds, `2026-11`. */
export function monthOf(time: number): string {
  return new Date(time).toISOString().slice(0, 7)
}

/** The month before, `2026-12` for `2027-01`. */
export function monthBefore(month: string): string {
  return monthOf(Date.parse(`${month}-01T00:00:00Z`) - 1)
}

/** How far the feeds have come. Removing the item has them made anew by the next runs of the keeper. */
export interface FeedState extends Item {
  v: typeof FEED_VERSION
  /** Of the MACs in the feeds' keys: under another one they are made anew. */
  keyId: string
  /** Leaves of the log that are in the feeds. */
  index: number
  /** Unix milliseconds: the oldest request in the feeds; absent where there is none. */
  since?: number
  /** Unix milliseconds up to which every request is in the feeds; absent until they have caught up once. */
  upTo?: number
  rev: number
}

/** Raised with every change to what a feed holds. */
const FEED_VERSION = 1
const FEED_STATE = { pk: 'KEEPER', sk: 'FEEDS' }

/** `undefined` where there are no feeds, or they are of another version or key. */
export async function readFeedState(store: Store, keys: TrailKeys): Promise<FeedState | undefined> {
  const state = (await store.read(FEED_STATE.pk, FEED_STATE.sk)) as FeedState | undefined
  return state?.v === FEED_VERSION && state.keyId === keys.keyId ? state : undefined
}

/**
 * Records how far the feeds have come. Where another keeper was faster, its word holds: both have fed what they say.
 *
 * @param before What {@link readFeedState} gave when the work began.
 */
export async function saveFeedState(
  store: Store,
  keys: TrailKeys,
  before: FeedState | undefined,
  progress: Pick<FeedState, 'index' | 'since' | 'upTo'>,
): Promise<FeedState | undefined> {
  const next = { ...FEED_STATE, v: FEED_VERSION, keyId: keys.keyId, ...progress } as const
  const stored = before ?? ((await store.read(FEED_STATE.pk, FEED_STATE.sk)) as FeedState | undefined)
  if (!stored) return (await store.create({ ...next, rev: 1 })) ? { ...next, rev: 1 } : undefined
  return (await store.replace({ ...next, rev: stored.rev }, stored.rev)) ? { ...next, rev: stored.rev + 1 } : undefined
}
