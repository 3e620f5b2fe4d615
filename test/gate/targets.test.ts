import { describe, expect, it } from 'vitest'
import { good, PATH, policyWith, send, testGate, tokens } from '../support/gate.ts'
import { memoryControlPlane } from '../support/memory-control-plane.ts'

const { payments } = tokens

async function withTarget() {
  const other = memoryControlPlane()
  const api = { account: '222222222222', partition: 'aws', region: 'eu-central-1' }
  const targets = new Map([['prod-eu', { api, controlPlane: other }]])
  const gate = await testGate({ targets, text: policyWith(['DeleteStage']) })
  return { gate, other }
}

describe('/targets/{name}/…', () => {
  it("is the target's control plane, and the target's account and Region in the trail", async () => {
    const { gate, other } = await withTarget()
    const sent = await send(gate, 'PUT', `/targets/prod-eu${PATH}`, { token: payments, body: good })
    expect(sent.status).toBe(201)
    expect(other.changes).toMatchObject([{ change: { operation: 'PutIntegration', integration: good } }])
    expect(gate.controlPlane).toMatchObject({ changes: [], reads: [] })
    const story = await send(gate, 'GET', `/v1/trail/${sent.headers.get('x-amzn-requestid')}`, { token: tokens.admin })
    expect(story.json).toMatchObject({
      target: { account: '222222222222', region: 'eu-central-1', restApiId: 'a1b2c3d4e5' },
    })
  })

  it('is judged by the same policy, for the same owners', async () => {
    const { gate, other } = await withTarget()
    const bad = { ...good, uri: 'https://evil.example.org/' }
    expect((await send(gate, 'PUT', `/targets/prod-eu${PATH}`, { token: payments, body: bad })).status).toBe(403)
    expect((await send(gate, 'PUT', `/targets/prod-eu${PATH}`, { token: tokens.search, body: good })).status).toBe(404)
    expect((await send(gate, 'PUT', `/targets/prod-eu${PATH}`, { body: good })).status).toBe(401)
    expect(other).toMatchObject({ changes: [], reads: [] })
  })

  it('passes operations beside integrations', async () => {
    const { gate, other } = await withTarget()
    const api = '/targets/prod-eu/restapis/a1b2c3d4e5'
    expect((await send(gate, 'GET', `${api}/stages`, { token: payments })).status).toBe(200)
    expect((await send(gate, 'DELETE', `${api}/stages/x`, { token: payments })).status).toBe(200)
    expect(other.calls.map(({ verb, path }) => `${verb} ${path}`)).toEqual([
      'GET /restapis/a1b2c3d4e5/stages',
      'DELETE /restapis/a1b2c3d4e5/stages/x',
    ])
    expect(gate.controlPlane.calls).toEqual([])
  })

  it.each([
    '/targets/nosuch/restapis/a1b2c3d4e5/stages',
    '/targets/prod-eu',
    '/targets/prod-eu/targets/prod-eu/restapis/a1b2c3d4e5/stages',
    '/targets/prod-eu/v1/trail',
    '/targets/prod-eu//restapis/a1b2c3d4e5/stages',
  ])('has nothing at %s', async (path) => {
    const { gate, other } = await withTarget()
    const { status, headers } = await send(gate, 'GET', path, { token: payments })
    expect({ status, type: headers.get('x-amzn-errortype') }).toEqual({ status: 404, type: 'NotFoundException' })
    expect([...other.calls, ...gate.controlPlane.calls]).toEqual([])
  })

  it('is no other place to repeat a request at: one idempotency key is for one of them', async () => {
    const { gate, other } = await withTarget()
    const put = (path: string) =>
      send(gate, 'PUT', path, { token: payments, body: good, headers: { 'idempotency-key': 'k1' } })
    expect((await put(PATH)).status).toBe(201)
    expect(await put(`/targets/prod-eu${PATH}`)).toMatchObject({
      status: 400,
      json: { message: expect.stringContaining('idempotency key') },
    })
    expect((await put(PATH)).status).toBe(201)
    expect(gate.controlPlane.changes).toHaveLength(1)
    expect(other.changes).toEqual([])
  })

  it('locks methods of one place alone', async () => {
    const { gate, other } = await withTarget()
    other.failNext({ kind: 'unknown', reason: 'no answer in time', upstream: { latencyMs: 1 } })
    const there = () => send(gate, 'PUT', `/targets/prod-eu${PATH}`, { token: payments, body: good })
    expect((await there()).status).toBe(504)
    expect((await there()).status).toBe(409)
    expect((await send(gate, 'PUT', PATH, { token: payments, body: good })).status).toBe(201)
  })
})
