import { describe, expect, it } from 'vitest'
import { exportBundle } from '../../lib/log/bundle.ts'
import { signCheckpoint } from '../../lib/log/checkpoint.ts'
import { cosign } from '../../lib/log/cosignature.ts'
import { formatLeaf, leafOf, parseLeaf } from '../../lib/log/leaf.ts'
import { readPublished } from '../../lib/log/log-store.ts'
import { leafHash } from '../../lib/log/merkle.ts'
import { sequence } from '../../lib/log/sequencer.ts'
import { appendEntries, appendLeaves, edgeRoot, rightEdge, tilePath } from '../../lib/log/tile.ts'
import { type BundleTrust, verifyBundle } from '../../lib/log/verify-bundle.ts'
import { canonicalJson } from '../../lib/trail/canonical.ts'
import type { RecordKind } from '../../lib/trail/item-key.ts'
import { newRecordId } from '../../lib/trail/record-id.ts'
import type { Store } from '../../lib/trail/store.ts'
import { EPOCH, keyOf, logOn, logWith, ORIGIN, putRecord, SHARDS, SIGNER, signerOf } from './support/log-fixture.ts'

type Files = Map<string, Uint8Array>

const MINUTE = 60_000
const WITNESS = signerOf(9, 'witness.example/w1', 4)
const TRUST: BundleTrust = { logKeys: [keyOf(SIGNER)] }

async function exported(store: Store, previous?: string): Promise<Files> {
  const head = await readPublished(store)
  if (head === undefined) throw new Error('nothing is published')
  const { blobs } = logOn(store)
  const source = { store, blobs, shards: SHARDS, head, verifierKey: SIGNER.verifierKey, ...(previous && { previous }) }
  const files: Files = new Map()
  for await (const { path, bytes } of exportBundle(source)) {
    files.set(path, Buffer.concat([files.get(path) ?? Buffer.alloc(0), bytes]))
  }
  return files
}

/** What is wrong with the bundle, as `<code> <where>`. */
const problemsOf = (files: Files, trust = TRUST) =>
  verifyBundle(files, trust).problems.map(({ code, where }) => `${code} ${where}`)

function altered(files: Files, path: string, change: (bytes: Buffer) => Uint8Array): Files {
  const bytes = files.get(path)
  if (bytes === undefined) throw new Error(`no file ${path}`)
  return new Map([...files, [path, change(Buffer.from(bytes))]])
}

function flipAt(at: number, bit = 0) {
  return (bytes: Buffer) => {
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at)
    return bytes
  }
}

const text = (files: Files, path: string) => Buffer.from(files.get(path) ?? []).toString()
const lines = (files: Files) => text(files, 'records.jsonl').trimEnd().split('\n')

const large = await logWith(599)
const largeHead = (await readPublished(large.store))?.checkpoint ?? ''
const bundle = await exported(large.store)

describe('a bundle', () => {
  it('holds the log in its own layout, and verifies', () => {
    expect([...bundle.keys()].toSorted()).toEqual([
      'checkpoint',
      'records.jsonl',
      'tile/0/000',
      'tile/0/001',
      'tile/0/002.p/88',
      'tile/1/000.p/2',
      'tile/entries/000',
      'tile/entries/001',
      'tile/entries/002.p/88',
      'vkey',
    ])
    const report = verifyBundle(bundle, TRUST)
    expect(report).toMatchObject({
      ok: true,
      origin: ORIGIN,
      size: 600,
      records: 599,
      missingRecords: [],
      problems: [],
    })
  })

  it('verifies without a key known of it only as one piece', () => {
    expect(verifyBundle(bundle, {})).toMatchObject({ ok: true })
    const other = { logKeys: [keyOf(signerOf(2))] }
    expect(problemsOf(bundle, other)).toEqual(['altered vkey', 'signature checkpoint'])
  })

  it('counts records that were erased, and proves that they were there', async () => {
    const files = new Map(bundle)
    const kept = lines(files).filter((_, i) => i !== 4 && i !== 300)
    files.set('records.jsonl', Buffer.from(`${kept.join('\n')}\n`))
    const report = verifyBundle(files, TRUST)
    expect(report).toMatchObject({ ok: true, records: 597 })
    expect(report.missingRecords.map(({ leaf }) => leaf)).toEqual([5, 301])
    files.set('records.jsonl', Buffer.alloc(0))
    expect(verifyBundle(files, TRUST)).toMatchObject({ ok: true, records: 0 })
  })
})

