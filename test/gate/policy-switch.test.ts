import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Integration } from '../../lib/apigateway/integration.ts'
import type { Claim } from '../../lib/trail/claim.ts'
import type { RecordItem } from '../../lib/trail/ledger.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import type { OutcomeRecord, TrailRecord } from '../../lib/trail/record.ts'
import { good, PATH, policyWith, send, type TestGate, testGate, tokens } from '../support/gate.ts'
import { itemStore } from '../support/item-store.ts'

const wide = policyWith(['PutMethod', 'DeleteRestApi'])
/** The same for all that `good` needs but the time that it may take. */
const narrow = wide.replace(
  'timeout: { maxMillis: 10000 }\n      cache: { namespaces: ["{resourceId}", "payments-*"]',
  'timeout: { maxMillis: 5000 }\n      cache: { namespaces: ["{resourceId}", "payments-*"]',
)
/** As wide, and another text. */
const rewritten = `${wide}# A comment.\n`
/** The API belongs to somebody else. */
const elsewhere = wide.replace('apis: { restApiIds: [a1b2c3d4e5] }', 'apis: { restApiIds: [b1b2c3d4e5] }')
const unlisted = readFileSync('examples/policy.yaml', 'utf8')

const put = (gate: TestGate) => send(gate, 'PUT', PATH, { token: tokens.payments, body: good })
const patch = (gate: TestGate) =>
  send(gate, 'PATCH', PATH, {
    token: tokens.payments,
    body: { patchOperations: [{ op: 'replace', path: '/timeoutInMillis', value: '9000' }] },
  })
const deletion = (gate: TestGate) => send(gate, 'DELETE', PATH, { token: tokens.payments })
const METHOD = '/restapis/a1b2c3d4e5/resources/9x8y7z/methods/GET'
const method = (gate: TestGate) =>
  send(gate, 'PUT', METHOD, { token: tokens.payments, body: { authorizationType: 'AWS_IAM' } })

type Sending = (gate: TestGate) => ReturnType<typeof put>

/** A gate that holds one integration, with a policy that is switched at a moment of the next request. */
async function switching(from: string, to: string, when: 'looking-up' | 'signed' | 'fenced') {
  const store = itemStore(memoryStore())
  const gate = await testGate({
    text: from,
    store: {
      ...store,
      async replace(item, rev) {
        const replaced = await store.replace(item, rev)
        if (when === 'fenced' && item.phase === 'SENDING') await gate.switchPolicy(to)
        return replaced
      },
    },
  })
  gate.controlPlane.stored.set('a1b2c3d4e5/9x8y7z/POST', good as Integration)
  const { getIntegration, change, perform } = gate.controlPlane
  gate.controlPlane.getIntegration = async (target, signal) => {
    const found = await getIntegration(target, signal)
    if (when === 'looking-up') await gate.switchPolicy(to)
    return found
  }
  const beforeFence = (fence: () => Promise<void>) => async () => {
    if (when === 'signed') await gate.switchPolicy(to)
    return fence()
  }
  gate.controlPlane.change = (asked, options) => change(asked, { ...options, fence: beforeFence(options.fence) })
  gate.controlPlane.perform = (call, options) => perform(call, { ...options, fence: beforeFence(options.fence) })
  const records = () =>
    (store.written.filter(({ pk }) => pk.startsWith('S#')) as RecordItem[]).map(({ record }) => record)
  const sent = () => gate.controlPlane.changes.length + gate.controlPlane.calls.length
  const claims = () => store.written.filter(({ pk }) => pk.startsWith('OPEN#')) as Claim[]
  return { gate, records, sent, claims }
}

async function digestOf(text: string): Promise<string> {
  const gate = await testGate({ text })
  const { json } = await send(gate, 'GET', '/v1/allowed', { token: tokens.payments })
  return String(json.policyDigest)
}

const ofKind = <Kind extends TrailRecord['kind']>(records: readonly TrailRecord[], kind: Kind) =>
  records.filter((record): record is Extract<TrailRecord, { kind: Kind }> => record.kind === kind)

