import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  consistencyProof,
  EMPTY_ROOT,
  type Hash,
  type HashReader,
  inclusionProof,
  leafHash,
  nodeHash,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from '../../lib/log/merkle.ts'
import vectors from '../vectors/log/merkle.json' with { type: 'json' }

/** RFC 9162 §2.1.1 by its recursive definition: slow, and shares nothing with the code under test. */
function definedRoot(leaves: readonly Hash[]): Hash {
  const [first] = leaves
  if (first === undefined) return EMPTY_ROOT
  if (leaves.length === 1) return first
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  return nodeHash(definedRoot(leaves.slice(0, k)), definedRoot(leaves.slice(k)))
}

/** A reader over leaf hashes that keeps every complete subtree it was built with. */
function readerOf(leaves: readonly Hash[]): HashReader {
  const levels: (readonly Hash[])[] = [leaves]
  for (let below = leaves; below.length > 1; ) {
    const above: Hash[] = []
    for (let i = 0; i + 1 < below.length; i += 2) {
      const [left, right] = below.slice(i, i + 2)
      if (left && right) above.push(nodeHash(left, right))
    }
    levels.push(above)
    below = above
  }
  return async (nodes) =>
    nodes.map(({ level, index }) => {
      const hash = levels[level]?.[index]
      if (!hash) throw new Error(`No complete subtree ${level}/${index}`)
      return hash
    })
}

const hex = (h: Uint8Array) => Buffer.from(h).toString('hex')
const base64 = (s: string) => Buffer.from(s, 'base64')
const leavesOf = (n: number) => Array.from({ length: n }, (_, i) => leafHash(Buffer.from(`leaf ${i}`)))

const LARGE = leavesOf(65_537)
const readLarge = readerOf(LARGE)
const SIZES = [1, 2, 3, 255, 256, 257, 65_535, 65_536, 65_537]

describe('hashing', () => {
  it('gives the roots of RFC 6962 for its example leaves', async () => {
    const leaves = vectors.leaves.map((l) => leafHash(Buffer.from(l, 'hex')))
    for (const [i, root] of vectors.roots.entries()) {
      expect(hex(await treeRoot(i, readerOf(leaves)))).toBe(root)
    }
  })

  it('tells a leaf from a node with the same bytes', () => {
    const [a, b] = [leafHash(Buffer.from('a')), leafHash(Buffer.from('b'))]
    expect(hex(leafHash(Buffer.concat([a, b])))).not.toBe(hex(nodeHash(a, b)))
  })

  it.each(SIZES)('gives the defined root for %i leaves', async (size) => {
    expect(hex(await treeRoot(size, readLarge))).toBe(hex(definedRoot(LARGE.slice(0, size))))
  })
})

describe('inclusion', () => {
  it.each(SIZES)('proves the first, middle and last leaf of %i, and no other leaf by the same proof', async (size) => {
    const root = await treeRoot(size, readLarge)
    for (const index of new Set([0, Math.floor(size / 2), size - 1])) {
      const proof = await inclusionProof(index, size, readLarge)
      const claim = { index, size, hash: LARGE[index] ?? EMPTY_ROOT, root }
      expect(verifyInclusion(claim, proof)).toBe(true)
      expect(verifyInclusion({ ...claim, hash: leafHash(Buffer.from('other')) }, proof)).toBe(false)
      expect(verifyInclusion({ ...claim, index: index + 1 }, proof)).toBe(false)
      expect(verifyInclusion(claim, [...proof, EMPTY_ROOT])).toBe(false)
      if (size > 1) expect(verifyInclusion(claim, proof.slice(1))).toBe(false)
    }
  })

  it('refuses the empty tree and leaves outside of the tree', async () => {
    await expect(inclusionProof(0, 0, readLarge)).rejects.toThrow(RangeError)
    await expect(inclusionProof(5, 5, readLarge)).rejects.toThrow(RangeError)
    await expect(inclusionProof(0.5, 5, readLarge)).rejects.toThrow(RangeError)
    expect(verifyInclusion({ index: 0, size: 0, hash: EMPTY_ROOT, root: EMPTY_ROOT }, [])).toBe(false)
  })
})

