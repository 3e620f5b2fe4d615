import type { Integration, MethodPath } from '../../lib/apigateway/integration.ts'
import type {
  Change,
  ChangeOptions,
  ControlPlane,
  UpstreamAnswer,
  UpstreamIntegration,
} from '../../lib/control-plane/control-plane.ts'
import type { Decision, Violation } from '../../lib/decision/decision.ts'
import type { ChangeAttempt } from '../../lib/trail/attempt.ts'
import type { Prepared, Work } from '../../lib/trail/change.ts'
import { type Ledger, openLedger, type RecordItem } from '../../lib/trail/ledger.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import type { TrailRecord } from '../../lib/trail/record.ts'
import type { Store } from '../../lib/trail/store.ts'
import { trailKeys } from '../../lib/trail/trail-keys.ts'
import { listAll } from './store-contract.ts'

export const START = Date.UTC(2026, 10, 22, 7, 0, 0)
export const SHARDS = 8

/** A clock that stands still unless told. */
export interface Clock {
  now: number
}

/** Bytes that repeat from run to run. */
export function seededBytes(seed = 1): (size: number) => Uint8Array {
  let state = seed
  return (size) =>
    Uint8Array.from({ length: size }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return state >>> 24
    })
}

export const KEYS = trailKeys(new Uint8Array(32).fill(7), seededBytes(99))

export interface World {
  clock: Clock
  store: Store
  ledger: Ledger
  upstream: FakeUpstream
  /** Lines for operators, by event. */
  lines: { event: string; members: Record<string, unknown> }[]
}

export function world(options: { store?: Store; seed?: number; clock?: Clock; upstream?: FakeUpstream } = {}): World {
  const { store = memoryStore(), seed = 1, clock = { now: START }, upstream = fakeUpstream(clock) } = options
  const lines: World['lines'] = []
  const ledger = openLedger({
    store,
    keys: KEYS,
    shards: SHARDS,
    now: () => clock.now,
    randomBytes: seededBytes(seed),
    log: (event, members) => void lines.push({ event, members }),
  })
  return { clock, store, ledger, upstream, lines }
}

/** What the upstream makes of the next change. */
export type Behaviour =
  | 'answers'
  /** Applied, but the answer is lost. */
  | 'applies-silently'
  /** Lost on the way. */
  | 'loses'
  /** On its way until `deliver` is called; the caller gives up. */
  | 'delays'
  | 'throttles'
  | 'refuses'
  | 'fails'

export interface FakeUpstream extends Pick<ControlPlane, 'getIntegration' | 'change'> {
  integrations: Map<string, UpstreamIntegration>
  /** Every change that left a gate, by its tag. */
  sent: string[]
  /** Every change that was applied, by its tag. */
  applied: string[]
  next: Behaviour[]
  /** What GetIntegration answers next, instead of the truth. */
  nextReads: UpstreamAnswer[]
  /** Lets the delayed changes arrive. */
  deliver(): void
}

export const targetKey = ({ restApiId, resourceId, httpMethod }: MethodPath) =>
  `${restApiId}/${resourceId}/${httpMethod}`

/** The longest a signature is accepted. */
const SIGNATURE_MS = 15 * 60_000

