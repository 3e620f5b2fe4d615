import { describe, expect, it } from 'vitest'
import { pooledBytes } from '../../lib/trail/pooled-bytes.ts'

describe('pooledBytes()', () => {
  it.each([0, 1, 16, 4096, 10_000])('hands out %i bytes', (size) => {
    expect(pooledBytes()(size)).toHaveLength(size)
  })

  it('hands out none twice, also where the pool is drawn anew', () => {
    const draw = pooledBytes()
    const drawn = Array.from({ length: 1000 }, () => Buffer.from(draw(24)).toString('hex'))
    expect(new Set(drawn).size).toBe(1000)
  })

  it('leaves what was handed out as it was', () => {
    const draw = pooledBytes()
    const first = draw(32)
    const then = Buffer.from(first).toString('hex')
    for (let i = 0; i < 1000; i++) draw(32)
    expect(Buffer.from(first).toString('hex')).toBe(then)
  })
})
