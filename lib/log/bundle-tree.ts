import type { Problem } from './bundle-report.ts'
import { type Hash, leafHash } from './merkle.ts'
import { allTiles, appendLeaves, decodeEntries, edgeRoot, rightEdge, splitHashes, type Tile, tilePath } from './tile.ts'

/** A bundle's tree, checked. */
export interface CheckedTree {
  /** All leaf hashes, where they give the root; otherwise the tree could not be told. */
  hashes?: Hash[]
  /** All entries, where each hashes to its leaf. */
  entries?: Uint8Array[]
  problems: Problem[]
}

/**
 * Rebuilds a tree from its entries and from its level-0 tiles, and holds every tile and entry against the one of the
 * two that gives the signed root: so the file that was altered is named, not the one beside it.
 */
export function checkTree(files: ReadonlyMap<string, Uint8Array>, size: number, root: Hash): CheckedTree {
  const tiles = [...allTiles(size)].map((tile) => ({ tile, bytes: files.get(tilePath(tile)) }))
  const problems: Problem[] = []
  for (const { tile, bytes } of tiles) {
    if (bytes) continue
    problems.push({ code: 'missing', where: tilePath(tile), message: 'The file is not in the bundle' })
  }
  const bundles = tiles.filter(({ tile }) => tile.level === 'entries')
  const level0 = tiles.filter(({ tile }) => tile.level === 0)
  const entries = bundles.flatMap(({ tile, bytes }) => entriesOf(tile, bytes, problems))
  const hashesOfEntries = entries.map((entry) => entry && leafHash(entry))
  const hashesOfTiles = level0.flatMap(({ tile, bytes }) => hashesOf(tile, bytes, problems))

  const truth = [hashesOfEntries, hashesOfTiles].map(complete).find((h) => h && givesRoot(h, size, root))
  if (truth === undefined) {
    problems.push({
      code: 'altered',
      where: 'checkpoint',
      message: `Neither the entries nor the level-0 tiles give the root of the ${size} leaves that were signed`,
    })
  }
  // Where neither gives the root, level 0 is what the rest is compared with: it shows where they disagree.
  const expected = truth ?? complete(hashesOfTiles)
  const wrongEntries = expected ? compareEntries(hashesOfEntries, expected) : []
  const wrongTiles = expected ? compareTiles(files, expected) : []
  const whole = truth && wrongEntries.length === 0 ? complete(entries) : undefined
  return {
    ...(truth && { hashes: truth }),
    ...(whole && { entries: whole }),
    problems: [...problems, ...wrongTiles, ...wrongEntries],
  }
}

/** The root of the first `size` of the leaves. */
export function rootOf(hashes: readonly Hash[], size: number): Hash {
  const tiles = new Map(appendLeaves(0, [], hashes.slice(0, size)).map(({ tile, bytes }) => [tilePath(tile), bytes]))
  return edgeRoot(
    size,
    rightEdge(size).map((tile) => tiles.get(tilePath(tile)) ?? new Uint8Array()),
  )
}

function givesRoot(hashes: readonly Hash[], size: number, root: Hash): boolean {
  return hashes.length === size && Buffer.compare(rootOf(hashes, size), root) === 0
}

function entriesOf(tile: Tile, bytes: Uint8Array | undefined, problems: Problem[]): (Uint8Array | undefined)[] {
  const entries = bytes && decodeEntries(bytes)
  if (bytes && entries?.length !== tile.width) {
    const found = entries ? `${entries.length} entries` : 'a cut entry'
    problems.push({ code: 'malformed', where: tilePath(tile), message: `${found} instead of ${tile.width} entries` })
  }
  return Array.from({ length: tile.width }, (_, i) => (entries?.length === tile.width ? entries[i] : undefined))
}

function hashesOf(tile: Tile, bytes: Uint8Array | undefined, problems: Problem[]): (Hash | undefined)[] {
  const isWhole = bytes?.length === tile.width * 32
  if (bytes && !isWhole) {
    const message = `${bytes.length} bytes instead of ${tile.width * 32}`
    problems.push({ code: 'malformed', where: tilePath(tile), message })
  }
  const hashes = isWhole ? splitHashes(bytes) : []
  return Array.from({ length: tile.width }, (_, i) => hashes[i])
}

function complete<T>(list: readonly (T | undefined)[]): T[] | undefined {
  const present = list.filter((value) => value !== undefined)
  return present.length === list.length ? present : undefined
}

/** Every tile of hashes against the one that these leaves give. */
function compareTiles(files: ReadonlyMap<string, Uint8Array>, hashes: readonly Hash[]): Problem[] {
  const expected = appendLeaves(0, [], hashes).map(({ tile, bytes }) => ({ path: tilePath(tile), bytes }))
  return expected.flatMap(({ path, bytes }): Problem[] => {
    const found = files.get(path)
    if (found === undefined || Buffer.compare(found, bytes) === 0) return []
    const other = expected.find((e) => Buffer.compare(e.bytes, found) === 0)
    return other
      ? [{ code: 're-ordered', where: path, message: `It holds ${other.path}` }]
      : [{ code: 'altered', where: path, message: 'It is not the tile of these leaves' }]
  })
}

function compareEntries(found: readonly (Hash | undefined)[], expected: readonly Hash[]): Problem[] {
  const wrong = found.flatMap((hash, i) => {
    const right = expected[i]
    return hash && right && Buffer.compare(hash, right) !== 0 ? [{ leaf: i, hash: hex(hash) }] : []
  })
  if (wrong.length === 0) return []
  const places = new Map(expected.map((hash, i) => [hex(hash), i]))
  return wrong.map(({ leaf, hash }): Problem => {
    const place = places.get(hash)
    return place === undefined
      ? { code: 'altered', where: `leaf ${leaf}`, message: 'The entry does not hash to its leaf' }
      : { code: 're-ordered', where: `leaf ${leaf}`, message: `The entry is that of leaf ${place}` }
  })
}

function hex(hash: Hash): string {
  return Buffer.from(hash).toString('hex')
}
