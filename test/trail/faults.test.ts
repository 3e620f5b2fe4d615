import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { change } from '../../lib/trail/change.ts'
import type { ChangeResult } from '../../lib/trail/course.ts'
import { latePointerKey } from '../../lib/trail/item-key.ts'
import { recover } from '../../lib/trail/keeper.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import type { OutcomeRecord, TrailRecord } from '../../lib/trail/record.ts'
import type { Store } from '../../lib/trail/store.ts'
import { type FaultyStore, faultyStore, type StoreFault } from '../support/faulty-store.ts'
import {
  allItems,
  allRecords,
  attempt,
  BEFORE,
  type Behaviour,
  type Clock,
  type FakeUpstream,
  fakeUpstream,
  INTENDED,
  START,
  TARGET,
  targetKey,
  withKey,
  work,
  world,
} from './world.ts'

const FAULTS: StoreFault[] = ['fails', 'fails-but-persists', 'throttles', 'dies', 'dies-after']
const BEHAVIOURS: Behaviour[] = ['answers', 'applies-silently', 'loses', 'delays', 'refuses']
const APPLIED = new Set<OutcomeRecord['result']>(['SUCCEEDED', 'APPLIED'])

/** An upstream that looks, whenever a change reaches it, whether its intent is there. */
function watchedUpstream(clock: Clock, store: Store): FakeUpstream & { unannounced: string[] } {
  const upstream = fakeUpstream(clock)
  const { change: send } = upstream
  const unannounced: string[] = []
  upstream.integrations.set(targetKey(TARGET), BEFORE)
  return Object.assign(upstream, {
    unannounced,
    change: async (...[asked, options]: Parameters<FakeUpstream['change']>) => {
      const fence = async () => {
        await options.fence()
        const id = options.tag.slice(0, 26)
        const records = await allRecords(store)
        if (!records.some((record) => record.kind === 'I' && record.id === id)) unannounced.push(options.tag)
      }
      return send.call(upstream, asked, { ...options, fence })
    },
  })
}

/** Whatever a dead process leaves pending: everything else has settled by then. */
async function settled<Result>(pending: Promise<Result>): Promise<Result | 'died'> {
  return Promise.race([pending, new Promise<'died'>((resolve) => setTimeout(() => resolve('died'), 2))])
}

/** Lets time pass until every attempt must be settled, with a keeper that works. */
async function keep(store: Store, clock: Clock, upstream: FakeUpstream): Promise<void> {
  const keeper = world({ store, clock, upstream, seed: 77 })
  for (const minutes of [2, 5, 25, 26]) {
    if (minutes === 5) upstream.deliver()
    clock.now = START + minutes * 60_000
    const report = await recover(keeper.ledger, { controlPlane: upstream })
    expect(report.failed).toBe(0)
  }
}

async function expectSound(store: Store, upstream: FakeUpstream & { unannounced: string[] }): Promise<TrailRecord[]> {
  const records = await allRecords(store)
  const outcomes = records.filter((record): record is OutcomeRecord => record.kind === 'O')
  const intents = records.filter((record) => record.kind === 'I')
  expect(upstream.unannounced, 'no upstream call without a durable intent').toEqual([])
  expect(await allItems(store, 'OPEN#'), 'no method stays claimed').toEqual([])
  for (const { id } of intents) {
    const outcome = outcomes.find((record) => record.id === id)
    const wasApplied = upstream.applied.includes(`${id}.1`)
    expect(outcome && APPLIED.has(outcome.result), `${outcome?.result} of ${id}`).toBe(wasApplied)
    if (outcome?.result === 'ABORTED_NOT_SENT') expect(upstream.sent).not.toContain(`${id}.1`)
  }
  for (const { id, result, writtenBy } of outcomes) {
    const pointer = latePointerKey(id)
    if (writtenBy === 'keeper') expect(await store.read(pointer.pk, pointer.sk), 'the log learns of it').toBeDefined()
    if (!intents.some((intent) => intent.id === id)) expect(result).toBe('ABORTED_NOT_SENT')
  }
  expect(new Set(upstream.applied).size, 'nothing is applied twice').toBe(upstream.applied.length)
  return records
}

