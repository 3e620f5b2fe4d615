import { toBase64 } from './base64.ts'
import { BUNDLE_FILES } from './bundle.ts'
import { checkRecords } from './bundle-records.ts'
import type { BundleReport, Problem } from './bundle-report.ts'
import { checkTree, rootOf } from './bundle-tree.ts'
import { type Checkpoint, openCheckpoint } from './checkpoint.ts'
import { parseVerifierKey, type VerifierKey } from './key.ts'
import type { Hash } from './merkle.ts'
import { allTiles, TILE_WIDTH, tilePath } from './tile.ts'

/** What an auditor knows without the bundle. */
export interface BundleTrust {
  /** Keys of the log had elsewhere. Without any, the bundle's own is taken: then it shows only that it is one piece. */
  logKeys?: readonly VerifierKey[]
  /** The last signed checkpoint the auditor kept: the bundle must continue it. */
  previous?: Uint8Array
  /** Keys of type 0x04, and how many of them must have cosigned; none unless told. */
  witnessKeys?: readonly VerifierKey[]
  quorum?: number
  /** Digests of the policies that were in force, `sha256:<hex>`. */
  policies?: ReadonlySet<string>
  /** How far times may disagree, in milliseconds; 25 minutes unless told, where the log itself calls a record late. */
  toleranceMs?: number
  /** When an intent must have its outcome, in milliseconds of log time; 30 minutes unless told. */
  outcomeDueMs?: number
}

const TOLERANCE_MS = 25 * 60_000
const OUTCOME_DUE_MS = 30 * 60_000

/**
 * Verifies an offline bundle: signature, every tile and entry, every record there is, consistency with earlier
 * checkpoints, witnesses, and what the records say together. Pure: no network, no clock.
 *
 * @param files the bundle's files by their path in it.
 */
export function verifyBundle(files: ReadonlyMap<string, Uint8Array>, trust: BundleTrust): BundleReport {
  const problems: Problem[] = []
  const report = { cosigners: [], records: 0, missingRecords: [], openIntents: [] }
  const keys = logKeysOf(files, trust, problems)
  const head = openHead(files, keys, trust, problems)
  if (head === undefined) return { ...report, ok: false, problems }

  const { checkpoint, cosigners } = head
  const { origin, size, root } = checkpoint
  const bundles = Math.ceil(size / TILE_WIDTH)
  if (bundles > files.size) {
    // Whoever can sign can claim any size; no work is done for files that aren't there.
    const message = `A log of ${size} leaves has ${bundles} entry bundles; there are ${files.size} files`
    problems.push({ code: 'missing', where: 'tile/entries', message })
    return { ...report, ok: false, origin, size, root: toBase64(root), cosigners, problems }
  }
  const tree = checkTree(files, size, root)
  const earlier = earlierCheckpoints(files, trust).flatMap(([where, note]) =>
    checkContinues(where, note, keys, checkpoint, tree.hashes),
  )

  const records = files.get(BUNDLE_FILES.records)
  if (records === undefined) {
    problems.push({ code: 'missing', where: BUNDLE_FILES.records, message: 'The file is not in the bundle' })
  }
  const { toleranceMs = TOLERANCE_MS, outcomeDueMs = OUTCOME_DUE_MS, policies } = trust
  const checked = tree.entries
    ? checkRecords(tree.entries, origin, records ?? new Uint8Array(), {
        toleranceMs,
        outcomeDueMs,
        ...(policies && { policies }),
      })
    : { ...report, problems: [] }
  const all = [...problems, ...unexpectedFiles(files, size), ...tree.problems, ...earlier, ...checked.problems]
  return { ...checked, ok: all.length === 0, origin, size, root: toBase64(root), cosigners, problems: all }
}

function logKeysOf(
  files: ReadonlyMap<string, Uint8Array>,
  { logKeys = [] }: BundleTrust,
  problems: Problem[],
): readonly VerifierKey[] {
  const where = BUNDLE_FILES.verifierKey
  const text = files.get(where)
  if (text === undefined) {
    problems.push({ code: 'missing', where, message: 'The file is not in the bundle' })
    return logKeys
  }
  const line = Buffer.from(text).toString('utf8')
  const key = line.endsWith('\n') ? parseVerifierKey(line.slice(0, -1)) : undefined
  if (key === undefined) {
    problems.push({ code: 'malformed', where, message: 'It is no verifier key' })
    return logKeys
  }
  if (logKeys.length === 0) return [key]
  if (!logKeys.some((known) => known.name === key.name && known.id === key.id && sameBytes(known, key))) {
    problems.push({ code: 'altered', where, message: 'It is not the key that is known of this log' })
  }
  return logKeys
}

function sameBytes(a: VerifierKey, b: VerifierKey): boolean {
  return Buffer.compare(a.publicKey, b.publicKey) === 0
}

function openHead(
  files: ReadonlyMap<string, Uint8Array>,
  keys: readonly VerifierKey[],
  { witnessKeys = [], quorum = 0 }: BundleTrust,
  problems: Problem[],
): { checkpoint: Checkpoint; cosigners: string[] } | undefined {
  const where = BUNDLE_FILES.checkpoint
  const note = files.get(where)
  if (note === undefined) {
    problems.push({ code: 'missing', where, message: 'The file is not in the bundle' })
    return undefined
  }
  const opened = openCheckpoint(note, keys, witnessKeys)
  if (!opened.ok) {
    problems.push({ code: 'signature', where, message: `It is refused: ${opened.reason}` })
    return undefined
  }
  const cosigners = opened.cosignatures.map(({ name }) => name)
  if (cosigners.length < quorum) {
    problems.push({ code: 'quorum', where, message: `${cosigners.length} of ${quorum} cosignatures` })
  }
  return { checkpoint: opened.checkpoint, cosigners }
}

function unexpectedFiles(files: ReadonlyMap<string, Uint8Array>, size: number): Problem[] {
  const expected = new Set<string>(Object.values(BUNDLE_FILES))
  for (const tile of allTiles(size)) expected.add(tilePath(tile))
  return [...files.keys()]
    .filter((path) => !expected.has(path))
    .map((where) => ({ code: 'unexpected', where, message: `A log of ${size} leaves has no such file` }))
}

function earlierCheckpoints(files: ReadonlyMap<string, Uint8Array>, { previous }: BundleTrust) {
  const inBundle = files.get(BUNDLE_FILES.previous)
  const earlier: [string, Uint8Array][] = []
  if (inBundle) earlier.push([BUNDLE_FILES.previous, inBundle])
  if (previous) earlier.push(['the checkpoint you kept', previous])
  return earlier
}

/** The log must begin with what an earlier checkpoint signed. All leaves are here, so that is recomputed, not proven. */
function checkContinues(
  where: string,
  note: Uint8Array,
  keys: readonly VerifierKey[],
  head: Checkpoint,
  hashes: readonly Hash[] | undefined,
): Problem[] {
  const opened = openCheckpoint(note, keys)
  if (!opened.ok) return [{ code: 'signature', where, message: `It is refused: ${opened.reason}` }]
  const { size, root } = opened.checkpoint
  if (size > head.size) {
    return [{ code: 'rollback', where, message: `It is of ${size} leaves, this log of ${head.size}` }]
  }
  if (hashes === undefined || Buffer.compare(rootOf(hashes, size), root) === 0) return []
  return [{ code: 'fork', where, message: `The first ${size} leaves are not those that were signed then` }]
}
