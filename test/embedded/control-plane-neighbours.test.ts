import { describe, expect, it } from 'vitest'
import { embeddedControlPlane } from '../../lib/embedded/control-plane.ts'
import { seedDemo } from '../../lib/embedded/control-plane-demo.ts'
import { memoryState } from '../../lib/embedded/control-plane-state.ts'

const API = '/restapis/a1b2c3d4e5'
const ORDERS = `${API}/resources/9x8y7z/methods`

function demo() {
  const state = memoryState()
  seedDemo(state)
  const app = embeddedControlPlane({ state, now: () => Date.UTC(2026, 10, 22) })
  return async (method: string, path: string, body?: object) => {
    const response = await app.request(path, { method, ...(body && { body: JSON.stringify(body) }) })
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
  }
}

async function deployable() {
  const call = demo()
  for (const verb of ['GET', 'POST']) await call('PUT', `${ORDERS}/${verb}/integration`, { type: 'MOCK' })
  return call
}

describe('UpdateMethod', () => {
  it('answers as GetMethod does, with responses by their status', async () => {
    const call = await deployable()
    await call('PUT', `${ORDERS}/GET/responses/200`, {})
    const patchOperations = [{ op: 'replace', path: '/authorizationType', value: 'AWS_IAM' }]
    const { status, body } = await call('PATCH', `${ORDERS}/GET`, { patchOperations })
    expect([status, body.authorizationType]).toEqual([200, 'AWS_IAM'])
    expect(body.methodResponses).toEqual({ 200: { statusCode: '200' } })
    expect((await call('GET', `${ORDERS}/GET`)).body).toEqual(body)
  })
})

describe('CreateDeployment', () => {
  it.each([
    ['a stage of this name', { stageName: 'live' }, ['live']],
    ['none where the name is empty, as Terraform’s provider sends it', { stageName: '', description: '' }, []],
    ['none where there is no name', {}, []],
  ])('makes %s', async (_, body, stages) => {
    const call = await deployable()
    const deployment = await call('POST', `${API}/deployments`, body)
    expect(deployment.status).toBe(201)
    const { item } = (await call('GET', `${API}/stages`)).body
    expect(item.map(({ stageName }: { stageName: string }) => stageName)).toEqual(stages)
    const isFree = (await call('DELETE', `${API}/deployments/${deployment.body.id}`)).status === 202
    expect(isFree).toBe(stages.length === 0)
  })
})
