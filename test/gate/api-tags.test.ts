import { describe, expect, it } from 'vitest'
import type { UpstreamAnswer } from '../../lib/control-plane/control-plane.ts'
import { apiTagsReader, RELIED_ON_MS, SEEN_MS, type TagSource } from '../../lib/gate/api-tags.ts'

const upstream = { latencyMs: 1 }
const api = { account: '111111111111', region: 'eu-west-1' }
const tagged = (tags: unknown): UpstreamAnswer => ({
  kind: 'done',
  status: 200,
  document: { id: 'x', name: 'orders', tags },
  upstream,
})
const refused = (status: number, retryAfter?: string): UpstreamAnswer => ({
  kind: 'refused',
  status,
  errorType: 'NotFoundException',
  message: 'no',
  ...(retryAfter !== undefined && { retryAfter }),
  upstream,
})

/** A reader whose clock is moved by hand, and a source whose answers wait until they are given. */
function rig(answer: () => UpstreamAnswer | Promise<UpstreamAnswer> = () => tagged({ team: 'payments' })) {
  const clock = { now: 1_000_000 }
  const reader = apiTagsReader(() => clock.now)
  const calls: string[] = []
  const taken: string[] = []
  let drained = 0
  const source = (asker = 'payments', place = api): TagSource => ({
    api: place,
    asker,
    isOwn: ({ team }) => team === asker.split(' ')[0],
    controlPlane: {
      async read({ verb, path, query }) {
        calls.push(`${verb} ${path}${query.length > 0 ? '?' : ''}`)
        return answer()
      },
    },
    take: async () => {
      taken.push(asker)
      return { ok: true }
    },
    drain: async () => void drained++,
  })
  return { clock, reader, calls, taken, source, drained: () => drained }
}

