import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { embeddedControlPlane } from '../../lib/embedded/control-plane.ts'
import { seedDemo } from '../../lib/embedded/control-plane-demo.ts'
import { type ControlPlaneState, fileState, memoryState } from '../../lib/embedded/control-plane-state.ts'

const NOW = Date.UTC(2026, 10, 22, 8, 0, 0)
const ORDERS = '/restapis/a1b2c3d4e5/resources/9x8y7z/methods/GET'
const INTEGRATION = `${ORDERS}/integration`

function demo(state: ControlPlaneState = memoryState()) {
  seedDemo(state)
  const app = embeddedControlPlane({ state, now: () => NOW, vpcLinksV2: ['vl2'] })
  return async (verb: string, path: string, body?: unknown) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const response = await app.request(path, { method: verb, ...(body === undefined ? {} : { body: text }) })
    const answer = await response.text()
    return {
      status: response.status,
      type: response.headers.get('x-amzn-errortype'),
      body: answer === '' ? undefined : JSON.parse(answer),
      headers: response.headers,
    }
  }
}

describe('integrations', () => {
  const http = { type: 'HTTP_PROXY', httpMethod: 'POST', uri: 'http://example.com' }
  const stored = {
    ...http,
    connectionType: 'INTERNET',
    passthroughBehavior: 'WHEN_NO_MATCH',
    timeoutInMillis: 29_000,
    cacheNamespace: '9x8y7z',
    cacheKeyParameters: [],
  }

  it('are put, read, patched and deleted', async () => {
    const call = demo()
    expect(await call('PUT', INTEGRATION, http)).toMatchObject({ status: 201, body: stored })
    expect((await call('GET', INTEGRATION)).body).toEqual(stored)
    const patchOperations = [{ op: 'replace', path: '/timeoutInMillis', value: '3000' }]
    expect(await call('PATCH', INTEGRATION, { patchOperations })).toMatchObject({
      status: 200,
      body: { ...stored, timeoutInMillis: 3000 },
    })
    expect(await call('DELETE', INTEGRATION)).toMatchObject({ status: 204, body: undefined })
    expect(await call('GET', INTEGRATION)).toMatchObject({ status: 404, type: 'NotFoundException' })
  })

  it('are replaced as a whole by a second Put', async () => {
    const call = demo()
    await call('PUT', INTEGRATION, { ...http, timeoutInMillis: 3000 })
    await call('PUT', `${INTEGRATION}/responses/200`, { selectionPattern: '' })
    expect(await call('PUT', INTEGRATION, { type: 'MOCK' })).toMatchObject({ status: 201 })
    const { body } = await call('GET', INTEGRATION)
    expect(body).toEqual({
      type: 'MOCK',
      passthroughBehavior: 'WHEN_NO_MATCH',
      timeoutInMillis: 29_000,
      cacheNamespace: '9x8y7z',
      cacheKeyParameters: [],
    })
  })

  it('show their responses once there are any, here and in the method', async () => {
    const call = demo()
    await call('PUT', INTEGRATION, http)
    const response = { statusCode: '200', selectionPattern: '2..' }
    expect(await call('PUT', `${INTEGRATION}/responses/200`, { selectionPattern: '2..' })).toMatchObject({
      status: 201,
      body: response,
    })
    expect((await call('GET', INTEGRATION)).body.integrationResponses).toEqual({ '200': response })
    expect((await call('GET', ORDERS)).body.methodIntegration.integrationResponses).toEqual({ '200': response })
    expect((await call('GET', `${INTEGRATION}/responses/200`)).body).toEqual(response)
    expect((await call('DELETE', `${INTEGRATION}/responses/200`)).status).toBe(204)
    expect((await call('GET', `${INTEGRATION}/responses/200`)).body.message).toBe(
      'Invalid Response status code specified',
    )
    expect((await call('GET', INTEGRATION)).body).not.toHaveProperty('integrationResponses')
  })

  it('stay as they were where a patch is refused', async () => {
    const call = demo()
    await call('PUT', INTEGRATION, http)
    const patchOperations = [
      { op: 'replace', path: '/timeoutInMillis', value: '3000' },
      { op: 'replace', path: '/uri', value: 'ftp://x' },
    ]
    expect((await call('PATCH', INTEGRATION, { patchOperations })).body.message).toBe(
      'Invalid HTTP endpoint specified for URI',
    )
    expect((await call('GET', INTEGRATION)).body).toEqual(stored)
  })

  it.each([
    ['a wrong JSON type before existence', 'nosuchapi0', '{"uri":true}', 400, 'SerializationException'],
    ['an unknown type before existence', 'nosuchapi0', { type: 'NOPE' }, 400, 'ValidationException'],
    ['existence before the form', 'nosuchapi0', { type: 'HTTP' }, 404, 'NotFoundException'],
    ['the form', 'a1b2c3d4e5', { type: 'HTTP' }, 400, 'BadRequestException'],
  ])('check %s', async (_, api, body, status, type) => {
    const path = INTEGRATION.replace('a1b2c3d4e5', api)
    expect(await demo()('PUT', path, body)).toMatchObject({ status, type })
  })

  it.each([
    [
      'an undeclared parameter',
      { requestParameters: { 'integration.request.path.p': 'method.request.path.page' } },
      400,
    ],
    ['a declared parameter', { requestParameters: { 'integration.request.path.p': 'method.request.path.id' } }, 201],
    ['an undeclared cache key', { cacheKeyParameters: ['method.request.querystring.x'] }, 400],
    ['a declared cache key', { cacheKeyParameters: ['method.request.querystring.currency'] }, 201],
    ["another account's role", { credentials: 'arn:aws:iam::999999999999:role/x' }, 403],
    ["the account's role", { credentials: 'arn:aws:iam::111111111111:role/x' }, 201],
    ["the caller's identity", { credentials: 'arn:aws:iam::*:user/*' }, 400],
    ['a VPC link of version 2 without target', { connectionType: 'VPC_LINK', connectionId: 'vl2' }, 400],
    ['a VPC link of version 1', { connectionType: 'VPC_LINK', connectionId: 'vl1' }, 201],
  ])('are checked against their surroundings: %s', async (_, more, status) => {
    expect(await demo()('PUT', INTEGRATION, { ...http, ...more })).toMatchObject({ status })
  })

  it.each([
    ['/restapis/nosuchapi0/resources/9x8y7z/methods/GET/integration', 'Invalid Resource identifier specified'],
    ['/restapis/a1b2c3d4e5/resources/constructor/methods/GET/integration', 'Invalid Resource identifier specified'],
    ['/restapis/a1b2c3d4e5/resources/9x8y7z/methods/PUT/integration', 'Invalid Method identifier specified'],
    [INTEGRATION, 'Invalid Integration identifier specified'],
  ])('are not found at %s', async (path, message) => {
    expect(await demo()('GET', path)).toMatchObject({ status: 404, type: 'NotFoundException', body: { message } })
  })
})