function expectTruthful(result: ChangeResult | 'died', upstream: FakeUpstream): void {
  if (result === 'died') return
  const { sent, applied } = upstream
  if (result.kind === 'answered') {
    if (result.answer.kind === 'done') expect(applied).toEqual([`${result.id}.1`])
    if (result.answer.kind === 'refused') expect(applied).toEqual([])
  } else {
    expect(sent, `${result.kind} means that nothing was sent`).toEqual([])
  }
}

/** How many calls an undisturbed change makes. */
async function countCalls(
  behaviour: Behaviour,
  run: (store: FaultyStore, upstream: FakeUpstream, clock: Clock) => Promise<unknown>,
) {
  const clock = { now: START }
  const store = faultyStore(memoryStore(), () => undefined)
  const upstream = fakeUpstream(clock)
  upstream.integrations.set(targetKey(TARGET), BEFORE)
  upstream.next.push(behaviour)
  await run(store, upstream, clock)
  return store.calls.length
}

describe.each([
  ['without', {}],
  ['with', withKey('k')],
])('a change %s an idempotency key, disturbed at any call to the store', (_, key) => {
  const run = (store: Store, upstream: FakeUpstream, clock: Clock) => {
    const here = world({ store, upstream, clock })
    return change(here.ledger, attempt(here, key), work(here))
  }

  it.each(BEHAVIOURS)('ends in one true outcome where API Gateway %s', async (behaviour) => {
    const calls = await countCalls(behaviour, run)
    expect(calls).toBeGreaterThan(5)
    for (let at = 0; at < calls; at++) {
      for (const fault of FAULTS) {
        const clock = { now: START }
        const memory = memoryStore()
        const upstream = watchedUpstream(clock, memory)
        upstream.next.push(behaviour)
        const store = faultyStore(memory, ({ index }) => (index === at ? fault : undefined))
        const result = await settled(run(store, upstream, clock))
        expectTruthful(result, upstream)
        await keep(memory, clock, upstream)
        await expectSound(memory, upstream)
      }
    }
  })

  it('ends in one true outcome where the store goes down for good at any call', async () => {
    const calls = await countCalls('answers', run)
    for (let at = 0; at < calls; at++) {
      for (const fault of ['fails', 'fails-but-persists'] as const) {
        const clock = { now: START }
        const memory = memoryStore()
        const upstream = watchedUpstream(clock, memory)
        const store = faultyStore(memory, ({ index }) => (index >= at ? fault : undefined))
        expectTruthful(await run(store, upstream, clock), upstream)
        await keep(memory, clock, upstream)
        await expectSound(memory, upstream)
      }
    }
  })
})

describe('a keeper, disturbed at any call to the store', () => {
  /** Where the gate dies: before its intent, before the fence, behind it, and not at all but without an answer. */
  const LEFT_BEHIND: [string, (call: { method: string; sk: string; pk: string }) => boolean, Behaviour][] = [
    ['before its intent', ({ method, sk }) => method === 'create' && sk.endsWith('#I'), 'answers'],
    ['at the fence', ({ method, pk }) => method === 'replace' && pk.startsWith('OPEN#'), 'answers'],
    ['before its outcome', ({ method, sk }) => method === 'create' && sk.endsWith('#O'), 'answers'],
    ['waiting for an answer', () => false, 'delays'],
  ]

  it.each(LEFT_BEHIND)('still leaves one true outcome of a gate that died %s', async (_, dies, behaviour) => {
    for (const minutes of [2, 25]) {
      for (const fault of FAULTS) {
        for (let at = 0; at < 20; at++) {
          const clock = { now: START }
          const memory = memoryStore()
          const upstream = watchedUpstream(clock, memory)
          upstream.next.push(behaviour)
          const gate = world({
            store: faultyStore(memory, (call) => (dies(call) ? 'dies' : undefined)),
            upstream,
            clock,
          })
          await settled(change(gate.ledger, attempt(gate), work(gate)))
          clock.now = START + minutes * 60_000
          const store = faultyStore(memory, ({ index }) => (index === at ? fault : undefined))
          const keeper = world({ store, upstream, clock, seed: 5 })
          await settled(recover(keeper.ledger, { controlPlane: upstream }).catch(() => undefined))
          if (at >= store.calls.length) break
          if (minutes < 20) await keep(memory, clock, upstream)
          else await recover(world({ store: memory, upstream, clock, seed: 6 }).ledger, { controlPlane: upstream })
          await expectSound(memory, upstream)
        }
      }
    }
  })
})

