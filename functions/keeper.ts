import { readFileSync } from 'node:fs'
import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import * as z from 'zod/mini'
import { deployedParts, setting } from '../lib/aws/deployed-parts.ts'
import { kmsSigner } from '../lib/aws/kms-signer.ts'
import { type Keeper, runKeeper } from '../lib/keeper/run.ts'
import { storeBlobs } from '../lib/log/blobs.ts'
import { keeperEmf } from '../lib/observe/emf.ts'
import { emit } from '../lib/observe/emit.ts'
import { readFeedState } from '../lib/trail/feeds.ts'

/** All that the log says of the policy: which one it began under. */
const PublishedDigest = z.object({ digest: z.string() })

/** Names the lines and the metrics of one installation. */
const service = process.env.POWERTOOLS_SERVICE_NAME ?? 'sallyport'
const logger = new Logger({ serviceName: service })
const { ledger, controlPlane } = deployedParts(logger)
const { store, shards } = ledger
const log = {
  store,
  blobs: storeBlobs(store),
  shards,
  origin: setting('SALLYPORT_LOG_ORIGIN'),
  table: setting('SALLYPORT_TABLE'),
  policy: PublishedDigest.parse(JSON.parse(readFileSync(setting('SALLYPORT_POLICY'), 'utf8'))).digest,
}
const signer = await kmsSigner(setting('SALLYPORT_LOG_KEY'), log.origin)
const keeper: Keeper = {
  ledger,
  controlPlane,
  log: { ...log, signers: [signer] },
  alarm: (event, members) => logger.error(event, members),
}

/** What a step that has begun may still take, in milliseconds. */
const RESERVE_MS = 15_000

/** Settles what the gate left open, seals the trail and feeds its listings. Runs on a schedule; overlapping is safe. */
export const handler = middy<unknown, void, Error, Context>()
  .use(injectLambdaContext(logger, { logEvent: false }))
  .handler(async (_event, context) => {
    const report = await runKeeper(keeper, Date.now() + context.getRemainingTimeInMillis() - RESERVE_MS)
    logger.info('keeper_run', { report })
    const fed = await readFeedState(store, ledger.keys)
    const now = Date.now()
    emit(
      keeperEmf(service, now, {
        failedSteps: report.failed.length,
        waiting: report.recovery?.waiting.length ?? 0,
        ...(fed?.upTo !== undefined && { lagSeconds: Math.round((now - fed.upTo) / 1000) }),
      }),
    )
    // A failed run shows in the function's own error count as well.
    if (report.failed.length > 0) throw new Error(`Failed: ${report.failed.join(', ')}`)
  })