export function fakeUpstream(clock: Clock): FakeUpstream {
  const integrations = new Map<string, UpstreamIntegration>()
  const [sent, applied, next, nextReads]: [string[], string[], Behaviour[], UpstreamAnswer[]] = [[], [], [], []]
  const delayed: (() => void)[] = []
  const info = () => ({ requestId: `req-${sent.length}`, date: new Date(clock.now).toUTCString(), latencyMs: 3 })

  function apply(change: Change, tag: string): void {
    applied.push(tag)
    if (change.operation === 'PutIntegration') integrations.set(targetKey(change.target), change.integration)
    if (change.operation === 'DeleteIntegration') integrations.delete(targetKey(change.target))
  }

  function refused(status: number, errorType: string, message: string): UpstreamAnswer {
    return { kind: 'refused', status, errorType, message, upstream: info() }
  }

  function behave(behaviour: Behaviour, change: Change, tag: string): UpstreamAnswer {
    const silence: UpstreamAnswer = { kind: 'unknown', reason: 'no answer in time', upstream: info() }
    switch (behaviour) {
      case 'answers': {
        apply(change, tag)
        const integration = integrations.get(targetKey(change.target))
        const status = { PutIntegration: 201, UpdateIntegration: 200, DeleteIntegration: 204 }[change.operation]
        return { kind: 'done', status, ...(integration && { integration }), upstream: info() }
      }
      case 'applies-silently':
        apply(change, tag)
        return silence
      case 'loses':
        return silence
      case 'delays':
        delayed.push(() => apply(change, tag))
        return silence
      case 'throttles':
        return { ...refused(429, 'TooManyRequestsException', 'Too Many Requests'), retryAfter: '1' } as UpstreamAnswer
      case 'refuses':
        return refused(400, 'BadRequestException', 'Invalid ARN specified in the request')
      case 'fails':
        return { kind: 'unknown', status: 500, reason: 'API Gateway answered 500', upstream: info() }
    }
  }

  return {
    integrations,
    sent,
    applied,
    next,
    nextReads,
    deliver: () => delayed.splice(0).forEach((arrive) => void arrive()),
    async getIntegration(target) {
      const told = nextReads.shift()
      if (told) return told
      const integration = integrations.get(targetKey(target))
      return integration
        ? { kind: 'done', status: 200, integration, upstream: info() }
        : refused(404, 'NotFoundException', 'Invalid Integration identifier specified')
    },
    async change(change, { tag, fence }: ChangeOptions) {
      const signedAt = clock.now
      await fence()
      sent.push(tag)
      if (clock.now - signedAt > SIGNATURE_MS) return refused(403, 'InvalidSignatureException', 'Signature expired')
      return behave(next.shift() ?? 'answers', change, tag)
    },
  }
}

export const TARGET = {
  account: '111111111111',
  region: 'eu-west-1',
  restApiId: 'a1b2c3d4e5',
  resourceId: '9x8y7z',
  httpMethod: 'GET',
} as const

export const BEFORE: Integration = { type: 'HTTP_PROXY', httpMethod: 'GET', uri: 'https://old.payments.example.com/v1' }
export const INTENDED: Integration = {
  type: 'HTTP_PROXY',
  httpMethod: 'GET',
  uri: 'https://api.payments.example.com/v1',
}

export function attempt(world: World, change: Partial<ChangeAttempt> = {}): ChangeAttempt {
  return {
    id: world.ledger.newId(),
    receivedAt: world.clock.now,
    actor: { iss: 'https://issuer.example', sub: 'ci@payments', tokenHash: 'dG9rZW4' },
    team: 'payments',
    roles: ['author'],
    target: { ...TARGET, path: '/orders' },
    action: 'PutIntegration',
    client: { userAgent: 'Boto3/1.43' },
    gate: { version: '0.1.0' },
    policy: { revision: 3, digest: 'sha256:00' },
    requestHash: 'hash-1',
    ...change,
  }
}

export function withKey(key: string, userAgent = 'Boto3/1.43'): Pick<ChangeAttempt, 'client'> {
  return { client: { userAgent, idempotencyKey: key } }
}

export function decision(verdict: 'allow' | 'deny' = 'allow', violations: Violation[] = []): Decision {
  return {
    decision: verdict,
    team: 'payments',
    policyRevision: 3,
    policyDigest: 'sha256:00',
    evaluatorVersion: '1',
    evaluatedAt: '2026-11-22T07:00:00.000Z',
    violations,
    warnings: [],
    dryRun: [],
    exceptionsUsed: [],
  }
}

export const VIOLATION: Violation = {
  rule: 'payments.uri',
  mode: 'enforce',
  field: '/uri',
  part: 'host',
  message: 'host evil.example is not allowed',
}

/** Work that forwards a Put of `intended`, unless `prepare` says otherwise. */
export function work(world: World, intended: Integration = INTENDED, prepare?: () => Prepared): Work {
  const { restApiId, resourceId, httpMethod } = TARGET
  const target = { restApiId, resourceId, httpMethod }
  const forward = (): Prepared => ({
    kind: 'forward',
    change: { operation: 'PutIntegration', target, integration: intended },
    intended,
    decision: decision(),
  })
  return {
    controlPlane: world.upstream,
    deadline: world.clock.now + 10_000,
    prepare: prepare ?? forward,
    again: () => undefined,
  }
}

/** Every record there is, in the order of keys. */
export async function allRecords(store: Store): Promise<TrailRecord[]> {
  return (await allItems(store, 'S#')).map((item) => (item as RecordItem).record)
}

export async function allItems(store: Store, prefix: 'S#' | 'OPEN#'): Promise<Awaited<ReturnType<typeof listAll>>> {
  const partitions = Array.from({ length: SHARDS }, (_, shard) => listAll(store, { pk: `${prefix}${shard}` }))
  return (await Promise.all(partitions)).flat()
}
