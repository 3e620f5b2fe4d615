import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { GateClient } from '../../lib/cli/gate-client.ts'
import { newWitnessKey, runWitness } from '../../lib/cli/witness.ts'
import { openCheckpoint } from '../../lib/log/checkpoint.ts'
import { formatVerifierKey, parseVerifierKey } from '../../lib/log/key.ts'
import { tokens } from '../support/gate.ts'
import { LOG_ORIGIN, LOG_SIGNER, verifierKey, WITNESS, WITNESS_KEY } from '../support/trail-service.ts'
import { type TrailGate, trailGate } from './trail-gate.ts'

const OTHER_LOG = formatVerifierKey(LOG_ORIGIN, 1, Buffer.alloc(32, 9))
const LOG_KEYS = [verifierKey(LOG_SIGNER)]

let here: TrailGate
let flags: { key: string; state: string }

beforeEach(async () => {
  here = await trailGate()
  flags = { key: join(here.folder, 'witness.key'), state: join(here.folder, 'witness.state') }
  // The one that the gate knows.
  await writeFile(flags.key, `${WITNESS_KEY}\n`, { mode: 0o600 })
  await here.service.seal()
})
afterEach(() => here.close())

const run = (gate: GateClient = here.gate) => runWitness(flags, LOG_KEYS, gate, here.terminal)
const cosigners = async () => {
  const text = await (await here.gate.get('/v1/log/checkpoint')).text()
  const opened = openCheckpoint(Buffer.from(text), LOG_KEYS, [verifierKey(WITNESS)])
  return opened.ok && opened.cosignatures.map(({ name }) => name)
}
const state = () => readFile(flags.state, 'utf8').catch(() => undefined)

async function grow(changes = 3): Promise<void> {
  for (let n = 0; n < changes; n++) await here.service.change()
  await here.service.seal()
}

describe('sallyport witness', () => {
  it('cosigns a log that grows, and hands that in', async () => {
    for (const changes of [0, 3, 200, 0]) {
      await grow(changes)
      expect(await run()).toBe(0)
      expect(await cosigners()).toEqual([WITNESS.name])
      expect(await state()).toBe(
        (await (await here.gate.get('/v1/log/checkpoint')).text()).replace(/— witness.*\n/, ''),
      )
    }
  })

  it('keeps what it cosigns before the cosignature leaves', async () => {
    const silent: GateClient = { ...here.gate, post: () => Promise.reject(new Error('lost')) }
    await expect(run(silent)).rejects.toThrow('lost')
    expect(await state()).toContain(LOG_SIGNER.name)
    expect(await cosigners()).toEqual([])
    expect(await run()).toBe(0)
    expect(await cosigners()).toEqual([WITNESS.name])
  })

  it('cosigns no second history, and shows both checkpoints', async () => {
    await grow(3)
    await run()
    const kept = await state()
    const other = await trailGate()
    for (let n = 0; n < 9; n++) await other.service.denial()
    await other.service.seal()
    expect(await run(other.gate)).toBe(1)
    expect(here.terminal.messages.join()).toContain(
      'contradicts what it signed before: it does not continue its first 7 leaves',
    )
    expect(here.terminal.messages.join()).toContain(kept ?? '')
    expect(await state()).toBe(kept)
    await other.close()
  })

  it('cosigns no shorter log', async () => {
    const old = await (await here.gate.get('/v1/log/checkpoint')).text()
    await grow()
    await run()
    const kept = await state()
    const rolledBack: GateClient = { ...here.gate, get: async () => new Response(old) }
    expect(await run(rolledBack)).toBe(1)
    expect(here.terminal.messages.join()).toContain('it had 7 leaves and now has 1')
    expect(await state()).toBe(kept)
  })

  it('cosigns nothing whose tiles are not those of its root', async () => {
    await grow(3)
    await run()
    await grow(3)
    const { get } = here.gate
    const altered: GateClient = {
      ...here.gate,
      get: async (path) => {
        const bytes = Buffer.from(await (await get(path)).arrayBuffer())
        return new Response(path.includes('/tile/') ? bytes.fill(7) : bytes)
      },
    }
    const kept = await state()
    expect(await run(altered)).toBe(1)
    expect(await state()).toBe(kept)
  })

  it.each([
    { it: 'a damaged state', spoil: () => writeFile(flags.state, 'damaged') },
    { it: 'an empty state', spoil: () => writeFile(flags.state, '') },
    {
      it: 'a key that others may read',
      spoil: () => writeFile(`${flags.key}2`, WITNESS_KEY, { mode: 0o644 }),
      key: '2',
    },
    { it: 'no key', spoil: async () => {}, key: '3' },
  ])('does nothing with $it', async ({ spoil, key = '' }) => {
    await spoil()
    const before = await state()
    const changed = { ...flags, key: flags.key + key }
    await expect(runWitness(changed, LOG_KEYS, here.gate, here.terminal)).rejects.toMatchObject({ name: 'CannotJudge' })
    expect(await state()).toBe(before)
    expect(await cosigners()).toEqual([])
  })

  it('does nothing for a log of another key, or without the role', async () => {
    const other = [verifierKey({ ...LOG_SIGNER, verifierKey: OTHER_LOG })]
    await expect(runWitness(flags, other, here.gate, here.terminal)).rejects.toThrow('--log-key')
    const team = await here.clientOf(tokens.payments)
    await expect(run(team)).rejects.toMatchObject({ status: 403 })
    expect(await state()).toBeUndefined()
  })

  it('makes its key once', async () => {
    const file = join(here.folder, 'new.key')
    await newWitnessKey(file, 'witness.example/new', here.terminal)
    expect(parseVerifierKey(here.terminal.text.trim())).toMatchObject({ name: 'witness.example/new', type: 4 })
    await expect(newWitnessKey(file, 'witness.example/new', here.terminal)).rejects.toThrow("can't be made")
  })
})
