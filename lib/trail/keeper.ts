import type { ControlPlane } from '../control-plane/control-plane.ts'
import { fingerprint } from './attempt.ts'
import { type Claim, GRACE_MS } from './claim.ts'
import { CLAIM_PARTITIONS, claimPartition, latePointerKey, type MethodTarget } from './item-key.ts'
import { type Ledger, readRecord, recordItem } from './ledger.ts'
import { notSentOutcome, type Observation, observation } from './outcome.ts'
import type { Fingerprint, IntentRecord, OutcomeRecord, Result } from './record.ts'
import { settle } from './settlement.ts'
import { sweepOrphans } from './sweep.ts'

export interface Recovery {
  controlPlane: Pick<ControlPlane, 'getIntegration' | 'at'>
  /** Milliseconds from the fence until a signed request counts as dead; {@link GRACE_MS} unless told. */
  graceMs?: number
  /** Milliseconds a look at a target may take; 5,000 unless told. */
  observeMs?: number
}

/** What one run found and did. */
export interface RecoveryReport {
  /** Claims seen. */
  claims: number
  /** Claims whose lease runs: left alone. */
  held: number
  /** Attempts stopped before sending. */
  aborted: number
  /** Attempts settled by looking at the target, by result. */
  settled: Partial<Record<Result, number>>
  /** Attempts that may have been sent and can't be settled yet, with the time at which they can be. */
  waiting: { id: string; target: Claim['target']; until: number }[]
  released: number
  /** Intents without a claim that never reached the fence. */
  orphans: number
  /** Items this run could not finish with; the next one tries again. */
  failed: number
}

/**
 * Gives every intent that was left behind its one outcome, and frees its method. Every step is one conditional write
 * or can be repeated, so keepers may run at once and may die anywhere.
 *
 * @throws {StoreUnavailable} where the claims can't be listed.
 */
export async function recover(ledger: Ledger, recovery: Recovery): Promise<RecoveryReport> {
  const report: RecoveryReport = {
    claims: 0,
    held: 0,
    aborted: 0,
    settled: {},
    waiting: [],
    released: 0,
    orphans: 0,
    failed: 0,
  }
  for (let index = 0; index < CLAIM_PARTITIONS; index++) {
    for await (const claim of claimsIn(ledger, index)) {
      report.claims++
      await guarded(ledger, report, claim.openId, () => settleClaim(ledger, recovery, claim, report))
    }
  }
  await guarded(ledger, report, 'sweep', async () => {
    report.orphans += await sweepOrphans(ledger)
  })
  return report
}

async function guarded(ledger: Ledger, report: RecoveryReport, id: string, step: () => Promise<void>): Promise<void> {
  try {
    await step()
  } catch (error) {
    report.failed++
    ledger.log('keeper_item_failed', { id, reason: error instanceof Error ? error.message : 'unknown' })
  }
}

async function* claimsIn(ledger: Ledger, index: number): AsyncGenerator<Claim> {
  let after: string | undefined
  do {
    const page = await ledger.store.list({ pk: claimPartition(index), ...(after !== undefined && { after }) })
    yield* page.items as Claim[]
    after = page.next
  } while (after !== undefined)
}

async function settleClaim(ledger: Ledger, recovery: Recovery, claim: Claim, report: RecoveryReport): Promise<void> {
  const outcome = await readRecord(ledger, claim.openId, 'O')
  if (!outcome && ledger.now() < claim.lease) report.held++
  else if (outcome && !isGuess(outcome)) await release(ledger, claim, report)
  else if (claim.phase === 'SENDING') await settleSending(ledger, recovery, claim, outcome, report)
  else await abort(ledger, claim, report)
}

/** Whether the outcome was observed: the request itself may then still be on its way. */
function isGuess(outcome: OutcomeRecord): boolean {
  return outcome.evidence === 'OBSERVED'
}

async function release(ledger: Ledger, claim: Claim, report: RecoveryReport): Promise<void> {
  await pointAt(ledger, claim.openId)
  if (await ledger.store.remove(claim.pk, claim.sk, claim.rev)) report.released++
}

/** Tells the log of an outcome behind its cursor. Written before what it points at, or before that gets out of sight. */
async function pointAt(ledger: Ledger, id: string): Promise<void> {
  await ledger.store.create({ ...latePointerKey(id), at: ledger.now(), rev: 0 })
}

