import { describe, expect, it } from 'vitest'
import type { UpstreamAnswer } from '../../lib/control-plane/control-plane.ts'
import type { OperationCall } from '../../lib/control-plane/operation-call.ts'
import type { OperationAttempt } from '../../lib/trail/attempt.ts'
import { GRACE_MS } from '../../lib/trail/claim.ts'
import { recover } from '../../lib/trail/keeper.ts'
import { readBlob } from '../../lib/trail/ledger.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import { perform } from '../../lib/trail/perform.ts'
import { readStory } from '../../lib/trail/story.ts'
import { faultyStore } from '../support/faulty-store.ts'
import { allItems, allRecords, attempt, decision, type World, withKey, world } from './world.ts'

const MINUTE = 60_000
const upstream = { requestId: 'req-1', latencyMs: 3 }
const DONE: UpstreamAnswer = { kind: 'done', status: 201, document: { id: 'dep001' }, upstream }
const SILENCE: UpstreamAnswer = { kind: 'unknown', reason: 'no answer in time', upstream }

const stage = (name: string): OperationCall => ({
  operation: 'UpdateStage',
  verb: 'PATCH',
  path: `/restapis/a1b2c3d4e5/stages/${name}`,
  query: [],
  body: { patchOperations: [{ op: 'replace', path: '/description', value: 'secret words' }] },
})
const deployment: OperationCall = {
  operation: 'CreateDeployment',
  verb: 'POST',
  path: '/restapis/a1b2c3d4e5/deployments',
  query: [],
  body: { stageName: 'prod' },
}

function asking(here: World, call: OperationCall, more: Partial<OperationAttempt> = {}): OperationAttempt {
  const { account, region } = attempt(here).target
  const target = { account, region, restApiId: 'a1b2c3d4e5', operationPath: call.path }
  return { ...attempt(here), action: call.operation, requestHash: JSON.stringify(call), target, ...more }
}

/** Sends calls to a control plane that answers as told, and keeps what it was sent. */
function sending(here: World, ...answers: UpstreamAnswer[]) {
  const sent: OperationCall[] = []
  const controlPlane = {
    perform: async (call: OperationCall, { fence }: { fence(): Promise<void> }) => {
      await fence()
      sent.push(call)
      return answers.shift() ?? DONE
    },
  }
  const send = (call: OperationCall, more: Partial<OperationAttempt> = {}) =>
    perform(here.ledger, asking(here, call, more), {
      controlPlane,
      deadline: here.clock.now + 10_000,
      call,
      decision: decision(),
      again: () => undefined,
    })
  return { sent, send }
}

describe('perform()', () => {
  it('makes an intent durable, sends once and records what became of it', async () => {
    const here = world()
    const { sent, send } = sending(here)
    expect(await send(stage('prod'))).toMatchObject({ kind: 'answered', deferred: false, answer: DONE })
    expect(sent).toEqual([stage('prod')])
    const records = await allRecords(here.store)
    expect(records).toMatchObject([
      { kind: 'I', operation: 'UpdateStage', call: { verb: 'PATCH', path: stage('prod').path } },
      { kind: 'O', result: 'SUCCEEDED', evidence: 'ANSWER' },
    ])
    expect(JSON.stringify(records)).not.toContain('secret words')
    const sealed = records[0]?.kind === 'I' ? records[0].sealed : undefined
    expect(await readBlob(here.ledger, sealed ?? '')).toMatchObject({ call: stage('prod') })
    expect(await allItems(here.store, 'OPEN#')).toEqual([])
  })

  it('records the id of what a creation made, and of nothing else', async () => {
    const here = world()
    const { send } = sending(here)
    await send(deployment)
    await send(stage('prod'))
    const outcomes = (await allRecords(here.store)).filter(({ kind }) => kind === 'O')
    expect(outcomes.map((each) => 'madeId' in each && each.madeId)).toEqual(['dep001', false])
  })

  it('sends nothing where the intent is not durable', async () => {
    const here = world({ store: faultyStore(memoryStore(), ({ sk }) => (sk.endsWith('#I') ? 'fails' : undefined)) })
    const { sent, send } = sending(here)
    expect(await send(stage('prod'))).toMatchObject({ kind: 'unavailable' })
    expect(sent).toEqual([])
  })

  it('keeps a second writer of the same thing waiting, and nobody else', async () => {
    const here = world()
    const { send } = sending(here, SILENCE)
    expect(await send(stage('prod'))).toMatchObject({ kind: 'answered', deferred: true })
    expect(await send(stage('prod'), { requestHash: 'another' })).toMatchObject({ kind: 'busy' })
    expect(await send(stage('test'))).toMatchObject({ kind: 'answered', deferred: false })
  })

  it('keeps the repetition of a creation waiting, and no other creation', async () => {
    const here = world()
    const { send } = sending(here, SILENCE)
    await send(deployment)
    expect(await send(deployment)).toMatchObject({ kind: 'busy' })
    expect(await send(deployment, { requestHash: 'another' })).toMatchObject({ kind: 'answered', deferred: false })
  })

  it('answers a repetition under the same idempotency key from the record', async () => {
    const here = world()
    const { sent, send } = sending(here)
    await send(deployment, withKey('k'))
    expect(await send(deployment, withKey('k'))).toMatchObject({ kind: 'replayed', answer: DONE })
    expect(sent).toHaveLength(1)
  })

  it('never sends a creation twice because its answer was too large to keep', async () => {
    const here = world()
    const large = { ...DONE, document: { text: 'x'.repeat(400_000) } }
    const { sent, send } = sending(here, large)
    await send(deployment, withKey('k'))
    const again = await send(deployment, withKey('k'))
    expect(again).toMatchObject({ kind: 'replayed', answer: { kind: 'done', status: 201 } })
    expect(sent).toHaveLength(1)
  })
})

