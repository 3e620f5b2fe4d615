import { describe, expect, it } from 'vitest'
import { change } from '../../lib/trail/change.ts'
import { claimKey } from '../../lib/trail/item-key.ts'
import { readBlob } from '../../lib/trail/ledger.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import type { IntentRecord } from '../../lib/trail/record.ts'
import { shardOf } from '../../lib/trail/record-id.ts'
import { readStory } from '../../lib/trail/story.ts'
import { faultyStore } from '../support/faulty-store.ts'
import {
  allItems,
  allRecords,
  attempt,
  BEFORE,
  decision,
  INTENDED,
  SHARDS,
  TARGET,
  targetKey,
  VIOLATION,
  withKey,
  work,
  world,
} from './world.ts'

describe('change() that is allowed', () => {
  it('records the intent before and the outcome after, forwards once, and frees the method', async () => {
    const here = world()
    here.upstream.integrations.set(targetKey(TARGET), BEFORE)
    const asked = attempt(here)
    const result = await change(here.ledger, asked, work(here))

    expect(result).toMatchObject({
      kind: 'answered',
      id: asked.id,
      deferred: false,
      answer: { kind: 'done', status: 201 },
    })
    expect(here.upstream.sent).toEqual([`${asked.id}.1`])
    expect(await allItems(here.store, 'OPEN#')).toEqual([])
    const story = await readStory(here.ledger, asked.id)
    expect(story).toMatchObject({
      status: 'succeeded',
      actor: { sub: 'ci@payments' },
      team: 'payments',
      action: 'PutIntegration',
      decision: 'allow',
      result: 'SUCCEEDED',
      records: [
        {
          kind: 'I',
          before: { present: true },
          intended: { present: true },
          diff: [{ path: '/uri', op: 'replace', before: BEFORE.uri, after: INTENDED.uri }],
        },
        {
          kind: 'O',
          evidence: 'ANSWER',
          writtenBy: 'gate',
          asIntended: true,
          skewMs: 0,
          upstream: { requestId: 'req-1', status: 201 },
        },
      ],
    })
    expect(result).toHaveProperty('commit', `sha256=${story?.records[0]?.commit}`)
  })

  it('has the intent durable when the request leaves', async () => {
    const here = world()
    let atSending: string[] = []
    const { change: send } = here.upstream
    here.upstream.change = async (asked, options) =>
      send.call(here.upstream, asked, {
        ...options,
        fence: async () => {
          await options.fence()
          atSending = (await allRecords(here.store)).map((record) => record.kind)
        },
      })
    await change(here.ledger, attempt(here), work(here))
    expect(atSending).toEqual(['I'])
  })

  it('keeps the whole request sealed beside the record', async () => {
    const here = world()
    here.upstream.integrations.set(targetKey(TARGET), BEFORE)
    const asked = attempt(here)
    await change(here.ledger, asked, work(here))
    const [intent] = (await allRecords(here.store)) as [IntentRecord]
    expect(await readBlob(here.ledger, intent.sealed ?? '')).toMatchObject({ before: BEFORE, intended: INTENDED })
  })

  it('takes API Gateway without an integration, and one that names no type, for none', async () => {
    const here = world()
    const befores: unknown[] = []
    const looking = { ...work(here) }
    const { prepare } = looking
    looking.prepare = (before) => {
      befores.push(before)
      return prepare(before)
    }
    await change(here.ledger, attempt(here), looking)
    here.upstream.nextReads.push({ kind: 'done', status: 200, integration: {} as never, upstream: { latencyMs: 1 } })
    await change(here.ledger, attempt(here), looking)
    expect(befores).toEqual([null, null])
  })

  it.each([
    ['refuses', 'rejected', 400],
    ['throttles', 'rejected', 429],
  ] as const)('records that API Gateway %s, and frees the method', async (behaviour, status, code) => {
    const here = world()
    here.upstream.next.push(behaviour)
    const result = await change(here.ledger, attempt(here), work(here))
    expect(result).toMatchObject({ kind: 'answered', deferred: false, answer: { kind: 'refused', status: code } })
    expect(await readStory(here.ledger, result.id)).toMatchObject({ status, result: 'REJECTED' })
    expect(await allItems(here.store, 'OPEN#')).toEqual([])
  })

  it.each(['applies-silently', 'loses', 'fails'] as const)(
    'leaves the outcome open and the method claimed where API Gateway %s',
    async (behaviour) => {
      const here = world()
      here.upstream.next.push(behaviour)
      const result = await change(here.ledger, attempt(here), work(here))
      expect(result).toMatchObject({ kind: 'answered', deferred: true, answer: { kind: 'unknown' } })
      expect(await readStory(here.ledger, result.id)).toMatchObject({ status: 'pending' })
      expect(await allItems(here.store, 'OPEN#')).toMatchObject([{ openId: result.id, phase: 'SENDING' }])
    },
  )

  it('says so where API Gateway answers something else than was intended', async () => {
    const here = world()
    const { change: send } = here.upstream
    here.upstream.change = async (asked, options) => {
      const answer = await send.call(here.upstream, asked, options)
      return answer.kind === 'done' ? { ...answer, integration: BEFORE } : answer
    }
    const result = await change(here.ledger, attempt(here), work(here))
    expect(await readStory(here.ledger, result.id)).toMatchObject({ records: [{}, { kind: 'O', asIntended: false }] })
    expect(here.lines.map((line) => line.event)).toEqual(['normaliser_mismatch'])
  })

  it('treats a call that breaks behind the fence as possibly sent', async () => {
    const here = world()
    here.upstream.change = async (_, { fence }) => {
      await fence()
      throw new TypeError('bug')
    }
    expect(await change(here.ledger, attempt(here), work(here))).toMatchObject({
      kind: 'answered',
      deferred: true,
      answer: { kind: 'unknown' },
    })
    expect(await allItems(here.store, 'OPEN#')).toHaveLength(1)
  })

  it('leaves the claim of a late outcome to the keeper', async () => {
    const here = world()
    const { change: send } = here.upstream
    here.upstream.change = async (asked, options) => {
      const answer = await send.call(here.upstream, asked, options)
      here.clock.now += 30_000
      return answer
    }
    const result = await change(here.ledger, attempt(here), work(here))
    expect(result).toMatchObject({ kind: 'answered', deferred: false })
    expect(await allItems(here.store, 'OPEN#')).toHaveLength(1)
  })
})

