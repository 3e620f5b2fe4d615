import type { BundleReport } from '../log/bundle-report.ts'
import { parseVerifierKey, SIGNATURE_TYPES } from '../log/key.ts'
import { verifyBundle } from '../log/verify-bundle.ts'
import { visible } from '../trail/visible.ts'
import { readBundle } from './bundle-files.ts'
import { CannotJudge } from './cannot-judge.ts'
import { readInput } from './input-file.ts'
import { type Colour, type Paint, paintFor } from './paint.ts'
import type { Terminal } from './terminal.ts'
import { plural } from './text-report.ts'
import { verifierKeys } from './verifier-keys.ts'

export interface VerifyFlags {
  /** Keys of the log, each as text or in a file. */
  key: readonly string[]
  /** The last checkpoint that was kept. */
  previous?: string
  witness: readonly string[]
  /** How many witnesses must have cosigned. */
  quorum: number
  /** Digests of the policies that were in force. */
  policy: readonly string[]
  /** Whether records may be missing: those that were erased. */
  allowMissing: boolean
  json: boolean
}

/**
 * Verifies a bundle, offline.
 *
 * @returns 0 where all of it holds, 1 where something is missing, altered or out of its order.
 * @throws {CannotJudge} where bundle, keys or earlier checkpoint can't be read.
 */
export async function trailVerify(source: string, flags: VerifyFlags, terminal: Terminal): Promise<0 | 1> {
  const logKeys = await verifierKeys(flags.key, SIGNATURE_TYPES.ed25519, terminal)
  const witnessKeys = await verifierKeys(flags.witness, SIGNATURE_TYPES.cosignature, terminal)
  if (flags.quorum > witnessKeys.length) {
    throw new CannotJudge(`--quorum ${flags.quorum} needs as many --witness; there are ${witnessKeys.length}.`)
  }
  const previous = flags.previous === undefined ? undefined : await readInput(flags.previous, terminal)
  const files = await readBundle(source)
  const report = verifyBundle(files, {
    logKeys,
    witnessKeys,
    quorum: flags.quorum,
    ...(previous && { previous }),
    ...(flags.policy.length > 0 && { policies: new Set(flags.policy) }),
  })
  const isWhole = flags.allowMissing || report.missingRecords.length === 0
  const holds = report.ok && isWhole
  if (flags.json) {
    await terminal.out(`${JSON.stringify({ holds, ...report })}\n`)
  } else {
    const keys = logKeys.length > 0 ? undefined : keyIn(files)
    await terminal.out(inLines(report, { keys, previous: flags.previous, holds, paint: paintFor(terminal.isColoured) }))
  }
  return holds ? 0 : 1
}

function keyIn(files: ReadonlyMap<string, Uint8Array>): string {
  const text = Buffer.from(files.get('vkey') ?? [])
    .toString('utf8')
    .trim()
  return parseVerifierKey(text) ? text : '(none)'
}

/** Above that, one line says how many more there are. */
const MOST_LINES = 1_000

function inLines(
  report: BundleReport,
  {
    keys,
    previous,
    holds,
    paint,
  }: { keys: string | undefined; previous: string | undefined; holds: boolean; paint: Paint },
): string {
  const { origin, size, root, cosigners, records, missingRecords, openIntents, problems } = report
  // Names and messages may hold what the bundle's maker chose.
  const say = (text: string, ...colours: Colour[]) => paint(visible(text), ...colours)
  const contradicts = problems.some(({ code }) => code === 'fork' || code === 'rollback' || code === 'signature')
  const lines = [
    ...(size === undefined ? [] : [say(`log        ${origin}, ${plural(size, 'leaf', 'leaves')}, root ${root}`)]),
    ...(keys === undefined ? [] : [say(`key        ${keys}`), say(UNPINNED, 'yellow')]),
    ...(previous === undefined || size === undefined || contradicts ? [] : [say(`continues  ${previous}`)]),
    ...(cosigners.length > 0 ? [say(`witnesses  ${cosigners.join(', ')}`)] : []),
    say(`records    ${records} match their leaves, ${missingRecords.length} are missing`),
    ...(openIntents.length > 0
      ? [say(`open       ${plural(openIntents.length, 'change')} whose outcome is not due yet`)]
      : []),
    ...some(missingRecords, ({ leaf, id, kind }) => say(`missing    leaf ${leaf}: ${id}#${kind}, erased or held back`)),
    ...some(problems, ({ code, where, message }) => say(`${code.padEnd(10)} ${where}: ${message}`, 'red')),
    holds ? say('All of it holds.', 'green') : say('It does not hold.', 'bold', 'red'),
  ]
  return `${lines.join('\n')}\n`
}

const UNPINNED = '           from the bundle itself: it shows only that all is of one piece. Pin it with --key.'

function some<Each>(all: readonly Each[], line: (each: Each) => string): string[] {
  const shown = all.slice(0, MOST_LINES).map(line)
  return all.length > MOST_LINES ? [...shown, `           and ${all.length - MOST_LINES} more`] : shown
}
