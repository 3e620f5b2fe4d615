import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import {
  formatSignerKey,
  formatVerifierKey,
  parseSignerKey,
  parseVerifierKey,
  SIGNATURE_TYPES,
  type VerifierKey,
  verifyEd25519,
} from '../../lib/log/key.ts'
import { createSignerKey, openSignerKey } from '../../lib/log/key-file.ts'
import { noteVerifier, openNote, parseNote, signNote } from '../../lib/log/note.ts'
import vectors from '../vectors/log/note.json' with { type: 'json' }

const bytes = (text: string) => Buffer.from(text)

function keyOf(text: string): VerifierKey {
  const key = parseVerifierKey(text)
  if (key === undefined) throw new Error('not a verifier key')
  return key
}

const peter = noteVerifier(keyOf(vectors.peter.verifier))
const enoch = noteVerifier(keyOf(vectors.enoch.verifier))
const { text } = vectors
const note = `${text}\n${vectors.peter.line}${vectors.enoch.line}`

describe('verifier keys', () => {
  it('are spelt back as they were read', () => {
    for (const { verifier } of [vectors.peter, vectors.enoch]) {
      const { name, type, publicKey } = keyOf(verifier)
      expect(formatVerifierKey(name, type, publicKey)).toBe(verifier)
    }
  })

  const [name, id, key] = ['PeterNeumann', 'c74f20a3', 'ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW']
  it.each([
    '',
    name,
    `${name}+${id}`,
    `${name}+${id}+`,
    `+${id}+${key}`,
    `Peter Neumann+${id}+${key}`,
    `Peter\u00a0Neumann+${id}+${key}`,
    `${name}+c74f20a4+${key}`,
    `${name}+C74F20A3+${key}`,
    `${name}+74f20a3+${key}`,
    `${name}+${id}+${key}\n`,
    `${name}+${id}+${key.replace('/', '_')}`,
    `${name}+${id}+AhpcAQcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW`,
    `${name}+${id}+${key}AA==`,
    `Peter+${id}+${key}`,
  ])('refuses %j', (vkey) => expect(parseVerifierKey(vkey)).toBeUndefined())

  it('differ by what they sign, so that one key in two roles has two ids', () => {
    const { name, publicKey } = keyOf(vectors.peter.verifier)
    const cosigner = parseVerifierKey(formatVerifierKey(name, SIGNATURE_TYPES.cosignature, publicKey))
    expect(cosigner?.type).toBe(4)
    expect(cosigner?.id).not.toBe(peter.id)
  })
})

describe('signer keys', () => {
  it('sign the known note as it is known', async () => {
    const signer = parseSignerKey(vectors.peter.signer)
    expect(signer?.verifierKey).toBe(vectors.peter.verifier)
    expect(await signNote(text, signer ? [signer] : [])).toBe(`${text}\n${vectors.peter.line}`)
  })

  it('refuse a seed that is not the id’s, and a verifier key', () => {
    expect(parseSignerKey(vectors.peter.signer.replace('c74f20a3', 'c74f20a4'))).toBeUndefined()
    expect(parseSignerKey(vectors.peter.verifier)).toBeUndefined()
    expect(parseSignerKey(`PRIVATE+KEY+${vectors.peter.verifier}`)).toBeUndefined()
  })

  describe('in a file', () => {
    const directory = mkdtempSync(join(tmpdir(), 'signer-key-'))
    afterAll(() => rmSync(directory, { recursive: true }))
    const path = join(directory, 'log.key')

    it('are made once, for their owner alone', async () => {
      const made = await createSignerKey(path, 'audit.example/prod', SIGNATURE_TYPES.ed25519)
      expect(statSync(path).mode & 0o777).toBe(0o600)
      expect((await openSignerKey(path)).verifierKey).toBe(made.verifierKey)
      await expect(createSignerKey(path, 'audit.example/prod', SIGNATURE_TYPES.ed25519)).rejects.toThrow('EEXIST')
      expect((await openSignerKey(path)).verifierKey).toBe(made.verifierKey)
      const signed = await signNote('text\n', [made])
      expect(openNote(bytes(signed), [noteVerifier(keyOf(made.verifierKey))]).ok).toBe(true)
    })

    it('are refused where others may read them, or where they are none', async () => {
      const open = join(directory, 'open.key')
      writeFileSync(open, readFileSync(path), { mode: 0o640 })
      await expect(openSignerKey(open)).rejects.toThrow('others may read it')
      const none = join(directory, 'none.key')
      writeFileSync(none, 'not a key', { mode: 0o600 })
      await expect(openSignerKey(none)).rejects.toThrow('holds no signer key')
    })
  })
})

