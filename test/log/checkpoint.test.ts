import { describe, expect, it } from 'vitest'
import { formatCheckpoint, openCheckpoint, parseCheckpoint, signCheckpoint } from '../../lib/log/checkpoint.ts'
import { cosign } from '../../lib/log/cosignature.ts'
import { formatSignerKey, parseSignerKey, parseVerifierKey, SIGNATURE_TYPES, type Signer } from '../../lib/log/key.ts'
import { inclusionProof, leafHash, nodeHash } from '../../lib/log/merkle.ts'
import { formatProof, parseProof, verifyProof } from '../../lib/log/proof.ts'

const ORIGIN = 'audit.example/prod'

function signerNamed(name: string, type: 1 | 4, seed: number): Signer {
  const signer = parseSignerKey(formatSignerKey(name, type, Buffer.alloc(32, seed)))
  if (signer === undefined) throw new Error('not a signer key')
  return signer
}

function keyOf(signer: Signer) {
  const key = parseVerifierKey(signer.verifierKey)
  if (key === undefined) throw new Error('not a verifier key')
  return key
}

const log = signerNamed(ORIGIN, SIGNATURE_TYPES.ed25519, 1)
const nextLog = signerNamed(ORIGIN, SIGNATURE_TYPES.ed25519, 2)
const witness = signerNamed('witness.example/w1', SIGNATURE_TYPES.cosignature, 3)
const entries = ['a', 'b', 'c'].map((e) => Buffer.from(e))
const [a, b, c] = entries.map(leafHash) as [Uint8Array, Uint8Array, Uint8Array]
const checkpoint = { origin: ORIGIN, size: 3, root: nodeHash(nodeHash(a, b), c) }
const text = formatCheckpoint(checkpoint)
const signed = await signCheckpoint(checkpoint, [log])
const open = (note: string, keys = [keyOf(log)], witnesses = [keyOf(witness)]) =>
  openCheckpoint(Buffer.from(note), keys, witnesses)

describe('the text of a checkpoint', () => {
  it('is origin, size and root', () => {
    expect(text).toBe(`${ORIGIN}\n3\n${Buffer.from(checkpoint.root).toString('base64')}\n`)
    expect(parseCheckpoint(text)).toEqual(checkpoint)
  })

  const [, , root = ''] = text.split('\n')
  it.each([
    `${ORIGIN}\n03\n${root}\n`,
    `${ORIGIN}\n+3\n${root}\n`,
    `${ORIGIN}\n3 \n${root}\n`,
    `${ORIGIN}\n3.0\n${root}\n`,
    `${ORIGIN}\n-0\n${root}\n`,
    `${ORIGIN}\n9007199254740992\n${root}\n`,
    `${ORIGIN}\n\n${root}\n`,
    `\n3\n${root}\n`,
    `${ORIGIN}\n3\n${root}`,
    `${ORIGIN}\n3\n${root.slice(0, -1)}\n`,
    `${ORIGIN}\n3\n${Buffer.alloc(31).toString('base64')}\n`,
    `${ORIGIN}\n3\n${Buffer.alloc(33).toString('base64')}\n`,
    `${ORIGIN}\n3\n${root}\nextension\n`,
    `${ORIGIN}\n3\n${root}\n\n`,
    '',
  ])('is refused as %j', (wrong) => expect(parseCheckpoint(wrong)).toBeUndefined())

  it('takes the empty tree', () => expect(parseCheckpoint(`${ORIGIN}\n0\n${root}\n`)?.size).toBe(0))
})

describe('openCheckpoint()', () => {
  it('takes what the log signed', () => {
    expect(open(signed)).toEqual({ ok: true, checkpoint, cosignatures: [] })
  })

  it('refuses another log, and another log’s key', async () => {
    expect(open(signed, [keyOf(nextLog)])).toEqual({ ok: false, reason: 'no-known-signature' })
    const elsewhere = await signCheckpoint({ ...checkpoint, origin: 'audit.example/test' }, [log])
    expect(open(elsewhere)).toEqual({ ok: false, reason: 'other-origin' })
    expect(open(signed.replace('\n3\n', '\n4\n'))).toEqual({ ok: false, reason: 'bad-signature', name: ORIGIN })
    expect(open(signed.replace('\n\n', '\n'))).toEqual({ ok: false, reason: 'malformed' })
  })

  it('takes either key while the log changes its key', async () => {
    const both = await signCheckpoint(checkpoint, [log, nextLog])
    expect(open(both, [keyOf(log)])).toMatchObject({ ok: true })
    expect(open(both, [keyOf(nextLog)])).toMatchObject({ ok: true })
  })

  it('never takes a witness’s word for the log’s, nor a key in the other’s role', async () => {
    const line = await cosign(text, witness, 1_700_000_000)
    expect(open(`${text}\n${line}`)).toEqual({ ok: false, reason: 'no-known-signature' })
    expect(open(`${text}\n${line}`, [keyOf(witness)])).toEqual({ ok: false, reason: 'no-known-signature' })
  })
})

