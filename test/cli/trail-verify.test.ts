import { appendFile, copyFile, cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exportBundleTo } from '../../lib/cli/trail-export.ts'
import { trailVerify, type VerifyFlags } from '../../lib/cli/trail-verify.ts'
import { cosign } from '../../lib/log/cosignature.ts'
import { parseNote } from '../../lib/log/note.ts'
import { decodeEntries, encodeEntries } from '../../lib/log/tile.ts'
import { good } from '../support/gate.ts'
import { LOG_SIGNER, WITNESS } from '../support/trail-service.ts'
import { type TrailGate, trailGate } from './trail-gate.ts'

const NOTHING: VerifyFlags = {
  key: [LOG_SIGNER.verifierKey],
  witness: [],
  quorum: 0,
  policy: [],
  allowMissing: false,
  json: false,
}

let here: TrailGate
/** A bundle of 303 leaves, and the checkpoint of the first seven. */
let bundle: string
let previous: string

beforeAll(async () => {
  here = await trailGate()
  for (let n = 0; n < 3; n++) await here.service.change()
  await here.service.seal()
  previous = join(here.folder, 'kept')
  await writeFile(previous, await (await here.gate.get('/v1/log/checkpoint')).text())
  for (let n = 0; n < 148; n++) await here.service.change({ ...good, timeoutInMillis: 1_000 + n })
  await here.service.seal()
  bundle = join(here.folder, 'bundle')
  await exportBundleTo(bundle, { cosigned: false }, here.gate)
})
afterAll(() => here.close())

async function verified(source: string, flags: Partial<VerifyFlags> = {}) {
  here.terminal.text = ''
  const code = await trailVerify(source, { ...NOTHING, ...flags }, here.terminal)
  return { code, text: here.terminal.text }
}

let copies = 0
async function copy(): Promise<string> {
  const target = join(here.folder, `copy-${copies++}`)
  await cp(bundle, target, { recursive: true })
  return target
}