describe('tags of an API', () => {
  it('are what GetRestApi says, in a turn of its own', async () => {
    const { reader, source, calls, taken } = rig()
    expect(await reader.read(source(), 'a1', SEEN_MS)).toEqual({
      kind: 'known',
      tags: { team: 'payments' },
      readAt: 1_000_000,
    })
    expect({ calls, taken }).toEqual({ calls: ['GET /restapis/a1'], taken: ['payments'] })
  })

  it.each([
    ['no tags', undefined, {}],
    ['null', null, {}],
    ['an empty object', {}, {}],
  ])('are none where it says %s', async (_, tags, want) => {
    const { reader, source } = rig(() => tagged(tags))
    expect(await reader.read(source(), 'a1', SEEN_MS)).toMatchObject({ kind: 'known', tags: want })
  })

  it.each<[string, UpstreamAnswer]>([
    ['tags that are no object', tagged(['payments'])],
    ['a tag that is no text', tagged({ team: ['payments'] })],
    ['no API', { kind: 'done', status: 200, document: {}, upstream }],
    ['nothing', { kind: 'done', status: 200, upstream }],
    ['that it may not say', refused(403)],
    ['nothing in time', { kind: 'unknown', reason: 'no answer', upstream }],
  ])('are not known, and not kept, where it says %s', async (_, answer) => {
    const { reader, source, calls } = rig(() => answer)
    expect((await reader.read(source(), 'a1', SEEN_MS)).kind).toBe('unread')
    expect((await reader.read(source(), 'a1', SEEN_MS)).kind).toBe('unread')
    expect(calls).toHaveLength(2)
  })

  it('are not known where the call cannot be made', async () => {
    const { reader, source } = rig(() => Promise.reject(new TypeError('no credentials')))
    expect(await reader.read(source(), 'a1', SEEN_MS)).toMatchObject({
      kind: 'unread',
      answer: { reason: 'TypeError' },
    })
  })

  it.each(['..', '.', '', 'A1', 'a1/stages', '../vpclinks/v1', 'a1?x=y', 'a1%2e', 'a\u0131', 'a1\n'])(
    'of %j, which is no id, are not asked for: there is no such API',
    async (restApiId) => {
      const { reader, source, calls, taken } = rig()
      expect(await reader.read(source(), restApiId, SEEN_MS)).toMatchObject({ kind: 'absent' })
      expect([...calls, ...taken]).toEqual([])
    },
  )

  it('are asked for again once they are too old for what they are to decide', async () => {
    const { reader, source, calls, clock } = rig()
    const read = async (afterMs: number, maxAgeMs: number) => {
      clock.now = 1_000_000 + afterMs
      await reader.read(source(), 'a1', maxAgeMs)
      return calls.length
    }
    expect(await read(0, SEEN_MS)).toBe(1)
    expect(await read(RELIED_ON_MS - 1, RELIED_ON_MS)).toBe(1)
    expect(await read(RELIED_ON_MS, SEEN_MS)).toBe(1)
    expect(await read(RELIED_ON_MS, RELIED_ON_MS)).toBe(2)
    expect(await read(RELIED_ON_MS + SEEN_MS - 1, SEEN_MS)).toBe(2)
    expect(await read(RELIED_ON_MS + SEEN_MS, SEEN_MS)).toBe(3)
    // A clock that was set back makes nothing younger.
    expect(await read(-1, SEEN_MS)).toBe(4)
  })

  it('are as old as the question, not as the answer', async () => {
    const { reader, source, calls, clock } = rig(() => {
      clock.now += RELIED_ON_MS
      return tagged({ team: 'payments' })
    })
    await reader.read(source(), 'a1', RELIED_ON_MS)
    await reader.read(source(), 'a1', RELIED_ON_MS)
    expect(calls).toHaveLength(2)
  })

  it('of an API that is not there are asked for again sooner', async () => {
    const { reader, source, calls, clock } = rig(() => refused(404))
    expect((await reader.read(source(), 'a1', SEEN_MS)).kind).toBe('absent')
    clock.now += RELIED_ON_MS - 1
    await reader.read(source(), 'a1', SEEN_MS)
    expect(calls).toHaveLength(1)
    clock.now += 1
    await reader.read(source(), 'a1', SEEN_MS)
    expect(calls).toHaveLength(2)
  })

  it('are asked for once by all requests of one caller, and once for each other one', async () => {
    const answer = Promise.withResolvers<UpstreamAnswer>()
    const { reader, source, calls, taken } = rig(() => answer.promise)
    const reads = ['payments', 'payments', 'search', 'payments'].map((asker) =>
      reader.read(source(asker), 'a1', RELIED_ON_MS),
    )
    answer.resolve(tagged({ team: 'payments' }))
    expect((await Promise.all(reads)).map(({ kind }) => kind)).toEqual(['known', 'known', 'known', 'known'])
    expect({ calls: calls.length, taken }).toEqual({ calls: 2, taken: ['payments', 'search'] })
  })

  it.each([
    ['a colleague of its team', tagged({ team: 'payments' }), 'payments 2', 1],
    ['somebody else, to whom it would tell that it is there', tagged({ team: 'payments' }), 'search', 2],
    ['somebody else, not even that it is not there', refused(404), 'search', 2],
    ['its owner, of what somebody else asked', tagged({ team: 'search' }), 'search', 1],
  ])('once asked for are known to %s', async (_, answer, other, calls) => {
    const { reader, source, ...made } = rig(() => answer)
    const first = await reader.read(source('payments 1'), 'a1', RELIED_ON_MS)
    expect(await reader.read(source(other), 'a1', RELIED_ON_MS)).toEqual(first)
    expect(made.calls).toHaveLength(calls)
  })

  it('are not waited for by somebody with a turn because of somebody without one', async () => {
    const { reader, source, calls } = rig()
    const none: TagSource = { ...source('search'), take: async () => ({ ok: false, retryAfterSeconds: 3 }) }
    const [first, second] = await Promise.all([reader.read(none, 'a1', SEEN_MS), reader.read(source(), 'a1', SEEN_MS)])
    expect(first).toEqual({ kind: 'throttled', retryAfterSeconds: 3 })
    expect(second?.kind).toBe('known')
    expect(calls).toHaveLength(1)
  })

  it.each([
    ['3', 3],
    [undefined, 1],
    ['soon', 1],
    ['99999999', 1],
  ])('are not known where API Gateway says 429 (%s), which empties the quota', async (retryAfter, seconds) => {
    const { reader, source, drained } = rig(() => refused(429, retryAfter))
    expect(await reader.read(source(), 'a1', SEEN_MS)).toEqual({ kind: 'throttled', retryAfterSeconds: seconds })
    expect(drained()).toBe(1)
  })

  it('of one account and Region say nothing of another', async () => {
    const { reader, source, calls } = rig()
    await reader.read(source('payments'), 'a1', SEEN_MS)
    await reader.read(source('payments', { ...api, region: 'eu-central-1' }), 'a1', SEEN_MS)
    await reader.read(source('payments', { ...api, account: '222222222222' }), 'a1', SEEN_MS)
    expect(calls).toHaveLength(3)
  })

  it('are forgotten when they are told to be, also those just asked for', async () => {
    let answer = Promise.withResolvers<UpstreamAnswer>()
    const { reader, source, calls } = rig(() => answer.promise)
    const before = reader.read(source(), 'a1', SEEN_MS)
    await Promise.resolve()
    reader.forget(api, 'a1')
    const old = answer
    answer = Promise.withResolvers<UpstreamAnswer>()
    const after = reader.read(source(), 'a1', SEEN_MS)
    await new Promise((resolve) => setImmediate(resolve))
    answer.resolve(tagged({ team: 'search' }))
    expect(await after).toMatchObject({ tags: { team: 'search' } })
    old.resolve(tagged({ team: 'payments' }))
    expect(await before).toMatchObject({ tags: { team: 'payments' } })
    expect(await reader.read(source(), 'a1', SEEN_MS)).toMatchObject({ tags: { team: 'search' } })
    reader.forget(api, 'a1')
    await reader.read(source(), 'a1', SEEN_MS)
    expect(calls).toHaveLength(3)
  })

  it('are kept of a thousand APIs, the ones used last', async () => {
    const { reader, source, calls } = rig()
    for (let api = 0; api < 1_000; api++) await reader.read(source(), `a${api}`, SEEN_MS)
    await reader.read(source(), 'a0', SEEN_MS)
    await reader.read(source(), 'a1000', SEEN_MS)
    expect(calls).toHaveLength(1_001)
    await reader.read(source(), 'a0', SEEN_MS)
    expect(calls).toHaveLength(1_001)
    await reader.read(source(), 'a1', SEEN_MS)
    expect(calls).toHaveLength(1_002)
  })
})
