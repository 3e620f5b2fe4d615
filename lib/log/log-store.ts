import * as z from 'zod/mini'
import type { RecordKind } from '../trail/item-key.ts'
import type { Item, Store } from '../trail/store.ts'

/** What the log stores is not what it committed to. Nothing may be appended until someone has looked. */
export class LogDamaged extends Error {
  override name = 'LogDamaged'
}

const size = z.int().check(z.minimum(0))
const grown = z.int().check(z.minimum(1))
const rev = grown

const LogState = z.object({
  rev,
  size: grown,
  /** Base64. */
  root: z.string(),
  /** The signed checkpoint. */
  checkpoint: z.string(),
  /** Where the tiles of the last step were staged. */
  stage: z.string(),
  /** By shard: the last sort key in the log; `""` before the first. */
  cursors: z.array(z.string()),
  /** By shard: up to where late records were looked for. */
  lateCursors: z.array(z.string()),
})

/** The log's one mutable head. Cursors and tree move together, in one conditional write. */
export type LogState = z.infer<typeof LogState>

const PublishedHead = z.object({ rev, size: grown, checkpoint: z.string() })

/** The newest checkpoint whose tiles are all in place. */
export type PublishedHead = z.infer<typeof PublishedHead>

const Pointed = z.object({ rev, size })
const ProofPointer = z.object({ index: size })
const VerifierKeys = z.object({ rev, keys: z.array(z.string()) })

const STATE = { pk: 'LOG', sk: 'STATE' }
const PUBLISHED = { pk: 'LOG', sk: 'PUBLISHED' }
const POINTED = { pk: 'LOG', sk: 'POINTED' }
const KEYS = { pk: 'LOG', sk: 'KEYS' }

/** The committed head; `undefined` before the first. */
export async function readState(store: Store): Promise<LogState | undefined> {
  return parsed(LogState, await store.read(STATE.pk, STATE.sk))
}

/**
 * Commits a head in place of `before`, of which it was made.
 *
 * @returns `false` where another one was committed first.
 */
export async function commitState(
  store: Store,
  before: LogState | undefined,
  next: Omit<LogState, 'rev'>,
): Promise<boolean> {
  if (before === undefined) return store.create({ ...STATE, ...next, rev: 1 })
  return store.replace({ ...STATE, ...next, rev: before.rev }, before.rev)
}

export async function readPublished(store: Store): Promise<PublishedHead | undefined> {
  return parsed(PublishedHead, await store.read(PUBLISHED.pk, PUBLISHED.sk))
}

/** Makes a head the published one, unless a larger one is. */
export async function publishHead(store: Store, head: { size: number; checkpoint: string }): Promise<void> {
  const item = { ...PUBLISHED, size: head.size, checkpoint: head.checkpoint }
  await raise(head.size, {
    read: () => readPublished(store),
    create: () => store.create({ ...item, rev: 1 }),
    replace: (old) => store.replace({ ...item, rev: old }, old),
  })
}

/** How many leaves, from the first, have their proof pointer. */
export async function readPointed(store: Store): Promise<number> {
  return parsed(Pointed, await store.read(POINTED.pk, POINTED.sk))?.size ?? 0
}

export async function raisePointed(store: Store, to: number): Promise<void> {
  await raise(to, {
    read: async () => parsed(Pointed, await store.read(POINTED.pk, POINTED.sk)),
    create: () => store.create({ ...POINTED, size: to, rev: 1 }),
    replace: (old) => store.replace({ ...POINTED, size: to, rev: old }, old),
  })
}

/** Which leaf a record is; `undefined` where none is known. */
export async function readPointer(store: Store, id: string, kind: RecordKind): Promise<number | undefined> {
  return parsed(ProofPointer, await store.read(`P#${id}`, kind))?.index
}

/** Which leaves a request's records are, by kind. */
export async function readPointers(store: Store, id: string): Promise<Map<string, number>> {
  const { items } = await store.list({ pk: `P#${id}` })
  return new Map(items.map((item) => [item.sk, parsed(ProofPointer, item)?.index ?? 0]))
}

/**
 * The verifier keys of those who sign now, as text; `undefined` before the first run of a keeper. Good for telling
 * others: whoever relies on the log has them from elsewhere.
 */
export async function readVerifierKeys(store: Store): Promise<string[] | undefined> {
  return parsed(VerifierKeys, await store.read(KEYS.pk, KEYS.sk))?.keys
}

export async function keepVerifierKeys(store: Store, keys: readonly string[]): Promise<void> {
  const old = parsed(VerifierKeys, await store.read(KEYS.pk, KEYS.sk))
  if (old?.keys.join() === keys.join()) return
  if (old) await store.replace({ ...KEYS, keys: [...keys], rev: old.rev }, old.rev)
  else await store.create({ ...KEYS, keys: [...keys], rev: 1 })
}

/** Points a record at its leaf. A record that has a pointer keeps it. */
export async function createPointer(store: Store, id: string, kind: RecordKind, index: number): Promise<void> {
  await store.create({ pk: `P#${id}`, sk: kind, index })
}

/** Raises an item's `size` against other writers, and never lowers it. */
async function raise(
  to: number,
  item: {
    read(): Promise<{ size: number; rev: number } | undefined>
    create(): Promise<boolean>
    replace(rev: number): Promise<boolean>
  },
): Promise<void> {
  for (;;) {
    const old = await item.read()
    if (old && old.size >= to) return
    if (await (old ? item.replace(old.rev) : item.create())) return
  }
}

/** @throws {LogDamaged} where the item is not of its schema: someone else wrote it, so nothing may be built on it. */
function parsed<T>(schema: z.ZodMiniType<T>, item: Item | undefined): T | undefined {
  if (item === undefined) return undefined
  const { success, data } = schema.safeParse(item)
  if (!success) throw new LogDamaged(`Cannot read ${item.pk} ${item.sk}: it is malformed`)
  return data
}
