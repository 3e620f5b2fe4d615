import { completeHash, EMPTY_ROOT, HASH_BYTES, type Hash, nodeHash } from './merkle.ts'

/** Hashes in a full tile, and entries in a full entry bundle. */
export const TILE_WIDTH = 256

/**
 * A tile: `width` hashes of complete subtrees of `256^level` leaves, from the `index · 256`-th on (C2SP tlog-tiles).
 * Level `entries` names the bundle of the entries themselves.
 */
export interface Tile {
  level: number | 'entries'
  index: number
  /** 1 to 256; below 256 the tile is partial. */
  width: number
}

/** The path of a tile: `tile/<L>/<N>[.p/<W>]`, or `tile/entries/<N>[.p/<W>]`; 1234067 is spelt `x001/x234/067`. */
export function tilePath({ level, index, width }: Tile): string {
  let n = String(index % 1000).padStart(3, '0')
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    n = `x${String(rest % 1000).padStart(3, '0')}/${n}`
  }
  return `tile/${level}/${n}${width === TILE_WIDTH ? '' : `.p/${width}`}`
}

const PATH = /^tile\/(entries|[1-9]?[0-9])\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/

/** The tile a path names; `undefined` where the path is not exactly as {@link tilePath} would spell it. */
export function parseTilePath(path: string): Tile | undefined {
  const [, level, n, width] = PATH.exec(path) ?? []
  if (level === undefined || n === undefined) return undefined
  const tile: Tile = {
    level: level === 'entries' ? level : Number(level),
    index: Number(n.replaceAll('x', '').replaceAll('/', '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  }
  const isTile = typeof tile.level === 'string' || tile.level <= 63
  return isTile && Number.isSafeInteger(tile.index) && tilePath(tile) === path ? tile : undefined
}

/** How many hashes level `level` has in all its tiles together, in a tree of `size` leaves. */
export function levelWidth(size: number, level: number): number {
  return Math.floor(size / TILE_WIDTH ** level)
}

/**
 * The partial tiles of a tree of `size` leaves, from level 0 up: its right edge. The root follows from them alone.
 * Levels whose tiles are all full have none.
 */
export function rightEdge(size: number): (Tile & { level: number })[] {
  const edge: (Tile & { level: number })[] = []
  for (let level = 0; levelWidth(size, level) > 0; level++) {
    const width = levelWidth(size, level)
    if (width % TILE_WIDTH > 0) edge.push({ level, index: Math.floor(width / TILE_WIDTH), width: width % TILE_WIDTH })
  }
  return edge
}

/**
 * The root of a tree of `size` leaves.
 *
 * @param edge the content of {@link rightEdge}(size), in its order.
 */
export function edgeRoot(size: number, edge: readonly Uint8Array[]): Hash {
  const subtrees: Hash[] = []
  for (const [i, { width }] of rightEdge(size).entries()) {
    let hashes = splitHashes(edge[i] ?? new Uint8Array())
    const ofTile: Hash[] = []
    for (let span = TILE_WIDTH / 2; span >= 1; span /= 2) {
      if ((width & span) === 0) continue
      ofTile.push(completeHash(hashes.slice(0, span)))
      hashes = hashes.slice(span)
    }
    subtrees.unshift(...ofTile)
  }
  return subtrees.length === 0 ? EMPTY_ROOT : subtrees.reduceRight((right, left) => nodeHash(left, right))
}

/** Every tile, entry bundles included, of a tree of `size` leaves. */
export function* allTiles(size: number): Generator<Tile> {
  yield* tilesOfLevel(size, 'entries')
  for (let level = 0; levelWidth(size, level) > 0; level++) yield* tilesOfLevel(levelWidth(size, level), level)
}

function* tilesOfLevel(total: number, level: Tile['level']): Generator<Tile> {
  for (let index = 0; index * TILE_WIDTH < total; index++) {
    yield { level, index, width: Math.min(TILE_WIDTH, total - index * TILE_WIDTH) }
  }
}

/** The content of tiles by tile: what a log stores. */
export type TileData = { tile: Tile; bytes: Uint8Array }

/**
 * The tiles that appending `leaves` to a tree of `size` adds: the newly full ones and the new right edge.
 *
 * @param edge the content of {@link rightEdge}(size), in its order, already verified against the root.
 */
export function appendLeaves(size: number, edge: readonly Uint8Array[], leaves: readonly Hash[]): TileData[] {
  const old = new Map(rightEdge(size).map((tile, i) => [tile.level, edge[i]]))
  const added: TileData[] = []
  let grown: Hash[] = [...leaves]
  for (let level = 0; grown.length > 0; level++) {
    const before = levelWidth(size, level)
    const hashes = [...splitHashes(old.get(level) ?? new Uint8Array()), ...grown]
    if (hashes.length !== (before % TILE_WIDTH) + grown.length) {
      throw new Error(`Cannot append to tile level ${level}: the right edge does not belong to size ${size}`)
    }
    grown = []
    for (let at = 0; at < hashes.length; at += TILE_WIDTH) {
      const part = hashes.slice(at, at + TILE_WIDTH)
      const index = Math.floor(before / TILE_WIDTH) + at / TILE_WIDTH
      added.push({ tile: { level, index, width: part.length }, bytes: Buffer.concat(part) })
      if (part.length === TILE_WIDTH) grown.push(completeHash(part))
    }
  }
  return added
}

/** The bundles that appending `entries` adds: the newly full ones and the new partial one. */
export function appendEntries(
  size: number,
  partial: readonly Uint8Array[],
  entries: readonly Uint8Array[],
): TileData[] {
  if (partial.length !== size % TILE_WIDTH) throw new Error(`Cannot append entries: the bundle is not of size ${size}`)
  const all = [...partial, ...entries]
  const added: TileData[] = []
  for (let at = 0; at < all.length; at += TILE_WIDTH) {
    const part = all.slice(at, at + TILE_WIDTH)
    const index = Math.floor(size / TILE_WIDTH) + at / TILE_WIDTH
    added.push({ tile: { level: 'entries', index, width: part.length }, bytes: encodeEntries(part) })
  }
  return added
}

/** An entry bundle: each entry behind its length, a big-endian uint16. */
export function encodeEntries(entries: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    entries.flatMap((entry) => {
      if (entry.length > 0xffff) throw new RangeError(`Cannot log an entry of ${entry.length} bytes: above 65,535`)
      return [Buffer.of(entry.length >> 8, entry.length & 0xff), entry]
    }),
  )
}

/** The entries of a bundle; `undefined` where the bytes are not a whole number of entries. */
export function decodeEntries(bundle: Uint8Array): Uint8Array[] | undefined {
  const bytes = Buffer.from(bundle.buffer, bundle.byteOffset, bundle.byteLength)
  const entries: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    if (at + 2 > bytes.length) return undefined
    const end = at + 2 + bytes.readUInt16BE(at)
    if (end > bytes.length) return undefined
    entries.push(bytes.subarray(at + 2, end))
    at = end
  }
  return entries
}

/** The hashes of a tile, one after the other. */
export function splitHashes(bytes: Uint8Array): Hash[] {
  return Array.from({ length: Math.floor(bytes.length / HASH_BYTES) }, (_, i) =>
    bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  )
}