describe('a policy that comes into force while a change is looked up', () => {
  it.each<[string, Sending]>([
    ['a Put', put],
    ['a patch', patch],
  ])('denies %s that it does not allow, and its record names it', async (_, sending) => {
    const { gate, records, sent } = await switching(wide, narrow, 'looking-up')
    const { status, json } = await sending(gate)
    expect({ status, sent: sent() }).toEqual({ status: 403, sent: 0 })
    expect(json).toMatchObject({ violations: [{ rule: 'payments.timeout' }], policyDigest: await digestOf(narrow) })
    expect(records()).toMatchObject([
      { kind: 'D', reasons: [{ rule: 'payments.timeout' }], policy: { digest: await digestOf(narrow) } },
    ])
  })

  it('allows a patch that only the policy before would have denied, and its records name it', async () => {
    const { gate, records, sent } = await switching(narrow, wide, 'looking-up')
    expect((await patch(gate)).status).toBe(200)
    expect(sent()).toBe(1)
    expect(records()).toMatchObject([{ kind: 'I', policy: { digest: await digestOf(wide) } }, { kind: 'O' }])
  })

  it.each<[string, Sending]>([
    ['a Put', put],
    ['a patch', patch],
    ['a deletion', deletion],
  ])('keeps %s from an API that is not its team’s any more, and says no more than that', async (_, sending) => {
    const { gate, sent } = await switching(wide, elsewhere, 'looking-up')
    const { status, json } = await sending(gate)
    expect({ status, sent: sent() }).toEqual({ status: 403, sent: 0 })
    expect(json).toMatchObject({ violations: [{ rule: 'intrinsic.owner' }] })
  })
})

describe.each<[string, Sending, string]>([
  ['a Put', put, narrow],
  ['a patch', patch, narrow],
  ['a deletion', deletion, elsewhere],
  ['a call beside integrations', method, unlisted],
])('a policy that comes into force once the intent of %s is recorded', (_, sending, against) => {
  it.each<'signed' | 'fenced'>(['signed', 'fenced'])('stops it where it does not allow it (%s)', async (when) => {
    const { gate, records, sent } = await switching(wide, against, when)
    const { status, headers } = await sending(gate)
    expect({ status, sent: sent() }).toEqual({ status: 403, sent: 0 })
    const [intent] = ofKind(records(), 'I')
    const [outcome] = ofKind(records(), 'O')
    expect(intent).toMatchObject({ decision: 'allow', policy: { digest: await digestOf(wide) } })
    expect(outcome).toMatchObject({
      id: headers.get('x-amzn-requestid'),
      result: 'ABORTED_NOT_SENT',
      evidence: 'FENCE',
      denied: { policy: { digest: await digestOf(against) } },
    })
    expect(outcome?.denied?.reasons.length).toBeGreaterThan(0)
  })

  it('lets it go where it allows it, and the outcome names the policy that did', async () => {
    const { gate, records, sent, claims } = await switching(wide, rewritten, 'signed')
    expect((await sending(gate)).status).toBeLessThan(300)
    expect(sent()).toBe(1)
    const policy = { revision: 7, digest: await digestOf(rewritten) }
    expect(ofKind(records(), 'I')).toMatchObject([{ policy: { digest: await digestOf(wide) } }])
    expect(ofKind(records(), 'O')).toMatchObject([{ result: 'SUCCEEDED', policy }])
    // The keeper would find it there, had the process ended.
    expect(claims().at(-1)).toMatchObject({ phase: 'SENDING', policy })
  })

  it('is asked for again where it is not the one on the claim, whatever it allows', async () => {
    const { gate, records, sent } = await switching(wide, rewritten, 'fenced')
    expect((await sending(gate)).status).toBe(503)
    expect(sent()).toBe(0)
    expect(ofKind(records(), 'O')).toMatchObject([{ result: 'ABORTED_NOT_SENT' } satisfies Partial<OutcomeRecord>])
    expect((await sending(gate)).status).toBeLessThan(300)
  })

  it('says nothing where it was in force before', async () => {
    const { gate, records } = await switching(wide, wide, 'signed')
    await sending(gate)
    expect(ofKind(records(), 'O')[0]).not.toHaveProperty('policy')
  })
})

describe('a policy that was in force when a request arrived', () => {
  it('is not asked for a Put any more once another one is', async () => {
    const gate = await testGate({ text: narrow })
    expect((await put(gate)).status).toBe(403)
    await gate.switchPolicy(wide)
    expect((await put(gate)).status).toBe(201)
    await gate.switchPolicy(narrow)
    expect((await put(gate)).status).toBe(403)
  })
})
