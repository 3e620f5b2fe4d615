import { describe, expect, it } from 'vitest'
import { openCheckpoint, signCheckpoint } from '../../lib/log/checkpoint.ts'
import { readPublished } from '../../lib/log/log-store.ts'
import { consistencyProof, type Hash, leafHash, nodeHash, treeRoot } from '../../lib/log/merkle.ts'
import { readLeaves } from '../../lib/log/publish.ts'
import { proveRecord, verifyRecordProof } from '../../lib/log/record-proof.ts'
import { sequence } from '../../lib/log/sequencer.ts'
import {
  type AddCheckpoint,
  addCosignatures,
  formatAddCheckpoint,
  parseAddCheckpoint,
  type WitnessedHead,
  witness,
} from '../../lib/log/witness.ts'
import { recordKey } from '../../lib/trail/item-key.ts'
import {
  EPOCH,
  keyOf,
  logOn,
  logWith,
  ORIGIN,
  overwrite,
  putRecord,
  SHARDS,
  SIGNER,
  signerOf,
} from './support/log-fixture.ts'

const WITNESS = signerOf(9, 'witness.example/w1', 4)
const TIME = 1_800_000_000

/** A tree whose leaf `i` is different from that of another `world`. */
function tree(world: string) {
  const subtree = (level: number, index: number): Hash =>
    level === 0
      ? leafHash(Buffer.from(`${world} ${index}`))
      : nodeHash(subtree(level - 1, 2 * index), subtree(level - 1, 2 * index + 1))
  const read = async (nodes: readonly { level: number; index: number }[]) => nodes.map((n) => subtree(n.level, n.index))
  return {
    head: async (size: number): Promise<WitnessedHead> => ({ size, root: await treeRoot(size, read) }),
    request: async (oldSize: number, size: number, signer = SIGNER): Promise<AddCheckpoint> => ({
      oldSize,
      proof: oldSize === 0 ? [] : await consistencyProof(oldSize, size, read),
      checkpoint: await signCheckpoint({ origin: ORIGIN, size, root: await treeRoot(size, read) }, [signer]),
    }),
  }
}

const [ours, other] = [tree('ours'), tree('other')]
const answer = (last: WitnessedHead | undefined, request: AddCheckpoint) =>
  witness(last, request, [keyOf(SIGNER)], WITNESS, TIME)

describe('a witness', () => {
  it('cosigns the first head it sees, and every one that continues it', async () => {
    const first = await answer(undefined, await ours.request(0, 3))
    expect(first).toMatchObject({ ok: true, head: { size: 3 } })
    const next = await answer(await ours.head(3), await ours.request(3, 7))
    expect(next).toMatchObject({ ok: true, head: await ours.head(7) })
    expect(await answer(await ours.head(7), await ours.request(7, 7))).toMatchObject({ ok: true })
  })

  it('refuses a fork, also at the same size, and a rollback', async () => {
    expect(await answer(await ours.head(3), await other.request(3, 7))).toEqual({ ok: false, reason: 'inconsistent' })
    expect(await answer(await ours.head(7), await other.request(7, 7))).toEqual({ ok: false, reason: 'inconsistent' })
    expect(await answer(await ours.head(7), await ours.request(3, 5))).toEqual({
      ok: false,
      reason: 'other-old-size',
      size: 7,
    })
    expect(await answer(await ours.head(7), { ...(await ours.request(3, 5)), oldSize: 7 })).toEqual({
      ok: false,
      reason: 'size-below-old',
    })
    expect(await answer(await ours.head(3), { ...(await ours.request(3, 7)), proof: [] })).toMatchObject({ ok: false })
    expect(await answer(await ours.head(3), await ours.request(0, 7))).toMatchObject({ reason: 'other-old-size' })
  })

  it('refuses what the log did not sign', async () => {
    const forged = await ours.request(0, 3, signerOf(2))
    expect(await answer(undefined, forged)).toEqual({ ok: false, reason: 'refused-signature' })
  })
})

describe('a request to cosign', () => {
  it('is spelt as specified', async () => {
    const request = await ours.request(3, 7)
    const body = formatAddCheckpoint(request)
    expect(body.startsWith(`old 3\n${Buffer.from(request.proof[0] ?? []).toString('base64')}\n`)).toBe(true)
    expect(body.endsWith(`\n\n${request.checkpoint}`)).toBe(true)
    expect(parseAddCheckpoint(body)).toEqual(request)
    expect(parseAddCheckpoint(formatAddCheckpoint(await ours.request(0, 3)))).toEqual(await ours.request(0, 3))
  })

  it.each([
    ['no old size', (body: string) => body.replace('old 3\n', '')],
    ['a leading zero', (body: string) => body.replace('old 3', 'old 03')],
    ['a short hash', (body: string) => body.replace('old 3\n', 'old 3\nAAAA\n')],
    ['64 hashes', (body: string) => body.replace('old 3\n', `old 3\n${`${'A'.repeat(43)}=\n`.repeat(64)}`)],
    ['no empty line', (body: string) => body.replaceAll('\n\n', '\n')],
  ])('is refused with %s', async (_, change) => {
    expect(parseAddCheckpoint(change(formatAddCheckpoint(await ours.request(3, 7))))).toBeUndefined()
  })
})

