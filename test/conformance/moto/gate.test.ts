import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type System, startSystem } from '../../../lib/embedded/system.ts'
import { ALLOWED, call, tokensOf, trailOf } from '../../local/caller.ts'
import { MISSING_MOTO, type Moto, startMoto } from '../../support/moto.ts'
import { apiGatewayClient, type MadeApi, makeApi } from '../../support/moto-apis.ts'

describe.skipIf(MISSING_MOTO)(`moto as API Gateway and as DynamoDB${MISSING_MOTO}`, () => {
  let moto: Moto
  let system: System
  let home = ''
  let api: MadeApi
  let tokens: Awaited<ReturnType<typeof tokensOf>>

  const start = () => {
    const endpoints = { AWS_ENDPOINT_URL_API_GATEWAY: moto.url, AWS_ENDPOINT_URL_DYNAMODB: moto.url }
    return startSystem({ env: { PORT: '0', SALLYPORT_HOME: home, ...endpoints }, aws: false, say: () => {} })
  }
  beforeAll(async () => {
    moto = await startMoto()
    api = await makeApi(apiGatewayClient(moto.url), 'a1b2c3d4e5')
    await makeApi(apiGatewayClient(moto.url), 's9s8s7s6s5')
    home = await mkdtemp(join(tmpdir(), 'sallyport-moto-'))
    tokens = await tokensOf(home)
    system = await start()
  })
  afterAll(async () => {
    await system?.close()
    await moto?.close()
    await rm(home, { recursive: true, force: true })
  })

  const pathTo = (verb: string, restApiId = api.restApiId) =>
    `${system.url}/restapis/${restApiId}/resources/${api.resourceId}/methods/${verb}/integration`
  const inTrail = async (id: string | null) =>
    (await trailOf(system.url, tokens.admin)).find((entry) => entry.id === id)?.status

  it('is said to stand behind the gate', () => {
    expect(system.parts).toMatchObject({ 'API Gateway': `at ${moto.url}`, DynamoDB: `at ${moto.url}, table sallyport` })
    expect(api.restApiId).toBe('a1b2c3d4e5')
  })

  it('is given what the policy allows, and the caller moto’s own answer', async () => {
    const put = await call(pathTo('POST'), tokens.payments, { method: 'PUT', body: ALLOWED })
    const { connectionId: _dropped, ...kept } = ALLOWED
    expect(put).toMatchObject({ status: 201, json: kept })
    expect(await inTrail(put.headers.get('x-amzn-requestid'))).toBe('succeeded')
    const get = await call(pathTo('POST'), tokens.payments)
    expect(get).toMatchObject({ status: 200, json: kept })
    expect(await inTrail(get.headers.get('x-amzn-requestid'))).toBe('read')
  })

  it('is given nothing of what the policy denies', async () => {
    const body = { ...ALLOWED, uri: 'https://evil.example.org/' }
    const put = await call(pathTo('GET'), tokens.payments, { method: 'PUT', body })
    expect([put.status, put.json.decision]).toEqual([403, 'deny'])
    expect(await inTrail(put.headers.get('x-amzn-requestid'))).toBe('denied')
    const others = await call(pathTo('GET', 's9s8s7s6s5'), tokens.payments, { method: 'PUT', body: ALLOWED })
    expect([others.status, others.json.message]).toEqual([404, 'Invalid Resource identifier specified'])
    expect((await call(pathTo('GET'), tokens.payments)).status).toBe(404)
  })

  it('is found to hold no integration where it says 200 and nothing', async () => {
    const get = await call(pathTo('PATCH'), tokens.payments)
    expect([get.status, get.json.message]).toEqual([404, 'Invalid Integration identifier specified'])
    const removed = await call(pathTo('PATCH'), tokens.payments, { method: 'DELETE' })
    // moto answers a page of HTML here; whatever it is, the caller gets JSON.
    expect(removed.status).toBeGreaterThanOrEqual(404)
    expect(removed.json.message).toEqual(expect.any(String))
  })

  it('deletes', async () => {
    await call(pathTo('PUT'), tokens.payments, { method: 'PUT', body: ALLOWED })
    const removed = await call(pathTo('PUT'), tokens.payments, { method: 'DELETE' })
    expect([removed.status, await inTrail(removed.headers.get('x-amzn-requestid'))]).toEqual([204, 'succeeded'])
    expect((await call(pathTo('PUT'), tokens.payments)).status).toBe(404)
  })

  it('cannot update: the caller is told in JSON, the trail says pending, the method is held', async () => {
    // Without a VPC link: moto forgets its id, and the gate judges an update by what is there.
    const partner = { type: 'HTTP_PROXY', httpMethod: 'POST', uri: 'https://api.partner.example/settlement/1' }
    const put = await call(pathTo('DELETE'), tokens.payments, {
      method: 'PUT',
      body: { ...partner, timeoutInMillis: 9000 },
    })
    expect(put.status).toBe(201)
    const body = { patchOperations: [{ op: 'replace', path: '/timeoutInMillis', value: '8000' }] }
    const patched = await call(pathTo('DELETE'), tokens.payments, { method: 'PATCH', body })
    const id = patched.headers.get('x-amzn-requestid')
    expect([patched.status, patched.headers.get('x-amzn-errortype')]).toEqual([500, 'InternalFailure'])
    expect(patched.json.message).toMatch(`request ${id} in the trail will say`)
    expect(await inTrail(id)).toBe('pending')

    const next = await call(pathTo('DELETE'), tokens.payments, { method: 'PUT', body: ALLOWED })
    expect([next.status, next.headers.get('x-amzn-errortype')]).toEqual([409, 'ConflictException'])
    expect(next.json.message).toMatch(`Request ${id} on this method is not settled yet`)
    expect((await call(pathTo('GET'), tokens.payments, { method: 'PUT', body: ALLOWED })).status).toBe(201)
  })

  it('keeps the trail for the next start', async () => {
    const before = await trailOf(system.url, tokens.admin)
    expect(before.length).toBeGreaterThan(8)
    await system.close()
    system = await start()
    expect(await trailOf(system.url, tokens.admin)).toEqual(before)
  })
})