describe('sallyport trail verify', () => {
  it('says that a bundle holds, and how far', async () => {
    const { code, text } = await verified(bundle, { previous })
    expect(code).toBe(0)
    expect(text).toMatch(/^log {8}audit\.example\/gate, 303 leaves, root \S+\ncontinues .*kept\n/)
    expect(text).toMatch(/records {4}302 match their leaves, 0 are missing\nAll of it holds\.\n$/)
  })

  it('reads an archive as it reads a folder', async () => {
    const target = join(here.folder, 'bundle.tar')
    await exportBundleTo(target, { cosigned: false }, here.gate)
    const { code, text } = await verified(target)
    expect([code, text]).toEqual([0, (await verified(bundle)).text.replace('303', '303')])
  })

  it('warns that a key from the bundle proves nothing of whose it is', async () => {
    const { code, text } = await verified(bundle, { key: [] })
    expect(code).toBe(0)
    expect(text).toContain(LOG_SIGNER.verifierKey)
    expect(text).toContain('Pin it with --key.')
  })

  it('counts the leaves without a record, which must be allowed', async () => {
    const target = await copy()
    const [, ...rest] = (await readFile(join(target, 'records.jsonl'), 'utf8')).split('\n')
    await writeFile(join(target, 'records.jsonl'), rest.join('\n'))
    const { code, text } = await verified(target)
    expect(code).toBe(1)
    expect(text).toMatch(/missing {4}leaf 1: \w{26}#I, erased or held back\nIt does not hold\./)
    expect((await verified(target, { allowMissing: true })).code).toBe(0)
  })

  it.each<[string, (target: string) => Promise<void>, string]>([
    [
      'a record altered',
      (t) => edit(t, 'records.jsonl', (s) => s.replace('PutIntegration', 'GetIntegration')),
      'altered    records.jsonl line 1: ',
    ],
    ['records swapped', (t) => edit(t, 'records.jsonl', swapLines), 're-ordered records.jsonl line 2: '],
    ['an entry bundle missing', (t) => rm(join(t, 'tile/entries/000')), 'missing    tile/entries/000: '],
    ['entries swapped', swapEntries, 're-ordered leaf 1: '],
    ['a file more', (t) => writeFile(join(t, 'tile/extra'), ''), 'unexpected tile/extra: '],
    ['another checkpoint', (t) => edit(t, 'checkpoint', (s) => s.replace('303', '302')), 'signature  checkpoint: '],
    ['no checkpoint', (t) => rm(join(t, 'checkpoint')), 'missing    checkpoint: '],
    ['a planted record', (t) => appendFile(join(t, 'records.jsonl'), '{}\n'), 'malformed  records.jsonl line 303: '],
    ['another key', (t) => writeFile(join(t, 'vkey'), `${WITNESS.verifierKey}\n`), 'altered    vkey: '],
  ])('names %s', async (_, spoil, line) => {
    const target = await copy()
    await spoil(target)
    const { code, text } = await verified(target)
    expect(code).toBe(1)
    expect(text).toContain(`\n${line}`.replace(/^\n(?=signature|missing {4}checkpoint)/, ''))
    expect(text).toMatch(/It does not hold\.\n$/)
  })

  it('refuses a log that does not continue the checkpoint that was kept', async () => {
    const other = await trailGate()
    await other.service.denial()
    await other.service.seal()
    const kept = join(here.folder, 'other-history')
    await writeFile(kept, await (await other.gate.get('/v1/log/checkpoint')).text())
    await other.close()
    const fork = await verified(bundle, { previous: kept })
    expect(fork.code).toBe(1)
    expect(fork.text).toContain('fork       the checkpoint you kept: ')
    expect(fork.text).not.toContain('continues')
    const old = join(here.folder, 'old')
    await copyFile(join(bundle, 'checkpoint'), old)
    await here.service.change()
    await here.service.seal()
    const newer = join(here.folder, 'newer')
    await writeFile(newer, await (await here.gate.get('/v1/log/checkpoint')).text())
    expect((await verified(bundle, { previous: newer })).text).toContain('rollback   the checkpoint you kept: ')
  })

  it('asks for as many witnesses as it is told to', async () => {
    const checkpoint = await (await here.gate.get('/v1/log/checkpoint')).text()
    const line = await cosign(parseNote(Buffer.from(checkpoint))?.text ?? '', WITNESS, 1_800_000_000)
    const witness = [WITNESS.verifierKey]
    expect((await verified(bundle, { witness, quorum: 1 })).text).toContain('quorum     checkpoint: 0 of 1')
    await here.gate.post('/v1/log/cosignature', checkpoint + line)
    const target = join(here.folder, 'cosigned')
    await exportBundleTo(target, { cosigned: true, previous }, here.gate)
    const { code, text } = await verified(target, { witness, quorum: 1 })
    expect(code).toBe(0)
    expect(text).toContain(`witnesses  ${WITNESS.name}`)
    expect(await readdir(target)).toContain('previous-checkpoint')
  })

  it('shows nothing of a bundle that acts on a terminal', async () => {
    const target = await copy()
    await writeFile(join(target, 'x\u001b[2Jy'), '')
    const { text } = await verified(target)
    expect(text).toContain('x\\u001b[2Jy')
    expect(text).not.toContain('\u001b')
  })

  it.each([
    { it: 'nothing there', source: 'nowhere', flags: {} },
    { it: 'no archive', source: 'kept', flags: {} },
    { it: 'a key that is none', source: 'bundle', flags: { key: ['kept'] } },
    { it: 'more witnesses than are known', source: 'bundle', flags: { quorum: 1 } },
    { it: 'no earlier checkpoint there', source: 'bundle', flags: { previous: 'nowhere' } },
  ])('cannot verify with $it', async ({ source, flags }) => {
    await expect(verified(join(here.folder, source), flags)).rejects.toMatchObject({ name: 'CannotJudge' })
  })

  it('writes over nothing', async () => {
    await expect(exportBundleTo(bundle, { cosigned: false }, here.gate)).rejects.toThrow('a new place')
    await expect(exportBundleTo(join(here.folder, 'bundle.tar'), { cosigned: false }, here.gate)).rejects.toThrow(
      'a new place',
    )
  })
})

async function edit(folder: string, file: string, change: (text: string) => string): Promise<void> {
  const path = join(folder, file)
  const text = await readFile(path, 'utf8')
  const changed = change(text)
  if (changed === text) throw new Error('nothing changed')
  await writeFile(path, changed)
}

function swapLines(text: string): string {
  const [first, second, ...rest] = text.split('\n')
  return [second, first, ...rest].join('\n')
}

async function swapEntries(folder: string): Promise<void> {
  const path = join(folder, 'tile/entries/000')
  const [first, second, third, ...rest] = decodeEntries(await readFile(path)) ?? []
  if (!first || !second || !third) throw new Error('no entries')
  await writeFile(path, encodeEntries([first, third, second, ...rest]))
}
