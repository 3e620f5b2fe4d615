import { describe, expect, it } from 'vitest'
import { OPERATIONS } from '../../lib/apigateway/operation-table.ts'
import type { UpstreamAnswer } from '../../lib/control-plane/control-plane.ts'
import { TREATMENTS } from '../../lib/control-plane/treatment.ts'
import { WRITE_OPERATIONS } from '../../lib/control-plane/write-operations.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import { faultyStore } from '../support/faulty-store.ts'
import { policyWith, send, type TestGate, testGate, tokens } from '../support/gate.ts'

const { payments, search } = tokens
const API = '/restapis/a1b2c3d4e5'
const upstream = { requestId: 'upstream-1', latencyMs: 1 }
const done = (status: number, document?: unknown): UpstreamAnswer => ({
  kind: 'done',
  status,
  ...(document !== undefined && { document }),
  upstream,
})

/** A path of every operation, of an API that is the team's. */
const examples = OPERATIONS.map(([operation, verb, template]) => ({
  operation,
  verb,
  path: template
    .replace('{restapi_id}', 'a1b2c3d4e5')
    .replace('{http_method}', 'GET')
    .replace('{status_code}', '200')
    .replace('{resource_arn}', 'arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5'.replaceAll('/', '%2F'))
    .replace('{domain_name_access_association_arn}', 'arn:aws:apigateway:eu-west-1:111111111111:x')
    .replaceAll(/\{[A-Za-z_]+\}/g, 'abc123'),
}))

async function newest(gate: TestGate): Promise<Record<string, unknown>> {
  const { json } = await send(gate, 'GET', '/v1/trail?limit=10', { token: tokens.admin })
  const entries = json.entries as Record<string, unknown>[]
  return entries.find(({ action }) => action !== 'ListTrail') ?? {}
}

describe('every operation of the model', () => {
  it.each(examples)('$operation is passed, judged or refused as the table says', async ({ operation, verb, path }) => {
    const gate = await testGate({ text: policyWith(WRITE_OPERATIONS) })
    const treatment = TREATMENTS[operation]
    if (treatment.kind === 'integration') return
    const body = operation === 'PutMethod' ? { body: { authorizationType: 'AWS_IAM' } } : {}
    // By its id no team owns what is still to be made: see owner-by-tags.test.ts.
    if (operation === 'CreateRestApi') return
    const { status, headers, json } = await send(gate, verb, path, { token: payments, ...body })
    if (treatment.kind === 'refused') {
      expect({ status, type: headers.get('x-amzn-errortype') }).toEqual({ status: 403, type: 'AccessDeniedException' })
      expect(json.message).toContain(operation)
      expect(gate.controlPlane.calls).toEqual([])
    } else {
      expect(status).toBe(200)
      expect(gate.controlPlane.calls).toMatchObject([{ operation, verb, path: path.split('?')[0] }])
    }
    expect(await newest(gate)).toMatchObject({ action: operation })
  })

  it.each(examples)('$operation on an API of somebody else goes nowhere', async ({ operation, verb, path }) => {
    const gate = await testGate({ text: policyWith(WRITE_OPERATIONS) })
    if (operation === 'GetRestApis') return
    const foreign = await send(gate, verb, path, { token: search })
    const unknown = await send(gate, verb, path.replace('a1b2c3d4e5', 'nosuchapi0'), { token: search })
    expect(foreign.status).toBeGreaterThanOrEqual(400)
    expect({ ...unknown.json, message: String(unknown.json.message).replace('nosuchapi0', 'a1b2c3d4e5') }).toEqual(
      foreign.json,
    )
    expect(unknown.status).toBe(foreign.status)
    expect(gate.controlPlane).toMatchObject({ calls: [], changes: [], reads: [] })
  })

  it.each(examples)('$operation without a token goes nowhere', async ({ verb, path }) => {
    const gate = await testGate()
    expect((await send(gate, verb, path)).status).toBe(401)
    expect(gate.controlPlane).toMatchObject({ calls: [], changes: [], reads: [] })
  })
})

