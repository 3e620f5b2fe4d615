import type { Store } from '../trail/store.ts'
import { parseBase64, toBase64 } from './base64.ts'

/**
 * Where a log keeps its tiles and what it stages, by path. Write-once: what a path holds never changes, whoever writes
 * late. Methods reject where the storage does not answer; a rejected write may have happened.
 */
export interface Blobs {
  /** The bytes, all of them; `undefined` where there are none or a write was cut off. */
  get(path: string): Promise<Uint8Array | undefined>
  /**
   * Writes once. Writing the same bytes again is no error.
   *
   * @throws {BlobTaken} where the path holds other bytes; they stay.
   */
  put(path: string, bytes: Uint8Array): Promise<void>
  remove(path: string): Promise<void>
  /** Removes every partial tile `<path>.p/<W>` beside the full one. */
  removePartials(path: string): Promise<void>
}

/** Two different contents for one path: the log forked, or was damaged. */
export class BlobTaken extends Error {
  override name = 'BlobTaken'
  constructor(path: string) {
    super(`Cannot write ${path}: it holds other bytes`)
  }
}

/** Characters of base64 in one item; an item of DynamoDB holds 400 KB. */
const CHUNK_CHARACTERS = 300 * 1024

/**
 * Blobs as items of the trail's table: `T#<path>`, chunk by chunk under `<width>#<chunk>`, where `<width>` is that of
 * a partial tile and 256 for everything else.
 */
export function storeBlobs(store: Store): Blobs {
  async function chunksOf(path: string) {
    const { pk, prefix } = placeOf(path)
    const items = []
    let after: string | undefined
    do {
      const page = await store.list({ pk, from: `${prefix}#`, to: `${prefix}#~`, ...(after && { after }) })
      items.push(...page.items)
      after = page.next
    } while (after !== undefined)
    return items
  }

  return {
    async get(path) {
      const chunks = await chunksOf(path)
      if (chunks.length === 0 || chunks.length !== chunks[0]?.of) return undefined
      return parseBase64(chunks.map((chunk) => String(chunk.data)).join(''))
    },

    async put(path, bytes) {
      const { pk, prefix } = placeOf(path)
      const text = toBase64(bytes)
      const of = Math.max(1, Math.ceil(text.length / CHUNK_CHARACTERS))
      for (let chunk = 0; chunk < of; chunk++) {
        const sk = `${prefix}#${String(chunk).padStart(4, '0')}`
        const data = text.slice(chunk * CHUNK_CHARACTERS, (chunk + 1) * CHUNK_CHARACTERS)
        if (await store.create({ pk, sk, rev: 1, of, data })) continue
        const there = await store.read(pk, sk)
        if (there && (there.of !== of || there.data !== data)) throw new BlobTaken(path)
      }
    },

    async remove(path) {
      for (const { pk, sk, rev = 1 } of await chunksOf(path)) await store.remove(pk, sk, rev)
    },

    async removePartials(path) {
      const { pk } = placeOf(path)
      let after: string | undefined
      do {
        const page = await store.list({ pk, to: '255#~', ...(after && { after }) })
        for (const { sk, rev = 1 } of page.items) await store.remove(pk, sk, rev)
        after = page.next
      } while (after !== undefined)
    },
  }
}

function placeOf(path: string): { pk: string; prefix: string } {
  const [whole = '', width = '256'] = path.split('.p/')
  return { pk: `T#${whole}`, prefix: width.padStart(3, '0') }
}
