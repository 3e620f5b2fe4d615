import { z } from 'zod'
import { canonicalJson, commitment } from '../trail/canonical.ts'
import { recordTime } from '../trail/record-id.ts'
import { parseBase64 } from './base64.ts'
import { BUNDLE_FILES } from './bundle.ts'
import type { BundleReport, Problem } from './bundle-report.ts'
import { parseLeaf, type RecordLeaf } from './leaf.ts'

/** What is read of a record to check it; the rest is covered by its commitment alone. */
const CheckedRecord = z.looseObject({
  id: z.string(),
  kind: z.string(),
  ts: z.number(),
  policy: z.looseObject({ digest: z.string() }).optional(),
  result: z.string().optional(),
})
const RecordLine = z.strictObject({ record: CheckedRecord, salt: z.string() })

interface PlacedLeaf {
  index: number
  leaf: RecordLeaf
  record?: z.infer<typeof CheckedRecord>
}

export interface RecordChecks {
  /** How far times may disagree, in milliseconds. */
  toleranceMs: number
  /** An intent older than this, against the newest leaf, must have its outcome; milliseconds. */
  outcomeDueMs: number
  /** Digests of the policies that were in force; not checked where absent. */
  policies?: ReadonlySet<string>
}

type Checked = Pick<BundleReport, 'records' | 'missingRecords' | 'openIntents' | 'problems'>

/** Holds the records against their leaves, and the leaves against each other. */
export function checkRecords(
  entries: readonly Uint8Array[],
  origin: string,
  lines: Uint8Array,
  checks: RecordChecks,
): Checked {
  const problems: Problem[] = []
  const leaves = placeLeaves(entries, origin, problems)
  openCommitments(leaves, lines, problems)
  const placed = [...leaves.values()]
  const { openIntents, problems: unpaired } = pairOutcomes(leaves, checks)
  const missing = placed.filter(({ record }) => record === undefined)
  return {
    records: placed.length - missing.length,
    missingRecords: missing.map(({ index, leaf }) => ({ leaf: index, id: leaf.id, kind: leaf.k })),
    openIntents,
    problems: [...problems, ...checkTimes(placed, checks), ...checkPolicies(placed, checks), ...unpaired],
  }
}

/** The record leaves by `<id>#<kind>`, in their order. */
function placeLeaves(entries: readonly Uint8Array[], origin: string, problems: Problem[]): Map<string, PlacedLeaf> {
  const leaves = new Map<string, PlacedLeaf>()
  for (const [index, entry] of entries.entries()) {
    const leaf = parseLeaf(entry)
    const where = `leaf ${index}`
    if (leaf === undefined) {
      problems.push({ code: 'malformed', where, message: 'It is no leaf of this log' })
    } else if (leaf.k === 'GENESIS') {
      if (index === 0 && leaf.origin === origin) continue
      problems.push({ code: 'unexpected', where, message: `A log of ${leaf.origin} begins here` })
    } else {
      if (index === 0)
        problems.push({ code: 'missing', where, message: 'The log does not begin with its genesis leaf' })
      const key = `${leaf.id}#${leaf.k}`
      const first = leaves.get(key)
      if (first) problems.push({ code: 'duplicate', where, message: `${key} is leaf ${first.index} already` })
      else leaves.set(key, { index, leaf })
    }
  }
  return leaves
}

function openCommitments(leaves: Map<string, PlacedLeaf>, lines: Uint8Array, problems: Problem[]): void {
  const text = Buffer.from(lines).toString('utf8')
  if (text === '') return
  let last = -1
  for (const [i, line] of text.replace(/\n$/, '').split('\n').entries()) {
    const where = `${BUNDLE_FILES.records} line ${i + 1}`
    const parsed = parseLine(line)
    if (parsed === undefined) {
      problems.push({ code: 'malformed', where, message: 'It is no record and salt in canonical JSON' })
      continue
    }
    const { record, salt } = parsed
    const place = leaves.get(`${record.id}#${record.kind}`)
    if (place === undefined) {
      problems.push({ code: 'unexpected', where, message: `The log has no leaf for ${record.id}#${record.kind}` })
    } else if (place.index <= last) {
      problems.push({
        code: 're-ordered',
        where,
        message: `It belongs to leaf ${place.index}, the one before to ${last}`,
      })
    } else if (commitment(salt, record) !== place.leaf.c) {
      problems.push({ code: 'altered', where, message: `It is not the record that leaf ${place.index} commits to` })
    } else {
      place.record = record
    }
    last = Math.max(last, place?.index ?? last)
  }
  if (!text.endsWith('\n')) {
    problems.push({ code: 'malformed', where: BUNDLE_FILES.records, message: 'Its last line is cut off' })
  }
}

/** One line, which must be spelt canonically: so a flipped byte is noticed even where JSON means the same. */
function parseLine(line: string): z.infer<typeof RecordLine> | undefined {
  try {
    const { success, data } = RecordLine.safeParse(JSON.parse(line))
    return success && canonicalJson(data) === line && parseBase64(data.salt)?.length === 32 ? data : undefined
  } catch {
    return undefined
  }
}

/** Leaves follow the time of their ids; outcomes come when they are known, late ones when they are found. */
function checkTimes(leaves: readonly PlacedLeaf[], { toleranceMs }: RecordChecks): Problem[] {
  const problems: Problem[] = []
  let newest = 0
  for (const { index, leaf, record } of leaves) {
    const time = recordTime(leaf.id)
    const where = `${leaf.id}#${leaf.k}`
    if (leaf.k !== 'O' && !leaf.late && time < newest - toleranceMs) {
      const message = `Leaf ${index} is ${newest - time} ms older than one before it`
      problems.push({ code: 'time', where, message })
    }
    if (record && record.ts < time - toleranceMs) {
      problems.push({ code: 'time', where, message: `It was written ${time - record.ts} ms before its id was drawn` })
    }
    newest = Math.max(newest, time)
  }
  return problems
}

function checkPolicies(leaves: readonly PlacedLeaf[], { policies }: RecordChecks): Problem[] {
  return leaves.flatMap(({ leaf, record }): Problem[] => {
    const digest = record?.policy?.digest
    if (policies === undefined || digest === undefined || policies.has(digest)) return []
    return [{ code: 'policy', where: `${leaf.id}#${leaf.k}`, message: `Decided by ${digest}, which is not known` }]
  })
}

/** Every intent has its outcome, and no outcome of a sent request is without its intent. */
function pairOutcomes(leaves: ReadonlyMap<string, PlacedLeaf>, { outcomeDueMs }: RecordChecks) {
  const problems: Problem[] = []
  const openIntents: string[] = []
  let newest = 0
  for (const { leaf } of leaves.values()) newest = Math.max(newest, recordTime(leaf.id))
  for (const { leaf, record } of leaves.values()) {
    const { id, k } = leaf
    if (k === 'I' && !leaves.has(`${id}#O`)) {
      const age = newest - recordTime(id)
      if (age <= outcomeDueMs) openIntents.push(id)
      else problems.push({ code: 'no-outcome', where: `${id}#I`, message: `No outcome for ${age} ms of log time` })
    }
    // An attempt that died between its claim and its intent has an outcome alone: that it was never sent.
    if (k === 'O' && !leaves.has(`${id}#I`) && record && record.result !== 'ABORTED_NOT_SENT') {
      problems.push({ code: 'no-intent', where: `${id}#O`, message: `${record.result} without an intent` })
    }
  }
  return { openIntents, problems }
}