describe('reads', () => {
  it('are recorded, sent with the parameters they take, and answered as API Gateway did', async () => {
    const gate = await testGate()
    const document = { item: [{ id: 'x', path: '/', _links: { self: {} } }], position: 'p' }
    gate.controlPlane.answers.push(done(200, document))
    const { status, headers, json } = await send(gate, 'GET', `${API}/resources?embed=methods&limit=5`, {
      token: payments,
    })
    expect({ status, json }).toEqual({ status: 200, json: document })
    expect(headers.get('content-type')).toBe('application/json')
    expect(gate.controlPlane.calls).toEqual([
      {
        operation: 'GetResources',
        verb: 'GET',
        path: `${API}/resources`,
        query: [
          ['embed', 'methods'],
          ['limit', '5'],
        ],
      },
    ])
    expect(await newest(gate)).toMatchObject({
      status: 'read',
      team: 'payments',
      target: { restApiId: 'a1b2c3d4e5', operationPath: `${API}/resources` },
    })
  })

  it('refuse a parameter that the operation does not take', async () => {
    const gate = await testGate()
    const { status, json } = await send(gate, 'GET', `${API}/stages?mode=x`, { token: payments })
    expect({ status, json }).toMatchObject({ status: 400, json: { message: expect.stringContaining('deploymentId') } })
    expect(gate.controlPlane.calls).toEqual([])
  })

  it.each<{ it: string; answer: UpstreamAnswer; status: number; type: string }>([
    {
      it: 'a 404',
      answer: {
        kind: 'refused',
        status: 404,
        errorType: 'NotFoundException',
        message: 'Invalid stage identifier specified',
        upstream,
      },
      status: 404,
      type: 'NotFoundException',
    },
    {
      it: 'a 429',
      answer: {
        kind: 'refused',
        status: 429,
        errorType: 'TooManyRequestsException',
        message: 'Too Many Requests',
        retryAfter: '2',
        upstream,
      },
      status: 429,
      type: 'TooManyRequestsException',
    },
    {
      it: 'silence',
      answer: { kind: 'unknown', reason: 'no answer in time', upstream },
      status: 504,
      type: 'ServiceUnavailableException',
    },
  ])('pass $it on', async ({ answer, status, type }) => {
    const gate = await testGate()
    gate.controlPlane.answers.push(answer)
    const sent = await send(gate, 'GET', `${API}/stages/prod`, { token: payments })
    expect({ status: sent.status, type: sent.headers.get('x-amzn-errortype') }).toEqual({ status, type })
  })

  it('are not made while the trail cannot be written', async () => {
    const store = faultyStore(memoryStore(), ({ sk }) => (sk.endsWith('#R') ? 'fails' : undefined))
    const gate = await testGate({ store })
    expect((await send(gate, 'GET', `${API}/stages`, { token: payments })).status).toBe(503)
    expect(gate.controlPlane.calls).toEqual([])
  })
})

describe('GetRestApis', () => {
  const api = (id: string) => ({ id, name: `api ${id}` })

  it("shows the caller's own APIs, however API Gateway pages the others", async () => {
    const gate = await testGate()
    gate.controlPlane.answers.push(
      done(200, { item: [api('other00001'), api('s9s8s7s6s5')], position: 'next' }),
      done(200, { item: [api('a1b2c3d4e5'), api('other00002')] }),
    )
    expect(await send(gate, 'GET', '/restapis?limit=10', { token: payments })).toMatchObject({
      status: 200,
      json: { item: [api('a1b2c3d4e5')] },
    })
    expect(gate.controlPlane.calls.map(({ query }) => query)).toEqual([
      [['limit', '500']],
      [
        ['limit', '500'],
        ['position', 'next'],
      ],
    ])
  })

  it('pages by ids of its own', async () => {
    const text = policyWith([])
      .replace(/^ +operations: \[\]\n/m, '')
      .replace('[a1b2c3d4e5]', '[a1b2c3d4e5, b1b2c3d4e5, c1b2c3d4e5]')
    const gate = await testGate({ text })
    const all = done(200, { item: ['c1b2c3d4e5', 'x', 'b1b2c3d4e5', 'a1b2c3d4e5'].map(api) })
    const seen: unknown[] = []
    let position: unknown
    for (let page = 0; page < 4; page++) {
      gate.controlPlane.answers.push(all)
      const path = `/restapis?limit=1${position === undefined ? '' : `&position=${position}`}`
      const { json } = await send(gate, 'GET', path, { token: payments })
      seen.push(...(json.item as { id: string }[]).map(({ id }) => id))
      position = json.position
      if (position === undefined) break
    }
    expect(seen).toEqual(['c1b2c3d4e5', 'b1b2c3d4e5', 'a1b2c3d4e5'])
  })

  it('refuses a team nothing, and nobody everything', async () => {
    const gate = await testGate()
    expect((await send(gate, 'GET', '/restapis', { token: tokens.nobody })).status).toBe(403)
    gate.controlPlane.answers.push(done(200, { item: [api('a1b2c3d4e5')] }))
    expect((await send(gate, 'GET', '/restapis', { token: search })).json).toEqual({ item: [] })
  })
})

