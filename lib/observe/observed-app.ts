import { AsyncLocalStorage } from 'node:async_hooks'
import { Hono } from 'hono'
import type { ControlPlane } from '../control-plane/control-plane.ts'
import { createApp } from '../gate/app.ts'
import type { Gate, Invocation } from '../gate/gate.ts'
import type { RecordItem } from '../trail/ledger.ts'
import type { Store } from '../trail/store.ts'
import { type Recorded, type RequestLine, readRecord } from './request-line.ts'
import { type Span, UNTRACED } from './span.ts'
import { StepClock } from './step-clock.ts'
import { traceIdOf } from './trace-id.ts'

/** Takes the line of a request whose answer is ready. Must not throw. */
export type Report = (line: RequestLine) => void

/** A request on its way, as far as its parts have told. */
interface Watch {
  clock: StepClock
  storeCalls: number
  /** The first id drawn for it: its own, unless its record says otherwise. */
  drawnId?: string
  invocation?: Invocation
  recorded: Recorded
}

type Targets = NonNullable<Gate['targets']>

/** Answered every few seconds by whoever watches the gate: a line is worth writing only where one of them fails. */
const PROBES = new Set(['/healthz', '/readyz'])

/**
 * The gate, with one line reported for each request.
 *
 * The parts are watched from outside: what the line says of a decision is read from the record of it, on that record's
 * way to the store. So the line can say nothing that the trail would not, and no route has to remember to log.
 */
export function observedApp(
  gate: Gate,
  invocationOf: (env: unknown) => Invocation,
  report: Report,
  span: Span = UNTRACED,
): Hono {
  const watches = new AsyncLocalStorage<Watch>()
  const app = new Hono()

  app.use(async (c, next) => {
    const at = gate.now()
    const watch: Watch = { clock: new StepClock(), storeCalls: 0, recorded: {} }
    await watches.run(watch, next)
    const { status, headers } = c.res
    if (PROBES.has(c.req.path) && status < 500) return
    report(lineOf(watch, at, { status, headers, traceId: traceIdOf(c.req.raw.headers.get('traceparent')) }))
  })
  const noted = (env: unknown) => {
    const invocation = invocationOf(env)
    const watch = watches.getStore()
    if (watch) watch.invocation = invocation
    return invocation
  }
  app.route('/', createApp(watchedGate(gate, { watches, span }), noted))
  return app
}

function lineOf(
  { clock, storeCalls, drawnId, invocation, recorded }: Watch,
  at: number,
  { status, headers, traceId }: { status: number; headers: Headers; traceId: string | undefined },
): RequestLine {
  const id = recorded.id ?? drawnId
  const outcome = headers.get('audit-outcome')
  const { coldStart, awsRequestId } = invocation ?? {}
  const { ms } = clock
  return {
    event: 'request',
    at,
    verdict: 'none',
    ...recorded,
    ...(id !== undefined && { id }),
    ...((outcome === 'deferred' || outcome === 'replayed') && { outcome }),
    status,
    totalMs: rounded(clock.stop()),
    ms: {
      identity: rounded(ms.identity),
      store: rounded(ms.store),
      upstream: rounded(ms.upstream),
      gate: rounded(ms.gate),
    },
    storeCalls,
    ...(coldStart && { coldStart }),
    ...(awsRequestId !== undefined && { awsRequestId }),
    ...(traceId !== undefined && { traceId }),
  }
}

/** Who watches: the request that a call belongs to, and whoever traces it. */
interface Watching {
  watches: AsyncLocalStorage<Watch>
  span: Span
}

function watchedGate(gate: Gate, watching: Watching): Gate {
  const { watches, span } = watching
  const { ledger, counter, targets } = gate
  return {
    ...gate,
    verify: (token) => {
      const watch = watches.getStore()
      const verify = () => span('identity', () => gate.verify(token))
      return watch ? watch.clock.during('identity', verify) : verify()
    },
    counter: {
      ...counter,
      count: (source, reason, sample) => {
        const watch = watches.getStore()
        if (watch) watch.recorded = { verdict: reason === 'throttled' ? 'refuse' : 'unauthenticated', reason }
        return counter.count(source, reason, sample)
      },
    },
    arrived: ({ action, team }) => {
      const watch = watches.getStore()
      if (watch)
        watch.recorded = {
          ...watch.recorded,
          ...(action && { operation: action }),
          ...(team !== undefined && { team }),
        }
    },
    ledger: {
      ...ledger,
      newId: () => {
        const id = ledger.newId()
        const watch = watches.getStore()
        if (watch) watch.drawnId ??= id
        return id
      },
      store: watchedStore(ledger.store, watching),
    },
    controlPlane: watchedControlPlane(gate.controlPlane, watching),
    ...(targets && { targets: watchedTargets(targets, watching) }),
  }
}

function watchedStore(store: Store, { watches, span }: Watching): Store {
  const timed = <Result>(call: () => Promise<Result>): Promise<Result> => {
    const watch = watches.getStore()
    if (!watch) return call()
    watch.storeCalls++
    return watch.clock.during('store', () => span('store', call))
  }
  return {
    create: (item) => {
      const watch = watches.getStore()
      const record = watch && (item as Partial<RecordItem>).record
      // Also where the write fails in the end: what was decided is known by now.
      if (record) watch.recorded = { ...watch.recorded, ...readRecord(record) }
      return timed(() => store.create(item))
    },
    read: (pk, sk) => timed(() => store.read(pk, sk)),
    list: (query) => timed(() => store.list(query)),
    replace: (item, rev) => timed(() => store.replace(item, rev)),
    remove: (pk, sk, rev) => timed(() => store.remove(pk, sk, rev)),
  }
}

function watchedTargets(targets: Targets, watching: Watching): Targets {
  return new Map(
    [...targets].map(([name, { controlPlane, ...target }]) => [
      name,
      { ...target, controlPlane: watchedControlPlane(controlPlane, watching) },
    ]),
  )
}

function watchedControlPlane(controlPlane: ControlPlane, { watches, span }: Watching): ControlPlane {
  const timed = <Result>(call: () => Promise<Result>): Promise<Result> => {
    const watch = watches.getStore()
    return watch ? watch.clock.during('upstream', () => span('upstream', call)) : call()
  }
  return {
    ...controlPlane,
    getIntegration: (target, signal) => timed(() => controlPlane.getIntegration(target, signal)),
    change: (change, options) => timed(() => controlPlane.change(change, options)),
    read: (call, signal) => timed(() => controlPlane.read(call, signal)),
    perform: (call, options) => timed(() => controlPlane.perform(call, options)),
  }
}

/** To a microsecond. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