/** Stops an attempt that has not passed the fence, so that it never can. */
async function abort(ledger: Ledger, claim: Claim, report: RecoveryReport): Promise<void> {
  let stopped = claim
  if (claim.phase === 'CLAIMED') {
    // Lost to the gate, which then passed the fence or let go, or to another keeper: the next run sees which.
    if (!(await ledger.store.replace({ ...claim, phase: 'RECON' }, claim.rev))) return
    stopped = { ...claim, phase: 'RECON', rev: claim.rev + 1 }
  }
  // A refused request holds a claim for a moment too; its record is complete.
  if (!(await readRecord(ledger, claim.openId, 'D'))) {
    const { actor, team, action, target } = claim
    const outcome = notSentOutcome(ledger, claim.openId, {
      writtenBy: 'keeper',
      evidence: 'FENCE',
      claim: { actor, team, action, target },
    })
    if (await ledger.store.create(recordItem(ledger, outcome))) report.aborted++
  }
  await release(ledger, stopped, report)
}

async function settleSending(
  ledger: Ledger,
  recovery: Recovery,
  claim: Claim,
  known: OutcomeRecord | undefined,
  report: RecoveryReport,
): Promise<void> {
  const until = (claim.fencedAt ?? claim.lease) + (recovery.graceMs ?? GRACE_MS)
  const expired = ledger.now() >= until
  if (known) {
    if (expired) await release(ledger, claim, report)
    return
  }
  const intent = await readRecord(ledger, claim.openId, 'I')
  const waits = () => report.waiting.push({ id: claim.openId, target: claim.target, until })
  if (!intent?.intended || !comparable(intent, ledger)) {
    // A call that leaves nothing to compare with; or the intent was deleted, or its fingerprints were made with a key
    // that is no longer in use.
    if (!expired) return void waits()
    await conclude(ledger, report, { claim, result: 'UNKNOWN', note: noteOn(intent), release: true })
    return
  }
  const seen = observation(await look(recovery, claim))
  const observed = observedFingerprint(ledger, intent, seen)
  if (observed === 'unseen') return void waits()
  const before = intent.before ?? { present: false }
  const settlement = settle({ before, intended: intent.intended }, observed, expired)
  if (settlement.kind === 'wait') return void waits()
  await conclude(ledger, report, { claim, ...settlement, ...(observed && { observed }) })
}

function noteOn(intent: IntentRecord | undefined): string {
  if (!intent) return 'The intent is not there any more.'
  return intent.call
    ? `Nothing that API Gateway can be asked tells whether ${intent.operation} was applied: look at the API.`
    : 'The key that the intent was recorded with is no longer in use.'
}

function comparable({ before, intended }: IntentRecord, { keys }: Ledger): boolean {
  return [before?.mac, intended?.mac].every((mac) => mac === undefined || mac.startsWith(`hmac-sha256:${keys.keyId}:`))
}

async function look(recovery: Recovery, claim: Claim) {
  const { account, region, restApiId, resourceId, httpMethod } = claim.target as MethodTarget
  const controlPlane = recovery.controlPlane.at?.({ account, region }) ?? recovery.controlPlane
  const signal = AbortSignal.timeout(recovery.observeMs ?? 5_000)
  return controlPlane.getIntegration({ restApiId, resourceId, httpMethod }, signal)
}

/** @returns `undefined` where the target is gone, `unseen` where the answer tells nothing. */
function observedFingerprint(ledger: Ledger, intent: IntentRecord, seen: Observation) {
  switch (seen.kind) {
    case 'there':
      return fingerprint(seen.integration, intent.target.resourceId ?? '', ledger.keys)
    case 'none':
      return { present: false }
    case 'refused':
      return seen.answer.status === 404 ? undefined : 'unseen'
    case 'unknown':
      return 'unseen'
  }
}

async function conclude(
  ledger: Ledger,
  report: RecoveryReport,
  { claim, result, note, observed, release: done }: Conclusion,
): Promise<void> {
  await pointAt(ledger, claim.openId)
  const outcome: OutcomeRecord = {
    v: 1,
    id: claim.openId,
    kind: 'O',
    ts: ledger.now(),
    result,
    evidence: 'OBSERVED',
    writtenBy: 'keeper',
    attempt: 1,
    ...(claim.policy && { policy: claim.policy }),
    ...(observed && { observed }),
    ...(note !== undefined && { note }),
  }
  if (await ledger.store.create(recordItem(ledger, outcome))) {
    report.settled[result] = (report.settled[result] ?? 0) + 1
  }
  if (done) await release(ledger, claim, report)
}

interface Conclusion {
  claim: Claim
  result: Result
  note?: string
  observed?: Fingerprint
  release: boolean
}
