import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  consistencyProof,
  type Hash,
  inclusionProof,
  leafHash,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from '../../lib/log/merkle.ts'
import {
  allTiles,
  appendEntries,
  appendLeaves,
  decodeEntries,
  encodeEntries,
  parseTilePath,
  rightEdge,
  type Tile,
  tilePath,
} from '../../lib/log/tile.ts'
import { type TileReader, TileRefused, VerifiedTiles } from '../../lib/log/verified-tiles.ts'

const leavesOf = (n: number) => Array.from({ length: n }, (_, i) => leafHash(Buffer.from(`leaf ${i}`)))
const LEAVES = leavesOf(65_537)

/** The tiles of a log grown by these steps, by path, and a reader of them. */
function grow(steps: readonly number[]): { files: Map<string, Uint8Array>; readTile: TileReader } {
  const files = new Map<string, Uint8Array>()
  let size = 0
  for (const next of steps) {
    const edge = rightEdge(size).map((tile) => files.get(tilePath(tile)) ?? new Uint8Array())
    for (const { tile, bytes } of appendLeaves(size, edge, LEAVES.slice(size, next))) files.set(tilePath(tile), bytes)
    size = next
  }
  return { files, readTile: async (tile) => files.get(tilePath(tile)) }
}

/** The root straight from the leaves, without tiles. */
async function rootOf(size: number): Promise<Hash> {
  return treeRoot(size, async (nodes) => nodes.map(({ level, index }) => subtree(index * 2 ** level, 2 ** level)))
}

function subtree(from: number, width: number): Hash {
  let hashes = LEAVES.slice(from, from + width)
  while (hashes.length > 1) {
    hashes = hashes.flatMap((left, i) => {
      const right = hashes[i + 1]
      return i % 2 === 0 && right ? [pairHash(left, right)] : []
    })
  }
  return hashes[0] ?? new Uint8Array()
}

function pairHash(left: Hash, right: Hash): Hash {
  // SHA-256(0x01 ‖ left ‖ right), written out so that the expectation does not lean on the code under test.
  return Buffer.from(createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest())
}

describe('paths', () => {
  const rows: [Tile, string][] = [
    [{ level: 0, index: 0, width: 256 }, 'tile/0/000'],
    [{ level: 0, index: 273, width: 112 }, 'tile/0/273.p/112'],
    [{ level: 1, index: 1234067, width: 256 }, 'tile/1/x001/x234/067'],
    [{ level: 63, index: 1000, width: 1 }, 'tile/63/x001/000.p/1'],
    [{ level: 'entries', index: 999, width: 256 }, 'tile/entries/999'],
    [{ level: 'entries', index: 12, width: 255 }, 'tile/entries/012.p/255'],
  ]
  it.each(rows)('%o is %s', (tile, path) => {
    expect(tilePath(tile)).toBe(path)
    expect(parseTilePath(path)).toEqual(tile)
  })

  it.each([
    'tile/0/0',
    'tile/0/00',
    'tile/00/000',
    'tile/01/000',
    'tile/64/000',
    'tile/-1/000',
    'tile/0/x000/000',
    'tile/0/001/000',
    'tile/0/x001/x000',
    'tile/0/x1/000',
    'tile/0/000.p/0',
    'tile/0/000.p/01',
    'tile/0/000.p/256',
    'tile/0/000.p/',
    'tile/0/000.p/1/',
    'tile/0/000/',
    '/tile/0/000',
    'tile/0/000\n',
    'tile/0/../000',
    'tile/data/000',
    'tile/0/x999/x999/x999/x999/x999/999',
  ])('refuses %j', (path) => expect(parseTilePath(path)).toBeUndefined())
})

it('knows the tiles of the specification’s example: a tree of 70,000', () => {
  const tiles = [...allTiles(70_000)]
  const of = (level: Tile['level']) => tiles.filter((t) => t.level === level)
  expect(of('entries').length).toBe(274)
  expect(of(0).filter((t) => t.width === 256).length).toBe(273)
  expect(of(0).at(-1)).toEqual({ level: 0, index: 273, width: 112 })
  expect(of(1).map((t) => t.width)).toEqual([256, 17])
  expect(of(2)).toEqual([{ level: 2, index: 0, width: 1 }])
  expect(tiles.length).toBe(274 + 274 + 2 + 1)
  expect(rightEdge(70_000).map(tilePath)).toEqual(['tile/0/273.p/112', 'tile/1/001.p/17', 'tile/2/000.p/1'])
  expect(rightEdge(256).map(tilePath)).toEqual(['tile/1/000.p/1'])
  expect(rightEdge(0)).toEqual([])
})

