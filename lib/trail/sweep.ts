import { type Claim, claimKeyOf, LEASE_MS } from './claim.ts'
import { latePointerKey, recordKey, SWEEP_KEY, shardKey } from './item-key.ts'
import { type Ledger, type RecordItem, recordItem } from './ledger.ts'
import { notSentOutcome } from './outcome.ts'
import type { IntentRecord } from './record.ts'
import { highestAt, lowestAt } from './record-id.ts'
import type { Item } from './store.ts'

/** How far the sweep has come: Unix milliseconds up to which no orphan is left. */
interface SweepState extends Item {
  upTo: number
  rev: number
}

/** Clocks of gates and keepers may disagree by this much. */
const OVERLAP_MS = 60_000

/**
 * Settles intents that have no claim: their gate was told that the write failed though it had not, let go and sent
 * nothing. Such an attempt can't pass the fence any more.
 *
 * @returns How many were settled.
 * @throws {StoreUnavailable} The next run starts where this one did.
 */
export async function sweepOrphans(ledger: Ledger): Promise<number> {
  const stored = (await ledger.store.read(SWEEP_KEY.pk, SWEEP_KEY.sk)) as SweepState | undefined
  const upTo = ledger.now() - LEASE_MS
  const from = Math.max((stored?.upTo ?? 0) - OVERLAP_MS, 0)
  let orphans = 0
  for (let shard = 0; shard < ledger.shards; shard++) orphans += await sweepShard(ledger, shard, from, upTo)
  const next: SweepState = { ...SWEEP_KEY, upTo, rev: stored?.rev ?? 0 }
  // Where another keeper was faster, its position holds.
  if (stored) await ledger.store.replace(next, stored.rev)
  else await ledger.store.create(next)
  return orphans
}

async function sweepShard(ledger: Ledger, shard: number, from: number, upTo: number): Promise<number> {
  let orphans = 0
  let open: IntentRecord | undefined
  let after: string | undefined
  do {
    const range = { pk: shardKey(shard), from: lowestAt(from), to: highestAt(upTo) }
    const page = await ledger.store.list({ ...range, ...(after !== undefined && { after }) })
    for (const { record } of page.items as RecordItem[]) {
      // An outcome sorts directly behind its intent.
      if (open && open.id !== record.id) orphans += await settleOrphan(ledger, open)
      open = record.kind === 'I' ? record : undefined
    }
    after = page.next
  } while (after !== undefined)
  if (open) orphans += await settleOrphan(ledger, open)
  return orphans
}

async function settleOrphan(ledger: Ledger, intent: IntentRecord): Promise<number> {
  const { pk, sk } = claimKeyOf(intent)
  const claim = (await ledger.store.read(pk, sk)) as Claim | undefined
  if (claim?.openId === intent.id) return 0
  // Read after the claim: an attempt that ended meanwhile wrote its outcome before it let go.
  const outcome = recordKey(intent.id, 'O', ledger.shards)
  if (await ledger.store.read(outcome.pk, outcome.sk)) return 0
  await ledger.store.create({ ...latePointerKey(intent.id), at: ledger.now(), rev: 0 })
  const settled = notSentOutcome(ledger, intent.id, { writtenBy: 'keeper', evidence: 'SWEEP' })
  return (await ledger.store.create(recordItem(ledger, settled))) ? 1 : 0
}
