import { randomBytes as cryptoBytes } from 'node:crypto'
import { aggregator, type Unauthenticated } from './aggregate.ts'
import type { Attempt, ChangeAttempt } from './attempt.ts'
import { type ChangeResult, change, type Work } from './change.ts'
import { type Denial, type ReadResult, type Recorded, recordDenial, recordRead } from './denial.ts'
import { TABLE_KEY } from './item-key.ts'
import { type Recovery, type RecoveryReport, recover } from './keeper.ts'
import type { Ledger } from './ledger.ts'
import { listTrail, type TrailPage, type TrailQuery } from './list.ts'
import { newRecordId } from './record-id.ts'
import type { Store } from './store.ts'
import { readStory, type Story } from './story.ts'
import type { TrailKeys } from './trail-keys.ts'

export interface TrailOptions {
  store: Store
  keys: TrailKeys
  /** 64 on AWS, 8 locally. Written to the table at its first use; a table made with another number is refused. */
  shards: number
  log: Ledger['log']
  /** Unix milliseconds. */
  now?: () => number
  /** A cryptographic source. */
  randomBytes?: (size: number) => Uint8Array
}

/** What happened at the gate, and the only way to make something happen. */
export interface Trail {
  /** Names a request at its arrival. */
  newId(): string
  /** Takes one change to its recorded outcome. */
  change(attempt: ChangeAttempt, work: Work): Promise<ChangeResult>
  /** Records a refusal. Never throws. */
  deny(attempt: Attempt, denial: Denial): Promise<Recorded>
  /** Records a read before it is made. */
  read(attempt: Attempt): Promise<ReadResult>
  /** Counts a request without a valid token. Never throws. */
  aggregate(request: Unauthenticated): Promise<void>
  /** Records what `aggregate` has counted. Never throws. */
  flush(): Promise<void>
  /** @throws {StoreUnavailable} */
  story(id: string): Promise<Story | undefined>
  /** @throws {StoreUnavailable} */
  list(query: TrailQuery): Promise<TrailPage>
  /** One run of the keeper. @throws {StoreUnavailable} */
  recover(recovery: Recovery): Promise<RecoveryReport>
}

/** Opens the trail. Does no I/O by itself: the table is looked at with the first call that needs it. */
export function openTrail(options: TrailOptions): Trail {
  const ledger = openLedger(options)
  const counted = aggregator(ledger)
  return {
    newId: ledger.newId,
    change: (attempt, work) => change(ledger, attempt, work),
    deny: (attempt, denial) => recordDenial(ledger, attempt, denial),
    read: (attempt) => recordRead(ledger, attempt),
    aggregate: (request) => counted.count(request),
    flush: () => counted.flush(),
    story: (id) => readStory(ledger, id),
    list: (query) => listTrail(ledger, query),
    recover: (recovery) => recover(ledger, recovery),
  }
}

export function openLedger(options: TrailOptions): Ledger {
  const { keys, shards, log, now = Date.now, randomBytes = cryptoBytes } = options
  return {
    store: confirmedStore(options.store, shards),
    keys,
    shards,
    log,
    now,
    randomBytes,
    newId: () => newRecordId(now(), () => Buffer.from(randomBytes(1)).readUInt8(0) / 256),
  }
}

/** A store that first makes sure that its table spreads records as this process does: else neither finds the other's. */
function confirmedStore(store: Store, shards: number): Store {
  let confirmed: Promise<void> | undefined
  const confirm = (): Promise<void> => {
    confirmed ??= confirmShards(store, shards).catch((error: unknown) => {
      confirmed = undefined
      throw error
    })
    return confirmed
  }
  return {
    create: async (item) => confirm().then(() => store.create(item)),
    read: async (pk, sk) => confirm().then(() => store.read(pk, sk)),
    list: async (query) => confirm().then(() => store.list(query)),
    replace: async (item, rev) => confirm().then(() => store.replace(item, rev)),
    remove: async (pk, sk, rev) => confirm().then(() => store.remove(pk, sk, rev)),
  }
}

async function confirmShards(store: Store, shards: number): Promise<void> {
  const { pk, sk } = TABLE_KEY
  const found =
    (await store.read(pk, sk)) ??
    ((await store.create({ pk, sk, v: 1, shards })) ? { shards } : await store.read(pk, sk))
  if (found?.shards !== shards) throw new Error(`Cannot use table: made for ${found?.shards} shards, not ${shards}`)
}
