import { describe, expect, it } from 'vitest'
import { openCheckpoint } from '../../lib/log/checkpoint.ts'
import { cosign } from '../../lib/log/cosignature.ts'
import { formatVerifierKey } from '../../lib/log/key.ts'
import { leafHash } from '../../lib/log/merkle.ts'
import { parseNote } from '../../lib/log/note.ts'
import { verifyRecordProof } from '../../lib/log/record-proof.ts'
import { allTiles, decodeEntries, tilePath } from '../../lib/log/tile.ts'
import { recordKey } from '../../lib/trail/item-key.ts'
import type { RecordItem } from '../../lib/trail/ledger.ts'
import type { Item } from '../../lib/trail/store.ts'
import { send, tokens } from '../support/gate.ts'
import { LOG_SIGNER, read, type TrailService, trailService, verifierKey, WITNESS } from '../support/trail-service.ts'

const KEYS = [verifierKey(LOG_SIGNER)]

async function sealedService(changes = 3): Promise<{ service: TrailService; ids: string[] }> {
  const service = await trailService()
  const ids: string[] = []
  for (let n = 0; n < changes; n++) ids.push(await service.change())
  await service.seal()
  return { service, ids }
}

const checkpointOf = async (service: TrailService, query = '') =>
  (await read(service, `/v1/log/checkpoint${query}`, tokens.auditor)).text

async function record(service: TrailService, id: string, kind: 'I' | 'O'): Promise<RecordItem> {
  const { pk, sk } = recordKey(id, kind, 8)
  return (await service.ledger.store.read(pk, sk)) as RecordItem
}

describe('the log over HTTP', () => {
  it('is served in the C2SP layout: a signed checkpoint, its tiles and its entries', async () => {
    const { service } = await sealedService()
    const opened = openCheckpoint(Buffer.from(await checkpointOf(service)), KEYS)
    if (!opened.ok) throw new Error(opened.reason)
    expect(opened.checkpoint.size).toBe(7)
    const files = new Map<string, Buffer>()
    for (const tile of allTiles(opened.checkpoint.size)) {
      const response = await service.app.request(`/v1/log/${tilePath(tile)}`, {
        headers: { authorization: `Bearer ${tokens.auditor}` },
      })
      expect(response.headers.get('cache-control')).toContain('immutable')
      files.set(tilePath(tile), Buffer.from(await response.arrayBuffer()))
    }
    const entries = decodeEntries(files.get('tile/entries/000.p/7') ?? Buffer.alloc(0))
    expect(Buffer.concat(entries?.map(leafHash) ?? [])).toEqual(files.get('tile/0/000.p/7'))
  })

  it.each(['tile/0/001', 'tile/0/000.p/8', 'tile/entries/000', 'tile/0/0', 'tile/0/000.p/0', 'tile/1/000'])(
    'has no %s',
    async (path) => {
      const { service } = await sealedService()
      expect((await read(service, `/v1/log/${path}`, tokens.auditor)).status).toBe(404)
    },
  )

  it.each(['checkpoint', 'vkey', 'tile/0/000.p/7', 'tile/entries/000.p/7', 'records/000.p/7'])(
    'shows %s to auditors and admins, to nobody else',
    async (path) => {
      const { service } = await sealedService()
      const statuses = [tokens.auditor, tokens.admin, tokens.payments, undefined].map(
        async (token) => (await read(service, `/v1/log/${path}`, token)).status,
      )
      expect(await Promise.all(statuses)).toEqual([200, 200, 403, 401])
    },
  )

  it('does not grow by being read, but for its records', async () => {
    const { service } = await sealedService()
    for (const path of ['checkpoint', 'vkey', 'tile/0/000.p/7', 'tile/entries/000.p/7']) {
      await read(service, `/v1/log/${path}`, tokens.auditor)
    }
    expect((await service.seal()).log).toEqual({ size: 7, added: 0 })
    await read(service, '/v1/log/records/000.p/7', tokens.auditor)
    expect((await service.seal()).log).toEqual({ size: 8, added: 1 })
  })

  it('says that it has not begun', async () => {
    const service = await trailService()
    expect((await read(service, '/v1/log/checkpoint', tokens.auditor)).status).toBe(404)
    expect((await read(service, '/v1/log/vkey', tokens.auditor)).status).toBe(404)
  })
})