describe('openNote()', () => {
  it('takes a note that a known key signed, and says which', () => {
    const opened = openNote(bytes(note), [peter])
    expect(opened).toMatchObject({ ok: true, text })
    expect(opened.ok && opened.verified.map((s) => s.name)).toEqual(['PeterNeumann'])
    expect(openNote(bytes(note), [enoch, peter])).toMatchObject({ ok: true })
  })

  it('ignores lines by unknown keys, also such that share a name or an id', () => {
    const unknown = `— PeterNeumann AAAAAAAA\n— Other ${vectors.peter.line.split(' ')[2]}— x AAAAAAAA\n`
    expect(openNote(bytes(note + unknown), [peter])).toMatchObject({ ok: true })
    expect(openNote(bytes(`${text}\n${unknown}`), [peter])).toEqual({ ok: false, reason: 'no-known-signature' })
    expect(openNote(bytes(note), [])).toEqual({ ok: false, reason: 'no-known-signature' })
  })

  it('refuses a note with one bad signature by a known key, also beside a good one', () => {
    const other = text.replace('answer', 'question')
    expect(openNote(bytes(`${other}\n${vectors.peter.line}`), [peter])).toEqual({
      ok: false,
      reason: 'bad-signature',
      name: 'PeterNeumann',
    })
    const badEnoch = vectors.enoch.line.replace('TG01', 'TG02')
    expect(badEnoch).not.toBe(vectors.enoch.line)
    const both = `${text}\n${vectors.peter.line}${badEnoch}`
    expect(openNote(bytes(both), [peter, enoch])).toMatchObject({ ok: false, name: 'EnochRoot' })
  })

  it('takes blank lines in the text: the last one ends it', async () => {
    const signer = parseSignerKey(vectors.peter.signer)
    const signed = await signNote('one\n\n\ntwo\n', signer ? [signer] : [])
    expect(openNote(bytes(signed), [peter])).toMatchObject({ ok: true, text: 'one\n\n\ntwo\n' })
  })

  const line = vectors.peter.line
  it.each([
    ['nothing', ''],
    ['no blank line', `${text}${line}`],
    ['no signature', `${text}\n`],
    ['no newline at the end', `${text}\n${line.slice(0, -1)}`],
    ['a text without its newline', `${text.slice(0, -1)}\n${line}`],
    ['a carriage return', `${text.replaceAll('\n', '\r\n')}\n${line}`],
    ['a NUL', `${text}\0\n\n${line}`],
    ['a hyphen for the dash', `${text}\n${line.replace('—', '-')}`],
    ['two spaces', `${text}\n${line.replace(' P', '  P')}`],
    ['three parts', `${text}\n${line.replace('\n', ' x\n')}`],
    ['a plus in the name', `${text}\n${line.replace('Peter', 'Peter+')}`],
    ['padding left off', `${text}\n${line.replace('=', '')}`],
    ['the base64 of URLs', `${text}\n${line.replace('/', '_')}`],
    ['a signature of no byte', `${text}\n— PeterNeumann x08gow==\n${line}`],
    ['too many signatures', `${text}\n${line.repeat(101)}`],
    ['too many bytes', `${'x'.repeat(1_000_000)}\n\n${line}`],
  ])('refuses %s', (_, malformed) => {
    expect(openNote(bytes(malformed), [peter])).toEqual({ ok: false, reason: 'malformed' })
    expect(parseNote(bytes(malformed))).toBeUndefined()
  })

  it('refuses bytes that are not UTF-8, and keeps a byte order mark as text', () => {
    expect(parseNote(Buffer.concat([Buffer.of(0xff), bytes(note)]))).toBeUndefined()
    expect(openNote(Buffer.concat([bytes('\ufeff'), bytes(note)]), [peter])).toMatchObject({ reason: 'bad-signature' })
  })

  it('refuses any flipped bit', () => {
    const signed = bytes(`${text}\n${line}`)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: signed.length * 8 - 1 }), (bit) => {
        const flipped = Buffer.from(signed)
        flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
        expect(openNote(flipped, [peter]).ok).toBe(false)
      }),
      { numRuns: 500 },
    )
  })
})

const vectorsDir = process.env.VECTORS_DIR
if (vectorsDir) {
  type Group = {
    publicKey: { pk: string }
    tests: { tcId: number; comment: string; msg: string; sig: string; result: 'valid' | 'invalid' }[]
  }
  const groups: Group[] = JSON.parse(readFileSync(join(vectorsDir, 'wycheproof/ed25519_test.json'), 'utf8')).testGroups
  const cases = groups.flatMap((g) => g.tests.map((t) => ({ ...t, pk: g.publicKey.pk })))

  describe('Ed25519 vectors of Wycheproof', () => {
    it.each(cases)('$tcId is $result: $comment', ({ pk, msg, sig, result }) => {
      const key = keyOf(formatVerifierKey('wycheproof', SIGNATURE_TYPES.ed25519, Buffer.from(pk, 'hex')))
      expect(verifyEd25519(key, Buffer.from(msg, 'hex'), Buffer.from(sig, 'hex'))).toBe(result === 'valid')
    })
  })
} else {
  console.log('VECTORS_DIR is not set: the Ed25519 vectors of Wycheproof are not run')
}

it('formats a signer key as Go does', () => {
  const seed = Buffer.from(vectors.peter.signer.split('+').slice(4).join('+'), 'base64').subarray(1)
  expect(formatSignerKey('PeterNeumann', SIGNATURE_TYPES.ed25519, seed)).toBe(vectors.peter.signer)
})
