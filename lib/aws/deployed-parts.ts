import { createHash, randomBytes } from 'node:crypto'
import type { Logger } from '@aws-lambda-powertools/logger'
import type { ControlPlane } from '../control-plane/control-plane.ts'
import { placedControlPlane } from '../control-plane/places.ts'
import { type ApiPlace, parseMaxTimeout, parseTargets, placeOf, type Target } from '../control-plane/targets.ts'
import { type Quota, sharedQuota } from '../fairness/quota.ts'
import type { Gate } from '../gate/gate.ts'
import { type Ledger, openLedger } from '../trail/ledger.ts'
import { trailKeys } from '../trail/trail-keys.ts'
import { dynamodbClient, dynamodbStore } from './dynamodb-store.ts'

/** How many partitions a deployed trail is spread over. Fixed with the first record. */
const SHARDS = 64

/** What both functions work with, from their environment. */
export function deployedParts(logger: Logger): {
  ledger: Ledger
  controlPlane: ControlPlane
  targets: NonNullable<Gate['targets']>
  quota: Quota
  api: ApiPlace
} {
  // The secret's text, of whatever length and alphabet, becomes a key of the right size.
  const secret = createHash('sha256').update(setting('SALLYPORT_TRAIL_SECRET')).digest()
  const region = setting('AWS_REGION')
  const maxTimeoutMillis = parseMaxTimeout(process.env.SALLYPORT_MAX_TIMEOUT_MILLIS)
  const api = {
    account: setting('SALLYPORT_ACCOUNT_ID'),
    partition: setting('SALLYPORT_PARTITION'),
    region,
    ...(maxTimeoutMillis !== undefined && { maxTimeoutMillis }),
  }
  const targets = deployedTargets(process.env.SALLYPORT_TARGETS)
  const store = dynamodbStore({ client: dynamodbClient(), table: setting('SALLYPORT_TABLE') })
  return {
    ledger: openLedger({
      store,
      keys: trailKeys(secret, randomBytes),
      shards: SHARDS,
      log: (event, members) => logger.error(event, members),
    }),
    controlPlane: placedControlPlane({ api, controlPlane: lazyControlPlane(ownControlPlane) }, targets.values()),
    targets,
    quota: sharedQuota(store, Date.now),
    api,
  }
}

/** @throws where it is missing: a function that guesses its configuration must not start. */
export function setting(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`The environment variable ${name} is not set`)
  return value
}

/** The SDK's client is loaded with the first call upstream: a denial, most of what a gate answers, needs none. */
function lazyControlPlane(open: () => Promise<ControlPlane>): ControlPlane {
  let loaded: Promise<ControlPlane> | undefined
  const load = () => {
    loaded ??= open()
    return loaded
  }
  return {
    getIntegration: async (target, signal) => (await load()).getIntegration(target, signal),
    change: async (change, options) => (await load()).change(change, options),
    read: async (call, signal) => (await load()).read(call, signal),
    perform: async (call, options) => (await load()).perform(call, options),
  }
}

async function ownControlPlane(): Promise<ControlPlane> {
  const { apiGatewayControlPlane } = await import('./api-gateway.ts')
  return apiGatewayControlPlane({})
}

async function otherControlPlane(target: Target): Promise<ControlPlane> {
  const [{ targetControlPlane }, { stsSessions }] = await Promise.all([
    import('./target-control-plane.ts'),
    import('./scoped-sessions.ts'),
  ])
  return targetControlPlane(target, stsSessions())
}

/**
 * Other accounts and Regions, from `SALLYPORT_TARGETS`.
 *
 * @throws where it is not valid.
 */
export function deployedTargets(text = '{}'): NonNullable<Gate['targets']> {
  const parsed = parseTargets(JSON.parse(text))
  if (!parsed.ok) throw new Error(`SALLYPORT_TARGETS is not valid:\n${parsed.message}`)
  return new Map(
    Object.entries(parsed.value).map(([name, target]) => {
      const controlPlane = lazyControlPlane(() => otherControlPlane(target))
      return [name, { api: placeOf(target), controlPlane }]
    }),
  )
}
