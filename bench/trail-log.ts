import { execFileSync, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { storeBlobs } from '../lib/log/blobs.ts'
import { exportBundle } from '../lib/log/bundle.ts'
import { formatSignerKey, parseSignerKey } from '../lib/log/key.ts'
import { readPublished } from '../lib/log/log-store.ts'
import { type Hash, leafHash } from '../lib/log/merkle.ts'
import { type Log, sequence } from '../lib/log/sequencer.ts'
import {
  allTiles,
  appendEntries,
  appendLeaves,
  decodeEntries,
  edgeRoot,
  rightEdge,
  TILE_WIDTH,
  tilePath,
} from '../lib/log/tile.ts'
import { VerifiedTiles } from '../lib/log/verified-tiles.ts'
import { verifyBundle } from '../lib/log/verify-bundle.ts'
import { recordKey } from '../lib/trail/item-key.ts'
import { memoryStore } from '../lib/trail/memory-store.ts'
import { newRecordId } from '../lib/trail/record-id.ts'
import { median } from './quantile.ts'
import { summaryRecord } from './trail-records.ts'

const ORIGIN = 'audit.example/bench'
const SHARDS = 64

/** How fast records are sealed and a bundle verified, and the tree alone beside Go's tlog. */
export async function benchLog(rounds: number, leaves: number): Promise<void> {
  await sealing(leaves)
  await beside(rounds, leaves)
}

async function sealing(leaves: number): Promise<void> {
  const signer = parseSignerKey(formatSignerKey(ORIGIN, 1, randomBytes(32)))
  if (!signer) throw new Error('not a signer key')
  const store = memoryStore()
  const start = Date.UTC(2026, 0, 1)
  for (let n = 0; n < leaves; n++) {
    const id = newRecordId(start + n, Math.random)
    const record = summaryRecord(id, start + n, n)
    await store.create({ ...recordKey(id, 'D', SHARDS), v: 1, salt: randomBytes(32).toString('base64'), record })
  }
  const blobs = storeBlobs(store)
  const log: Log = { store, blobs, origin: ORIGIN, signers: [signer], shards: SHARDS, table: 't', policy: 'sha256:0' }
  const sealed = await seconds(async () => {
    let isMore = true
    while (isMore) {
      const step = await sequence(log, start + leaves + 3_600_000)
      if (step.outcome !== 'sealed') throw new Error(step.outcome)
      isMore = step.more
    }
  })
  const head = await readPublished(store)
  if (!head) throw new Error('nothing was sealed')
  const files = new Map<string, Uint8Array>()
  const exported = await seconds(async () => {
    const source = { store, blobs, shards: SHARDS, head, verifierKey: signer.verifierKey }
    for await (const { path, bytes } of exportBundle(source)) {
      files.set(path, Buffer.concat([files.get(path) ?? new Uint8Array(), bytes]))
    }
  })
  const verified = await seconds(async () => {
    const { ok, records } = verifyBundle(files, {})
    if (!ok || records !== leaves) throw new Error('the bundle does not verify')
  })
  console.log(`\n${leaves} records in a store in memory, once`)
  for (const [name, took] of Object.entries({ sealed, exported, verified })) {
    console.log(`${name.padEnd(26)}${(leaves / took).toFixed(0).padStart(10)} records/s`)
  }
}

/** The tree of the same entries, by this project and by golang.org/x/mod/sumdb/tlog where Go is installed. */
async function beside(rounds: number, size: number): Promise<void> {
  const entries = Array.from({ length: size }, (_, n) => {
    const c = createHash('sha256').update(String(n)).digest('base64')
    return Buffer.from(JSON.stringify({ v: 1, k: 'D', id: newRecordId(n + 1, Math.random), c }))
  })
  const files = new Map<string, Uint8Array>()
  let root: Hash = new Uint8Array()
  const built: number[] = []
  const checked: number[] = []
  for (let round = 0; round < rounds; round++) {
    built.push(
      await seconds(async () => {
        for (const { tile, bytes } of appendLeaves(0, [], entries.map(leafHash))) files.set(tilePath(tile), bytes)
        root = edgeRoot(
          size,
          rightEdge(size).map((tile) => files.get(tilePath(tile)) ?? new Uint8Array()),
        )
      }),
    )
    for (const { tile, bytes } of appendEntries(0, [], entries)) files.set(tilePath(tile), bytes)
    checked.push(await seconds(() => check(files, size, root)))
  }
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-'))
  try {
    for (const [path, bytes] of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), bytes)
    }
    const go = await tlog(folder, size, rounds, root)
    console.log(`\nThe tree of ${size} leaves, median of ${rounds} rounds${go ? '' : '; go is not installed: no peer'}`)
    for (const [name, ours, theirs] of [
      ['built', median(built), go?.built],
      ['checked by its tiles', median(checked), go?.checked],
    ] as const) {
      const ratio = theirs === undefined ? '' : `${(theirs / ours).toFixed(2).padStart(10)} × Go's tlog`
      console.log(`${name.padEnd(26)}${(size / ours).toFixed(0).padStart(10)} leaves/s${ratio}`)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function check(files: ReadonlyMap<string, Uint8Array>, size: number, root: Hash): Promise<void> {
  const tiles = await VerifiedTiles.open(size, root, async (tile) => files.get(tilePath(tile)))
  for (const tile of allTiles(size)) {
    if (tile.level !== 'entries') continue
    const entries = decodeEntries(files.get(tilePath(tile)) ?? new Uint8Array()) ?? []
    const hashes = await tiles.read(entries.map((_, i) => ({ level: 0, index: tile.index * TILE_WIDTH + i })))
    for (const [i, entry] of entries.entries()) {
      if (Buffer.compare(leafHash(entry), hashes[i] ?? new Uint8Array()) !== 0) throw new Error(`entry ${i} is wrong`)
    }
  }
}

async function tlog(folder: string, size: number, rounds: number, root: Hash) {
  if (spawnSync('go', ['version']).status !== 0) return undefined
  const program = join(folder, 'tlog')
  execFileSync('go', ['build', '-o', program, '.'], { cwd: join(import.meta.dirname, 'go-tlog') })
  const said = execFileSync(program, [folder, String(size), String(rounds)], { encoding: 'utf8' })
  const [built, checked, theirRoot] = said.trim().split(' ')
  if (theirRoot !== Buffer.from(root).toString('base64')) throw new Error('Go builds another tree')
  return { built: Number(built), checked: Number(checked) }
}

/** Seconds of processor time: the machine may have other things to do. */
async function seconds(run: () => Promise<void>): Promise<number> {
  const started = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(started)
  return (user + system) / 1e6
}