describe('consistency', () => {
  it.each(SIZES)('proves that %i leaves continue every smaller size tried', async (size) => {
    const root = await treeRoot(size, readLarge)
    for (const oldSize of SIZES.filter((s) => s <= size)) {
      const proof = await consistencyProof(oldSize, size, readLarge)
      const oldRoot = await treeRoot(oldSize, readLarge)
      const older = { size: oldSize, root: oldRoot }
      expect(verifyConsistency(older, { size, root }, proof)).toBe(true)
      expect(verifyConsistency({ ...older, root: EMPTY_ROOT }, { size, root }, proof)).toBe(false)
      expect(verifyConsistency(older, { size, root: EMPTY_ROOT }, proof)).toBe(false)
      expect(verifyConsistency(older, { size, root }, [...proof, EMPTY_ROOT])).toBe(false)
      if (oldSize !== size) expect(verifyConsistency({ size, root }, older, proof)).toBe(false)
    }
  })

  it('refuses size 0, where there is nothing to prove', async () => {
    await expect(consistencyProof(0, 5, readLarge)).rejects.toThrow(RangeError)
    await expect(consistencyProof(6, 5, readLarge)).rejects.toThrow(RangeError)
    const empty = { size: 0, root: EMPTY_ROOT }
    expect(verifyConsistency(empty, { size: 5, root: await treeRoot(5, readLarge) }, [])).toBe(false)
    expect(verifyConsistency(empty, empty, [])).toBe(false)
  })
})

it('proves any leaf and any earlier size of any tree, and refuses a proof with a flipped bit', async () => {
  const size = fc.integer({ min: 1, max: 300 })
  await fc.assert(
    fc.asyncProperty(size, fc.nat(), fc.nat(), fc.nat(), async (n, a, b, bit) => {
      const [index, oldSize] = [a % n, (b % n) + 1]
      const root = await treeRoot(n, readLarge)
      const inclusion = await inclusionProof(index, n, readLarge)
      const claim = { index, size: n, hash: LARGE[index] ?? EMPTY_ROOT, root }
      expect(verifyInclusion(claim, inclusion)).toBe(true)
      if (inclusion.length > 0) expect(verifyInclusion(claim, flipped(inclusion, bit))).toBe(false)

      const older = { size: oldSize, root: await treeRoot(oldSize, readLarge) }
      const consistency = await consistencyProof(oldSize, n, readLarge)
      expect(verifyConsistency(older, { size: n, root }, consistency)).toBe(true)
      if (consistency.length > 0) {
        expect(verifyConsistency(older, { size: n, root }, flipped(consistency, bit))).toBe(false)
      }
    }),
  )
})

it('counts beyond 32 bits', async () => {
  const size = 2 ** 40 + 3
  const read: HashReader = async (nodes) => nodes.map((n) => leafHash(Buffer.from(`${n.level}/${n.index}`)))
  const root = await treeRoot(size, read)
  const index = 2 ** 40 + 2
  const proof = await inclusionProof(index, size, read)
  expect(verifyInclusion({ index, size, hash: leafHash(Buffer.from(`0/${index}`)), root }, proof)).toBe(true)
  const older = { size: 2 ** 40, root: leafHash(Buffer.from('40/0')) }
  expect(verifyConsistency(older, { size, root }, await consistencyProof(2 ** 40, size, read))).toBe(true)
})

function flipped(proof: readonly Hash[], bit: number): Hash[] {
  const bytes = Buffer.concat(proof)
  const at = bit % (bytes.length * 8)
  bytes.writeUInt8(bytes.readUInt8(at >> 3) ^ (1 << (at & 7)), at >> 3)
  return proof.map((_, i) => bytes.subarray(i * 32, i * 32 + 32))
}

type InclusionVector = { leafIdx: number; treeSize: number; root: string; leafHash: string; proof: string[] | null }
type ConsistencyVector = { size1: number; size2: number; root1: string; root2: string; proof: string[] | null }
type Vector<T> = T & { desc: string; wantErr: boolean }

function load<T>(directory: string): Vector<T>[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')))
}

const vectorsDir = process.env.VECTORS_DIR
if (vectorsDir) {
  describe('vectors of transparency-dev/merkle', () => {
    const inclusion = load<InclusionVector>(join(vectorsDir, 'merkle/inclusion'))
    const consistency = load<ConsistencyVector>(join(vectorsDir, 'merkle/consistency'))

    it('has all of them', () => expect(inclusion.length + consistency.length).toBe(196))

    it.each(inclusion)('inclusion of $leafIdx in $treeSize: $desc', (v) => {
      const claim = { index: v.leafIdx, size: v.treeSize, hash: base64(v.leafHash), root: base64(v.root) }
      expect(verifyInclusion(claim, (v.proof ?? []).map(base64))).toBe(!v.wantErr)
    })

    it.each(consistency)('consistency of $size1 and $size2: $desc', (v) => {
      const older = { size: v.size1, root: base64(v.root1) }
      const newer = { size: v.size2, root: base64(v.root2) }
      expect(verifyConsistency(older, newer, (v.proof ?? []).map(base64))).toBe(!v.wantErr)
    })
  })
} else {
  console.log('VECTORS_DIR is not set: the 196 Merkle vectors of transparency-dev/merkle are not run')
}
