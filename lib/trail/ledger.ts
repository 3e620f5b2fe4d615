import { hash } from 'node:crypto'
import { canonicalJson, commitment, SALT_BYTES, withoutUndefined } from './canonical.ts'
import { type DenialRoom, denialRoom } from './denial-room.ts'
import { fitted } from './fit.ts'
import { blobPartition, type RecordKind, recordKey, TABLE_KEY } from './item-key.ts'
import { pooledBytes } from './pooled-bytes.ts'
import type { TrailRecord } from './record.ts'
import { newRecordId, recordTime, ULID_RANDOM_CHARACTERS } from './record-id.ts'
import { type Item, type Store, StoreUnavailable } from './store.ts'
import type { TrailKeys } from './trail-keys.ts'

/** What every part of the trail works with. */
export interface Ledger {
  store: Store
  keys: TrailKeys
  /** How many shards the records are spread over; fixed when the table is made. */
  shards: number
  /** Unix milliseconds. */
  now(): number
  /** Draws the id of a request that arrives now. */
  newId(): string
  /** How much of the table one caller's denials may take. */
  room: DenialRoom
  randomBytes(size: number): Uint8Array
  /** One structured line for operators; alarms hang on `event`. */
  log(event: TrailEvent, members: Record<string, unknown>): void
}

export type TrailEvent =
  /** A refusal that could not be recorded: the line holds the whole record. */
  | 'audit_not_recorded'
  /** A known outcome that could not be recorded: the keeper settles it. */
  | 'audit_outcome_deferred'
  /** API Gateway's answer is not what was intended: the comparison, or API Gateway, changed. */
  | 'normaliser_mismatch'
  /** The keeper could not finish with one item. */
  | 'keeper_item_failed'

export interface LedgerOptions {
  store: Store
  keys: TrailKeys
  /** 64 on AWS, 8 locally. Written to the table at its first use; a table made with another number is refused. */
  shards: number
  log: Ledger['log']
  /** Unix milliseconds. */
  now?: () => number
  /** A cryptographic source. */
  randomBytes?: (size: number) => Uint8Array
  /** {@link denialRoom} of the usual size unless told. */
  room?: DenialRoom
}

/** Opens the trail. Does no I/O by itself: the table is looked at with the first call that needs it. */
export function openLedger(options: LedgerOptions): Ledger {
  const { store, now = Date.now, randomBytes = pooledBytes(), room = denialRoom(now), ...parts } = options
  return {
    ...parts,
    room,
    store: confirmedStore(store, options.shards),
    now,
    randomBytes,
    newId() {
      const drawn = randomBytes(ULID_RANDOM_CHARACTERS).values()
      return newRecordId(now(), () => (drawn.next().value ?? 0) / 256)
    },
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
    create: (item) => confirm().then(() => store.create(item)),
    read: (pk, sk) => confirm().then(() => store.read(pk, sk)),
    list: (query) => confirm().then(() => store.list(query)),
    replace: (item, rev) => confirm().then(() => store.replace(item, rev)),
    remove: (pk, sk, rev) => confirm().then(() => store.remove(pk, sk, rev)),
  }
}

async function confirmShards(store: Store, shards: number): Promise<void> {
  const { pk, sk } = TABLE_KEY
  const made = { pk, sk, v: 1, shards }
  const found = (await store.read(pk, sk)) ?? ((await store.create(made)) ? made : await store.read(pk, sk))
  if (found?.shards !== shards) throw new Error(`Cannot use table: made for ${found?.shards} shards, not ${shards}`)
}

/**
 * A refusal or intent older than this is not written any more: a process that was frozen and thaws must not write
 * records behind the log's cursor. Outcomes are exempt: a known result is always written.
 */
export const OLDEST_RECORD_MS = 20_000

/** Whether an item is a decision, intent, read or verdict whose time has passed. */
export function isTooOld(item: Item, now: number): boolean {
  return (
    item.pk.startsWith('S#') && /#[DIRV]$/.test(item.sk) && now - recordTime(item.sk.slice(0, 26)) > OLDEST_RECORD_MS
  )
}

