import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { mint } from '../identity/minting.ts'
import { tokens } from '../support/gate.ts'
import { read, type TrailService, trailService } from '../support/trail-service.ts'

interface Event {
  event: string
  id?: string
  data: Record<string, unknown>
}

/** Reads server-sent events as they arrive. */
async function follower(service: TrailService, query = '', headers = {}) {
  const abort = new AbortController()
  const response = await service.app.request(`/v1/trail/follow${query}`, {
    headers: { authorization: `Bearer ${tokens.auditor}`, ...headers },
    signal: abort.signal,
  })
  const events: Event[] = []
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  const done = (async () => {
    let text = ''
    for (;;) {
      const chunk = await reader?.read()
      if (!chunk || chunk.done) return
      text += chunk.value
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const fields = new Map(
          block.split('\n').map((line) => [line.split(': ', 1)[0] ?? '', line.slice(line.indexOf(': ') + 2)]),
        )
        const [event, data, id] = [fields.get('event'), fields.get('data'), fields.get('id')]
        if (event && data) events.push({ event, data: JSON.parse(data), ...(id && { id }) })
      }
    }
  })()
  return { response, events, done, cancel: () => reader?.cancel() }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Lets the next look at the trail happen. */
async function look(service: TrailService): Promise<void> {
  service.clock.now += 2_000
  await vi.advanceTimersByTimeAsync(2_000)
  for (let n = 0; n < 50; n++) await new Promise((resolve) => setImmediate(resolve))
}

/** A follower once there is room: where one has gone, its place is free when its stream notices. */
async function followerOnceFree(service: TrailService) {
  for (let n = 0; n < 20; n++) {
    await look(service)
    const next = await follower(service)
    if (next.response.status !== 503) return next
  }
  throw new Error('No place became free.')
}

describe('GET /v1/trail/follow', () => {
  it('lets one caller have four at once, and leaves the rest to others', async () => {
    const service = await trailService()
    const tails = [await follower(service), await follower(service), await follower(service), await follower(service)]
    const { response } = await follower(service)
    expect(response.status).toBe(503)
    const other = await follower(service, '', { authorization: `Bearer ${tokens.admin}` })
    expect(other.response.status).toBe(200)
    await tails[0]?.cancel()
    const again = await followerOnceFree(service)
    expect(again.response.status).toBe(200)
    for (const tail of [...tails, other, again]) await tail.cancel()
  })

  it('tells of each request once it is there, oldest first, and not of those before', async () => {
    const service = await trailService()
    await service.change()
    const tail = await follower(service)
    expect(tail.response.headers.get('content-type')).toContain('text/event-stream')
    await look(service)
    const ids = [await service.denial(), await service.change()]
    await look(service)
    await look(service)
    expect(tail.events).toMatchObject([
      { event: 'request', id: ids[0], data: { id: ids[0], status: 'denied' } },
      { event: 'request', id: ids[1], data: { id: ids[1], status: 'succeeded' } },
    ])
    await tail.cancel()
  })

  it('tells of a change again when its outcome is known', async () => {
    const service = await trailService()
    service.controlPlane.failNext(
      { kind: 'unknown', reason: 'no answer', upstream: { latencyMs: 1 } },
      { applied: true },
    )
    const tail = await follower(service)
    await look(service)
    const id = await service.change()
    await look(service)
    expect(tail.events).toMatchObject([{ data: { id, status: 'pending' } }])
    await service.seal()
    await look(service)
    expect(tail.events).toMatchObject([{ data: { id, status: 'pending' } }, { data: { id, status: 'applied' } }])
    await tail.cancel()
  })

  it('goes on behind the request that was seen last', async () => {
    const service = await trailService()
    const seen = await service.change()
    service.clock.now += 60_000
    const missed = await service.denial()
    service.clock.now += 60_000
    const tail = await follower(service, '', { 'last-event-id': seen })
    await look(service)
    expect(tail.events.map(({ id }) => id)).toContain(missed)
    await tail.cancel()
  })

  it('names the span that is too much to follow', async () => {
    const service = await trailService()
    const seen = await service.change()
    for (let n = 0; n < 1_010; n++) await read(service, '/v1/trail/x', tokens.auditor)
    const tail = await follower(service, '?team=payments', { 'last-event-id': seen })
    await look(service)
    expect(tail.events[0]).toMatchObject({ event: 'gap', data: { from: expect.any(String), to: expect.any(String) } })
    await tail.cancel()
  })

  it('tells only of what fits its filter', async () => {
    const service = await trailService()
    const tail = await follower(service, '?decision=deny')
    await look(service)
    await service.change()
    const id = await service.denial()
    await look(service)
    expect(tail.events).toMatchObject([{ id }])
    await tail.cancel()
  })

  it('ends with the token', async () => {
    const service = await trailService()
    const tail = await follower(service)
    service.clock.now += 24 * 3_600_000
    await look(service)
    await look(service)
    await tail.done
  })

  it('ends soon where the answer is handed over whole', async () => {
    const service = await trailService({ isBuffered: true })
    const tail = await follower(service)
    for (let n = 0; n < 5; n++) await look(service)
    await tail.done
  })

  it('lets 16 follow at once, and the next when one has gone', async () => {
    const service = await trailService()
    const auditors = ['a', 'b', 'c', 'd'].map((sub) => {
      const token = mint({ claims: { groups: ['sallyport-auditors'], sub } })
      return { authorization: `Bearer ${token}` }
    })
    const tails = await Promise.all(
      Array.from({ length: 16 }, (_, index) => follower(service, '', auditors[index % 4])),
    )
    expect(tails.map(({ response }) => response.status)).toEqual(Array(16).fill(200))
    const { status, headers, text } = await read(service, '/v1/trail/follow', tokens.auditor)
    expect({ status, type: JSON.parse(text).type }).toEqual({ status: 503, type: '/problems/busy' })
    expect(headers.get('retry-after')).toBe('60')
    await tails[0]?.cancel()
    const next = await followerOnceFree(service)
    expect(next.response.status).toBe(200)
    for (const tail of [...tails.slice(1), next]) await tail.cancel()
  })

  it.each([
    { it: 'a team', token: tokens.payments, query: '', headers: {}, status: 403 },
    { it: 'a cursor', token: tokens.auditor, query: '?cursor=x', headers: {}, status: 400 },
    { it: 'an id that is none', token: tokens.auditor, query: '', headers: { 'last-event-id': '7' }, status: 400 },
  ])('is $status for $it', async ({ token, query, headers, status }) => {
    expect((await read(await trailService(), `/v1/trail/follow${query}`, token, headers)).status).toBe(status)
  })
})
