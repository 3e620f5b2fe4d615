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

/** All that the log says of the policy: which one it began under. */
const PublishedDigest = z.object({ digest: z.string() })

const logger = new Logger({ serviceName: 'sallyport' })
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
  .use(injectLambdaContext(logger))
  .handler(async (_event, context) => {
    const report = await runKeeper(keeper, Date.now() + context.getRemainingTimeInMillis() - RESERVE_MS)
    logger.info('keeper_run', { report })
    // A failed run shows in the function's own error count as well.
    if (report.failed.length > 0) throw new Error(`Failed: ${report.failed.join(', ')}`)
  })
