import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Integration } from '../../lib/apigateway/integration.ts'
import { CSV_COLUMNS } from '../../lib/trail/csv.ts'
import { good, PATH, send, tokens } from '../support/gate.ts'
import { read, type TrailService, trailService } from '../support/trail-service.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** What stands before the last line, and what that one says. */
function parts(text: string): { lines: string[]; body: string; end: string } {
  const lines = text.split(/\r?\n/).slice(0, -1)
  const end = lines.pop() ?? ''
  return { lines, end, body: text.slice(0, text.lastIndexOf(end)) }
}

async function filled(options = {}): Promise<{ service: TrailService; ids: string[] }> {
  const service = await trailService(options)
  const ids = [await service.change(), await service.denial(), await service.change()].reverse()
  return { service, ids }
}

describe('GET /v1/trail?format=', () => {
  it('jsonl: each request with all its records, newest first; the last line counts and hashes them', async () => {
    const { service, ids } = await filled()
    await service.seal()
    const { text, headers } = await read(service, '/v1/trail?format=jsonl&team=payments', tokens.auditor)
    expect(headers.get('content-type')).toBe('application/jsonl')
    const { lines, body, end } = parts(text)
    const entries = lines.map((line) => JSON.parse(line))
    expect(entries.map(({ id }) => id)).toEqual(ids)
    expect(entries[1]).toMatchObject({ status: 'denied', records: [{ kind: 'D', commit: expect.any(String) }] })
    expect(entries[2]).toMatchObject({ records: [{ kind: 'I' }, { kind: 'O' }] })
    const checkpoint = expect.stringContaining('audit.example/gate')
    expect(JSON.parse(end)).toEqual({ end: { count: 3, sha256: sha256(body), checkpoint } })
  })

  it('csv: a row each, under a header; a formula in what a caller chose stays a text', async () => {
    const service = await trailService()
    const headers = { 'user-agent': '=HYPERLINK("https://evil.example","x")' }
    await send(service, 'PUT', PATH, { token: tokens.payments, body: good, headers })
    const { text, headers: answered } = await read(service, '/v1/trail?team=payments', tokens.auditor, {
      accept: 'text/csv',
    })
    expect(answered.get('content-type')).toContain('text/csv')
    const { lines, body, end } = parts(text)
    expect(lines[0]).toBe(CSV_COLUMNS.join(','))
    expect(lines).toHaveLength(2)
    expect(lines[1]).toContain(`,succeeded,allow,SUCCEEDED,,payments,`)
    expect(lines[1]).toContain(`"'=HYPERLINK(""https://evil.example"",""x"")"`)
    expect(end).toBe(`#end,1,${sha256(body)},,`)
  })

  it('ocsf: events of the class API Activity with all that it requires', async () => {
    const { service } = await filled()
    service.clock.now += 1_000
    const { text } = await read(service, '/v1/trail?format=ocsf', tokens.auditor)
    const events = parts(text).lines.map((line) => JSON.parse(line))
    // Two changes, a denial, and the reading of this export.
    expect(events.map(({ type_uid, status, action, api }) => [type_uid, status, action, api.operation])).toEqual([
      [600302, 'Success', 'Allowed', 'ExportTrail'],
      [600303, 'Success', 'Allowed', 'PutIntegration'],
      [600303, 'Failure', 'Denied', 'PutIntegration'],
      [600301, 'Success', 'Allowed', 'PutIntegration'],
    ])
    for (const event of events) {
      expect(event).toMatchObject({
        class_uid: 6003,
        category_uid: 6,
        activity_id: event.type_uid - 600300,
        severity_id: expect.any(Number),
        time: expect.any(Number),
        metadata: { version: expect.any(String), product: { name: 'Sallyport', vendor_name: expect.any(String) } },
        actor: { user: { uid: expect.any(String) } },
        api: { operation: expect.any(String) },
        src_endpoint: { ip: '192.0.2.7' },
        cloud: { provider: 'AWS', region: 'eu-west-1', account: { uid: '111111111111' } },
      })
    }
    expect(events[2].unmapped.reasons).toMatchObject([{ rule: expect.any(String) }])
  })

  it('counts who came without a token in one event', async () => {
    const service = await trailService()
    for (const _ of [1, 2, 3]) await send(service, 'PUT', PATH, { body: good })
    service.clock.now += 60_000
    await send(service, 'PUT', PATH, { body: good })
    const { text } = await read(service, '/v1/trail?format=ocsf', tokens.auditor)
    expect(parts(text).lines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ count: 3, action: 'Denied', src_endpoint: { ip: '192.0.2.7' } }),
    )
  })

  it('gives what fits where the answer is handed over whole, and goes on from its cursor', async () => {
    const { service } = await filled({ isBuffered: true })
    const name = (i: number) => `integration.request.header.${'X'.repeat(400)}${i}`
    const parameters = Array.from({ length: 270 }, (_, i) => [name(i), `'v${i}'`])
    const large = { ...good, requestParameters: Object.fromEntries(parameters) } as Integration
    for (let n = 0; n < 30; n++) {
      // Each change takes away what somebody else made: as large a difference as one record tells whole.
      for (const key of service.controlPlane.stored.keys()) service.controlPlane.stored.set(key, large)
      await service.change()
    }
    const seen: string[] = []
    let cursor = ''
    let reads = 0
    do {
      const { text } = await read(service, `/v1/trail?format=jsonl&team=payments${cursor}`, tokens.auditor)
      const { lines, end } = parts(text)
      expect(text.length).toBeLessThan(5_000_000)
      seen.push(...lines.map((line) => JSON.parse(line).id))
      const { next } = JSON.parse(end).end
      cursor = next ? `&cursor=${next}` : ''
      reads++
    } while (cursor !== '')
    expect(reads).toBeGreaterThan(1)
    expect(new Set(seen).size).toBe(33)
    expect(seen).toHaveLength(33)
  })

  it('is cut off where the trail fails, and does not end as if it were whole', async () => {
    const { service } = await filled()
    const { list } = service.ledger.store
    let calls = 0
    service.ledger.store.list = async (query) => {
      if (query.pk.startsWith('S#') && ++calls > 4) throw new Error('down')
      return list(query)
    }
    const response = await service.app.request('/v1/trail?format=jsonl', {
      headers: { authorization: `Bearer ${tokens.auditor}` },
    })
    await expect(response.text()).rejects.toThrow()
  })

  it.each([
    { query: 'format=xml', token: tokens.auditor, status: 400 },
    { query: 'format=csv&cursor=x', token: tokens.auditor, status: 400 },
    { query: 'format=csv', token: tokens.payments, status: 403 },
  ])('is $status for ?$query', async ({ query, token, status }) => {
    expect((await read(await trailService(), `/v1/trail?${query}`, token)).status).toBe(status)
  })
})

describe('GET /v1/trail', () => {
  it('says of each request whether the log has it, and at which leaves', async () => {
    const service = await trailService()
    const old = await service.change()
    await service.seal()
    const young = await service.denial()
    const { json } = await send(service, 'GET', '/v1/trail?team=payments', { token: tokens.auditor })
    expect(json.entries).toMatchObject([
      { id: young, sealed: false },
      { id: old, sealed: true },
    ])
    expect((await send(service, 'GET', `/v1/trail/${old}`, { token: tokens.payments })).json).toMatchObject({
      records: [
        { kind: 'I', sealed: true, leaf: 1 },
        { kind: 'O', sealed: true, leaf: 2 },
      ],
    })
    expect((await send(service, 'GET', `/v1/trail/${young}`, { token: tokens.payments })).json).toMatchObject({
      records: [{ kind: 'D', sealed: false }],
    })
  })
})