/** A record with the salt that its commitment is made with. */
export interface RecordItem extends Item {
  v: 1
  salt: string
  record: TrailRecord
}

/**
 * The item of a record. Every record that is written comes through here, so that none is too large for its item: one that
 * would be is shortened, and says so.
 */
export function recordItem(ledger: Ledger, record: TrailRecord): RecordItem {
  return {
    ...recordKey(record.id, record.kind, ledger.shards),
    v: 1,
    salt: Buffer.from(ledger.randomBytes(SALT_BYTES)).toString('base64'),
    record: fitted(withoutUndefined(record), ledger.keys.mac),
  }
}

/**
 * Writes a record that must not exist yet.
 *
 * @returns `false` where the key is taken.
 * @throws {StoreUnavailable} where it isn't known to be durable, or is too old to be written.
 */
export async function writeRecord(ledger: Ledger, item: RecordItem): Promise<boolean> {
  if (isTooOld(item, ledger.now())) throw new StoreUnavailable(`Cannot write ${item.sk}: too old`)
  return ledger.store.create(item)
}

export async function readRecord<Kind extends RecordKind>(
  ledger: Ledger,
  id: string,
  kind: Kind,
): Promise<Extract<TrailRecord, { kind: Kind }> | undefined> {
  const { pk, sk } = recordKey(id, kind, ledger.shards)
  const item = (await ledger.store.read(pk, sk)) as RecordItem | undefined
  return item?.record as Extract<TrailRecord, { kind: Kind }> | undefined
}

/** What a caller is given to hold against the log later: the record's commitment. */
export function commitmentOf(item: RecordItem): string {
  return commitment(item.salt, item.record)
}

/** A DynamoDB item holds 400 KB; base64 and the other members need room beside this. */
const BLOB_CHUNK_CHARACTERS = 300 * 1024

/** Sealed bytes, to be written under the name that {@link sealed} gives them. */
export interface SealedBlob {
  /** Hex SHA-256 of the sealed bytes: of the ciphertext, so it says nothing of the content. */
  name: string
  items: Item[]
}

/** Encrypts a JSON value for those who may read whole requests. */
export function sealed(ledger: Ledger, value: unknown): SealedBlob {
  return sealedText(ledger, JSON.stringify(value))
}

/** Bytes that a sealed text takes of the table, about: base64, and some for each item. */
export function sealedBytes(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 3) * 4 + 256
}

/** As {@link sealed}, of the JSON text. */
export function sealedText(ledger: Ledger, json: string): SealedBlob {
  const bytes = ledger.keys.seal(Buffer.from(json))
  const name = hash('sha256', bytes)
  const text = bytes.toString('base64')
  const count = Math.ceil(text.length / BLOB_CHUNK_CHARACTERS)
  const items = Array.from({ length: count }, (_, index) => ({
    pk: blobPartition(name),
    sk: String(index).padStart(4, '0'),
    of: count,
    data: text.slice(index * BLOB_CHUNK_CHARACTERS, (index + 1) * BLOB_CHUNK_CHARACTERS),
  }))
  return { name, items }
}

/** @throws {StoreUnavailable} where not all of it is known to be durable. */
export async function writeBlob(store: Store, blob: SealedBlob): Promise<void> {
  await Promise.all(blob.items.map((item) => store.create(item)))
}

/** A sealed value; `undefined` where it was erased, is incomplete, or does not open. */
export async function readBlob(ledger: Ledger, name: string): Promise<unknown> {
  const chunks: string[] = []
  let after: string | undefined
  do {
    const page = await ledger.store.list({ pk: blobPartition(name), ...(after !== undefined && { after }) })
    for (const item of page.items) chunks.push(String(item.data))
    after = page.next
  } while (after !== undefined)
  const bytes = Buffer.from(chunks.join(''), 'base64')
  if (hash('sha256', bytes) !== name) return undefined
  const plain = ledger.keys.open(bytes)
  return plain && (JSON.parse(plain.toString('utf8')) as unknown)
}

/** Whether two items are the same, whatever order their members came in. */
export function sameItem(a: Item | undefined, b: Item): boolean {
  return a !== undefined && canonicalJson(a) === canonicalJson(withoutUndefined(b))
}
