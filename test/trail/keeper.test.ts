import { describe, expect, it } from 'vitest'
import { change } from '../../lib/trail/change.ts'
import { type Claim, newClaim, releaseClaim } from '../../lib/trail/claim.ts'
import { latePointerKey } from '../../lib/trail/item-key.ts'
import { recover } from '../../lib/trail/keeper.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import type { Fingerprint } from '../../lib/trail/record.ts'
import { settle } from '../../lib/trail/settlement.ts'
import { readStory } from '../../lib/trail/story.ts'
import { trailKeys } from '../../lib/trail/trail-keys.ts'
import { faultyStore } from '../support/faulty-store.ts'
import { allItems, allRecords, attempt, BEFORE, seededBytes, TARGET, targetKey, work, world } from './world.ts'

const MINUTE = 60_000

describe('settle()', () => {
  const [none, old, new_, other]: Fingerprint[] = [
    { present: false },
    { present: true, mac: 'old' },
    { present: true, mac: 'new' },
    { present: true, mac: 'other' },
  ]
  it.each([
    ['as intended, not as before', old, new_, new_, 'APPLIED', 'APPLIED'],
    ['as before, not as intended', old, new_, old, 'wait', 'NOT_APPLIED'],
    ['neither', old, new_, other, 'wait', 'SUPERSEDED'],
    ['gone', old, new_, undefined, 'wait', 'TARGET_GONE'],
    ['as intended, as before', old, old, old, 'wait', 'NOOP_OR_APPLIED'],
    ['changed from what both were', old, old, other, 'wait', 'SUPERSEDED'],
    ['there, where there was none', none, new_, new_, 'APPLIED', 'APPLIED'],
    ['none, where there was none', none, new_, none, 'wait', 'NOT_APPLIED'],
    ['none, after a deletion', old, none, none, 'APPLIED', 'APPLIED'],
    ['still there, after a deletion', old, none, old, 'wait', 'NOT_APPLIED'],
    ['gone, after a deletion', old, none, undefined, 'wait', 'TARGET_GONE'],
  ] as const)('%s', (_, before, intended, observed, early, late) => {
    const ask = { before: before as Fingerprint, intended: intended as Fingerprint }
    expect(settle(ask, observed, false)).toEqual(
      early === 'wait' ? { kind: 'wait' } : { kind: 'settled', result: early, release: false },
    )
    expect(settle(ask, observed, true)).toEqual({ kind: 'settled', result: late, release: true })
  })
})

/** A gate that dies where `at` says, in a world that lives on. */
async function afterCrash(at: (call: { method: string; pk: string; sk: string }) => boolean) {
  const memory = memoryStore()
  const dying = world({ store: faultyStore(memory, (call) => (at(call) ? 'dies' : undefined)) })
  dying.upstream.integrations.set(targetKey(TARGET), BEFORE)
  const asked = attempt(dying)
  void change(dying.ledger, asked, work(dying))
  await new Promise((resolve) => setTimeout(resolve, 2))
  return { id: asked.id, here: world({ store: memory, clock: dying.clock, upstream: dying.upstream, seed: 2 }) }
}

