import { randomBytes } from 'node:crypto'
import type { Hono } from 'hono'
import type { ControlPlane } from '../../lib/control-plane/control-plane.ts'
import { compilePolicy } from '../../lib/decision/compile/compile.ts'
import { NO_CALLER_LIMIT } from '../../lib/fairness/caller-limit.ts'
import { UNLIMITED } from '../../lib/fairness/quota.ts'
import { createApp } from '../../lib/gate/app.ts'
import type { VerifyToken } from '../../lib/identity/caller.ts'
import type { PublishedPolicy } from '../../lib/policy/document/published.ts'
import { requestCounter } from '../../lib/trail/aggregate.ts'
import type { Ledger } from '../../lib/trail/ledger.ts'
import type { Line } from './orders.ts'

const CALL_MS = 15_000

/** Whoever brings a token is who it says: what is tested here begins behind authentication. */
const verify: VerifyToken = async (token) => ({
  ok: true,
  caller: {
    issuer: 'https://issuer.example',
    subject: token,
    claims: { groups: ['payments-ci'] },
    roles: new Set(),
    expiresAt: Number.MAX_SAFE_INTEGER,
    tokenHash: 'dG9rZW4',
  },
})

export async function gateOn(
  ledger: Ledger,
  controlPlane: ControlPlane,
  published: PublishedPolicy,
  lines: Line[],
): Promise<Hono> {
  const policy = await compilePolicy(published)
  return createApp(
    {
      verify,
      policy: () => policy,
      ledger,
      counter: requestCounter(ledger),
      controlPlane,
      quota: UNLIMITED,
      callers: NO_CALLER_LIMIT,
      now: ledger.now,
      api: { account: '111111111111', partition: 'aws', region: 'eu-west-1' },
      version: 'test',
      log: (event, members) => void lines.push({ event, members }),
    },
    () => ({ deadline: ledger.now() + CALL_MS, awsRequestId: randomBytes(4).toString('hex') }),
  )
}
