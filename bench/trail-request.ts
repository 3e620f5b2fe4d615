import { randomBytes } from 'node:crypto'
import { importJWK, jwtVerify } from 'jose'
import type { Integration } from '../lib/apigateway/integration.ts'
import type { ControlPlane } from '../lib/control-plane/control-plane.ts'
import { compilePolicy } from '../lib/decision/compile/compile.ts'
import { decide } from '../lib/decision/decide.ts'
import type { ChangeAttempt } from '../lib/trail/attempt.ts'
import { change } from '../lib/trail/change.ts'
import { recordDenial } from '../lib/trail/denial.ts'
import { openLedger } from '../lib/trail/ledger.ts'
import { trailKeys } from '../lib/trail/trail-keys.ts'
import { publishPolicy } from '../scripts/policy.ts'
import { instantStore } from './instant-store.ts'
import { median } from './quantile.ts'
import { startSigner } from './tokens.ts'

const target = { restApiId: 'a1b2c3d4e5', resourceId: '9x8y7z', httpMethod: 'GET' } as const
const upstream = { latencyMs: 1 }
const before: Integration = { type: 'MOCK' }
const allowed: Integration = {
  type: 'HTTP_PROXY',
  httpMethod: 'GET',
  uri: 'https://ledger.payments.acme.internal/v1/orders',
  connectionType: 'VPC_LINK',
  connectionId: 'vl-pay01',
  timeoutInMillis: 5000,
  passthroughBehavior: 'WHEN_NO_MATCH',
}
const refused: Integration = { ...allowed, timeoutInMillis: 20_000 }

const controlPlane: Pick<ControlPlane, 'getIntegration' | 'change'> = {
  async getIntegration() {
    return { kind: 'done', status: 200, integration: before, upstream }
  },
  async change(_change, { fence }) {
    await fence()
    return { kind: 'done', status: 201, integration: allowed, upstream }
  },
}

/** Processor time of a denied and an allowed request, with the trail and without, in units of one ES256 verification. */
export async function benchRequests(rounds: number, requests: number): Promise<void> {
  const policy = await compilePolicy(await publishPolicy('examples/policy.yaml'))
  const keys = trailKeys(randomBytes(32), randomBytes)
  const ledger = openLedger({ store: instantStore(), keys, shards: 64, log: () => {} })
  const signer = await startSigner()
  const key = await importJWK(JSON.parse(signer.publicJwk), 'ES256')
  const token = await signer.sign()
  const { revision, digest } = policy.published

  const judge = (integration: Integration, replaced: Integration | null) =>
    decide(
      policy,
      { ...target, integration, before: replaced, partition: 'aws', region: 'eu-west-1' },
      { team: 'payments', claims: { groups: ['payments-dev'] }, point: 'request', now: Date.now() },
    )
  let arrived = 0
  const attempt = (): ChangeAttempt => ({
    id: ledger.newId(),
    receivedAt: Date.now(),
    actor: { iss: 'https://issuer.example', sub: 'ci@payments', clientId: 'bench', tokenHash: 'x'.repeat(43) },
    team: 'payments',
    roles: [],
    target: { account: '111111111111', region: 'eu-west-1', ...target, resourceId: `r${arrived++}` },
    action: 'PutIntegration',
    client: { userAgent: 'Boto3/1.43' },
    gate: { version: 'bench' },
    policy: { revision, digest },
    requestHash: '0'.repeat(64),
  })
  const put = { operation: 'PutIntegration', target, integration: allowed } as const
  const signal = new AbortController().signal

  const cases: Record<string, () => Promise<unknown>> = {
    'one ES256 verification': () => jwtVerify(token, key),
    'denied, without': async () => judge(refused, null),
    'denied, with': () => recordDenial(ledger, attempt(), { decision: judge(refused, null), intended: refused }),
    'allowed, without': async () => {
      await controlPlane.getIntegration(target, signal)
      judge(allowed, before)
      await controlPlane.change(put, { tag: '', fence: async () => {}, signal })
    },
    'allowed, with': () =>
      change(ledger, attempt(), {
        controlPlane,
        deadline: Date.now() + 20_000,
        prepare: (found) => ({ kind: 'forward', change: put, intended: allowed, decision: judge(allowed, found) }),
        again: () => undefined,
      }),
  }
  const measured = new Map<string, number[]>(Object.keys(cases).map((name) => [name, []]))
  for (let round = -2; round < rounds; round++) {
    for (const [name, run] of Object.entries(cases)) {
      const started = process.cpuUsage()
      for (let i = 0; i < requests; i++) await run()
      const { user, system } = process.cpuUsage(started)
      if (round >= 0) measured.get(name)?.push((user + system) / requests)
    }
  }
  const unit = measured.get('one ES256 verification') ?? []
  console.log(`\nProcessor time of one request, median of ${rounds} rounds of ${requests}`)
  console.log(`${''.padEnd(26)}${'µs'.padStart(10)}${'× ES256'.padStart(10)}`)
  for (const [name, each] of measured) {
    const ratio = median(each.map((value, round) => value / (unit[round] ?? Number.NaN)))
    console.log(`${name.padEnd(26)}${median(each).toFixed(0).padStart(10)}${ratio.toFixed(2).padStart(10)}`)
  }
}