describe('REST APIs, resources and methods', () => {
  it('are created, listed page by page, and deleted', async () => {
    const call = demo()
    const { status, body: api } = await call('POST', '/restapis', { name: 'new', tags: { team: 'x' } })
    expect(status).toBe(201)
    expect(api).toMatchObject({ name: 'new', tags: { team: 'x' }, createdDate: NOW / 1000 })
    const first = (await call('GET', '/restapis?limit=4')).body
    const second = (await call('GET', `/restapis?limit=4&position=${first.position}`)).body
    expect(first.item).toHaveLength(4)
    expect(second).toEqual({ item: [api] })
    expect((await call('GET', '/restapis?limit=5')).body).not.toHaveProperty('position')
    expect((await call('GET', `/restapis/${api.id}`)).body).toEqual(api)

    const root = api.rootResourceId
    const resources = `/restapis/${api.id}/resources`
    const { body: things } = await call('POST', `${resources}/${root}`, { pathPart: 'things' })
    expect(things).toMatchObject({ parentId: root, path: '/things' })
    expect((await call('POST', `${resources}/${root}`, { pathPart: 'things' })).status).toBe(409)
    expect((await call('POST', `${resources}/${root}`, { pathPart: 'a b' })).status).toBe(400)
    const { body: thing } = await call('POST', `${resources}/${things.id}`, { pathPart: '{id+}' })
    expect(thing.path).toBe('/things/{id+}')

    const method = `${resources}/${thing.id}/methods/ANY`
    expect((await call('PUT', method, {})).type).toBe('ValidationException')
    expect((await call('PUT', method, { authorizationType: 'AWS_IAM' })).status).toBe(201)
    expect((await call('PUT', method, { authorizationType: 'AWS_IAM' })).status).toBe(409)
    const passThrough = { type: 'HTTP', httpMethod: 'GET', uri: 'http://x', credentials: 'arn:aws:iam::*:user/*' }
    expect((await call('PUT', `${method}/integration`, passThrough)).status).toBe(201)
    const listed = (await call('GET', `${resources}?embed=methods`)).body.item
    expect(listed[2].resourceMethods.ANY.methodIntegration.uri).toBe('http://x')
    expect((await call('GET', resources)).body.item[2].resourceMethods).toEqual({ ANY: {} })
    expect((await call('GET', `${resources}/${thing.id}`)).body.resourceMethods).toEqual({ ANY: {} })

    expect((await call('DELETE', method)).status).toBe(204)
    expect((await call('GET', method)).status).toBe(404)
    expect((await call('DELETE', `${resources}/${root}`)).status).toBe(400)
    expect((await call('DELETE', `${resources}/${things.id}`)).status).toBe(202)
    expect((await call('GET', resources)).body.item).toHaveLength(1)
    expect((await call('DELETE', `/restapis/${api.id}`)).status).toBe(202)
    expect((await call('GET', `/restapis/${api.id}`)).status).toBe(404)
  })

  it('of the demo are the ones the example policy speaks of', async () => {
    const call = demo()
    const { item } = (await call('GET', '/restapis')).body
    expect(item.map(({ name, id }: { name: string; id: string }) => [name, id])).toEqual([
      ['payments', 'a1b2c3d4e5'],
      ['search', 's9s8s7s6s5'],
      ['legacy-billing', 'zz99yy88xx'],
      ['catalogue', 'c7a7a7l0g0'],
    ])
    for (const path of ['s9s8s7s6s5/resources/5q4r3s', 'zz99yy88xx/resources/1n2v3c', 'c7a7a7l0g0/resources/1t3m5s']) {
      expect((await call('GET', `/restapis/${path}/methods/GET`)).status).toBe(200)
    }
  })
})

