import { Hono } from 'hono'
import { TABLE_KEY } from '../trail/item-key.ts'
import type { Gate } from './gate.ts'

/** What a gate needs to answer with anything but a refusal. */
type Check = 'policy' | 'table' | 'issuerKeys'

export interface Readiness {
  status: 'ready' | 'not-ready'
  checks: Record<Check, 'ok' | 'failing'>
}

/** How long an answer is good for: whoever asks more often, without a token, looks at nothing. */
const FRESH_MS = 5_000
/** A part that needs longer counts as failing. */
const PATIENCE_MS = 2_000

/**
 * `GET /healthz`: the process answers. `GET /readyz`: it could also do its work; 503 names what is missing, in one word
 * each, since anybody may ask. Neither needs a token, so neither costs more than a look every few seconds.
 */
export function healthRoutes(gate: Gate): Hono {
  const routes = new Hono()
  const readiness = rememberedReadiness(gate)
  routes.get('/healthz', (c) => c.json({ status: 'ok' }, 200, { 'cache-control': 'no-store' }))
  routes.get('/readyz', async (c) => {
    const found = await readiness()
    return c.json(found, found.status === 'ready' ? 200 : 503, { 'cache-control': 'no-store' })
  })
  return routes
}

function rememberedReadiness(gate: Gate): () => Promise<Readiness> {
  let last: { at: number; found: Promise<Readiness> } | undefined
  return () => {
    const now = gate.now()
    // A clock that was set back makes an old answer look young.
    if (!last || now - last.at >= FRESH_MS || now < last.at) last = { at: now, found: look(gate) }
    return last.found
  }
}

async function look(gate: Gate): Promise<Readiness> {
  const [policy, table, issuerKeys] = await Promise.all([
    passes(async () => gate.policy() !== undefined),
    passes(async () => {
      await gate.ledger.store.read(TABLE_KEY.pk, TABLE_KEY.sk)
      return true
    }),
    passes(async () => (await gate.issuerKeys?.()) ?? true),
  ])
  const isReady = policy && table && issuerKeys
  return {
    status: isReady ? 'ready' : 'not-ready',
    checks: { policy: word(policy), table: word(table), issuerKeys: word(issuerKeys) },
  }
}

async function passes(check: () => Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), PATIENCE_MS)
  })
  try {
    return await Promise.race([check(), late])
  } catch {
    return false
  } finally {
    clearTimeout(timer)
  }
}

function word(passed: boolean): 'ok' | 'failing' {
  return passed ? 'ok' : 'failing'
}
