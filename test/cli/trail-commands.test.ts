import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exportRequests } from '../../lib/cli/trail-export.ts'
import { trailList } from '../../lib/cli/trail-list.ts'
import { trailShow } from '../../lib/cli/trail-show.ts'
import { serverSentEvents, trailTail } from '../../lib/cli/trail-tail.ts'
import { verifyRecordProof } from '../../lib/log/record-proof.ts'
import { CSV_COLUMNS } from '../../lib/trail/csv.ts'
import { recordKey } from '../../lib/trail/item-key.ts'
import type { RecordItem } from '../../lib/trail/ledger.ts'
import { good, PATH, send, tokens } from '../support/gate.ts'
import { LOG_SIGNER, verifierKey } from '../support/trail-service.ts'
import { sallyport } from './session.ts'
import { type TrailGate, trailGate } from './trail-gate.ts'

let here: TrailGate

beforeEach(async () => {
  here = await trailGate()
})
afterEach(() => here.close())

const lines = () => here.terminal.text.trimEnd().split('\n')

describe('sallyport trail list', () => {
  it('shows a request a line, newest first, and marks what the log does not have yet', async () => {
    const changed = await here.service.change()
    await here.service.seal()
    const denied = await here.service.denial()
    await trailList({ team: 'payments', limit: 50, json: false }, here.gate, here.terminal)
    expect(lines()).toEqual([
      expect.stringMatching(
        new RegExp(
          `^\\S+Z  ${denied}  denied     PutIntegration  payments  ana  a1b2c3d4e5/9x8y7z/POST  payments.uri  ·$`,
        ),
      ),
      expect.stringMatching(
        new RegExp(`^\\S+Z  ${changed}  succeeded  PutIntegration  payments  ana  a1b2c3d4e5/9x8y7z/POST$`),
      ),
    ])
  })

  it('goes through as many pages as it takes', async () => {
    for (let n = 0; n < 205; n++) await send(here.service, 'GET', '/v1/trail/x', { token: tokens.admin })
    await trailList({ actor: 'root', limit: 203, json: true }, here.gate, here.terminal)
    const ids = lines().map((line) => JSON.parse(line).id)
    expect(new Set(ids).size).toBe(203)
  })

  it('shows nothing that acts on a terminal', async () => {
    const headers = { 'idempotency-key': 'k' }
    await send(here.service, 'PUT', PATH.replace('POST', 'P%1bST'), { token: tokens.payments, body: good, headers })
    await trailList({ limit: 50, json: false }, here.gate, here.terminal)
    expect(here.terminal.text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
  })

  it('says what the gate refuses', async () => {
    const team = await here.clientOf(tokens.payments)
    await expect(trailList({ limit: 1, json: false }, team, here.terminal)).rejects.toMatchObject({
      name: 'CannotJudge',
      status: 403,
      message: 'The gate refuses (403). Reading the trail takes the role auditor or admin.',
    })
  })
})

describe('sallyport trail show', () => {
  it("shows a request's records, each with its leaf, and its proof", async () => {
    const id = await here.service.change()
    await here.service.seal()
    const team = await here.clientOf(tokens.payments)
    await trailShow(id, { json: false }, team, here.terminal)
    expect(here.terminal.text).toMatch(/\nI {2}leaf 1 {2}commit \S+\n\{\n[\s\S]*\nO {2}leaf 2 {2}commit /)
    here.terminal.text = ''
    await trailShow(id, { json: false, proof: 'O' }, team, here.terminal)
    const { pk, sk } = recordKey(id, 'O', 8)
    const { record } = (await here.service.ledger.store.read(pk, sk)) as RecordItem
    expect(verifyRecordProof(record, here.terminal.text, [verifierKey(LOG_SIGNER)]).ok).toBe(true)
  })

  it('says that it is not sealed yet', async () => {
    const id = await here.service.change()
    await expect(trailShow(id, { json: false, proof: 'I' }, here.gate, here.terminal)).rejects.toMatchObject({
      status: 409,
    })
  })
})

describe('sallyport trail export --format', () => {
  it('writes what the gate has, without the line that ends it', async () => {
    const ids = [await here.service.change(), await here.service.denial()].reverse()
    expect(await exportRequests({ team: 'payments', format: 'jsonl' }, here.gate, here.terminal)).toBe(2)
    expect(lines().map((line) => JSON.parse(line).id)).toEqual(ids)
    here.terminal.text = ''
    expect(await exportRequests({ team: 'payments', format: 'csv' }, here.gate, here.terminal)).toBe(2)
    const rows = here.terminal.text.split('\r\n')
    expect(rows).toEqual([
      CSV_COLUMNS.join(','),
      expect.stringContaining(`${ids[0]}`),
      expect.stringContaining(`${ids[1]}`),
      '',
    ])
  })

  it('joins the parts of one that does not fit an answer', async () => {
    const whole = here
    here = await trailGate({ isBuffered: true })
    await whole.close()
    const name = (i: number) => `integration.request.header.${'X'.repeat(400)}${i}`
    const large = {
      ...good,
      requestParameters: Object.fromEntries(Array.from({ length: 1_600 }, (_, i) => [name(i), "'v'"])),
    }
    for (let n = 0; n < 5; n++) {
      await here.service.change()
      for (const key of here.service.controlPlane.stored.keys())
        here.service.controlPlane.stored.set(key, large as never)
    }
    for (const format of ['csv', 'ocsf'] as const) {
      here.terminal.text = ''
      expect(await exportRequests({ team: 'payments', format }, here.gate, here.terminal)).toBe(5)
      expect(lines()).toHaveLength(format === 'csv' ? 6 : 5)
    }
  })

  it('fails where the gate was cut off', async () => {
    await here.service.change()
    const { get } = here.gate
    const cut = {
      ...here.gate,
      get: async (path: string) => new Response((await (await get(path)).text()).slice(0, -40)),
    }
    await expect(exportRequests({ format: 'csv' }, cut, here.terminal)).rejects.toThrow('cut off')
    const less = {
      ...here.gate,
      get: async (path: string) => new Response((await (await get(path)).text()).replace(/^.*\n/, '')),
    }
    await expect(exportRequests({ format: 'jsonl' }, less, here.terminal)).rejects.toThrow('cut off')
  })
})

describe('sallyport trail tail', () => {
  it('prints each request once, across connections, until it is stopped', async () => {
    const first = await here.service.change()
    const stop = new AbortController()
    const event = (id: string, status: string) =>
      `id: ${id}\nevent: request\ndata: ${JSON.stringify({ id, at: '2027-01-15T08:00:00.000Z', status })}\n\n`
    const answers = [
      `retry: 1\n\n${event(first, 'pending')}:\n\n`,
      `${event(first, 'pending')}${event(first, 'applied')}event: gap\ndata: {"from":"a","to":"b"}\n\n`,
    ]
    const asked: (string | undefined)[] = []
    const gate = {
      ...here.gate,
      get: async (_path: string, { headers = {} }: { headers?: Record<string, string> } = {}) => {
        asked.push(headers['last-event-id'])
        if (answers.length === 1) stop.abort()
        return new Response(answers.shift() ?? '')
      },
    }
    await trailTail({ json: false }, gate, here.terminal, stop.signal)
    expect(lines().map((line) => line.split(/ +/)[2])).toEqual(['pending', 'applied'])
    expect(asked).toEqual([undefined, first])
    expect(here.terminal.messages).toEqual([expect.stringContaining('Too much to follow')])
  })

  it('ends where the gate refuses', async () => {
    const team = await here.clientOf(tokens.payments)
    const stop = new AbortController()
    await expect(trailTail({ json: false }, team, here.terminal, stop.signal)).rejects.toMatchObject({ status: 403 })
  })

  it('reads events however the stream is cut', async () => {
    const text = ': hello\r\nid: 1\nevent: request\ndata: {"a":\ndata: 1}\n\ndata:x\n\nevent: lost\ndata: y'
    for (let cut = 1; cut < text.length; cut++) {
      const chunks = [text.slice(0, cut), text.slice(cut)].map((part) => Buffer.from(part))
      const events = await Array.fromAsync(serverSentEvents(new Response(ReadableStream.from(chunks))))
      expect(events).toEqual([
        { event: 'request', id: '1', data: '{"a":\n1}' },
        { event: 'message', id: '1', data: 'x' },
      ])
    }
  })
})

describe('the command line', () => {
  it.each([
    [['trail', 'verify', '/nowhere'], "/nowhere: It can't be read: ENOENT."],
    [['trail', 'export', '--endpoint', 'http://127.0.0.1:1', '--token-file', '/nowhere'], 'Where to?'],
    [
      [
        'trail',
        'export',
        '--endpoint',
        'http://127.0.0.1:1',
        '--token-file',
        '/nowhere',
        '--out',
        'x',
        '--team',
        'payments',
      ],
      'A bundle is of the whole log',
    ],
    [['trail', 'list', '--endpoint', 'http://127.0.0.1:1', '--token-file', '/nowhere'], "/nowhere: It can't be read"],
    [['trail', 'list', '--endpoint', 'http://127.0.0.1:1', '--token-file', 'package.json'], 'cannot be reached'],
    [
      ['trail', 'list', '--endpoint', 'http://example.com', '--token-file', 'package.json'],
      'endpoint must be an https URL',
    ],
    [['trail', 'list', '--limit', 'many'], 'Give a whole number.'],
    [['witness', '--key', '/nowhere'], 'A witness needs --state and --log-key.'],
  ])('%j ends with 2 and says why', async (args, message) => {
    const { code, err, out } = await sallyport(args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(message)
  })
})
