import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import { faultyStore } from '../support/faulty-store.ts'
import { good, PATH, send, type TestGate, testGate, tokens } from '../support/gate.ts'

const { payments } = tokens

/** The status of the newest request in the trail, as an admin sees it. */
async function newest(gate: TestGate): Promise<Record<string, unknown>> {
  const { json } = await send(gate, 'GET', '/v1/trail?limit=10', { token: tokens.admin })
  const entries = json.entries as Record<string, unknown>[]
  return entries.find(({ action }) => action !== 'ListTrail') ?? {}
}

describe('PutIntegration', () => {
  it('forwards what the policy allows and answers as API Gateway does', async () => {
    const gate = await testGate()
    const { status, headers, json } = await send(gate, 'PUT', PATH, { token: payments, body: good })
    expect({ status, json }).toMatchObject({ status: 201, json: { ...good, cacheNamespace: '9x8y7z' } })
    expect(headers.get('content-type')).toBe('application/json')
    expect(headers.get('x-amzn-requestid')).toMatch(/^[0-9A-Z]{26}$/)
    expect(headers.get('audit-commit')).toMatch(/^sha256=/)
    expect(gate.controlPlane.changes).toMatchObject([{ change: { operation: 'PutIntegration', integration: good } }])
    expect(await newest(gate)).toMatchObject({
      id: headers.get('x-amzn-requestid'),
      status: 'succeeded',
      team: 'payments',
      decision: 'allow',
      action: 'PutIntegration',
    })
  })

  it('refuses what the policy does not allow with everything needed to put it right', async () => {
    const gate = await testGate()
    const uri = 'https://core.paymnets.acme.internal/v1/orders'
    const { status, headers, json } = await send(gate, 'PUT', PATH, {
      token: payments,
      body: { ...good, uri, timeoutInMillis: 25000 },
    })
    expect(status).toBe(403)
    expect(headers.get('x-amzn-errortype')).toBe('AccessDeniedException')
    expect(json.message).toContain('core.payments.acme.internal')
    expect(json).toMatchObject({
      decision: 'deny',
      decisionId: headers.get('x-amzn-requestid'),
      violations: [
        { rule: 'payments.uri', field: '/uri', part: 'host', nearest: 'core.payments.acme.internal' },
        { rule: 'payments.timeout', field: '/timeoutInMillis', value: 25000, allowed: { maxMillis: 10000 } },
      ],
    })
    expect(json).not.toHaveProperty('dryRun')
    expect(gate.controlPlane.changes).toEqual([])
    expect(gate.controlPlane.reads).toEqual([])
    expect(await newest(gate)).toMatchObject({
      status: 'denied',
      decision: 'deny',
      reasons: [{ rule: 'payments.uri' }, {}],
    })
  })

  it('forwards the parsed request, never the received bytes', async () => {
    const gate = await testGate()
    const spaced = `  ${JSON.stringify(good, null, 4)}\n`
    await send(gate, 'PUT', PATH, { token: payments, body: spaced })
    expect(gate.controlPlane.changes[0]?.change).toEqual({
      operation: 'PutIntegration',
      target: { restApiId: 'a1b2c3d4e5', resourceId: '9x8y7z', httpMethod: 'POST' },
      integration: good,
    })
  })

  it.each([
    { it: 'a wrong JSON type', body: { ...good, timeoutInMillis: '9000' }, type: 'SerializationException' },
    { it: 'a duplicate key', body: '{"type":"MOCK","type":"HTTP"}', type: 'SerializationException' },
    { it: 'an unknown type', body: { ...good, type: 'HTTPS' }, type: 'ValidationException' },
    { it: 'an unknown member', body: { ...good, integrationHttpMethod: 'POST' }, type: 'BadRequestException' },
    { it: 'a missing integration method', body: { ...good, httpMethod: undefined }, type: 'BadRequestException' },
    { it: 'a URI that is none', body: { ...good, uri: 'core' }, type: 'BadRequestException' },
  ])('answers $it as API Gateway would, without asking it, and records it', async ({ body, type }) => {
    const gate = await testGate()
    const { status, headers, json } = await send(gate, 'PUT', PATH, { token: payments, body })
    expect({ status, type: headers.get('x-amzn-errortype') }).toEqual({ status: 400, type })
    expect(json.message).toEqual(expect.any(String))
    expect(gate.controlPlane.changes).toEqual([])
    expect(await newest(gate)).toMatchObject({ status: 'refused', refusal: { reason: 'invalid', type, status: 400 } })
  })

  it('keeps an upstream 4xx what it is and records it as rejected', async () => {
    const gate = await testGate()
    gate.controlPlane.failNext({
      kind: 'refused',
      status: 429,
      errorType: 'TooManyRequestsException',
      message: 'Too Many Requests',
      retryAfter: '3',
      upstream: { latencyMs: 1 },
    })
    const { status, headers, json } = await send(gate, 'PUT', PATH, { token: payments, body: good })
    expect({ status, json }).toEqual({ status: 429, json: { message: 'Too Many Requests' } })
    expect(headers.get('x-amzn-errortype')).toBe('TooManyRequestsException')
    expect(headers.get('retry-after')).toBe('3')
    expect(await newest(gate)).toMatchObject({ status: 'rejected' })
  })

  it('keeps an upstream error whose type is no header value a 4xx', async () => {
    const gate = await testGate()
    gate.controlPlane.failNext({
      kind: 'refused',
      status: 400,
      errorType: 'Bad\r\nset-cookie: x',
      message: 'no',
      upstream: { latencyMs: 1 },
    })
    const { status, headers, json } = await send(gate, 'PUT', PATH, { token: payments, body: good })
    expect({ status, json }).toEqual({ status: 400, json: { message: 'no' } })
    expect(headers.get('x-amzn-errortype')).toBe('BadRequestException')
    expect(headers.has('set-cookie')).toBe(false)
  })

  it('does not say whether a change was applied when nobody knows, and holds the method', async () => {
    const gate = await testGate()
    gate.controlPlane.failNext(
      { kind: 'unknown', reason: 'no answer in time', upstream: { latencyMs: 1 } },
      { applied: true },
    )
    const lost = await send(gate, 'PUT', PATH, { token: payments, body: good })
    expect(lost.status).toBe(504)
    expect(lost.headers.get('x-amzn-errortype')).toBe('ServiceUnavailableException')
    expect(lost.json.message).toContain('not known yet')
    expect(await newest(gate)).toMatchObject({ status: 'pending' })

    const second = await send(gate, 'PUT', PATH, { token: payments, body: { ...good, timeoutInMillis: 8000 } })
    expect(second.status).toBe(409)
    expect(second.headers.get('x-amzn-errortype')).toBe('ConflictException')
    expect(second.json.message).toContain(lost.headers.get('x-amzn-requestid'))
    expect(gate.controlPlane.changes).toHaveLength(1)
  })

  it('repeats the recorded answer for a retry of the same call, and sends nothing twice', async () => {
    const gate = await testGate()
    const headers = { 'amz-sdk-invocation-id': '6f0b0d1e-0000-4000-8000-000000000001' }
    const first = await send(gate, 'PUT', PATH, { token: payments, body: good, headers })
    const again = await send(gate, 'PUT', PATH, { token: payments, body: good, headers })
    expect(again).toMatchObject({ status: 201, json: first.json })
    expect(again.headers.get('audit-outcome')).toBe('replayed')
    expect(gate.controlPlane.changes).toHaveLength(1)
    const other = await send(gate, 'PUT', PATH, { token: payments, body: { ...good, timeoutInMillis: 1 }, headers })
    expect(other.status).toBeGreaterThanOrEqual(400)
    expect(gate.controlPlane.changes).toHaveLength(1)
  })

  it('lets a policy be stricter tomorrow: a dry-run team is only watched', async () => {
    const gate = await testGate()
    const path = '/restapis/zz99yy88xx/resources/1n2v3c/methods/GET/integration'
    const body = {
      type: 'HTTP',
      httpMethod: 'GET',
      uri: 'https://billing.acme.internal/x',
      connectionType: 'VPC_LINK',
      connectionId: 'vl-bill',
      cacheNamespace: 'legacy-billing-x',
    }
    const sent = await send(gate, 'PUT', path, { token: tokens.billing, body })
    expect(sent.status).toBe(201)
    expect(JSON.stringify(sent.json)).not.toContain('legacy-billing.cache')
    const story = await send(gate, 'GET', `/v1/trail/${sent.headers.get('x-amzn-requestid')}`, { token: tokens.admin })
    expect(story.json).toMatchObject({
      records: [{ kind: 'I', dryRun: [{ rule: 'legacy-billing.cache' }] }, { kind: 'O' }],
    })
  })
})