describe('any flipped bit', () => {
  it('of a small bundle is noticed', async () => {
    const { store, now } = await logWith(2)
    const previous = (await readPublished(store))?.checkpoint ?? ''
    for (let i = 0; i < 2; i++) await putRecord(store, now + i)
    await sequence(logOn(store), now + 2 * MINUTE)
    const files = await exported(store, previous)
    const note = text(files, 'checkpoint')
    const line = await cosign(note.slice(0, note.indexOf('\n\n') + 1), WITNESS, 1_800_000_000)
    files.set('checkpoint', Buffer.from(note + line))
    const trust = { ...TRUST, witnessKeys: [keyOf(WITNESS)], quorum: 1 }
    expect(verifyBundle(files, trust)).toMatchObject({ ok: true, size: 5, cosigners: ['witness.example/w1'] })

    let tried = 0
    for (const [path, bytes] of files) {
      for (let at = 0; at < bytes.length; at++) {
        const report = verifyBundle(altered(files, path, flipAt(at, at % 8)), trust)
        expect(report.ok, `${path} byte ${at}`).toBe(false)
        tried++
      }
      expect(
        verifyBundle(
          altered(files, path, (b) => b.subarray(0, -1)),
          trust,
        ).ok,
        `${path} cut`,
      ).toBe(false)
      expect(
        verifyBundle(
          altered(files, path, (b) => Buffer.concat([b, Buffer.of(10)])),
          trust,
        ).ok,
        path,
      ).toBe(false)
    }
    expect(tried).toBeGreaterThan(1500)
  })
})

describe('what was altered is named', () => {
  it.each(['tile/0/000', 'tile/0/002.p/88', 'tile/1/000.p/2'])('a tile: %s', (path) => {
    expect(problemsOf(altered(bundle, path, flipAt(40)))).toEqual([`altered ${path}`])
  })

  it('an entry', () => {
    const at = Buffer.from(bundle.get('tile/entries/001') ?? []).indexOf('"c":"', 40_00) + 7
    const found = problemsOf(altered(bundle, 'tile/entries/001', flipAt(at)))
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(/^altered leaf (2[5-9]\d|[345]\d\d)$/)
  })

  it('a record, in content or salt', () => {
    const [first = '', ...rest] = lines(bundle)
    const noted = first.replace('record 0', 'record 1')
    expect(noted).not.toBe(first)
    const files = altered(bundle, 'records.jsonl', () => Buffer.from(`${[noted, ...rest].join('\n')}\n`))
    expect(problemsOf(files)).toEqual(['altered records.jsonl line 1'])
    expect(verifyBundle(files, TRUST).missingRecords.map(({ leaf }) => leaf)).toEqual([1])
    const { record } = JSON.parse(first)
    const salted = canonicalJson({ record, salt: Buffer.alloc(32, 252).toString('base64') })
    expect(
      problemsOf(altered(bundle, 'records.jsonl', () => Buffer.from(`${[salted, ...rest].join('\n')}\n`))),
    ).toEqual(['altered records.jsonl line 1'])
  })

  it('a record that was slipped in', () => {
    const [first = '', ...rest] = lines(bundle)
    const { record, salt } = JSON.parse(first)
    const other = canonicalJson({ record: { ...record, kind: 'O' }, salt })
    expect(
      problemsOf(altered(bundle, 'records.jsonl', () => Buffer.from(`${[first, other, ...rest].join('\n')}\n`))),
    ).toEqual(['unexpected records.jsonl line 2'])
  })
})

describe('what is missing is named', () => {
  it.each([...bundle.keys()])('%s', (path) => {
    const files = new Map(bundle)
    files.delete(path)
    expect(problemsOf(files)).toEqual([`missing ${path}`])
  })

  it('the end of a tile, and a whole level', () => {
    expect(problemsOf(altered(bundle, 'tile/0/001', (b) => b.subarray(0, 8160)))).toEqual([
      'malformed tile/0/001',
      'altered tile/0/001',
    ])
    const cut = problemsOf(altered(bundle, 'tile/entries/002.p/88', (b) => b.subarray(0, -3)))
    expect(cut).toEqual(['malformed tile/entries/002.p/88'])
    const files = new Map(bundle)
    for (const path of ['tile/0/000', 'tile/0/001', 'tile/0/002.p/88']) files.delete(path)
    expect(problemsOf(files)).toEqual(['missing tile/0/000', 'missing tile/0/001', 'missing tile/0/002.p/88'])
  })

  it('files that do not belong there are too', () => {
    expect(problemsOf(new Map([...bundle, ['tile/0/003', Buffer.alloc(32)], ['notes.txt', Buffer.alloc(1)]]))).toEqual([
      'unexpected tile/0/003',
      'unexpected notes.txt',
    ])
  })
})

