import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import { deployedParts } from '../lib/aws/deployed-parts.ts'
import { recover } from '../lib/trail/keeper.ts'

const logger = new Logger({ serviceName: 'sallyport' })
const { ledger, controlPlane } = deployedParts(logger)

/** Settles what the gate left open. Runs on a schedule; runs that overlap are safe. */
export const handler = middy()
  .use(injectLambdaContext(logger))
  .handler(async () => {
    logger.info('keeper_run', { report: await recover(ledger, { controlPlane }) })
  })
