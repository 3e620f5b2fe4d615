import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Hono } from 'hono'
import { compilePolicy } from '../../lib/decision/compile/compile.ts'
import { NO_CALLER_LIMIT } from '../../lib/fairness/caller-limit.ts'
import { UNLIMITED } from '../../lib/fairness/quota.ts'
import { createApp } from '../../lib/gate/app.ts'
import { type Keeper, type KeeperReport, runKeeper } from '../../lib/keeper/run.ts'
import { storeBlobs } from '../../lib/log/blobs.ts'
import { formatSignerKey, parseSignerKey, parseVerifierKey, type Signer, type VerifierKey } from '../../lib/log/key.ts'
import { loadPolicySet } from '../../lib/policy/publish/load.ts'
import { requestCounter } from '../../lib/trail/aggregate.ts'
import { type Ledger, openLedger } from '../../lib/trail/ledger.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import { trailKeys } from '../../lib/trail/trail-keys.ts'
import { mint, NOW, verifierWith } from '../identity/minting.ts'
import { good, PATH, send } from './gate.ts'
import { type MemoryControlPlane, memoryControlPlane } from './memory-control-plane.ts'

export const LOG_ORIGIN = 'audit.example/gate'
export const LOG_SIGNER = signer(formatSignerKey(LOG_ORIGIN, 1, randomBytes(32)))
/** A key that the gate knows as a witness's, as it stands in a key file. */
export const WITNESS_KEY = formatSignerKey('witness.example/w1', 4, randomBytes(32))
export const WITNESS = signer(WITNESS_KEY)

function signer(text: string): Signer {
  const made = parseSignerKey(text)
  if (!made) throw new Error('not a signer key')
  return made
}

export function verifierKey({ verifierKey: text }: Signer): VerifierKey {
  const key = parseVerifierKey(text)
  if (!key) throw new Error('not a verifier key')
  return key
}

/** A gate and its keeper over parts in memory, with a clock that stands still until it is moved. */
export interface TrailService {
  app: Hono
  ledger: Ledger
  controlPlane: MemoryControlPlane
  clock: { now: number }
  lines: { event: string; members: Record<string, unknown> }[]
  /** What the keeper alarmed on. */
  alarms: string[]
  /** Lets two minutes pass and runs the keeper: everything there is gets sealed. */
  seal(): Promise<KeeperReport>
  /** Makes one allowed change; its id. */
  change(body?: object): Promise<string>
  /** Has one change denied; its id. */
  denial(): Promise<string>
}

export async function trailService({ isBuffered = false } = {}): Promise<TrailService> {
  const text = readFileSync('examples/policy.yaml', 'utf8')
  const loaded = loadPolicySet(text, { file: 'examples/policy.yaml', revision: 7 })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const policy = await compilePolicy(loaded.published)
  const clock = { now: NOW * 1000 }
  const now = () => clock.now
  const lines: TrailService['lines'] = []
  const note = (event: string, members: Record<string, unknown>) => void lines.push({ event, members })
  const store = memoryStore()
  const ledger = openLedger({ store, keys: trailKeys(randomBytes(32), randomBytes), shards: 8, now, log: note })
  const controlPlane = memoryControlPlane()
  const app = createApp(
    {
      verify: verifierWith(
        {
          roles: {
            admin: { claim: 'groups', anyOf: ['sallyport-admins'] },
            auditor: { claim: 'groups', anyOf: ['sallyport-auditors'] },
          },
        },
        { now },
      ),
      policy: () => policy,
      ledger,
      counter: requestCounter(ledger),
      controlPlane,
      quota: UNLIMITED,
      callers: NO_CALLER_LIMIT,
      now,
      api: { account: '111111111111', partition: 'aws', region: 'eu-west-1' },
      version: 'test',
      log: note,
      witnessKeys: [verifierKey(WITNESS)],
    },
    () => ({ sourceIp: '192.0.2.7', deadline: clock.now + 10_000, isBuffered }),
  )
  const alarms: string[] = []
  const keeper: Keeper = {
    ledger,
    controlPlane,
    alarm: (event) => void alarms.push(event),
    log: {
      store,
      blobs: storeBlobs(store),
      origin: LOG_ORIGIN,
      signers: [LOG_SIGNER],
      shards: 8,
      table: 'trail',
      policy: policy.published.digest,
    },
  }
  const seal = () => {
    clock.now += 120_000
    return runKeeper(keeper, clock.now + 30_000)
  }
  const put = async (body: object) => {
    clock.now += 1_000
    const { headers } = await send({ app }, 'PUT', PATH, { token: tokenAt(clock.now), body })
    return headers.get('x-amzn-requestid') ?? ''
  }
  return {
    app,
    ledger,
    controlPlane,
    clock,
    lines,
    alarms,
    seal,
    change: (body = good) => put(body),
    denial: () => put({ ...good, uri: 'https://core.paymnets.acme.internal/v1/orders' }),
  }
}

/** A token that is good for ten minutes from a time on, of the team payments unless told. */
export function tokenAt(now: number, claims: object = {}): string {
  const seconds = Math.floor(now / 1000)
  return mint({ claims: { iat: seconds, exp: seconds + 600, ...claims } })
}

/** A GET whose answer is text. */
export async function read({ app }: Pick<TrailService, 'app'>, path: string, token?: string, headers = {}) {
  const response = await app.request(path, {
    headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers },
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}