describe('what was re-ordered is named', () => {
  it('swapped tiles', () => {
    const files = new Map(bundle)
    files.set('tile/0/000', bundle.get('tile/0/001') ?? Buffer.alloc(0))
    files.set('tile/0/001', bundle.get('tile/0/000') ?? Buffer.alloc(0))
    expect(problemsOf(files)).toEqual(['re-ordered tile/0/000', 're-ordered tile/0/001'])
  })

  it('swapped entries', () => {
    const files = altered(bundle, 'tile/entries/002.p/88', (bytes) => {
      // Record leaves are equally long, so that two of them can change places.
      const length = 2 + bytes.readUInt16BE(0)
      const [a, b] = [bytes.subarray(0, length), bytes.subarray(length, 2 * length)]
      return Buffer.concat([b, a, bytes.subarray(2 * length)])
    })
    expect(problemsOf(files)).toEqual(['re-ordered leaf 512', 're-ordered leaf 513'])
  })

  it('swapped records', () => {
    const [a, b, ...rest] = lines(bundle)
    const files = altered(bundle, 'records.jsonl', () => Buffer.from(`${[b, a, ...rest].join('\n')}\n`))
    expect(problemsOf(files)).toEqual(['re-ordered records.jsonl line 2'])
  })

  it('where nothing gives the root, the disagreement', () => {
    const both = altered(altered(bundle, 'tile/0/001', flipAt(40)), 'tile/entries/000', flipAt(60))
    const found = problemsOf(both)
    expect(found).toContain('altered checkpoint')
    expect(found).toContain('altered tile/1/000.p/2')
    expect(found).toContain('altered leaf 257')
    expect(found).toContain('altered leaf 0')
  })
})

describe('an earlier checkpoint', () => {
  const earlier = (size: number, root: Uint8Array) => signCheckpoint({ origin: ORIGIN, size, root }, [SIGNER])
  const kept = async (size: number, root: Uint8Array) => ({
    ...TRUST,
    previous: Buffer.from(await earlier(size, root)),
  })
  const rootAt = (size: number) => {
    const hashes = ['000', '001', '002.p/88'].flatMap((n) => {
      const bytes = Buffer.from(bundle.get(`tile/0/${n}`) ?? [])
      return Array.from({ length: bytes.length / 32 }, (_, i) => bytes.subarray(i * 32, i * 32 + 32))
    })
    const tiles = new Map(appendLeaves(0, [], hashes.slice(0, size)).map((d) => [tilePath(d.tile), d.bytes]))
    return edgeRoot(
      size,
      rightEdge(size).map((t) => tiles.get(tilePath(t)) ?? Buffer.alloc(0)),
    )
  }

  it('that this log continues is no problem', async () => {
    for (const size of [1, 255, 256, 257, 600]) {
      expect(problemsOf(bundle, await kept(size, rootAt(size)))).toEqual([])
    }
  })

  it('of another history is a fork, of a longer one a rollback', async () => {
    expect(problemsOf(bundle, await kept(256, rootAt(255)))).toEqual(['fork the checkpoint you kept'])
    expect(problemsOf(bundle, await kept(600, rootAt(599)))).toEqual(['fork the checkpoint you kept'])
    expect(problemsOf(bundle, await kept(601, rootAt(600)))).toEqual(['rollback the checkpoint you kept'])
    const forged = await signCheckpoint({ origin: ORIGIN, size: 256, root: rootAt(256) }, [signerOf(2)])
    expect(problemsOf(bundle, { ...TRUST, previous: Buffer.from(forged) })).toEqual([
      'signature the checkpoint you kept',
    ])
    expect(problemsOf(bundle, { ...TRUST, previous: Buffer.from(largeHead) })).toEqual([])
  })
})

it('needs as many witnesses as are asked for', () => {
  const trust = { ...TRUST, witnessKeys: [keyOf(WITNESS)], quorum: 1 }
  expect(problemsOf(bundle, trust)).toEqual(['quorum checkpoint'])
})

it('does no work for a size that the files can’t be of', async () => {
  const note = await signCheckpoint({ origin: ORIGIN, size: 2 ** 52, root: Buffer.alloc(32) }, [SIGNER])
  expect(problemsOf(altered(bundle, 'checkpoint', () => Buffer.from(note)))).toEqual(['missing tile/entries'])
})