describe('POST /v1/log/cosignature', () => {
  async function cosigned(service: TrailService, signer = WITNESS, forged = false): Promise<string> {
    const checkpoint = await checkpointOf(service)
    const text = parseNote(Buffer.from(checkpoint))?.text ?? ''
    return checkpoint + (await cosign(forged ? `${text} ` : text, signer, 1_800_000_000))
  }
  const post = (service: TrailService, body: string, token = tokens.auditor) =>
    send(service, 'POST', '/v1/log/cosignature', { token, body })

  it('takes in a known witness’s cosignature, for good', async () => {
    const { service } = await sealedService()
    expect(await post(service, await cosigned(service))).toMatchObject({ status: 200, json: { size: 7 } })
    const checkpoint = Buffer.from(await checkpointOf(service))
    expect(openCheckpoint(checkpoint, KEYS, [verifierKey(WITNESS)])).toMatchObject({
      ok: true,
      cosignatures: [{ name: WITNESS.name, time: 1_800_000_000 }],
    })
    // The next head has none yet; the cosigned one stays to be had.
    await service.seal()
    expect(openCheckpoint(Buffer.from(await checkpointOf(service)), KEYS, [verifierKey(WITNESS)])).toMatchObject({
      checkpoint: { size: 8 },
      cosignatures: [],
    })
    expect(await checkpointOf(service, '?cosigned')).toEqual(checkpoint.toString())
  })

  it.each([
    { it: 'is by an unknown witness', make: (s: TrailService) => cosigned(s, LOG_SIGNER_AS_WITNESS) },
    { it: 'does not verify', make: (s: TrailService) => cosigned(s, WITNESS, true) },
    { it: 'is missing', make: (s: TrailService) => checkpointOf(s) },
    {
      it: 'is of another log',
      make: async (s: TrailService) => (await cosigned(s)).replace('audit.example', 'audit.evil'),
    },
  ])('refuses one that $it', async ({ make }) => {
    const { service } = await sealedService()
    expect((await post(service, await make(service))).status).toBe(400)
    expect((await read(service, '/v1/log/checkpoint?cosigned', tokens.auditor)).status).toBe(404)
  })

  it('is not for a team', async () => {
    const { service } = await sealedService()
    expect((await post(service, await cosigned(service), tokens.payments)).status).toBe(403)
  })
})

const LOG_SIGNER_AS_WITNESS = { ...WITNESS, name: 'witness.example/other', verifierKey: otherWitness() }

function otherWitness(): string {
  // Another name gives another key id; the key is the same.
  const key = verifierKey(WITNESS)
  return formatVerifierKey('witness.example/other', 4, key.publicKey)
}

describe('GET /v1/trail/{id}/proof', () => {
  const proof = (service: TrailService, id: string, token = tokens.payments, query = '') =>
    read(service, `/v1/trail/${id}/proof${query}`, token)

  it('proves each record of a request, to the team and to auditors', async () => {
    const { service, ids } = await sealedService()
    const [id = ''] = ids
    for (const kind of ['I', 'O'] as const) {
      const { text, headers } = await proof(service, id, tokens.payments, `?kind=${kind}`)
      expect(headers.get('content-type')).toContain('text/plain')
      expect(text).toMatch(/^c2sp\.org\/tlog-proof@v1\n/)
      expect(verifyRecordProof((await record(service, id, kind)).record, text, KEYS)).toMatchObject({
        ok: true,
        size: 7,
      })
      // The neighbour's record is not what it proves.
      const other = (await record(service, ids[1] ?? '', kind)).record
      expect(verifyRecordProof(other, text, KEYS).ok).toBe(false)
    }
    expect((await proof(service, id)).text).toBe((await proof(service, id, tokens.auditor, '?kind=I')).text)
  })

  it('says when, where the log does not have it yet', async () => {
    const { service } = await sealedService()
    const id = await service.change()
    const { status, headers, text } = await proof(service, id)
    expect({ status, ...JSON.parse(text) }).toMatchObject({
      status: 409,
      type: '/problems/not-sealed',
      detail: `The log is to have it by ${new Date(service.clock.now + 150_000).toISOString()}.`,
    })
    expect(headers.get('retry-after')).toBe('150')
    await service.seal()
    expect((await proof(service, id)).status).toBe(200)
  })

  it.each([
    { it: 'another team', token: tokens.search, id: 'theirs', query: '' },
    { it: 'an id that does not exist', token: tokens.auditor, id: '01ARZ3NDEKTSV4RRFFQ69G5FAV', query: '' },
    { it: 'no id', token: tokens.auditor, id: 'x', query: '' },
    { it: 'a kind it has not', token: tokens.auditor, id: 'theirs', query: '?kind=D' },
  ])('is 404 for $it', async ({ token, id, query }) => {
    const { service, ids } = await sealedService()
    expect((await proof(service, id === 'theirs' ? (ids[0] ?? '') : id, token, query)).status).toBe(404)
  })

  it('outlives the record: content and salt erased, it is still shown that it was there', async () => {
    const { service, ids } = await sealedService()
    const [id = ''] = ids
    const before = (await proof(service, id, tokens.auditor, '?kind=I')).text
    await erase(service, id)
    expect((await proof(service, id)).status).toBe(404)
    const after = (await proof(service, id, tokens.auditor, '?kind=I')).text
    expect(after).toBe(before.replace(/^extra .*\n/m, ''))
    expect((await read(service, `/v1/trail/${id}`, tokens.auditor)).status).toBe(404)
    expect(await service.seal()).toMatchObject({ failed: [] })
    expect(service.alarms).toEqual([])
  })
})

/** Deletes a request's records, as the role that may purge can; the store's contract has no such call. */
async function erase({ ledger }: TrailService, id: string): Promise<void> {
  const { store } = ledger
  const gone = (pk: string, sk: string) => pk.startsWith('S#') && sk.startsWith(id)
  const { read: readItem, list } = store
  store.read = async (pk, sk) => (gone(pk, sk) ? undefined : readItem(pk, sk))
  store.list = async (query) => {
    const page = await list(query)
    return { ...page, items: page.items.filter((item: Item) => !gone(item.pk, item.sk)) }
  }
}
