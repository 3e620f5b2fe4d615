import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openKeyFile } from '../../lib/trail/key-file.ts'
import { trailKeys } from '../../lib/trail/trail-keys.ts'
import { seededBytes } from './world.ts'

const keys = trailKeys(new Uint8Array(32).fill(1), seededBytes(1))
const others = trailKeys(new Uint8Array(32).fill(2), seededBytes(1))

describe('trailKeys()', () => {
  it('opens what it sealed, and nothing that was altered', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (plain, at, flip) => {
        const sealed = keys.seal(plain)
        expect(keys.open(sealed)).toEqual(Buffer.from(plain))
        const altered = Buffer.from(sealed)
        altered.writeUInt8(altered.readUInt8(at % altered.length) ^ flip, at % altered.length)
        expect(keys.open(altered)).toBeUndefined()
        expect(keys.open(sealed.subarray(0, at % sealed.length))).toBeUndefined()
        expect(others.open(sealed)).toBeUndefined()
      }),
    )
  })

  it('seals the same content differently each time', () => {
    const sealed = Array.from({ length: 200 }, () => keys.seal(Buffer.from('x')))
    expect(new Set(sealed.map((bytes) => bytes.toString('base64', 1, 29))).size).toBe(200)
    expect(new Set(sealed.map((bytes) => bytes.toString('base64', 29))).size).toBe(200)
  })

  it('opens what another process with the same secret sealed, under a key of its own', () => {
    const elsewhere = trailKeys(new Uint8Array(32).fill(1), seededBytes(2))
    const [here, there] = [keys, elsewhere].map((each) => each.seal(Buffer.from('x')))
    expect(elsewhere.open(here ?? Buffer.of())).toEqual(Buffer.from('x'))
    expect(keys.open(there ?? Buffer.of())).toEqual(Buffer.from('x'))
    expect(here?.subarray(1, 17)).not.toEqual(there?.subarray(1, 17))
  })

  it('gives equal values equal MACs, in whatever order their members come, and names its key in them', () => {
    expect(keys.mac({ a: 1, b: 'x' })).toBe(keys.mac({ b: 'x', a: 1 }))
    expect(keys.mac({ a: undefined })).toBe(keys.mac({}))
    expect(keys.mac('a').split(':')).toEqual(['hmac-sha256', keys.keyId, expect.any(String)])
    expect(others.keyId).not.toBe(keys.keyId)
    expect(others.mac('a').split(':')[2]).not.toBe(keys.mac('a').split(':')[2])
  })

  it('verifies its own signatures only', () => {
    const signature = keys.sign('text')
    expect(keys.verify('text', signature)).toBe(true)
    expect(keys.verify('other', signature)).toBe(false)
    expect(keys.verify('text', others.sign('text'))).toBe(false)
    expect(keys.verify('text', '')).toBe(false)
  })

  it('takes 32 bytes, no more and no less', () => {
    expect(() => trailKeys(new Uint8Array(31), seededBytes())).toThrow(RangeError)
    expect(() => trailKeys(new Uint8Array(33), seededBytes())).toThrow(RangeError)
  })
})

describe('openKeyFile()', () => {
  let home: string
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'sallyport-key-'))
  })
  afterEach(() => rm(home, { recursive: true }))

  it('makes one key, for its owner alone, and finds it again', async () => {
    const key = await openKeyFile(join(home, 'new'))
    expect(key).toHaveLength(32)
    expect(await openKeyFile(join(home, 'new'))).toEqual(key)
    expect((await stat(join(home, 'new', 'trail.key'))).mode & 0o777).toBe(0o600)
    expect(await readdir(join(home, 'new'))).toEqual(['trail.key'])
  })

  it('agrees on one key with others that start at the same moment', async () => {
    const opened = await Promise.all(Array.from({ length: 8 }, () => openKeyFile(home)))
    expect(new Set(opened.map((key) => Buffer.from(key).toString('hex'))).size).toBe(1)
    expect(await readdir(home)).toEqual(['trail.key'])
  })

  it('closes a file that others could read', async () => {
    await openKeyFile(home)
    await chmod(join(home, 'trail.key'), 0o644)
    await openKeyFile(home)
    expect((await stat(join(home, 'trail.key'))).mode & 0o777).toBe(0o600)
  })

  it.each(['', 'c2hvcnQ=', 'not base64 at all'])('never replaces a key that it cannot read: %j', async (text) => {
    await writeFile(join(home, 'trail.key'), text)
    await expect(openKeyFile(home)).rejects.toThrow(/trail\.key/)
    expect(await readFile(join(home, 'trail.key'), 'utf8')).toBe(text)
  })
})