describe('what the records say together', () => {
  let seed = 0.5
  const random = () => {
    seed = (seed * 9301.0 + 0.49297) % 1
    return seed
  }
  type Line = { kind: RecordKind; id: string; ts: number; late?: boolean } & Record<string, unknown>
  const at = (minutes: number, kind: RecordKind, more: object = {}): Line => {
    const ts = EPOCH + minutes * MINUTE
    return { v: 1, kind, id: newRecordId(ts, random), ts, ...more }
  }

  /** A signed bundle of exactly these records, in this order, whatever the log itself would have done with them. */
  async function bundleOf(records: readonly Line[], genesis = ORIGIN): Promise<Files> {
    const salt = Buffer.alloc(32, 1).toString('base64')
    const plain = records.map(({ late: _, ...record }) => record)
    const entries = [
      formatLeaf({ k: 'GENESIS', origin: genesis, table: 't', policy: 'sha256:0', ts: EPOCH }),
      ...records.map(({ late }, i) => formatLeaf(leafOf(plain[i] ?? { id: '', kind: 'D' }, salt, late))),
    ]
    const tiles = [...appendLeaves(0, [], entries.map(leafHash)), ...appendEntries(0, [], entries)]
    const files: Files = new Map(tiles.map(({ tile, bytes }) => [tilePath(tile), bytes]))
    const size = entries.length
    const root = edgeRoot(
      size,
      rightEdge(size).map((t) => files.get(tilePath(t)) ?? Buffer.alloc(0)),
    )
    files.set('checkpoint', Buffer.from(await signCheckpoint({ origin: ORIGIN, size, root }, [SIGNER])))
    files.set('vkey', Buffer.from(`${SIGNER.verifierKey}\n`))
    files.set('records.jsonl', Buffer.from(plain.map((record) => `${canonicalJson({ record, salt })}\n`).join('')))
    return files
  }

  const intent = at(0, 'I')
  const outcome = { ...intent, kind: 'O' as const, result: 'SUCCEEDED' }

  it('an intent has its outcome once it is due', async () => {
    expect(problemsOf(await bundleOf([intent, outcome, at(60, 'D')]))).toEqual([])
    expect(problemsOf(await bundleOf([intent, at(31, 'D')]))).toEqual([`no-outcome ${intent.id}#I`])
    const young = verifyBundle(await bundleOf([intent, at(29, 'D')]), TRUST)
    expect(young).toMatchObject({ ok: true, openIntents: [intent.id] })
  })

  it('an outcome has its intent, unless nothing was sent', async () => {
    expect(problemsOf(await bundleOf([outcome]))).toEqual([`no-intent ${outcome.id}#O`])
    expect(problemsOf(await bundleOf([{ ...outcome, result: 'ABORTED_NOT_SENT' }]))).toEqual([])
  })

  it('a record is there once', async () => {
    expect(problemsOf(await bundleOf([intent, outcome, outcome]))).toEqual([
      'duplicate leaf 3',
      're-ordered records.jsonl line 3',
    ])
  })

  it('leaves follow their time, but for outcomes and late ones', async () => {
    const [old, early] = [at(30, 'D'), at(0, 'D')]
    expect(problemsOf(await bundleOf([old, early]))).toEqual([`time ${early.id}#D`])
    expect(problemsOf(await bundleOf([old, { ...early, late: true }]))).toEqual([])
    expect(problemsOf(await bundleOf([intent, old, outcome]))).toEqual([])
    expect(problemsOf(await bundleOf([at(24, 'D'), early]))).toEqual([])
    const backdated = at(30, 'D', { ts: EPOCH })
    expect(problemsOf(await bundleOf([backdated]))).toEqual([`time ${backdated.id}#D`])
  })

  it('policies are known', async () => {
    const decided = at(0, 'D', { policy: { revision: 1, digest: 'sha256:aa' } })
    const files = await bundleOf([decided])
    expect(problemsOf(files, { ...TRUST, policies: new Set(['sha256:aa']) })).toEqual([])
    expect(problemsOf(files, { ...TRUST, policies: new Set(['sha256:bb']) })).toEqual([`policy ${decided.id}#D`])
  })

  it('the log begins with its own genesis leaf', async () => {
    expect(problemsOf(await bundleOf([intent, outcome], 'audit.example/other'))).toEqual(['unexpected leaf 0'])
  })
})

describe('a leaf', () => {
  const leaf = leafOf({ id: newRecordId(EPOCH, () => 0.5), kind: 'I' }, Buffer.alloc(32).toString('base64'))

  it('is one line of JSON', () => {
    const line = Buffer.from(formatLeaf(leaf)).toString()
    expect(line).toBe(`{"v":1,"k":"I","id":"${leaf.id}","c":"${leaf.c}"}`)
    expect(line.length).toBeLessThan(170)
    expect(parseLeaf(Buffer.from(line))).toEqual(leaf)
    const late = { ...leaf, late: true as const }
    expect(parseLeaf(formatLeaf(late))).toEqual(late)
  })

  const line = Buffer.from(formatLeaf(leaf)).toString()
  it.each([
    line.replace('"v":1', '"v":2'),
    line.replace('"v":1,', ''),
    line.replace('"k":"I"', '"k":"X"'),
    line.replace(leaf.id, leaf.id.toLowerCase()),
    line.replace(leaf.c, leaf.c.slice(4)),
    line.replace('{', '{ '),
    line.replace('}', ',"late":false}'),
    line.replace('}', ',"more":1}'),
    `${line}\n`,
    'null',
    '[]',
    '',
  ])('is refused as %j', (wrong) => expect(parseLeaf(Buffer.from(wrong))).toBeUndefined())
})