describe('addCosignatures()', async () => {
  const { checkpoint } = await ours.request(0, 3)
  const line = async (request: AddCheckpoint, signer = WITNESS) => {
    const given = await witness(undefined, request, [keyOf(SIGNER)], signer, TIME)
    if (!given.ok) throw new Error(given.reason)
    return given.line
  }

  it('keeps what known witnesses signed', async () => {
    const good = await line(await ours.request(0, 3))
    const unknown = await line(await ours.request(0, 3), signerOf(10, 'witness.example/w2', 4))
    const cosigned = addCosignatures(checkpoint, unknown + good, [keyOf(WITNESS)])
    expect(cosigned).toBe(checkpoint + good)
    expect(openCheckpoint(Buffer.from(cosigned ?? ''), [keyOf(SIGNER)], [keyOf(WITNESS)])).toMatchObject({
      ok: true,
      cosignatures: [{ name: 'witness.example/w1', time: TIME }],
    })
    expect(addCosignatures(checkpoint, unknown, [keyOf(WITNESS)])).toBe(checkpoint)
  })

  it('refuses a cosignature of another checkpoint, and an answer that is none', async () => {
    expect(addCosignatures(checkpoint, await line(await ours.request(0, 5)), [keyOf(WITNESS)])).toBeUndefined()
    expect(addCosignatures(checkpoint, 'no\n', [keyOf(WITNESS)])).toBeUndefined()
    expect(addCosignatures(checkpoint, '', [keyOf(WITNESS)])).toBeUndefined()
  })
})

describe('the proof of one record', async () => {
  const { store, keys, now } = await logWith(300)
  const id = keys[77]?.slice(0, 26) ?? ''
  const head = (await readPublished(store))?.checkpoint ?? ''
  const source = logOn(store)
  const { pk, sk } = recordKey(id, 'D', SHARDS)
  const record = (await store.read(pk, sk))?.record as { id: string; kind: 'D' }

  it('shows that exactly it is in the log', async () => {
    const proof = (await proveRecord(source, head, id, 'D')) ?? ''
    expect(verifyRecordProof(record, proof, [keyOf(SIGNER)])).toEqual({ ok: true, size: 301, cosigners: [] })
    const altered = { ...record, note: 'other' }
    expect(verifyRecordProof(altered, proof, [keyOf(SIGNER)])).toEqual({ ok: false, reason: 'not-included' })
    const unsalted = proof.replace(/extra .*\n/, '')
    expect(verifyRecordProof(record, unsalted, [keyOf(SIGNER)])).toEqual({ ok: false, reason: 'malformed' })
    expect(verifyRecordProof(record, proof, [keyOf(signerOf(2))])).toMatchObject({ ok: false })
  })

  it('is there for a late record too', async () => {
    const late = await putRecord(store, EPOCH + 500)
    await sequence(source, now + 30 * 60_000)
    const newHead = (await readPublished(store))?.checkpoint ?? ''
    const lateId = late.slice(0, 26)
    const key = recordKey(lateId, 'D', SHARDS)
    const lateRecord = (await store.read(key.pk, key.sk))?.record as { id: string; kind: 'D' }
    const proof = (await proveRecord(source, newHead, lateId, 'D')) ?? ''
    expect(verifyRecordProof(lateRecord, proof, [keyOf(SIGNER)])).toMatchObject({ ok: true, size: 302 })
    expect(await proveRecord(source, head, lateId, 'D')).toBeUndefined()
  })

  it('is there under an older checkpoint whose partial tiles are gone', async () => {
    const { store, keys, now } = await logWith(250)
    const old = (await readPublished(store))?.checkpoint ?? ''
    for (let i = 0; i < 20; i++) await putRecord(store, now + i)
    await sequence(logOn(store), now + 2 * 60_000)
    expect(await logOn(store).blobs.get('tile/0/000.p/251')).toBeUndefined()
    const proof = await proveRecord(logOn(store), old, keys[249]?.slice(0, 26) ?? '', 'D')
    expect(proof).toContain('\nindex 250\n')
    const indexes: number[] = []
    for await (const { index } of readLeaves(logOn(store).blobs, 249, 251, 251)) indexes.push(index)
    expect(indexes).toEqual([249, 250])
  })

  it('is not there for what is not sealed', async () => {
    const [fresh = ''] = (await putRecord(store, now)).split('#')
    expect(await proveRecord(source, head, fresh, 'D')).toBeUndefined()
    expect(await proveRecord(source, head, id, 'O')).toBeUndefined()
  })

  it('is not made from damaged tiles', async () => {
    const copy = await store.copy()
    await overwrite(copy, 'T#tile/0/000', '256#0000', (item) => ({
      ...item,
      data: Buffer.alloc(8192).toString('base64'),
    }))
    await expect(proveRecord(logOn(copy), head, id, 'D')).rejects.toThrow('Cannot trust tile/0/000')
  })
})
