import { hash } from 'node:crypto'

/** A SHA-256 hash: 32 bytes. */
export type Hash = Uint8Array

export const HASH_BYTES = 32

/**
 * A complete subtree of the log's tree, by its place: the leaves `index · 2^level` up to (not including)
 * `(index + 1) · 2^level`. Level 0 are the leaves.
 */
export interface TreeNode {
  level: number
  index: number
}

/** Reads the hashes of complete subtrees, in the order asked for. Rejects where one can't be had. */
export type HashReader = (nodes: readonly TreeNode[]) => Promise<Hash[]>

/** The root of the tree without leaves: SHA-256 of nothing (RFC 9162 §2.1.1). */
export const EMPTY_ROOT: Hash = hash('sha256', '', 'buffer')

const LEAF = Buffer.of(0x00)
const NODE = Buffer.of(0x01)

/** The hash of a leaf: SHA-256(0x00 ‖ entry) (RFC 9162 §2.1.1). */
export function leafHash(entry: Uint8Array): Hash {
  return hash('sha256', Buffer.concat([LEAF, entry]), 'buffer')
}

/** The hash of a node: SHA-256(0x01 ‖ left ‖ right) (RFC 9162 §2.1.1). */
export function nodeHash(left: Hash, right: Hash): Hash {
  return hash('sha256', Buffer.concat([NODE, left, right]), 'buffer')
}

/** The hash of a complete subtree from its 1, 2, 4, 8 … nodes of one level. */
export function completeHash(hashes: readonly Hash[]): Hash {
  let level = hashes
  while (level.length > 1) {
    const above: Hash[] = []
    for (let i = 0; i < level.length; i += 2) above.push(nodeHash(at(level, i), at(level, i + 1)))
    level = above
  }
  return at(level, 0)
}

/** The root of the first `size` leaves; {@link EMPTY_ROOT} for 0. */
export async function treeRoot(size: number, read: HashReader): Promise<Hash> {
  if (size === 0) return EMPTY_ROOT
  return at(await hashRanges([{ from: 0, to: size }], read), 0)
}

/**
 * The inclusion proof of leaf `index` in the tree of the first `size` leaves (RFC 9162 §2.1.3.1), from the leaf's
 * sibling up to the root's child.
 *
 * @throws {RangeError} where the tree is empty or the leaf is not in it.
 */
export async function inclusionProof(index: number, size: number, read: HashReader): Promise<Hash[]> {
  if (!isIndex(index) || !isIndex(size) || index >= size) {
    throw new RangeError(`Cannot prove inclusion: no leaf ${index} in a tree of ${size}`)
  }
  const ranges: LeafRange[] = []
  let [from, to] = [0, size]
  while (to - from > 1) {
    const middle = from + largestPowerBelow(to - from)
    if (index < middle) {
      ranges.unshift({ from: middle, to })
      to = middle
    } else {
      ranges.unshift({ from, to: middle })
      from = middle
    }
  }
  return hashRanges(ranges, read)
}

/**
 * The proof that the tree of the first `size` leaves begins with the tree of the first `oldSize` (RFC 9162 §2.1.4.1).
 *
 * @throws {RangeError} where `oldSize` is 0 (every tree begins with the empty one: nothing to prove) or above `size`.
 */
export async function consistencyProof(oldSize: number, size: number, read: HashReader): Promise<Hash[]> {
  if (!isIndex(oldSize) || !isIndex(size) || oldSize === 0 || oldSize > size) {
    throw new RangeError(`Cannot prove consistency: from size ${oldSize} to ${size}`)
  }
  const ranges: LeafRange[] = []
  let [from, to] = [0, size]
  while (oldSize !== to) {
    const middle = from + largestPowerBelow(to - from)
    if (oldSize <= middle) {
      ranges.unshift({ from: middle, to })
      to = middle
    } else {
      ranges.unshift({ from, to: middle })
      from = middle
    }
  }
  if (from > 0) ranges.unshift({ from, to })
  return hashRanges(ranges, read)
}