describe('writes', () => {
  it('that the policy lists are recorded, sent once and answered as API Gateway did', async () => {
    const gate = await testGate({ text: policyWith(['CreateResource']) })
    gate.controlPlane.answers.push(done(201, { id: 'abc123', pathPart: 'orders' }))
    const body = ' { "pathPart" : "orders" } '
    const { status, headers, json } = await send(gate, 'POST', `${API}/resources/9x8y7z`, { token: payments, body })
    expect({ status, json }).toEqual({ status: 201, json: { id: 'abc123', pathPart: 'orders' } })
    expect(headers.get('audit-commit')).toMatch(/^sha256=/)
    expect(gate.controlPlane.calls).toMatchObject([
      { operation: 'CreateResource', verb: 'POST', path: `${API}/resources/9x8y7z`, body: { pathPart: 'orders' } },
    ])
    const id = headers.get('x-amzn-requestid')
    const story = await send(gate, 'GET', `/v1/trail/${id}`, { token: tokens.admin })
    expect(story.json).toMatchObject({
      status: 'succeeded',
      records: [
        {
          kind: 'I',
          operation: 'CreateResource',
          decision: 'allow',
          call: { verb: 'POST', path: `${API}/resources/9x8y7z`, bodyMac: expect.stringMatching(/^hmac-sha256:/) },
        },
        { kind: 'O', result: 'SUCCEEDED' },
      ],
    })
    expect(JSON.stringify(story.json)).not.toContain('orders')
  })

  it('that it does not list are denied with what it lists', async () => {
    const gate = await testGate({ text: policyWith(['CreateResource']) })
    const { status, json } = await send(gate, 'DELETE', `${API}/stages/prod`, { token: payments })
    expect({ status, json }).toMatchObject({
      status: 403,
      json: {
        decision: 'deny',
        message: expect.stringContaining('DeleteStage'),
        violations: [{ rule: 'payments.operations', allowed: ['CreateResource'] }],
      },
    })
    expect(gate.controlPlane.calls).toEqual([])
    expect(await newest(gate)).toMatchObject({ status: 'denied', action: 'DeleteStage' })
  })

  it('are not opened by a rollout that only watches a team', async () => {
    const gate = await testGate()
    const path = '/restapis/zz99yy88xx/stages/prod'
    expect((await send(gate, 'DELETE', path, { token: tokens.billing })).status).toBe(403)
    expect(gate.controlPlane.calls).toEqual([])
  })

  it.each([
    {
      it: 'a stage variable',
      verb: 'POST',
      path: '/stages',
      body: { variables: { host: 'evil.example' } },
      rule: 'intrinsic.stage.variables',
    },
    {
      it: 'an open method',
      verb: 'PUT',
      path: '/resources/9x8y7z/methods/GET',
      body: { authorizationType: 'NONE' },
      rule: 'payments.methods',
    },
    {
      it: 'a patched stage variable',
      verb: 'PATCH',
      path: '/stages/prod',
      body: { patchOperations: [{ op: 'add', path: '/variables/x', value: 'y' }] },
      rule: 'intrinsic.operation.path',
    },
  ])('are denied $it even where the operation is listed', async ({ verb, path, body, rule }) => {
    const gate = await testGate({ text: policyWith(WRITE_OPERATIONS) })
    const { status, json } = await send(gate, verb, API + path, { token: payments, body })
    expect({ status, json }).toMatchObject({ status: 403, json: { violations: [{ rule }] } })
    expect(gate.controlPlane.calls).toEqual([])
  })

  it.each(['none', 'None', 'NONE'])(
    'can not open a method past the bounds by spelling %s, also in dry-run',
    async (word) => {
      const text = policyWith(['PutMethod', 'UpdateMethod'])
        .replace(/^ +tls: .*$/m, '$&\n    methods: { open: [{ httpMethods: [OPTIONS] }] }')
        .replace(
          /^ {2}payments:$/m,
          '$&\n    rollout: { rules: [{ id: payments.methods, mode: dry-run, until: 2027-03-31 }] }',
        )
      const gate = await testGate({ text })
      const path = `${API}/resources/9x8y7z/methods`
      const patchOperations = [{ op: 'replace', path: '/authorizationType', value: word }]
      for (const denied of [
        await send(gate, 'PUT', `${path}/GET`, { token: payments, body: { authorizationType: word } }),
        await send(gate, 'PATCH', `${path}/GET`, { token: payments, body: { patchOperations } }),
      ]) {
        expect(denied).toMatchObject({ status: 403, json: { violations: [{ rule: 'org.bounds.methods.open' }] } })
      }
      expect(
        (await send(gate, 'PUT', `${path}/OPTIONS`, { token: payments, body: { authorizationType: word } })).status,
      ).toBe(200)
      // What is judged is what is forwarded.
      expect(gate.controlPlane.calls.map(({ body }) => body)).toEqual([{ authorizationType: 'NONE' }])
    },
  )

  it('may leave a method open where the policy lists it, and no other', async () => {
    const open =
      '{ open: [{ httpMethods: [OPTIONS] }, { httpMethods: [POST], resourceIds: [9x8y7z], apiKey: required }] }'
    const text = policyWith(['PutMethod']).replace(/^( +)operations: .*$/m, `$&\n$1methods: ${open}`)
    const gate = await testGate({ text })
    const put = (resource: string, verb: string, body: object) =>
      send(gate, 'PUT', `${API}/resources/${resource}/methods/${verb}`, { token: payments, body })
    const none = { authorizationType: 'NONE' }
    expect((await put('9x8y7z', 'OPTIONS', none)).status).toBe(200)
    expect((await put('abc123', 'OPTIONS', none)).status).toBe(200)
    expect((await put('9x8y7z', 'POST', { ...none, apiKeyRequired: true })).status).toBe(200)
    for (const denied of [
      await put('9x8y7z', 'GET', none),
      await put('9x8y7z', 'POST', none),
      await put('abc123', 'POST', { ...none, apiKeyRequired: true }),
    ]) {
      expect(denied).toMatchObject({ status: 403, json: { violations: [{ rule: 'payments.methods' }] } })
    }
    expect(gate.controlPlane.calls.map(({ body }) => body)).toEqual([none, none, { ...none, apiKeyRequired: true }])
  })

  it.each([
    { it: 'an unknown member', body: { pathPart: 'x', uri: 'y' }, type: 'BadRequestException' },
    { it: 'a wrong type', body: { pathPart: 1 }, type: 'SerializationException' },
    { it: 'bad JSON', body: '{', type: 'SerializationException' },
    { it: 'a query', query: '?mode=overwrite', body: {}, type: 'BadRequestException' },
  ])('with $it are refused in the form of the client', async ({ body, query = '', type }) => {
    const gate = await testGate({ text: policyWith(WRITE_OPERATIONS) })
    const sent = await send(gate, 'POST', `${API}/resources/9x8y7z${query}`, { token: payments, body })
    expect({ status: sent.status, type: sent.headers.get('x-amzn-errortype') }).toEqual({ status: 400, type })
    expect(gate.controlPlane.calls).toEqual([])
  })

  it('repeat the recorded answer for a retry of the same call', async () => {
    const gate = await testGate({ text: policyWith(['CreateDeployment']) })
    gate.controlPlane.answers.push(done(201, { id: 'dep001' }))
    const headers = { 'amz-sdk-invocation-id': '6f0b0d1e-0000-4000-8000-000000000001' }
    const once = () => send(gate, 'POST', `${API}/deployments`, { token: payments, body: {}, headers })
    const [first, again] = [await once(), await once()]
    expect(again).toMatchObject({ status: 201, json: first.json })
    expect(again.headers.get('audit-outcome')).toBe('replayed')
    expect(gate.controlPlane.calls).toHaveLength(1)
  })

  it('whose answer is lost hold back their repetition, and no other creation', async () => {
    const gate = await testGate({ text: policyWith(['CreateResource']) })
    gate.controlPlane.answers.push({ kind: 'unknown', reason: 'no answer in time', upstream })
    const create = (pathPart: string) =>
      send(gate, 'POST', `${API}/resources/9x8y7z`, { token: payments, body: { pathPart } })
    expect((await create('a')).status).toBe(504)
    expect((await create('a')).status).toBe(409)
    expect((await create('b')).status).toBe(200)
  })

  it('exclude each other on one method, whatever they change of it', async () => {
    const gate = await testGate({ text: policyWith(['DeleteMethod', 'PutMethodResponse']) })
    const method = `${API}/resources/9x8y7z/methods/GET`
    gate.controlPlane.answers.push({ kind: 'unknown', reason: 'no answer in time', upstream })
    expect((await send(gate, 'DELETE', method, { token: payments })).status).toBe(504)
    expect((await send(gate, 'DELETE', `${method}/integration`, { token: payments })).status).toBe(409)
    expect((await send(gate, 'PUT', `${method}/responses/200`, { token: payments, body: {} })).status).toBe(200)
  })

  it('are not sent while the trail cannot be written', async () => {
    const store = faultyStore(memoryStore(), ({ sk }) => (sk.endsWith('#I') ? 'fails' : undefined))
    const gate = await testGate({ store, text: policyWith(WRITE_OPERATIONS) })
    expect((await send(gate, 'DELETE', `${API}/stages/prod`, { token: payments })).status).toBe(503)
    expect(gate.controlPlane.calls).toEqual([])
  })
})
