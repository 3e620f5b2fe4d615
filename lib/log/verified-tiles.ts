import { completeHash, HASH_BYTES, type Hash, type HashReader, type TreeNode } from './merkle.ts'
import { edgeRoot, levelWidth, rightEdge, splitHashes, TILE_WIDTH, type Tile, tilePath } from './tile.ts'

/** Levels of the tree that one tile spans: 256 = 2^8. */
const TILE_HEIGHT = 8

/** Reads one tile's bytes; `undefined` where there is none. The bytes are not trusted. */
export type TileReader = (tile: Tile) => Promise<Uint8Array | undefined>

/** A tile is missing, or not the one the root commits to. The stored log is damaged, or it is another log. */
export class TileRefused extends Error {
  override name = 'TileRefused'
  readonly path: string
  constructor(path: string, reason: string) {
    super(`Cannot trust ${path}: ${reason}`)
    this.path = path
  }
}

/** The hashes of a tree, read from tiles of which each is checked up to the root before it is used. */
export class VerifiedTiles {
  readonly #size: number
  readonly #readTile: TileReader
  readonly #trusted = new Map<string, Promise<Hash[]>>()
  /** The content of {@link rightEdge}(size), in its order. */
  readonly edge: readonly Uint8Array[]

  private constructor(size: number, edge: readonly Uint8Array[], readTile: TileReader) {
    this.#size = size
    this.#readTile = readTile
    this.edge = edge
    for (const [i, tile] of rightEdge(size).entries()) {
      this.#trusted.set(tilePath(tile), Promise.resolve(splitHashes(edge[i] ?? new Uint8Array())))
    }
  }

  /**
   * Reads the right edge and checks it against the root.
   *
   * @throws {TileRefused}
   */
  static async open(size: number, root: Hash, readTile: TileReader): Promise<VerifiedTiles> {
    const edge = await Promise.all(rightEdge(size).map((tile) => wholeTile(tile, readTile)))
    if (Buffer.compare(edgeRoot(size, edge), root) !== 0) {
      throw new TileRefused(rightEdge(size).map(tilePath).join(', '), `not the right edge of the tree of ${size}`)
    }
    return new VerifiedTiles(size, edge, readTile)
  }

  /**
   * A {@link HashReader} of this tree.
   *
   * @throws {TileRefused}
   */
  readonly read: HashReader = (nodes) => Promise.all(nodes.map((node) => this.#node(node)))

  async #node({ level, index }: TreeNode): Promise<Hash> {
    const tileLevel = Math.floor(level / TILE_HEIGHT)
    const span = 2 ** (level % TILE_HEIGHT)
    const first = index * span
    const hashes = await this.#tile(tileLevel, Math.floor(first / TILE_WIDTH))
    const part = hashes.slice(first % TILE_WIDTH, (first % TILE_WIDTH) + span)
    if (part.length !== span) throw new RangeError(`No subtree ${level}/${index} in a tree of ${this.#size}`)
    return completeHash(part)
  }

  #tile(level: number, index: number): Promise<Hash[]> {
    const width = Math.min(TILE_WIDTH, levelWidth(this.#size, level) - index * TILE_WIDTH)
    if (width < 1) throw new RangeError(`No tile ${level}/${index} in a tree of ${this.#size}`)
    const path = tilePath({ level, index, width })
    const known = this.#trusted.get(path)
    if (known) return known
    const checked = this.#check({ level, index, width })
    this.#trusted.set(path, checked)
    return checked
  }

  /** Every partial tile is part of the right edge, so this one is full: its hash stands in the tile above. */
  async #check(tile: Tile & { level: number }): Promise<Hash[]> {
    const above = await this.#tile(tile.level + 1, Math.floor(tile.index / TILE_WIDTH))
    const hashes = splitHashes(await wholeTile(tile, this.#readTile))
    const committed = above[tile.index % TILE_WIDTH]
    if (committed === undefined || Buffer.compare(completeHash(hashes), committed) !== 0) {
      throw new TileRefused(tilePath(tile), 'its hash is not the one in the tile above')
    }
    return hashes
  }
}

async function wholeTile(tile: Tile, readTile: TileReader): Promise<Uint8Array> {
  const bytes = await readTile(tile)
  if (bytes === undefined) throw new TileRefused(tilePath(tile), 'missing')
  if (bytes.length !== tile.width * HASH_BYTES) throw new TileRefused(tilePath(tile), `${bytes.length} bytes long`)
  return bytes
}