describe('the other operations', () => {
  it('reads, updates and deletes an integration', async () => {
    const gate = await testGate()
    await send(gate, 'PUT', PATH, { token: payments, body: good })
    expect(await send(gate, 'GET', PATH, { token: payments })).toMatchObject({ status: 200, json: { uri: good.uri } })
    const patch = { patchOperations: [{ op: 'replace', path: '/timeoutInMillis', value: '5000' }] }
    expect(await send(gate, 'PATCH', PATH, { token: payments, body: patch })).toMatchObject({
      status: 200,
      json: { timeoutInMillis: 5000, uri: good.uri },
    })
    expect(await send(gate, 'DELETE', PATH, { token: payments })).toMatchObject({ status: 204, json: {} })
    expect(await send(gate, 'GET', PATH, { token: payments })).toMatchObject({
      status: 404,
      json: { message: 'Invalid Integration identifier specified' },
    })
    expect(gate.controlPlane.changes.map(({ change }) => change.operation)).toEqual([
      'PutIntegration',
      'UpdateIntegration',
      'DeleteIntegration',
    ])
  })

  it('judges an update by what it would bring about', async () => {
    const gate = await testGate()
    await send(gate, 'PUT', PATH, { token: payments, body: good })
    const patch = { patchOperations: [{ op: 'replace', path: '/uri', value: 'https://evil.example.org/v1/' }] }
    const { status, json } = await send(gate, 'PATCH', PATH, { token: payments, body: patch })
    expect(status).toBe(403)
    expect(json).toMatchObject({ violations: [{ rule: 'org.bounds.uri.hosts' }, { rule: 'payments.uri' }] })
    expect(gate.controlPlane.changes).toHaveLength(1)
    // The method is free again.
    expect((await send(gate, 'PUT', PATH, { token: payments, body: good })).status).toBe(201)
  })

  it.each(['PATCH', 'DELETE'])('answers %s on an integration that is not there with 404', async (method) => {
    const gate = await testGate()
    const body =
      method === 'PATCH' ? { patchOperations: [{ op: 'replace', path: '/uri', value: 'https://x' }] } : undefined
    const { status, headers } = await send(gate, method, PATH, { token: payments, ...(body && { body }) })
    expect({ status, type: headers.get('x-amzn-errortype') }).toEqual({ status: 404, type: 'NotFoundException' })
    expect(gate.controlPlane.changes).toEqual([])
  })

  it.each([
    { method: 'POST', path: '/restapis', operation: 'CreateRestApi' },
    { method: 'PUT', path: '/restapis/a1b2c3d4e5', operation: 'PutRestApi' },
    { method: 'POST', path: '/restapis/a1b2c3d4e5/authorizers', operation: 'CreateAuthorizer' },
    { method: 'GET', path: '/account', operation: 'GetAccount' },
  ])('refuses $operation by name and records it', async ({ method, path, operation }) => {
    const gate = await testGate()
    const { status, headers, json } = await send(gate, method, path, { token: payments })
    expect({ status, type: headers.get('x-amzn-errortype') }).toEqual({ status: 403, type: 'AccessDeniedException' })
    expect(json.message).toContain(operation)
    expect(await newest(gate)).toMatchObject({ status: 'refused', action: operation })
  })

  it.each(['/', '/nothing/here', `${PATH}/`, PATH.replace('POST', 'post'), PATH.replace('9x8y7z', '9x8y7z%2F..')])(
    'answers %s, which is no operation, with JSON',
    async (path) => {
      const gate = await testGate()
      const { status, headers, json } = await send(gate, 'PUT', path, { token: payments, body: good })
      expect({ status, type: headers.get('x-amzn-errortype') }).toEqual({ status: 404, type: 'NotFoundException' })
      expect(json.message).toEqual(expect.any(String))
      expect(gate.controlPlane.changes).toEqual([])
    },
  )

  const over = `"${'x'.repeat(1_048_575)}"`
  it.each([
    { it: 'that says its length, unread', body: '{}', headers: { 'content-length': '1048577' } },
    { it: 'that does not', body: over, headers: {} },
    { it: 'in chunks', body: over, headers: { 'content-length': '2', 'transfer-encoding': 'chunked' } },
  ])('refuses a body over a mebibyte $it with 413 in JSON', async ({ body, headers }) => {
    const gate = await testGate()
    const answer = await send(gate, 'PUT', PATH, { token: payments, body, headers })
    expect({ status: answer.status, type: answer.headers.get('x-amzn-errortype') }).toEqual({
      status: 413,
      type: 'RequestEntityTooLargeException',
    })
  })
})

