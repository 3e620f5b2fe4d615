import { randomBytes } from 'node:crypto'

/** Bytes drawn at once. */
const POOL_BYTES = 4096

/**
 * A cryptographic source that draws many bytes at once and hands each of them out once: drawing costs a request more
 * than all its hashes. Not for a cipher's nonces: a copy of this process would hand the same ones out again.
 */
export function pooledBytes(): (size: number) => Uint8Array {
  let pool = randomBytes(0)
  let next = 0
  return (size) => {
    if (next + size > pool.length) {
      pool = randomBytes(Math.max(size, POOL_BYTES))
      next = 0
    }
    next += size
    return pool.subarray(next - size, next)
  }
}
