import type { ControlPlane } from '../control-plane/control-plane.ts'
import { SEAL_AFTER_MS } from '../log/gather.ts'
import { keepVerifierKeys } from '../log/log-store.ts'
import { type Log, sequence } from '../log/sequencer.ts'
import { type RecoveryReport, recover } from '../trail/keeper.ts'
import type { Ledger } from '../trail/ledger.ts'
import { type Projection, project } from './project.ts'

/** What a keeper works with. */
export interface Keeper {
  ledger: Ledger
  controlPlane: Pick<ControlPlane, 'getIntegration' | 'at'>
  log: Log
  /** One structured line for operators; alarms hang on `event`. */
  alarm(event: KeeperEvent, members: Record<string, unknown>): void
  /** Milliseconds from the fence until a signed request counts as dead; 20 minutes unless told. */
  graceMs?: number
}

export type KeeperEvent =
  /** Records came into the log long after their time: a clock is wrong, or someone writes them by hand. */
  | 'log_late'
  /** Items among the evidence that are no records: someone planted or damaged them. */
  | 'log_unreadable'
  /** What is stored is not what the log committed to. Nothing is sealed until someone has looked. */
  | 'log_damaged'
  /** A gate's clock and API Gateway's disagree by more than {@link MOST_SKEW_MS}. */
  | 'clock_skew'
  /** One of the steps failed; the others went on, and the next run tries again. */
  | 'keeper_step_failed'

/** What one run did. A step that failed has left nothing here. */
export interface KeeperReport {
  recovery?: RecoveryReport
  /** Leaves of the log, and how many of them this run added. `lost`: another keeper was faster. */
  log?: { size: number; added: number } | 'lost' | 'damaged'
  projection?: Projection
  failed: ('recover' | 'sequence' | 'project')[]
}

/**
 * Records are sealed by the keeper's clock, 90 s after the time that a gate gave them, and a gate writes up to 20 s
 * after that time: a gate may be behind the keeper by 70 s before its records come late. This leaves room.
 */
export const MOST_SKEW_MS = 30_000

/**
 * One run of the keeper: settles what gates left behind, then brings log and feeds up to date. In this order, so that
 * an outcome it settles is sealed by the same run. Several may run at once, and each may die anywhere: every step is
 * conditional writes that one of them wins, or that may be repeated.
 *
 * @param until Unix milliseconds at which to begin nothing more; the next run goes on from there.
 */
export async function runKeeper(keeper: Keeper, until: number): Promise<KeeperReport> {
  const { ledger, controlPlane, log, graceMs } = keeper
  const report: KeeperReport = { failed: [] }
  const attempt = async (step: KeeperReport['failed'][number], act: () => Promise<void>) => {
    try {
      await act()
    } catch (error) {
      report.failed.push(step)
      keeper.alarm('keeper_step_failed', { step, reason: error instanceof Error ? error.message : 'unknown' })
    }
  }

  await attempt('recover', async () => {
    report.recovery = await recover(ledger, { controlPlane, ...(graceMs !== undefined && { graceMs }) })
  })
  let caughtUpTo: number | undefined
  await attempt('sequence', async () => {
    await keepVerifierKeys(
      log.store,
      log.signers.map(({ verifierKey }) => verifierKey),
    )
    caughtUpTo = await seal(keeper, until, report)
  })
  if (report.log === 'damaged') return report
  await attempt('project', async () => {
    const { skew, ...projection } = await project(ledger, log.blobs, {
      until,
      ...(caughtUpTo !== undefined && { caughtUpTo }),
    })
    report.projection = { ...projection, ...(skew && { skew }) }
    if (skew && Math.abs(skew.skewMs) > MOST_SKEW_MS) keeper.alarm('clock_skew', { ...skew })
  })
  return report
}

/** @returns Unix milliseconds up to which the log now holds every request; `undefined` where there is more to seal. */
async function seal({ ledger, log, alarm }: Keeper, until: number, report: KeeperReport): Promise<number | undefined> {
  let added = 0
  do {
    const now = ledger.now()
    const step = await sequence(log, now)
    if (step.outcome === 'damaged') {
      alarm('log_damaged', { reason: step.reason })
      report.log = 'damaged'
      return undefined
    }
    if (step.outcome === 'lost') {
      report.log = 'lost'
      return undefined
    }
    added += step.added
    report.log = { size: step.size, added }
    if (step.late.length > 0) alarm('log_late', { records: step.late })
    if (step.unreadable.length > 0) alarm('log_unreadable', { items: step.unreadable })
    if (!step.more) return now - SEAL_AFTER_MS - 1
  } while (ledger.now() < until)
  return undefined
}