describe('who asks', () => {
  it('refuses a request without a token, in the form of the client', async () => {
    const gate = await testGate()
    const aws = await send(gate, 'PUT', PATH, { body: good })
    expect(aws).toMatchObject({ status: 401, json: { message: expect.stringContaining('AWS_SESSION_TOKEN') } })
    expect(aws.headers.get('x-amzn-errortype')).toBe('UnauthorizedException')
    const native = await send(gate, 'GET', '/v1/trail')
    expect(native).toMatchObject({ status: 401, json: { type: '/problems/unauthenticated', status: 401 } })
    expect(native.headers.get('content-type')).toBe('application/problem+json')
    expect(gate.controlPlane.changes).toEqual([])
  })

  it('takes the token as an AWS client sends it', async () => {
    const gate = await testGate()
    const headers = {
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIA/20270115/eu-west-1/apigateway/aws4_request, SignedHeaders=host, Signature=00',
      'x-amz-security-token': payments,
    }
    expect((await send(gate, 'PUT', PATH, { body: good, headers })).status).toBe(201)
  })

  it('has a clear 403 for a token without a team', async () => {
    const gate = await testGate()
    const { status, json } = await send(gate, 'PUT', PATH, { token: tokens.nobody, body: good })
    expect(status).toBe(403)
    expect(json.message).toContain('team')
  })

  it('answers an API of somebody else exactly like one that does not exist', async () => {
    const gate = await testGate()
    const foreign = await send(gate, 'PUT', PATH, { token: tokens.search, body: good })
    const unknown = await send(gate, 'PUT', PATH.replace('a1b2c3d4e5', 'nosuchapi0'), {
      token: tokens.search,
      body: good,
    })
    expect(foreign).toMatchObject({ status: 404, json: { message: 'Invalid Resource identifier specified' } })
    expect(unknown.json).toEqual(foreign.json)
    const names = ({ headers }: typeof foreign) => [...headers.keys()].sort()
    expect(names(unknown)).toEqual(names(foreign))
    expect(gate.controlPlane).toMatchObject({ changes: [], reads: [] })
  })
})