describe('growing a log', () => {
  it.each([
    [[1]],
    [[255]],
    [[256]],
    [[257]],
    [[1, 2, 255]],
    [[255, 256]],
    [[255, 257]],
    [[256, 257, 600]],
    [[300, 65_535]],
    [[65_535, 65_536]],
    [[65_536]],
    [[65_535, 65_537]],
  ])('to %o leaves leaves exactly the tiles of that size, with its root', async (steps) => {
    const { files, readTile } = grow(steps)
    const size = steps.at(-1) ?? 0
    for (const tile of allTiles(size)) {
      if (tile.level !== 'entries') expect(files.get(tilePath(tile))?.length).toBe(tile.width * 32)
    }
    const root = await rootOf(size)
    const tiles = await VerifiedTiles.open(size, root, readTile)
    const proof = await inclusionProof(size - 1, size, tiles.read)
    expect(verifyInclusion({ index: size - 1, size, hash: LEAVES[size - 1] ?? root, root }, proof)).toBe(true)
  })

  it('gives proofs for every leaf and size across the edges of tiles', async () => {
    const { readTile } = grow([600])
    const root = await rootOf(600)
    const { read } = await VerifiedTiles.open(600, root, readTile)
    for (const index of [0, 1, 254, 255, 256, 257, 511, 512, 598, 599]) {
      const proof = await inclusionProof(index, 600, read)
      expect(verifyInclusion({ index, size: 600, hash: LEAVES[index] ?? root, root }, proof)).toBe(true)
    }
    for (const size of [1, 255, 256, 257, 511, 512, 599, 600]) {
      const older = { size, root: await rootOf(size) }
      expect(verifyConsistency(older, { size: 600, root }, await consistencyProof(size, 600, read))).toBe(true)
    }
  })

  it('refuses an edge of another size', () => {
    expect(() => appendLeaves(3, [], LEAVES.slice(0, 1))).toThrow('does not belong to size 3')
    expect(() => appendEntries(3, [], [Buffer.from('x')])).toThrow('not of size 3')
  })

  it('writes the same tiles in however many steps', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 }), (sizes) => {
        const steps = sizes.toSorted((a, b) => a - b)
        const size = steps.at(-1) ?? 0
        const [atOnce, stepwise] = [grow([size]).files, grow(steps).files]
        for (const [path, bytes] of atOnce) expect(stepwise.get(path)).toEqual(bytes)
      }),
      { numRuns: 30 },
    )
  })
})

describe('a damaged log', () => {
  const size = 600
  const opened = async (readTile: TileReader) =>
    inclusionProof(3, size, (await VerifiedTiles.open(size, await rootOf(size), readTile)).read)
  const log = grow([size])

  it.each(['tile/0/002.p/88', 'tile/1/000.p/2', 'tile/0/000'])('is refused where %s is altered', async (path) => {
    await expect(opened(log.readTile)).resolves.toHaveLength(10)
    const altered: TileReader = async (tile) => {
      const bytes = Buffer.from((await log.readTile(tile)) ?? [])
      if (tilePath(tile) === path) bytes.writeUInt8(bytes.readUInt8(7) ^ 1, 7)
      return bytes
    }
    await expect(opened(altered)).rejects.toThrow(TileRefused)
  })

  it.each(['tile/0/002.p/88', 'tile/0/000'])('is refused where %s is missing, cut or too long', async (path) => {
    const instead = (bytes: Uint8Array | undefined): TileReader => {
      return async (tile) => (tilePath(tile) === path ? bytes : log.readTile(tile))
    }
    const whole = Buffer.from(log.files.get(path) ?? [])
    await expect(opened(instead(undefined))).rejects.toThrow('missing')
    await expect(opened(instead(whole.subarray(32)))).rejects.toThrow('bytes long')
    await expect(opened(instead(Buffer.concat([whole, whole])))).rejects.toThrow('bytes long')
  })

  it('is refused where two tiles are swapped', async () => {
    const swapped: TileReader = async (tile) =>
      log.readTile(tile.level === 0 && tile.index < 2 ? { ...tile, index: 1 - tile.index } : tile)
    await expect(opened(swapped)).rejects.toThrow('not the one in the tile above')
  })
})

describe('entry bundles', () => {
  it('hold each entry behind its length', () => {
    const entries = [Buffer.from('ab'), Buffer.alloc(0), Buffer.alloc(300, 7)]
    const bundle = encodeEntries(entries)
    expect(Buffer.from(bundle).toString('hex').slice(0, 12)).toBe('000261620000')
    expect(decodeEntries(bundle)?.map((e) => Buffer.from(e))).toEqual(entries)
  })

  it('refuse a cut bundle and an entry above 65,535 bytes', () => {
    const bundle = encodeEntries([Buffer.from('abc'), Buffer.from('d')])
    expect(decodeEntries(bundle.subarray(0, bundle.length - 1))).toBeUndefined()
    expect(decodeEntries(bundle.subarray(0, 6))).toBeUndefined()
    expect(encodeEntries([Buffer.alloc(65_535)]).length).toBe(65_537)
    expect(() => encodeEntries([Buffer.alloc(65_536)])).toThrow(RangeError)
  })

  it('continue the partial one', () => {
    const entries = Array.from({ length: 600 }, (_, i) => Buffer.from(`entry ${i}`))
    const paths = (from: number, to: number) =>
      appendEntries(from, entries.slice(from - (from % 256), from), entries.slice(from, to)).map((d) =>
        tilePath(d.tile),
      )
    expect(paths(0, 600)).toEqual(['tile/entries/000', 'tile/entries/001', 'tile/entries/002.p/88'])
    expect(paths(250, 256)).toEqual(['tile/entries/000'])
    expect(paths(256, 257)).toEqual(['tile/entries/001.p/1'])
  })
})
