import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Hono } from 'hono'
import { compilePolicy } from '../../lib/decision/compile/compile.ts'
import type { CompiledPolicy } from '../../lib/decision/compile/compiled-policy.ts'
import { NO_CALLER_LIMIT } from '../../lib/fairness/caller-limit.ts'
import { UNLIMITED } from '../../lib/fairness/quota.ts'
import type { Gate } from '../../lib/gate/gate.ts'
import { observedApp } from '../../lib/observe/observed-app.ts'
import type { RequestLine } from '../../lib/observe/request-line.ts'
import { loadPolicySet } from '../../lib/policy/publish/load.ts'
import { requestCounter } from '../../lib/trail/aggregate.ts'
import type { DenialRoom } from '../../lib/trail/denial-room.ts'
import { openLedger } from '../../lib/trail/ledger.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import type { Store } from '../../lib/trail/store.ts'
import { trailKeys } from '../../lib/trail/trail-keys.ts'
import { mint, NOW, verifierWith } from '../identity/minting.ts'
import { type MemoryControlPlane, memoryControlPlane } from './memory-control-plane.ts'

/** A gate over the example policy, on parts in memory, with a clock that stands still until it is moved. */
export interface TestGate {
  app: Hono
  controlPlane: MemoryControlPlane
  store: Store
  log: { event: string; members: Record<string, unknown> }[]
  /** What was reported of each request. */
  lines: RequestLine[]
  clock: { now: number }
  /** Puts another policy in force: for whatever asks for it from then on. */
  switchPolicy(text: string): Promise<void>
}

const example = readFileSync('examples/policy.yaml', 'utf8')

/** The example policy, with operations beside integrations for the team payments. */
export function policyWith(operations: readonly string[]): string {
  return example.replace(/^( +)passthrough: \[NEVER, WHEN_NO_MATCH\]$/m, `$&\n$1operations: [${operations.join(', ')}]`)
}

/** Compiled once for each text: a gate changes nothing about its policy. */
const policies = new Map<string, Promise<CompiledPolicy>>()

function policyOf(text: string): Promise<CompiledPolicy> {
  const known = policies.get(text)
  if (known) return known
  const loaded = loadPolicySet(text, { file: 'examples/policy.yaml', revision: 7 })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const compiled = compilePolicy(loaded.published)
  policies.set(text, compiled)
  return compiled
}

export async function testGate({
  store = memoryStore(),
  text = example,
  callMs = 10_000,
  room,
  ...parts
}: {
  store?: Store
  text?: string
  /** How long a request may take, milliseconds. */
  callMs?: number
  /** How much of the table one caller's denials may take; what a gate gives unless told. */
  room?: DenialRoom
} & Partial<Pick<Gate, 'issuerKeys' | 'controlPlane' | 'quota' | 'callers' | 'targets'>> = {}): Promise<TestGate> {
  let policy = await policyOf(text)
  const clock = { now: NOW * 1000 }
  const now = () => clock.now
  const log: TestGate['log'] = []
  const note = (event: string, members: Record<string, unknown>) => void log.push({ event, members })
  const keys = trailKeys(randomBytes(32), randomBytes)
  const ledger = openLedger({ store, keys, shards: 8, now, log: note, ...(room && { room }) })
  const controlPlane = memoryControlPlane()
  const roles = {
    admin: { claim: 'groups', anyOf: ['sallyport-admins'] },
    auditor: { claim: 'groups', anyOf: ['sallyport-auditors'] },
    author: { claim: 'groups', anyOf: ['sallyport-authors'] },
    approver: { claim: 'groups', anyOf: ['sallyport-approvers'] },
  }
  const lines: RequestLine[] = []
  const app = observedApp(
    {
      verify: verifierWith({ roles }, { now }),
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
      ...parts,
    },
    () => ({ sourceIp: '192.0.2.7', deadline: clock.now + callMs }),
    (line) => void lines.push(line),
  )
  const switchPolicy = async (next: string) => {
    policy = await policyOf(next)
  }
  return { app, controlPlane, store, log, lines, clock, switchPolicy }
}

/** Tokens of callers that the example policy knows, and of one that it doesn't. */
export const tokens = {
  payments: mint(),
  search: mint({ claims: { groups: ['search'] } }),
  billing: mint({ claims: { groups: undefined, sub: 'svc-billing-ci' } }),
  nobody: mint({ claims: { groups: ['gardeners'] } }),
  admin: mint({ claims: { groups: ['sallyport-admins'], sub: 'root' } }),
  auditor: mint({ claims: { groups: ['sallyport-auditors'], sub: 'aud' } }),
  author: mint({ claims: { groups: ['sallyport-authors'], sub: 'ada' } }),
  approver: mint({ claims: { groups: ['sallyport-approvers'], sub: 'pat' } }),
}

export const PATH = '/restapis/a1b2c3d4e5/resources/9x8y7z/methods/POST/integration'

/** A backend that the example policy allows the team payments. */
export const good = {
  type: 'HTTP_PROXY',
  httpMethod: 'POST',
  uri: 'https://core.payments.acme.internal/v1/orders',
  connectionType: 'VPC_LINK',
  connectionId: 'vl-pay01',
  timeoutInMillis: 9000,
}

export interface Sent {
  status: number
  headers: Headers
  json: Record<string, unknown>
}

/** Sends a request as a team's plain HTTP client would. A string body goes as it is. */
export async function send(
  { app }: Pick<TestGate, 'app'>,
  method: string,
  path: string,
  { token, body, headers = {} }: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Sent> {
  const response = await app.request(path, {
    method,
    headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isPage = response.headers.get('content-type')?.startsWith('text/html')
  return { status: response.status, headers: response.headers, json: text === '' || isPage ? {} : JSON.parse(text) }
}