describe('change() that is not forwarded', () => {
  const nothingSent = async (here: ReturnType<typeof world>) => {
    expect(here.upstream.sent).toEqual([])
    expect(await allItems(here.store, 'OPEN#')).toEqual([])
  }

  it('records a denial with the state it was decided on', async () => {
    const here = world()
    here.upstream.integrations.set(targetKey(TARGET), BEFORE)
    const verdict = decision('deny', [VIOLATION])
    const denied = work(here, INTENDED, () => ({ kind: 'deny', decision: verdict, intended: INTENDED }))
    const result = await change(here.ledger, attempt(here), denied)
    expect(result).toMatchObject({ kind: 'denied', recorded: true, decision: verdict })
    expect(await readStory(here.ledger, result.id)).toMatchObject({
      status: 'denied',
      reasons: [VIOLATION],
      records: [{ kind: 'D', before: { present: true }, diff: [{ path: '/uri' }] }],
    })
    await nothingSent(here)
  })

  it('records what turns out to be malformed', async () => {
    const here = world()
    const error = { type: 'BadRequestException', status: 400, message: 'Invalid patch path' } as const
    const invalid = work(here, INTENDED, () => ({ kind: 'invalid', error }))
    const result = await change(here.ledger, attempt(here), invalid)
    expect(result).toMatchObject({ kind: 'invalid', recorded: true, error })
    const story = await readStory(here.ledger, result.id)
    expect(story).toMatchObject({
      status: 'refused',
      refusal: { reason: 'invalid', type: 'BadRequestException', status: 400 },
    })
    await nothingSent(here)
  })

  it.each([
    [
      'refused',
      {
        kind: 'refused',
        status: 404,
        errorType: 'NotFoundException',
        message: 'Invalid Resource identifier specified',
        upstream: { latencyMs: 1 },
      },
    ],
    ['unknown', { kind: 'unknown', reason: 'no answer in time', upstream: { latencyMs: 1 } }],
  ] as const)('ends where what is there is %s', async (kind, answer) => {
    const here = world()
    here.upstream.nextReads.push(answer)
    const result = await change(here.ledger, attempt(here), work(here))
    expect(result).toMatchObject({ kind: 'unread', answer })
    expect(await readStory(here.ledger, result.id)).toMatchObject({
      status: 'refused',
      refusal: { reason: `before_${kind}` },
    })
    await nothingSent(here)
  })

  it('names the attempt that holds the method', async () => {
    const here = world()
    here.upstream.next.push('loses')
    const first = await change(here.ledger, attempt(here), work(here))
    const second = await change(here.ledger, attempt(here), work(here))
    expect(second).toMatchObject({ kind: 'busy', openId: first.id, retryAfterSeconds: 2 })
    here.clock.now += 120_000
    const third = await change(here.ledger, attempt(here), work(here))
    expect(third).toMatchObject({ kind: 'busy', openId: first.id, retryAfterSeconds: 20 * 60 - 120 + 60 })
    expect(here.upstream.sent).toHaveLength(1)
    expect(await readStory(here.ledger, third.id)).toMatchObject({
      status: 'refused',
      refusal: { reason: 'target_busy' },
    })
  })

  it('lets attempts at other methods pass', async () => {
    const here = world()
    here.upstream.next.push('loses')
    await change(here.ledger, attempt(here), work(here))
    const other = attempt(here, { target: { ...TARGET, httpMethod: 'POST' } })
    expect(await change(here.ledger, other, work(here))).toMatchObject({ kind: 'answered' })
  })

  it('does not write an intent whose time has passed', async () => {
    const here = world()
    const asked = attempt(here)
    here.clock.now += 20_001
    expect(await change(here.ledger, asked, work(here))).toMatchObject({ kind: 'unavailable' })
    expect(await allRecords(here.store)).toEqual([])
    await nothingSent(here)
  })

  it('does not send when its deadline has passed', async () => {
    const here = world()
    const late = { ...work(here), deadline: here.clock.now }
    const result = await change(here.ledger, attempt(here), late)
    expect(result).toMatchObject({ kind: 'unsent' })
    expect(await readStory(here.ledger, result.id)).toMatchObject({ status: 'aborted_not_sent' })
    await nothingSent(here)
  })

  it('does not send when the keeper was faster at the fence', async () => {
    const here = world()
    const { change: send } = here.upstream
    here.upstream.change = async (asked, options) => {
      const { pk, sk } = claimKey(TARGET)
      const claim = await here.store.read(pk, sk)
      await here.store.replace({ pk, sk, ...claim, phase: 'RECON' }, Number(claim?.rev))
      return send.call(here.upstream, asked, options)
    }
    const result = await change(here.ledger, attempt(here), work(here))
    expect(result).toMatchObject({ kind: 'unsent' })
    expect(here.upstream.sent).toEqual([])
    expect(await readStory(here.ledger, result.id)).toMatchObject({ status: 'aborted_not_sent' })
    expect(await allItems(here.store, 'OPEN#')).toMatchObject([{ phase: 'RECON' }])
  })
})

describe('change() on a throttled shard', () => {
  it('goes on under another id, which claim and idempotency key follow', async () => {
    const memory = memoryStore()
    let throttled: string | undefined
    const store = faultyStore(memory, ({ method, pk, sk }) => {
      if (method !== 'create' || !sk.endsWith('#I') || throttled) return undefined
      throttled = pk
      return 'throttles'
    })
    const here = world({ store })
    const asked = attempt(here, withKey('key-1'))
    const result = await change(here.ledger, asked, work(here))
    expect(result).toMatchObject({ kind: 'answered', deferred: false })
    expect(result.id).not.toBe(asked.id)
    expect(throttled).toBe(`S#${shardOf(asked.id, SHARDS)}`)
    expect(here.upstream.sent).toEqual([`${result.id}.1`])
    expect((await allRecords(memory)).map(({ id, kind }) => [id, kind])).toEqual([
      [result.id, 'I'],
      [result.id, 'O'],
    ])
    const again = await change(here.ledger, attempt(here, withKey('key-1')), work(here))
    expect(again).toMatchObject({ kind: 'replayed', id: result.id })
  })
})
