import { describe, expect, it } from 'vitest'
import { recordDenial, recordRead } from '../../lib/trail/denial.ts'
import { readBlob } from '../../lib/trail/ledger.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import type { DeniedRecord } from '../../lib/trail/record.ts'
import { readStory } from '../../lib/trail/story.ts'
import { faultyStore, type StoreFault } from '../support/faulty-store.ts'
import { allRecords, attempt, decision, INTENDED, VIOLATION, withKey, world } from './world.ts'

const POLICY_DENIAL = { decision: decision('deny', [VIOLATION]), intended: INTENDED }

describe('recordDenial()', () => {
  it('records who asked what, and why not', async () => {
    const here = world()
    const asked = attempt(here, {
      ...withKey('k', 'Boto3/1.43'),
      actor: {
        iss: 'https://issuer.example',
        sub: 's',
        clientId: 'c',
        amr: ['mfa'],
        tokenHash: 't',
        sourceIp: '192.0.2.1',
      },
    })
    const recorded = await recordDenial(here.ledger, asked, POLICY_DENIAL)
    expect(recorded).toMatchObject({ id: asked.id, recorded: true })
    const story = await readStory(here.ledger, asked.id)
    expect(story).toMatchObject({
      status: 'denied',
      records: [
        {
          v: 1,
          kind: 'D',
          ts: here.clock.now,
          receivedAt: here.clock.now,
          actor: asked.actor,
          team: 'payments',
          roles: ['author'],
          target: { restApiId: 'a1b2c3d4e5', path: '/orders' },
          action: 'PutIntegration',
          policy: { revision: 3, digest: 'sha256:00' },
          gate: { version: '0.1.0' },
          client: { userAgent: 'Boto3/1.43', idempotencyKeyHash: expect.stringMatching(/^[0-9a-f]{64}$/) },
          decision: 'deny',
          reasons: [VIOLATION],
          intended: { present: true },
        },
      ],
    })
  })

  it('says nothing of a before that was not read', async () => {
    const here = world()
    const { id } = await recordDenial(here.ledger, attempt(here), POLICY_DENIAL)
    expect((await readStory(here.ledger, id))?.records[0]).not.toHaveProperty('before')
  })

  it('keeps the refused request sealed', async () => {
    const here = world()
    await recordDenial(here.ledger, attempt(here), POLICY_DENIAL)
    const [record] = (await allRecords(here.store)) as [DeniedRecord]
    expect(await readBlob(here.ledger, record.sealed ?? '')).toEqual({ action: 'PutIntegration', intended: INTENDED })
  })

  it.each([
    { it: 'told in part', text: `${'s3cret'.repeat(100)}… (6000 characters)` },
    { it: 'longer than any that is told', text: 's3cret'.repeat(500) },
  ])('leaves out a message $it: half a secret is not found by looking for the whole', async ({ text }) => {
    const here = world()
    const intended = { ...INTENDED, requestTemplates: { 'text/plain': 's3cret'.repeat(1_000) } }
    const violation = { ...VIOLATION, message: `No ${text}` }
    await recordDenial(here.ledger, attempt(here), { decision: decision('deny', [violation]), intended })
    const [record] = (await allRecords(here.store)) as [DeniedRecord]
    expect(record.reasons).toMatchObject([{ rule: VIOLATION.rule, field: VIOLATION.field }])
    expect(JSON.stringify(record)).not.toContain('s3cret')
  })

  it('keeps a request of any size, in pieces', async () => {
    const here = world()
    const intended = { ...INTENDED, requestTemplates: { 'text/plain': 'x'.repeat(900_000) } }
    await recordDenial(here.ledger, attempt(here), { ...POLICY_DENIAL, intended })
    const [record] = (await allRecords(here.store)) as [DeniedRecord]
    expect(await readBlob(here.ledger, record.sealed ?? '')).toMatchObject({ intended })
    const pieces = await here.store.list({ pk: `B#${record.sealed}` })
    expect(pieces.items).toHaveLength(4)
    expect(JSON.stringify(record).length).toBeLessThan(3_000)
  })

  it('records a refusal of what could not be read, without a team', async () => {
    const here = world()
    const { team: _, ...asked } = attempt(here, {
      target: { account: '1', region: 'r' } as never,
      action: 'CreateRestApi',
    })
    const refusal = { reason: 'unknown_operation', type: 'AccessDeniedException', status: 403, message: 'secret?' }
    const { id } = await recordDenial(here.ledger, asked, { refusal })
    expect(await readStory(here.ledger, id)).toMatchObject({
      status: 'refused',
      action: 'CreateRestApi',
      refusal: { reason: 'unknown_operation', status: 403, messageMac: here.ledger.keys.mac('secret?') },
    })
  })

  it.each<StoreFault>(['fails', 'fails-but-persists'])(
    'never throws: where the store %s, the record is in the log',
    async (fault) => {
      const here = world({ store: faultyStore(memoryStore(), ({ pk }) => (pk.startsWith('S#') ? fault : undefined)) })
      const asked = attempt(here)
      expect(await recordDenial(here.ledger, asked, POLICY_DENIAL)).toEqual({ id: asked.id, recorded: false })
      expect(here.lines).toEqual([
        {
          event: 'audit_not_recorded',
          members: {
            reason: 'create: reply lost'.replace('reply lost', fault === 'fails' ? 'no reply' : 'reply lost'),
            salt: expect.any(String),
            record: expect.objectContaining({ id: asked.id, reasons: [VIOLATION] }),
          },
        },
      ])
    },
  )

  it('goes to another shard, once, where its own is throttled', async () => {
    const memory = memoryStore()
    const throttled: string[] = []
    const store = faultyStore(memory, ({ pk, sk }) => {
      if (!pk.startsWith('S#') || throttled.length > 0) return undefined
      throttled.push(sk.slice(0, 26))
      return 'throttles'
    })
    const here = world({ store })
    const asked = attempt(here)
    const recorded = await recordDenial(here.ledger, asked, POLICY_DENIAL)
    expect(throttled).toEqual([asked.id])
    expect(recorded).toMatchObject({ recorded: true })
    expect((await allRecords(memory)).map((record) => record.id)).toEqual([recorded.id])
    expect(recorded.id).not.toBe(asked.id)
  })

  it('is content with the record where the sealed copy fails', async () => {
    const here = world({ store: faultyStore(memoryStore(), ({ pk }) => (pk.startsWith('B#') ? 'fails' : undefined)) })
    expect(await recordDenial(here.ledger, attempt(here), POLICY_DENIAL)).toMatchObject({ recorded: true })
  })

  it('does not write behind the cursor of the log', async () => {
    const here = world()
    const asked = attempt(here)
    here.clock.now += 20_001
    expect(await recordDenial(here.ledger, asked, POLICY_DENIAL)).toMatchObject({ recorded: false })
    expect(await allRecords(here.store)).toEqual([])
    expect(here.lines).toMatchObject([{ event: 'audit_not_recorded' }])
  })

  it('survives texts of a caller that Unicode does not allow, and bounds them', async () => {
    const here = world()
    const asked = attempt(here, {
      client: { userAgent: `\ud800${'x'.repeat(5_000)}`, idempotencyKey: '\udfff' },
      team: '\ud800',
      target: { account: '1', region: 'r', restApiId: 'x'.repeat(500), resourceId: '\ud800', httpMethod: 'GET' },
    })
    expect(await recordDenial(here.ledger, asked, POLICY_DENIAL)).toMatchObject({ recorded: true })
    expect(JSON.stringify(await allRecords(here.store)).length).toBeLessThan(3_000)
  })
})

describe('recordRead()', () => {
  it('records who reads what', async () => {
    const here = world()
    const asked = attempt(here, { action: 'GetIntegration' })
    await recordRead(here.ledger, asked)
    expect(await readStory(here.ledger, asked.id)).toMatchObject({
      status: 'read',
      action: 'GetIntegration',
      team: 'payments',
    })
  })

  it.each<StoreFault>(['fails', 'throttles'])('throws where the store %s: then nothing may be read', async (fault) => {
    const here = world({ store: faultyStore(memoryStore(), ({ pk }) => (pk.startsWith('S#') ? fault : undefined)) })
    await expect(recordRead(here.ledger, attempt(here))).rejects.toMatchObject({ name: 'StoreUnavailable' })
  })
})