describe('when the trail cannot be written', () => {
  it('forwards nothing and says so', async () => {
    const gate = await testGate({
      store: faultyStore(memoryStore(), ({ sk }) => (sk.endsWith('#I') ? 'fails' : undefined)),
    })
    const { status, headers } = await send(gate, 'PUT', PATH, { token: payments, body: good })
    expect({ status, type: headers.get('x-amzn-errortype') }).toEqual({
      status: 503,
      type: 'ServiceUnavailableException',
    })
    expect(gate.controlPlane.changes).toEqual([])
  })

  it('does not even read', async () => {
    const gate = await testGate({
      store: faultyStore(memoryStore(), ({ sk }) => (sk.endsWith('#R') ? 'fails' : undefined)),
    })
    expect((await send(gate, 'GET', PATH, { token: payments })).status).toBe(503)
    expect(gate.controlPlane.reads).toEqual([])
  })

  it('still refuses, and leaves the record in the log', async () => {
    const gate = await testGate({
      store: faultyStore(memoryStore(), ({ sk }) => (sk.endsWith('#D') ? 'fails' : undefined)),
    })
    const { status } = await send(gate, 'PUT', PATH, {
      token: payments,
      body: { ...good, uri: 'https://evil.example.org/' },
    })
    expect(status).toBe(403)
    expect(gate.log).toMatchObject([{ event: 'audit_not_recorded', members: { record: { kind: 'D' } } }])
  })

  it('tells the truth about a change whose outcome could not be recorded', async () => {
    const gate = await testGate({
      store: faultyStore(memoryStore(), ({ sk }) => (sk.endsWith('#O') ? 'fails' : undefined)),
    })
    const { status, headers } = await send(gate, 'PUT', PATH, { token: payments, body: good })
    expect(status).toBe(201)
    expect(headers.get('audit-outcome')).toBe('deferred')
  })
})

describe('healthz', () => {
  it('answers without a token', async () => {
    expect(await send(await testGate(), 'GET', '/healthz')).toMatchObject({ status: 200, json: { status: 'ok' } })
  })
})