describe('recover()', () => {
  it('leaves a claim alone while its lease runs', async () => {
    const { here } = await afterCrash(({ sk }) => sk.endsWith('#I'))
    here.clock.now += MINUTE - 1
    expect(await recover(here.ledger, { controlPlane: here.upstream })).toMatchObject({
      claims: 1,
      held: 1,
      aborted: 0,
    })
    expect(await allItems(here.store, 'OPEN#')).toMatchObject([{ phase: 'CLAIMED' }])
  })

  it('stops an attempt that left no intent, and says who it was', async () => {
    const { here, id } = await afterCrash(({ sk }) => sk.endsWith('#I'))
    here.clock.now += MINUTE
    expect(await recover(here.ledger, { controlPlane: here.upstream })).toMatchObject({ aborted: 1, released: 1 })
    expect(await readStory(here.ledger, id)).toMatchObject({
      status: 'aborted_not_sent',
      actor: { sub: 'ci@payments' },
      team: 'payments',
      action: 'PutIntegration',
      target: { restApiId: TARGET.restApiId },
      records: [{ kind: 'O', evidence: 'FENCE', writtenBy: 'keeper' }],
    })
    expect(await allItems(here.store, 'OPEN#')).toEqual([])
  })

  it('stops an attempt that died at the fence, and points the log at its outcome', async () => {
    const { here, id } = await afterCrash(({ method, pk }) => method === 'replace' && pk.startsWith('OPEN#'))
    here.clock.now += MINUTE
    await recover(here.ledger, { controlPlane: here.upstream })
    expect(await readStory(here.ledger, id)).toMatchObject({ status: 'aborted_not_sent', decision: 'allow' })
    expect(await here.store.read(latePointerKey(id).pk, latePointerKey(id).sk)).toBeDefined()
  })

  it('frees the method of an attempt whose outcome is known', async () => {
    const { here, id } = await afterCrash(({ method, pk }) => method === 'remove' && pk.startsWith('OPEN#'))
    here.clock.now += MINUTE
    expect(await recover(here.ledger, { controlPlane: here.upstream })).toMatchObject({ released: 1, settled: {} })
    expect(await readStory(here.ledger, id)).toMatchObject({
      status: 'succeeded',
      records: [{}, { writtenBy: 'gate' }],
    })
  })

  it('records at once what it sees applied, and frees the method after the grace', async () => {
    const { here, id } = await afterCrash(({ sk }) => sk.endsWith('#O'))
    here.clock.now += MINUTE
    const report = await recover(here.ledger, { controlPlane: here.upstream })
    expect(report).toMatchObject({ settled: { APPLIED: 1 }, released: 0 })
    expect(await readStory(here.ledger, id)).toMatchObject({
      status: 'applied',
      records: [{}, { evidence: 'OBSERVED' }],
    })
    expect(await allItems(here.store, 'OPEN#')).toHaveLength(1)
    expect(await here.store.read(latePointerKey(id).pk, latePointerKey(id).sk)).toBeDefined()
    here.clock.now += 20 * MINUTE
    expect(await recover(here.ledger, { controlPlane: here.upstream })).toMatchObject({ settled: {}, released: 1 })
  })

  it('waits out the grace before it trusts that nothing was applied', async () => {
    const { here, id } = await afterCrash(({ sk }) => sk.endsWith('#O'))
    here.upstream.integrations.set(targetKey(TARGET), BEFORE)
    const fencedAt = here.clock.now
    here.clock.now += 20 * MINUTE - 1
    expect(await recover(here.ledger, { controlPlane: here.upstream })).toMatchObject({
      waiting: [{ id, until: fencedAt + 20 * MINUTE }],
      settled: {},
    })
    here.clock.now += 1
    expect(await recover(here.ledger, { controlPlane: here.upstream })).toMatchObject({
      settled: { NOT_APPLIED: 1 },
      released: 1,
    })
    expect(await readStory(here.ledger, id)).toMatchObject({ status: 'not_applied' })
  })

  it('takes its grace from the caller', async () => {
    const { here } = await afterCrash(({ sk }) => sk.endsWith('#O'))
    here.upstream.integrations.set(targetKey(TARGET), BEFORE)
    here.clock.now += MINUTE
    const report = await recover(here.ledger, { controlPlane: here.upstream, graceMs: MINUTE })
    expect(report).toMatchObject({ settled: { NOT_APPLIED: 1 } })
  })

  it.each([
    [
      'refused',
      { kind: 'refused', status: 403, errorType: 'AccessDeniedException', message: 'no', upstream: { latencyMs: 1 } },
    ],
    ['lost', { kind: 'unknown', reason: 'no answer in time', upstream: { latencyMs: 1 } }],
  ] as const)('settles nothing, however late, while its look at the target is %s', async (_, answer) => {
    const { here } = await afterCrash(({ sk }) => sk.endsWith('#O'))
    here.clock.now += 60 * MINUTE
    here.upstream.nextReads.push(answer)
    expect(await recover(here.ledger, { controlPlane: here.upstream })).toMatchObject({ settled: {}, released: 0 })
  })

  it.each([
    ['Invalid Method identifier specified', 'TARGET_GONE'],
    ['Invalid Integration identifier specified', 'SUPERSEDED'],
  ])('takes 404 "%s" for %s', async (message, result) => {
    const { here } = await afterCrash(({ sk }) => sk.endsWith('#O'))
    here.clock.now += 60 * MINUTE
    here.upstream.nextReads.push({
      kind: 'refused',
      status: 404,
      errorType: 'NotFoundException',
      message,
      upstream: { latencyMs: 1 },
    })
    expect(await recover(here.ledger, { controlPlane: here.upstream })).toMatchObject({ settled: { [result]: 1 } })
  })

  it('compares nothing with fingerprints of another key', async () => {
    const { here, id } = await afterCrash(({ sk }) => sk.endsWith('#O'))
    const ledger = { ...here.ledger, keys: trailKeys(new Uint8Array(32).fill(8), seededBytes(3)) }
    here.clock.now += MINUTE
    expect(await recover(ledger, { controlPlane: here.upstream })).toMatchObject({ settled: {}, waiting: [{ id }] })
    here.clock.now += 20 * MINUTE
    expect(await recover(ledger, { controlPlane: here.upstream })).toMatchObject({ settled: { UNKNOWN: 1 } })
  })

  it('settles an intent whose gate was told that it had failed', async () => {
    const memory = memoryStore()
    const store = faultyStore(memory, ({ sk }) => (sk.endsWith('#I') ? 'fails-but-persists' : undefined))
    const here = world({ store })
    const result = await change(here.ledger, attempt(here), work(here))
    expect(result).toMatchObject({ kind: 'unavailable' })
    expect(await readStory(here.ledger, result.id)).toMatchObject({ status: 'pending' })
    here.clock.now += MINUTE
    expect(await recover(here.ledger, { controlPlane: here.upstream })).toMatchObject({ orphans: 1, claims: 0 })
    expect(await readStory(here.ledger, result.id)).toMatchObject({
      status: 'aborted_not_sent',
      records: [{}, { evidence: 'SWEEP' }],
    })
    expect(await recover(here.ledger, { controlPlane: here.upstream })).toMatchObject({ orphans: 0 })
  })

  it('finds orphans on every page and in every shard, and only those', async () => {
    const memory = memoryStore()
    let failing = true
    const store = faultyStore(memory, ({ sk }) => (failing && sk.endsWith('#I') ? 'fails-but-persists' : undefined))
    const small = { ...store, list: (query: Parameters<typeof store.list>[0]) => store.list({ ...query, limit: 2 }) }
    const here = world({ store: small })
    for (let n = 0; n < 60; n++) {
      failing = n % 3 === 0
      await change(here.ledger, attempt(here), work(here))
    }
    here.clock.now += MINUTE
    expect(await recover(here.ledger, { controlPlane: here.upstream })).toMatchObject({ orphans: 20 })
    const records = await allRecords(memory)
    expect(records.filter((record) => record.kind === 'O')).toHaveLength(60)
  })

  it('goes on with the others where one item fails', async () => {
    const { here } = await afterCrash(({ sk }) => sk.endsWith('#I'))
    const other = attempt(here, { target: { ...TARGET, httpMethod: 'POST' } })
    await here.store.create(newClaim(here.ledger, other))
    here.clock.now += 2 * MINUTE
    let failed = false
    const store = faultyStore(here.store, ({ method, pk }) => {
      if (method !== 'replace' || !pk.startsWith('OPEN#') || failed) return undefined
      failed = true
      return 'fails'
    })
    const keeper = world({ store, clock: here.clock, upstream: here.upstream, seed: 4 })
    const report = await recover(keeper.ledger, { controlPlane: here.upstream })
    expect(report).toMatchObject({ claims: 2, failed: 1, aborted: 1 })
    expect(keeper.lines.map((line) => line.event)).toEqual(['keeper_item_failed'])
  })
})