describe('what the keeper makes of a call', () => {
  const observe = { getIntegration: async () => Promise.reject(new Error('nothing to look at')) }

  it('is unknown, with a note, once it can no longer arrive, and not before', async () => {
    const here = world()
    const { send } = sending(here, SILENCE)
    const { id } = await send(stage('prod'))
    here.clock.now += GRACE_MS - 1
    expect(await recover(here.ledger, { controlPlane: observe })).toMatchObject({ settled: {}, waiting: [{ id }] })
    here.clock.now += 1
    expect(await recover(here.ledger, { controlPlane: observe })).toMatchObject({
      settled: { UNKNOWN: 1 },
      released: 1,
    })
    expect((await readStory(here.ledger, id))?.records.at(-1)).toMatchObject({
      result: 'UNKNOWN',
      writtenBy: 'keeper',
      note: expect.stringContaining('UpdateStage'),
    })
    expect(await send(stage('prod'))).toMatchObject({ kind: 'answered' })
  })

  it('is told to its repetition, which could do it twice', async () => {
    const here = world()
    const { sent, send } = sending(here, SILENCE)
    const { id } = await send(deployment, withKey('k'))
    expect(await send(deployment, withKey('k'))).toMatchObject({ kind: 'busy' })
    here.clock.now += GRACE_MS
    await recover(here.ledger, { controlPlane: observe })
    expect(await send(deployment, withKey('k'))).toMatchObject({ kind: 'replayed', id, answer: { kind: 'unknown' } })
    expect(sent).toHaveLength(1)
    expect(await send(deployment, withKey('another'))).toMatchObject({ kind: 'answered', answer: DONE })
  })

  it.each([
    { it: 'before its intent', at: '#I', records: 1 },
    { it: 'before the fence', at: 'OPEN', records: 2 },
  ])('that died $it is: not sent', async ({ at, records }) => {
    const memory = memoryStore()
    const dies = ({ method, pk, sk }: { method: string; pk: string; sk: string }) =>
      at === 'OPEN' ? method === 'replace' && pk.startsWith('OPEN') : sk.endsWith(at)
    const dying = world({ store: faultyStore(memory, (call) => (dies(call) ? 'dies' : undefined)) })
    void sending(dying).send(deployment)
    await new Promise((resolve) => setTimeout(resolve, 2))
    const here = world({ store: memory, clock: dying.clock, seed: 2 })
    here.clock.now += MINUTE
    expect(await recover(here.ledger, { controlPlane: observe })).toMatchObject({ aborted: 1, released: 1, failed: 0 })
    const all = await allRecords(memory)
    expect(all).toHaveLength(records)
    expect(all.at(-1)).toMatchObject({ kind: 'O', result: 'ABORTED_NOT_SENT' })
    expect(await allItems(memory, 'OPEN#')).toEqual([])
  })

  it('leaves alone the intent of a creation that is still claimed', async () => {
    const here = world()
    const { send } = sending(here, SILENCE)
    await send(deployment)
    here.clock.now += 5 * MINUTE
    expect(await recover(here.ledger, { controlPlane: observe })).toMatchObject({ orphans: 0, aborted: 0 })
  })
})
