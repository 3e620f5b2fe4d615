import { storeBlobs } from '../log/blobs.ts'
import { withCosignatures } from '../log/cosigned.ts'
import { LATE_AFTER_MS, SEAL_AFTER_MS } from '../log/gather.ts'
import { readPublished } from '../log/log-store.ts'
import { proveRecord } from '../log/record-proof.ts'
import { RECORD_KINDS } from '../trail/item-key.ts'
import { recordTime } from '../trail/record-id.ts'
import type { Story } from '../trail/story.ts'
import type { Gate } from './gate.ts'
import { problem } from './problem.ts'
import { instant } from './trail-visit.ts'

/** How often a keeper runs, at most. */
const KEEPER_MS = 60_000

/**
 * Answers with the proof that the log has a record (C2SP tlog-proof@v1), the record's salt as its extra data.
 *
 * @param asked Which record of a request; the first unless `kind` says otherwise. `story` is absent where it was erased.
 */
export async function serveProof(
  gate: Gate,
  id: string,
  { wanted, story, kind: named }: { wanted: string; story: Story | undefined; kind: string | undefined },
): Promise<Response> {
  const { ledger } = gate
  const kinds = named === undefined ? (story?.records.map((record) => record.kind) ?? RECORD_KINDS) : [named]
  const known = RECORD_KINDS.filter((kind) => kinds.includes(kind))
  if (known.length === 0) return problem(id, 'invalid-request', `kind must be one of ${RECORD_KINDS.join(', ')}.`)
  const head = await readPublished(ledger.store)
  const parts = { store: ledger.store, blobs: storeBlobs(ledger.store), shards: ledger.shards }
  const checkpoint = head && (await withCosignatures(ledger.store, head, gate.witnessKeys ?? []))
  for (const kind of story ? known.slice(0, 1) : known) {
    const proof = checkpoint && (await proveRecord(parts, checkpoint, wanted, kind))
    if (proof) {
      return new Response(proof, {
        headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
      })
    }
  }
  const record = story?.records.find((each) => known.includes(each.kind))
  if (!record) return problem(id, 'not-found', 'The trail has no such record.')
  const sealedBy = expectedAt(record.kind === 'O' ? record.ts : recordTime(wanted), gate.now())
  const seconds = Math.max(1, Math.ceil((sealedBy - gate.now()) / 1000))
  return problem(id, 'not-sealed', `The log is to have it by ${instant(sealedBy)}.`, { 'retry-after': String(seconds) })
}

/** A record that missed its time is found by the search for late ones. */
function expectedAt(time: number, now: number): number {
  const expected = time + SEAL_AFTER_MS + KEEPER_MS
  return now < expected ? expected : Math.max(time + LATE_AFTER_MS, now) + KEEPER_MS
}
