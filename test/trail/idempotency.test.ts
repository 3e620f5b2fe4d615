import { describe, expect, it } from 'vitest'
import { change } from '../../lib/trail/change.ts'
import { recover } from '../../lib/trail/keeper.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import { readStory } from '../../lib/trail/story.ts'
import { faultyStore } from '../support/faulty-store.ts'
import { allItems, attempt, BEFORE, decision, INTENDED, TARGET, targetKey, withKey, work, world } from './world.ts'

const HOUR = 60 * 60_000

describe('change() with an idempotency key', () => {
  it('answers a repetition as before, without sending it', async () => {
    const here = world()
    const first = await change(here.ledger, attempt(here, withKey('k')), work(here))
    here.upstream.integrations.set(targetKey(TARGET), BEFORE)
    const again = await change(here.ledger, attempt(here, withKey('k')), work(here))
    expect(again).toEqual({
      kind: 'replayed',
      id: first.id,
      answer: {
        kind: 'done',
        status: 201,
        integration: INTENDED,
        upstream: expect.objectContaining({ requestId: 'req-1' }),
      },
    })
    expect(here.upstream.sent).toHaveLength(1)
  })

  it('answers a lasting refusal as before', async () => {
    const here = world()
    here.upstream.next.push('refuses')
    const first = await change(here.ledger, attempt(here, withKey('k')), work(here))
    const again = await change(here.ledger, attempt(here, withKey('k')), work(here))
    expect(again).toMatchObject({
      kind: 'replayed',
      id: first.id,
      answer: { kind: 'refused', status: 400, message: 'Invalid ARN specified in the request' },
    })
  })

  it('tries again what was throttled: repeating that answer would defeat the retry', async () => {
    const here = world()
    here.upstream.next.push('throttles')
    await change(here.ledger, attempt(here, withKey('k')), work(here))
    const again = await change(here.ledger, attempt(here, withKey('k')), work(here))
    expect(again).toMatchObject({ kind: 'answered', answer: { kind: 'done' } })
  })

  it('refuses another request under the same key', async () => {
    const here = world()
    const first = await change(here.ledger, attempt(here, withKey('k')), work(here))
    const other = await change(here.ledger, attempt(here, { ...withKey('k'), requestHash: 'hash-2' }), work(here))
    expect(other).toMatchObject({ kind: 'mismatch', openId: first.id })
    expect(await readStory(here.ledger, other.id)).toMatchObject({ refusal: { reason: 'idempotency_key_reused' } })
    expect(here.upstream.sent).toHaveLength(1)
  })

  it.each([
    ['sub', { sub: 'someone else' }],
    ['issuer', { iss: 'https://other.example' }],
    ['client', { clientId: 'other' }],
  ])('knows nothing of the key under another %s', async (_, other) => {
    const here = world()
    await change(here.ledger, attempt(here, withKey('k')), work(here))
    const asked = attempt(here, withKey('k'))
    const result = await change(here.ledger, { ...asked, actor: { ...asked.actor, ...other } }, work(here))
    expect(result).toMatchObject({ kind: 'answered' })
    expect(here.upstream.sent).toHaveLength(2)
  })

  it('says that it is busy while the outcome is unknown, and never repeats that', async () => {
    const here = world()
    here.upstream.next.push('applies-silently')
    const first = await change(here.ledger, attempt(here, withKey('k')), work(here))
    expect(await change(here.ledger, attempt(here, withKey('k')), work(here))).toMatchObject({
      kind: 'busy',
      openId: first.id,
    })
    here.clock.now += 61_000
    await recover(here.ledger, { controlPlane: here.upstream })
    const settled = await change(here.ledger, attempt(here, withKey('k')), work(here))
    expect(settled).toMatchObject({
      kind: 'replayed',
      answer: { kind: 'done', status: 201, integration: { type: 'HTTP_PROXY' } },
    })
    expect(here.upstream.sent).toHaveLength(1)
  })

  it('tries again what turned out not to be applied', async () => {
    const here = world()
    here.upstream.next.push('loses')
    await change(here.ledger, attempt(here, withKey('k')), work(here))
    here.clock.now += HOUR
    await recover(here.ledger, { controlPlane: here.upstream })
    const again = await change(here.ledger, attempt(here, withKey('k')), work(here))
    expect(again).toMatchObject({ kind: 'answered', answer: { kind: 'done' } })
  })

  it('decides anew what was denied: the policy may have changed', async () => {
    const here = world()
    const denied = work(here, INTENDED, () => ({ kind: 'deny', decision: decision('deny') }))
    await change(here.ledger, attempt(here, withKey('k')), denied)
    expect(await change(here.ledger, attempt(here, withKey('k')), work(here))).toMatchObject({ kind: 'answered' })
  })

  it('is forgotten after a day', async () => {
    const here = world()
    await change(here.ledger, attempt(here, withKey('k')), work(here))
    here.clock.now += 24 * HOUR + 1_000
    expect(await change(here.ledger, attempt(here, withKey('k')), work(here))).toMatchObject({ kind: 'answered' })
  })

  it('takes over from an attempt that died before its intent, once that can no longer be written', async () => {
    const memory = memoryStore()
    const dying = world({ store: faultyStore(memory, ({ sk }) => (sk.endsWith('#I') ? 'dies' : undefined)), seed: 2 })
    void change(dying.ledger, attempt(dying, withKey('k')), work(dying))
    await new Promise((resolve) => setTimeout(resolve, 5))
    const here = world({ store: memory, clock: dying.clock, upstream: dying.upstream })
    const early = await change(here.ledger, attempt(here, withKey('k')), work(here))
    expect(await readStory(here.ledger, early.id)).toMatchObject({ refusal: { reason: 'request_in_progress' } })
    here.clock.now += 60_000
    await recover(here.ledger, { controlPlane: here.upstream })
    expect(await change(here.ledger, attempt(here, withKey('k')), work(here))).toMatchObject({ kind: 'answered' })
    expect(here.upstream.sent).toHaveLength(1)
  })

  it('lets one of many simultaneous repetitions through', async () => {
    const here = world()
    const results = await Promise.all(
      Array.from({ length: 10 }, () => change(here.ledger, attempt(here, withKey('k')), work(here))),
    )
    expect(here.upstream.sent).toHaveLength(1)
    expect(results.filter((result) => result.kind === 'answered')).toHaveLength(1)
    expect(await allItems(here.store, 'OPEN#')).toEqual([])
  })

  it('has the answer from the sealed request where the kept one is lost', async () => {
    const memory = memoryStore()
    const store = faultyStore(memory, ({ method, pk }) =>
      method === 'replace' && pk.startsWith('IDEM#') ? 'fails' : undefined,
    )
    const here = world({ store })
    const first = await change(here.ledger, attempt(here, withKey('k')), work(here))
    const again = await change(here.ledger, attempt(here, withKey('k')), work(here))
    expect(again).toMatchObject({
      kind: 'replayed',
      id: first.id,
      answer: { kind: 'done', status: 201, integration: { uri: INTENDED.uri, timeoutInMillis: 29_000 } },
    })
  })
})
