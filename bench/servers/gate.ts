import { randomBytes } from 'node:crypto'
import { serve } from '@hono/node-server'
import type { Integration } from '../../lib/apigateway/integration.ts'
import type { ControlPlane } from '../../lib/control-plane/control-plane.ts'
import { compilePolicy } from '../../lib/decision/compile/compile.ts'
import { NO_CALLER_LIMIT } from '../../lib/fairness/caller-limit.ts'
import { UNLIMITED } from '../../lib/fairness/quota.ts'
import { createApp } from '../../lib/gate/app.ts'
import { VERSION } from '../../lib/gate/version.ts'
import { parseIssuers } from '../../lib/identity/issuers.ts'
import { fixedKeys } from '../../lib/identity/keys.ts'
import { createVerifier } from '../../lib/identity/verify.ts'
import { requestCounter } from '../../lib/trail/aggregate.ts'
import { openLedger } from '../../lib/trail/ledger.ts'
import { trailKeys } from '../../lib/trail/trail-keys.ts'
import { publishPolicy } from '../../scripts/policy.ts'
import { instantStore } from '../instant-store.ts'
import { AUDIENCE, ISSUER } from '../tokens.ts'
import { announce, issuerKey } from './announce.ts'

// The gate whole, but for the network behind it: store and control plane answer at once.
const issuers = parseIssuers([{ issuer: ISSUER, audience: AUDIENCE, algorithms: ['ES256'], jwksUri: `${ISSUER}/jwks` }])
if (!issuers.ok) throw new Error(issuers.message)
const keys = fixedKeys({ keys: [issuerKey()] })

const integration: Integration = { type: 'MOCK' }
const controlPlane: ControlPlane = {
  async getIntegration() {
    return { kind: 'done', status: 200, integration, upstream: { latencyMs: 0 } }
  },
  async change(change, { fence }) {
    await fence()
    const stored = change.operation === 'PutIntegration' ? { integration: change.integration } : {}
    return { kind: 'done', status: 201, ...stored, upstream: { latencyMs: 0 } }
  },
  async read() {
    return { kind: 'done', status: 200, document: {}, upstream: { latencyMs: 0 } }
  },
  async perform(_call, { fence }) {
    await fence()
    return { kind: 'done', status: 201, document: {}, upstream: { latencyMs: 0 } }
  },
}

const policy = await compilePolicy(await publishPolicy('examples/policy.yaml'))
const log = () => {}
const ledger = openLedger({ store: instantStore(), keys: trailKeys(randomBytes(32), randomBytes), shards: 64, log })
const app = createApp(
  {
    verify: createVerifier({ issuers: issuers.value.map((issuer) => ({ issuer, keys })), now: Date.now }),
    policy: () => policy,
    ledger,
    counter: requestCounter(ledger),
    controlPlane,
    quota: UNLIMITED,
    callers: NO_CALLER_LIMIT,
    now: Date.now,
    api: { account: '111111111111', partition: 'aws', region: 'eu-west-1' },
    version: VERSION,
    log,
  },
  () => ({ deadline: Date.now() + 20_000 }),
)
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, announce)
