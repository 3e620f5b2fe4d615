import { open, readFile, rename } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { type Checkpoint, openCheckpoint } from '../log/checkpoint.ts'
import { SIGNATURE_TYPES, type Signer, type VerifierKey } from '../log/key.ts'
import { createSignerKey, openSignerKey } from '../log/key-file.ts'
import { consistencyProof, type Hash } from '../log/merkle.ts'
import { tilePath } from '../log/tile.ts'
import { TileRefused, VerifiedTiles } from '../log/verified-tiles.ts'
import { witness } from '../log/witness.ts'
import { withLock } from '../sign-in/lock.ts'
import { CannotJudge } from './cannot-judge.ts'
import { type GateClient, GateRefused } from './gate-client.ts'
import type { Terminal } from './terminal.ts'

/**
 * Makes a witness's key in a new file and says its public half.
 *
 * @throws {CannotJudge} where the file is there.
 */
export async function newWitnessKey(file: string, name: string, { out }: Pick<Terminal, 'out'>): Promise<void> {
  const signer = await createSignerKey(file, name, SIGNATURE_TYPES.cosignature).catch((error: Error) => {
    throw new CannotJudge(`${file}: The key can't be made: ${error.message}.`)
  })
  await out(`${signer.verifierKey}\n`)
}

export interface WitnessFlags {
  /** The file of the witness's key. */
  key: string
  /** The file that keeps the last checkpoint, as it was signed. Made with the first. */
  state: string
}

/** A log that contradicts what it signed before; both checkpoints are the evidence. */
type Verdict =
  | { kind: 'cosigned'; size: number }
  | { kind: 'contradiction'; reason: string; kept: string; shown: string }

/**
 * Looks whether the log continues the last checkpoint that was seen, keeps the new one, cosigns it and hands that in.
 *
 * What is kept is written before the cosignature leaves, and never replaced by what doesn't continue it: whoever runs
 * this with one state file never cosigns two histories.
 *
 * @returns 0 where it was cosigned, 1 where the log contradicts itself.
 * @throws {CannotJudge} where key, state or gate can't be used; the state is then as it was.
 */
export async function runWitness(
  { key, state }: WitnessFlags,
  logKeys: readonly VerifierKey[],
  gate: GateClient,
  terminal: Pick<Terminal, 'out' | 'err' | 'now'>,
): Promise<0 | 1> {
  const signer = await openSignerKey(key).catch((error: Error) => {
    throw new CannotJudge(`${key}: It can't be used: ${error.message}.`)
  })
  const shown = await (await gate.get('/v1/log/checkpoint')).text()
  const verdict = await cosigned(state, shown, logKeys, { gate, signer, terminal })
  if (verdict.kind === 'cosigned') {
    await terminal.out(`Cosigned ${verdict.size} leaves as ${signer.name}.\n`)
    return 0
  }
  terminal.err(
    `The log contradicts what it signed before: ${verdict.reason}. Keep both checkpoints.\n\n${verdict.kept}\n${verdict.shown}`,
  )
  return 1
}

async function cosigned(
  state: string,
  shown: string,
  logKeys: readonly VerifierKey[],
  { gate, signer, terminal }: { gate: GateClient; signer: Signer; terminal: Pick<Terminal, 'now'> },
): Promise<Verdict> {
  const head = opened(shown, logKeys, 'The gate')
  const before = await lastCheckpoint(state, logKeys)
  const proof = before ? await proofBetween(before.checkpoint, head, gate) : []
  if (before && typeof proof === 'string') return contradiction(proof, before.text, shown)
  // Without a look at the network: nobody waits for the lock for long, and none takes it over while it is needed.
  const line = await withLock(dirname(resolve(state)), async (): Promise<string | Verdict> => {
    const last = await lastCheckpoint(state, logKeys)
    const request = { oldSize: before?.checkpoint.size ?? 0, proof: proof as Hash[], checkpoint: shown }
    const time = Math.floor(terminal.now() / 1000)
    const answer = await witness(last?.checkpoint, request, logKeys, signer, time)
    if (answer.ok) {
      await replaceFile(state, shown)
      return answer.line
    }
    if (answer.reason === 'inconsistent') {
      return contradiction(`it does not continue its first ${last?.checkpoint.size} leaves`, last?.text ?? '', shown)
    }
    throw new CannotJudge(`${state}: Another run changed it meanwhile; run this again.`)
  })
  if (typeof line !== 'string') return line
  await gate.post('/v1/log/cosignature', shown + line)
  return { kind: 'cosigned', size: head.size }
}

function contradiction(reason: string, kept: string, shown: string): Verdict {
  return { kind: 'contradiction', reason, kept, shown }
}

function opened(text: string, logKeys: readonly VerifierKey[], whose: string): Checkpoint {
  const result = openCheckpoint(Buffer.from(text), logKeys)
  if (!result.ok) throw new CannotJudge(`${whose} has no checkpoint that --log-key signed: ${result.reason}.`)
  return result.checkpoint
}

async function lastCheckpoint(state: string, logKeys: readonly VerifierKey[]) {
  let text: string
  try {
    text = await readFile(state, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new CannotJudge(`${state}: It can't be read: ${code}.`)
  }
  // A file that is damaged must not pass for a first run: that would cosign anything.
  return { text, checkpoint: opened(text, logKeys, state) }
}

/** @returns The proof, or in what the log contradicts itself. */
async function proofBetween(before: Checkpoint, head: Checkpoint, gate: GateClient): Promise<Hash[] | string> {
  if (head.size < before.size) return `it had ${before.size} leaves and now has ${head.size}`
  if (before.size === 0 || head.size === before.size) return []
  try {
    const { read } = await VerifiedTiles.open(head.size, head.root, async (tile) => {
      const response = await gate.get(`/v1/log/${tilePath(tile)}`)
      return new Uint8Array(await response.arrayBuffer())
    })
    return await consistencyProof(before.size, head.size, read)
  } catch (error) {
    if (error instanceof TileRefused) return error.message
    if (error instanceof GateRefused && error.status === 404) throw new CannotJudge('The gate lacks a tile of its log.')
    throw error
  }
}

/** The file holds the one text or the other, whenever the machine stops. */
async function replaceFile(path: string, text: string): Promise<void> {
  const aside = `${path}.new`
  const file = await open(aside, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(aside, path)
}