describe('a cosignature', () => {
  it('says who saw this tree as the largest, and when', async () => {
    const line = await cosign(text, witness, 1_700_000_000)
    expect(open(signed + line)).toMatchObject({
      ok: true,
      cosignatures: [{ name: 'witness.example/w1', time: 1_700_000_000 }],
    })
    const later = await cosign(text, witness, 1_700_000_500)
    const opened = open(signed + later + line)
    expect(opened.ok && opened.cosignatures).toEqual([{ name: 'witness.example/w1', time: 1_700_000_500 }])
    expect(open(signed + line, [keyOf(log)], [])).toMatchObject({ ok: true, cosignatures: [] })
  })

  it('is over its time and the whole text', async () => {
    const line = await cosign(text, witness, 1_700_000_000)
    const [dash, name, base64 = ''] = line.trimEnd().split(' ')
    const bytes = Buffer.from(base64, 'base64')
    bytes.writeUInt8(bytes.readUInt8(11) ^ 1, 11)
    const otherTime = `${dash} ${name} ${bytes.toString('base64')}\n`
    expect(open(signed + otherTime)).toEqual({ ok: false, reason: 'bad-signature', name: 'witness.example/w1' })
    const other = await cosign(formatCheckpoint({ ...checkpoint, size: 2 }), witness, 1_700_000_000)
    expect(open(signed + other)).toMatchObject({ ok: false, reason: 'bad-signature' })
    const cut = `${dash} ${name} ${Buffer.from(base64, 'base64').subarray(0, 70).toString('base64')}\n`
    expect(open(signed + cut)).toMatchObject({ ok: false, reason: 'bad-signature' })
  })

  it('needs a key of type 0x04', async () => {
    await expect(cosign(text, log, 1)).rejects.toThrow('not of type 0x04')
  })
})

describe('tlog-proof', async () => {
  const read = async (nodes: readonly { level: number; index: number }[]) =>
    nodes.map(({ level, index }) => (level === 1 ? nodeHash(a, b) : [a, b, c][index]) ?? a)
  const hashes = await inclusionProof(1, 3, read)
  const proof = { extra: Buffer.alloc(32, 9), index: 1, hashes, checkpoint: signed }
  const proofText = formatProof(proof)

  it('is spelt as specified', () => {
    const [header, extra, index, ...rest] = proofText.split('\n')
    expect([header, extra, index]).toEqual([
      'c2sp.org/tlog-proof@v1',
      `extra ${Buffer.alloc(32, 9).toString('base64')}`,
      'index 1',
    ])
    expect(rest.slice(0, 3)).toEqual([Buffer.from(a).toString('base64'), Buffer.from(c).toString('base64'), ''])
    expect(rest.slice(3).join('\n')).toBe(signed)
    expect(parseProof(proofText)).toEqual(proof)
    const { extra: _, ...bare } = proof
    expect(parseProof(formatProof(bare))).toEqual(bare)
  })

  const entry = entries[1] ?? Buffer.alloc(0)
  it('shows that the entry is in the log, with its cosigners', async () => {
    expect(verifyProof(proofText, entry, [keyOf(log)])).toEqual({ ok: true, size: 3, cosigners: [] })
    const cosigned = proofText + (await cosign(text, witness, 1_700_000_000))
    expect(verifyProof(cosigned, entry, [keyOf(log)], [keyOf(witness)])).toMatchObject({
      cosigners: ['witness.example/w1'],
    })
  })

  it('shows nothing else', () => {
    expect(verifyProof(proofText, Buffer.from('c'), [keyOf(log)])).toEqual({ ok: false, reason: 'not-included' })
    expect(verifyProof(proofText.replace('index 1', 'index 0'), entry, [keyOf(log)])).toMatchObject({ ok: false })
    expect(verifyProof(proofText, entry, [keyOf(nextLog)])).toEqual({ ok: false, reason: 'checkpoint-refused' })
  })

  it.each([
    ['another header', proofText.replace('@v1', '@v2')],
    ['no index', proofText.replace('index 1\n', '')],
    ['index before extra', proofText.replace(/(extra .*\n)(index .*\n)/, '$2$1')],
    ['a leading zero', proofText.replace('index 1', 'index 01')],
    ['extra that is not base64', proofText.replace('extra ', 'extra *')],
    ['a short hash', proofText.replace(Buffer.from(a).toString('base64'), 'AAAA')],
    ['64 hashes', formatProof({ ...proof, hashes: Array.from({ length: 64 }, () => a) })],
    ['no checkpoint', proofText.slice(0, proofText.indexOf('\n\n'))],
  ])('is refused with %s', (_, wrong) => {
    expect(verifyProof(wrong, entry, [keyOf(log)])).toEqual({ ok: false, reason: 'malformed' })
  })
})