describe('a gate that is frozen at any call to the store, and wakes behind the keeper', () => {
  const patient = (store: Store, upstream: FakeUpstream, clock: Clock) => {
    const here = world({ store, upstream, clock })
    // No deadline: only fence, grace and the age of the record stand between a frozen gate and the keeper.
    return change(here.ledger, attempt(here), { ...work(here), deadline: START + 86_400_000 })
  }

  it.each(BEHAVIOURS)('leaves one true outcome where API Gateway %s', async (behaviour) => {
    const calls = await countCalls(behaviour, patient)
    for (const minutes of [2, 25]) {
      for (let at = 0; at < 2 * calls; at++) {
        const clock = { now: START }
        const memory = memoryStore()
        const upstream = watchedUpstream(clock, memory)
        upstream.next.push(behaviour)
        const thaw = async () => {
          clock.now += minutes * 60_000
          await recover(world({ store: memory, upstream, clock, seed: 9 }).ledger, { controlPlane: upstream })
        }
        let index = 0
        const freezing = inTurns(memory, async (act) => {
          const here = index++
          if (at === 2 * here) await thaw()
          const result = await act()
          if (at === 2 * here + 1) await thaw()
          return result
        })
        await patient(freezing, upstream, clock)
        upstream.deliver()
        clock.now += 25 * 60_000
        for (let run = 0; run < 2; run++) {
          await recover(world({ store: memory, upstream, clock, seed: 8 }).ledger, { controlPlane: upstream })
        }
        await expectSound(memory, upstream)
      }
    }
  })
})

describe('gates and keepers at once, in any order of their calls', () => {
  it('leave one true outcome for each intent', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.constantFrom(...BEHAVIOURS), { minLength: 2, maxLength: 3 }),
        fc.boolean(),
        async (scheduler, behaviours, sameKey) => {
          const clock = { now: START }
          const memory = memoryStore()
          const upstream = watchedUpstream(clock, memory)
          upstream.next.push(...behaviours)
          const turns = inTurns(memory, (act) => scheduler.schedule(Promise.resolve()).then(act))
          const gates = behaviours.map((_, index) => {
            const here = world({ store: turns, upstream, clock, seed: 10 + index })
            // No deadline: only the fence stands between a slow gate and a keeper.
            const patient = { ...work(here, INTENDED), deadline: START + 3_600_000 }
            return change(here.ledger, attempt(here, sameKey ? withKey('k') : {}), patient)
          })
          const keepers = [20, 21].map((seed) =>
            scheduler.schedule(Promise.resolve()).then(() => {
              clock.now += 61_000
              const here = world({ store: turns, upstream, clock, seed })
              return recover(here.ledger, { controlPlane: upstream })
            }),
          )
          await scheduler.waitFor(Promise.all([...gates, ...keepers]))
          await keep(memory, clock, upstream)
          await expectSound(memory, upstream)
        },
      ),
      { numRuns: 150 },
    )
  })
})

/** A store whose every call waits for its turn. */
function inTurns(store: Store, turn: <Result>(act: () => Promise<Result>) => Promise<Result>): Store {
  return {
    create: (item) => turn(() => store.create(item)),
    read: (pk, sk) => turn(() => store.read(pk, sk)),
    list: (query) => turn(() => store.list(query)),
    replace: (item, rev) => turn(() => store.replace(item, rev)),
    remove: (pk, sk, rev) => turn(() => store.remove(pk, sk, rev)),
  }
}