describe('a claim', () => {
  it('has a revision no other claim of the method had: a removal that arrives late hits nothing else', async () => {
    const here = world()
    const [first, second] = [newClaim(here.ledger, attempt(here)), newClaim(here.ledger, attempt(here))]
    await here.store.create(second)
    expect(await here.store.remove(first.pk, first.sk, first.rev)).toBe(false)
  })

  it.each<[string, Partial<Claim>, number]>([
    ['whose lease is over', {}, MINUTE],
    ['that the keeper has stopped', { phase: 'RECON' }, 0],
  ])("%s is the keeper's to remove", async (_, changed, later) => {
    const here = world()
    const claim = newClaim(here.ledger, attempt(here))
    await here.store.create(claim)
    if (changed.phase) await here.store.replace({ ...claim, ...changed }, claim.rev)
    here.clock.now += later
    await releaseClaim(here.ledger, claim)
    expect(await allItems(here.store, 'OPEN#')).toHaveLength(1)
  })

  it('is released though the reply to its last change was lost', async () => {
    const here = world()
    const claim = newClaim(here.ledger, attempt(here))
    await here.store.create(claim)
    await here.store.replace({ ...claim, phase: 'SENDING' }, claim.rev)
    await releaseClaim(here.ledger, claim)
    expect(await allItems(here.store, 'OPEN#')).toEqual([])
  })

  it('of another attempt is left alone', async () => {
    const here = world()
    await here.store.create(newClaim(here.ledger, attempt(here)))
    await releaseClaim(here.ledger, newClaim(here.ledger, attempt(here)))
    expect(await allItems(here.store, 'OPEN#')).toHaveLength(1)
  })
})