/** Whether `proof` shows that the leaf with `hash` is leaf `index` of the tree with `root` (RFC 9162 §2.1.3.2). */
export function verifyInclusion(
  claim: { index: number; size: number; hash: Hash; root: Hash },
  proof: readonly Hash[],
): boolean {
  const { index, size } = claim
  if (!isIndex(index) || !isIndex(size) || index >= size || !areHashes([claim.hash, ...proof])) return false
  let [fn, sn, r] = [index, size - 1, claim.hash]
  for (const p of proof) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      r = nodeHash(p, r)
      while (fn % 2 === 0 && fn > 0) [fn, sn] = [half(fn), half(sn)]
    } else {
      r = nodeHash(r, p)
    }
    ;[fn, sn] = [half(fn), half(sn)]
  }
  return sn === 0 && equal(r, claim.root)
}

/**
 * Whether `proof` shows that the tree `newer` begins with the tree `older` (RFC 9162 §2.1.4.2). Refuses size 0: such a
 * claim says nothing of the newer tree. Equal sizes need equal roots and an empty proof.
 */
export function verifyConsistency(
  older: { size: number; root: Hash },
  newer: { size: number; root: Hash },
  proof: readonly Hash[],
): boolean {
  if (!isIndex(older.size) || !isIndex(newer.size) || older.size === 0 || older.size > newer.size) return false
  if (older.size === newer.size) return proof.length === 0 && equal(older.root, newer.root)

  let [fn, sn] = [older.size - 1, newer.size - 1]
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)]
  // A complete older tree is itself the first node, which the proof leaves out.
  const [first, ...path] = fn === 0 ? [older.root, ...proof] : proof
  if (first === undefined || !areHashes([first, ...path])) return false

  let [fr, sr] = [first, first]
  for (const c of path) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      fr = nodeHash(c, fr)
      sr = nodeHash(c, sr)
      while (fn % 2 === 0 && fn > 0) [fn, sn] = [half(fn), half(sn)]
    } else {
      sr = nodeHash(sr, c)
    }
    ;[fn, sn] = [half(fn), half(sn)]
  }
  return sn === 0 && equal(fr, older.root) && equal(sr, newer.root)
}

/** The leaves `from` up to (not including) `to`; `from` is a multiple of the largest power of two below their number. */
interface LeafRange {
  from: number
  to: number
}

/** The Merkle tree hash of each range, all nodes read in one go. */
async function hashRanges(ranges: readonly LeafRange[], read: HashReader): Promise<Hash[]> {
  const parts = ranges.map(completeSubtrees)
  const hashes = await read(parts.flat())
  let next = 0
  return parts.map((nodes) => {
    const own = hashes.slice(next, next + nodes.length)
    next += nodes.length
    return own.reduceRight((right, left) => nodeHash(left, right))
  })
}

/** The largest complete subtrees that make up a range, from the left. */
function completeSubtrees({ from, to }: LeafRange): TreeNode[] {
  const nodes: TreeNode[] = []
  for (let start = from; start < to; ) {
    let [level, width] = [0, 1]
    while (start + width * 2 <= to) [level, width] = [level + 1, width * 2]
    nodes.push({ level, index: start / width })
    start += width
  }
  return nodes
}

function largestPowerBelow(n: number): number {
  let power = 1
  while (power * 2 < n) power *= 2
  return power
}

// Not `>>`: it works on 32 bits, and a log may have more leaves than that.
function half(n: number): number {
  return Math.floor(n / 2)
}

function isIndex(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0
}

function areHashes(hashes: readonly Hash[]): boolean {
  return hashes.every((h) => h.length === HASH_BYTES)
}

function equal(a: Hash, b: Hash): boolean {
  return Buffer.compare(a, b) === 0
}

function at<T>(list: readonly T[], index: number): T {
  const value = list[index]
  if (value === undefined) throw new RangeError(`No element ${index} in a list of ${list.length}`)
  return value
}
