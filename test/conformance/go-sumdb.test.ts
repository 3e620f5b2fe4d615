import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exportBundle } from '../../lib/log/bundle.ts'
import { formatCheckpoint, signCheckpoint } from '../../lib/log/checkpoint.ts'
import { cosign } from '../../lib/log/cosignature.ts'
import { formatLeaf, type Leaf } from '../../lib/log/leaf.ts'
import { readPublished } from '../../lib/log/log-store.ts'
import { leafHash } from '../../lib/log/merkle.ts'
import { appendEntries, appendLeaves, edgeRoot, rightEdge, tilePath } from '../../lib/log/tile.ts'
import { logOn, logWith, ORIGIN, SHARDS, SIGNER, signerOf } from '../log/support/log-fixture.ts'

const hasGo = spawnSync('go', ['version']).status === 0

if (!hasGo) console.log('go is not installed: the log is not checked with Go’s sumdb packages')

describe.runIf(hasGo)('Go’s sumdb packages', () => {
  let directory = ''
  let program = ''
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'go-sumdb-'))
    program = join(directory, 'check')
    execFileSync('go', ['build', '-o', program, '.'], { cwd: join(import.meta.dirname, 'go-sumdb') })
  }, 120_000)
  afterAll(() => rmSync(directory, { recursive: true }))

  const check = (bundle: string, key = SIGNER.verifierKey) => {
    const { status, stdout, stderr } = spawnSync(program, [key, bundle], { encoding: 'utf8' })
    return { ok: status === 0, says: (stdout + stderr).trim() }
  }

  function write(name: string, files: Iterable<{ path: string; bytes: Uint8Array }>): string {
    const bundle = join(directory, name)
    for (const { path, bytes } of files) {
      mkdirSync(dirname(join(bundle, path)), { recursive: true })
      writeFileSync(join(bundle, path), bytes, { flag: 'a' })
    }
    return bundle
  }

  async function sealed(count: number): Promise<string> {
    const { store } = await logWith(count)
    const head = await readPublished(store)
    if (head === undefined) throw new Error('nothing is published')
    const { blobs } = logOn(store)
    const source = { store, blobs, shards: SHARDS, head, verifierKey: SIGNER.verifierKey }
    const files: { path: string; bytes: Uint8Array }[] = []
    for await (const file of exportBundle(source)) files.push(file)
    return write(`sealed-${count}`, files)
  }

  it.each([0, 1, 254, 255, 256, 600])('agree on a sealed log of %i records', async (count) => {
    expect(check(await sealed(count))).toEqual({ ok: true, says: `ok: ${count + 1} entries of ${ORIGIN}` })
  })

  it.each([65_535, 65_536, 65_537])('agree on a tree of %i leaves, cosigned', async (size) => {
    const leaf: Leaf = { k: 'GENESIS', origin: ORIGIN, table: 't', policy: 'sha256:0', ts: 0 }
    const entries = Array.from({ length: size }, (_, ts) => formatLeaf({ ...leaf, ts }))
    const tiles = [...appendLeaves(0, [], entries.map(leafHash)), ...appendEntries(0, [], entries)]
    const files = tiles.map(({ tile, bytes }) => ({ path: tilePath(tile), bytes }))
    const byPath = new Map(files.map(({ path, bytes }) => [path, bytes]))
    const edge = rightEdge(size).map((tile) => byPath.get(tilePath(tile)) ?? new Uint8Array())
    const checkpoint = { origin: ORIGIN, size, root: edgeRoot(size, edge) }
    const line = await cosign(formatCheckpoint(checkpoint), signerOf(9, 'witness.example/w1', 4), 1_800_000_000)
    const note = (await signCheckpoint(checkpoint, [SIGNER])) + line
    const bundle = write(`tree-${size}`, [...files, { path: 'checkpoint', bytes: Buffer.from(note) }])
    expect(check(bundle)).toEqual({ ok: true, says: `ok: ${size} entries of ${ORIGIN}` })
  })

  it('refuse an altered tile, an altered entry, and another key', async () => {
    const bundle = await sealed(300)
    expect(check(bundle, signerOf(2).verifierKey).ok).toBe(false)
    for (const [path, says] of [
      ['tile/0/000', 'inconsistent tile'],
      ['tile/1/000.p/1', 'inconsistent tile'],
      ['tile/entries/001.p/45', 'is not the one its leaf commits to'],
    ] as const) {
      const file = join(bundle, path)
      const bytes = readFileSync(file)
      const flipped = Buffer.from(bytes)
      flipped.writeUInt8(flipped.readUInt8(20) ^ 1, 20)
      writeFileSync(file, flipped)
      const { ok, says: said } = check(bundle)
      expect([ok, said]).toEqual([false, expect.stringContaining(says)])
      writeFileSync(file, bytes)
    }
    expect(check(bundle).ok).toBe(true)
  })
})
