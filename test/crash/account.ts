import { storeBlobs } from '../../lib/log/blobs.ts'
import { exportBundle } from '../../lib/log/bundle.ts'
import { readPublished } from '../../lib/log/log-store.ts'
import { verifyBundle } from '../../lib/log/verify-bundle.ts'
import { fingerprint, sameFingerprint } from '../../lib/trail/attempt.ts'
import type { RecordItem } from '../../lib/trail/ledger.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import type { IntentRecord, OutcomeRecord, TrailRecord } from '../../lib/trail/record.ts'
import type { Item } from '../../lib/trail/store.ts'
import { keys, SHARDS, SIGNER, VERIFIER_KEY } from './fixed.ts'
import type { Entry } from './script.ts'

const APPLIED = new Set<OutcomeRecord['result']>(['SUCCEEDED', 'APPLIED'])

/**
 * Holds a table in which everything has settled against what really happened upstream, and its log against an auditor.
 *
 * @param items Everything in the table.
 * @param journal What the upstream wrote down.
 * @returns What is wrong, in a sentence each.
 */
export async function account(items: readonly Item[], journal: readonly Entry[]): Promise<string[]> {
  const records = recordsOf(items)
  return [
    ...items.filter(({ pk }) => pk.startsWith('OPEN#')).map(({ sk }) => `${sk} is still claimed`),
    ...outcomeProblems(records),
    ...historyProblems(records, journal),
    ...(await logProblems(items, records.length)),
  ]
}

export function recordsOf(items: readonly Item[]): TrailRecord[] {
  return items.filter(({ pk }) => pk.startsWith('S#')).map((item) => (item as RecordItem).record)
}

function outcomeProblems(records: readonly TrailRecord[]): string[] {
  const intents = new Set(records.filter(isIntent).map(({ id }) => id))
  const calls = new Set(records.filter(isCall).map(({ id }) => id))
  const outcomes = records.filter(isOutcome)
  const settled = new Set(outcomes.map(({ id }) => id))
  return [
    ...[...intents].filter((id) => !settled.has(id)).map((id) => `${id} has no outcome`),
    ...outcomes.flatMap(({ id, result }) => {
      if (result === 'UNKNOWN' && calls.has(id)) return []
      if (result === 'UNKNOWN' || result === 'SUPERSEDED' || result === 'TARGET_GONE') return [`${id} is ${result}`]
      return intents.has(id) || result === 'ABORTED_NOT_SENT' ? [] : [`${id} is ${result} without an intent`]
    }),
  ]
}

function historyProblems(records: readonly TrailRecord[], journal: readonly Entry[]): string[] {
  const intents = new Map(records.filter(isIntent).map((intent) => [`${intent.id}.1`, intent]))
  const results = new Map(records.filter(isOutcome).map(({ id, result }) => [`${id}.1`, result]))
  const problems: string[] = []
  const applied = new Map<string, Entry & { what: 'applied' }>()
  const latest = new Map<string, IntentRecord>()
  for (const entry of journal) {
    const { tag, target } = entry
    const intent = intents.get(tag)
    if (!intent) {
      problems.push(`${tag} reached ${target} without an intent`)
      continue
    }
    if (entry.what === 'received') {
      if (results.get(tag) === 'ABORTED_NOT_SENT') problems.push(`${tag} was sent, and is recorded as never sent`)
      continue
    }
    // A network that delivers twice in a row changes nothing by the second time.
    if (applied.has(tag) && latest.get(target) === intent) continue
    if (applied.has(tag)) problems.push(`${tag} was applied again, over another change`)
    applied.set(tag, entry)
    if (!entry.integration) continue
    const before = latest.get(target)?.intended ?? { present: false }
    if (!intent.before || !sameFingerprint(intent.before, before)) problems.push(`${tag} replaced another integration`)
    const made = fingerprint(entry.integration, intent.target.resourceId ?? '', keys)
    if (!intent.intended || !sameFingerprint(intent.intended, made)) problems.push(`${tag} made something else`)
    latest.set(target, intent)
  }
  for (const [tag, result] of results) {
    if (result !== 'UNKNOWN' && APPLIED.has(result) !== applied.has(tag))
      problems.push(`${tag} is ${result}, and was applied: ${applied.has(tag)}`)
  }
  return problems
}

/** What an auditor says of the log, all of which must be sealed. */
async function logProblems(items: readonly Item[], records: number): Promise<string[]> {
  const store = memoryStore()
  for (const item of items) await store.create(item)
  const head = await readPublished(store)
  if (!head) return ['nothing was sealed']
  const files = new Map<string, Uint8Array>()
  const source = { store, blobs: storeBlobs(store), shards: SHARDS, head, verifierKey: SIGNER.verifierKey }
  for await (const { path, bytes } of exportBundle(source)) {
    files.set(path, Buffer.concat([files.get(path) ?? new Uint8Array(), bytes]))
  }
  const report = verifyBundle(files, { logKeys: [VERIFIER_KEY] })
  return [
    ...report.problems.map(({ code, where, message }) => `log: ${code} at ${where}: ${message}`),
    ...report.openIntents.map((id) => `log: ${id} has no outcome yet`),
    ...report.missingRecords.map(({ id, kind }) => `log: ${id}#${kind} is not in the table`),
    ...(report.records === records ? [] : [`log: ${report.records} of ${records} records are sealed`]),
  ]
}

function isIntent(record: TrailRecord): record is IntentRecord {
  return record.kind === 'I'
}

/** Of an operation beside integrations, of which nothing can be looked up. */
function isCall(record: TrailRecord): boolean {
  return isIntent(record) && record.call !== undefined
}

function isOutcome(record: TrailRecord): record is OutcomeRecord {
  return record.kind === 'O'
}