describe('every answer', () => {
  it.each([
    ['GET', '/restapis', 200],
    ['GET', '/', 404],
    ['OPTIONS', '/restapis', 404],
    ['POST', INTEGRATION, 404],
    ['GET', '/restapis/a1b2c3d4e5/models', 400],
    ['PUT', '/restapis/%2e%2e/x', 404],
  ])('to %s %s is JSON with id and date', async (verb, path, status) => {
    const answer = await demo()(verb, path)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(answer.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/)
    expect(answer.headers.get('date')).toBe('Sun, 22 Nov 2026 08:00:00 GMT')
    if (status >= 400) expect([answer.type, typeof answer.body.message]).toEqual([expect.any(String), 'string'])
  })

  it('is JSON where the body is too large or the state is gone', async () => {
    const tooLarge = await demo()('PUT', INTEGRATION, ' '.repeat(1_048_577))
    expect(tooLarge).toMatchObject({ status: 413, type: 'RequestEntityTooLargeException' })
    const broken: ControlPlaneState = {
      read: () => ({ restApis: [] }),
      write() {
        throw new Error('disk full')
      },
    }
    const app = embeddedControlPlane({ state: broken, now: () => NOW })
    const failed = await app.request('/restapis', { method: 'POST', body: '{"name":"x"}' })
    expect([failed.status, await failed.json()]).toEqual([500, { message: 'The control plane failed' }])
  })
})

describe('fileState()', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'control-plane-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('survives a restart, leaves one file, and keeps what was written over the demo', async () => {
    const file = join(folder, 'nested', 'rest-apis.json')
    const firstRun = demo(fileState(file))
    await firstRun('PUT', INTEGRATION, {
      type: 'MOCK',
      requestTemplates: { 'application/json': '', 'text/plain': null },
    })
    const { body } = await firstRun('GET', INTEGRATION)
    expect(readdirSync(join(folder, 'nested'))).toEqual(['rest-apis.json'])
    expect((await demo(fileState(file))('GET', INTEGRATION)).body).toEqual(body)
  })

  it.each(['', '{', '[]', '{"restApis":[{}]}', '{"restApis":[{"id":1}]}'])('says which file is broken: %s', (text) => {
    const file = join(folder, 'rest-apis.json')
    writeFileSync(file, text)
    expect(() => fileState(file)).toThrow(`Cannot read the REST APIs in ${file}: move the file away to start anew`)
  })

  it('refuses a stored integration that could not have been put', () => {
    const file = join(folder, 'rest-apis.json')
    seedDemo(fileState(file))
    const text = readFileSync(file, 'utf8')
    writeFileSync(
      file,
      text.replace('"integrationResponses":[]', '"integration":{"type":"NOPE"},"integrationResponses":[]'),
    )
    expect(() => fileState(file)).toThrow('Cannot read')
  })

  it('keeps the old state where the new cannot be written', async () => {
    const state = fileState(join(folder, 'rest-apis.json'))
    const call = demo(state)
    rmSync(folder, { recursive: true })
    writeFileSync(folder, 'in the way')
    expect((await call('PUT', INTEGRATION, { type: 'MOCK' })).status).toBe(500)
    expect((await call('GET', INTEGRATION)).status).toBe(404)
  })
})
