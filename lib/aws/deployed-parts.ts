import { createHash, randomBytes } from 'node:crypto'
import type { Logger } from '@aws-lambda-powertools/logger'
import type { ControlPlane } from '../control-plane/control-plane.ts'
import { type Quota, sharedQuota } from '../fairness/quota.ts'
import { type Ledger, openLedger } from '../trail/ledger.ts'
import { trailKeys } from '../trail/trail-keys.ts'
import { dynamodbClient, dynamodbStore } from './dynamodb-store.ts'

/** How many partitions a deployed trail is spread over. Fixed with the first record. */
const SHARDS = 64

/** What both functions work with, from their environment. */
export function deployedParts(logger: Logger): {
  ledger: Ledger
  controlPlane: ControlPlane
  quota: Quota
  api: { account: string; partition: string; region: string }
} {
  // The secret's text, of whatever length and alphabet, becomes a key of the right size.
  const secret = createHash('sha256').update(setting('SALLYPORT_TRAIL_SECRET')).digest()
  const region = setting('AWS_REGION')
  const store = dynamodbStore({ client: dynamodbClient(), table: setting('SALLYPORT_TABLE') })
  return {
    ledger: openLedger({
      store,
      keys: trailKeys(secret, randomBytes),
      shards: SHARDS,
      log: (event, members) => logger.error(event, members),
    }),
    controlPlane: lazyControlPlane(),
    quota: sharedQuota(store, Date.now),
    api: { account: setting('SALLYPORT_ACCOUNT_ID'), partition: setting('SALLYPORT_PARTITION'), region },
  }
}

/** @throws where it is missing: a function that guesses its configuration must not start. */
export function setting(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`The environment variable ${name} is not set`)
  return value
}

/** The SDK's client is loaded with the first call upstream: a denial, most of what a gate answers, needs none. */
function lazyControlPlane(): ControlPlane {
  let loaded: Promise<ControlPlane> | undefined
  const load = () => {
    loaded ??= import('./api-gateway.ts').then(({ apiGatewayControlPlane }) => apiGatewayControlPlane({}))
    return loaded
  }
  return {
    getIntegration: async (target, signal) => (await load()).getIntegration(target, signal),
    change: async (change, options) => (await load()).change(change, options),
    read: async (call, signal) => (await load()).read(call, signal),
    perform: async (call, options) => (await load()).perform(call, options),
  }
}
