import { describe, expect, it } from 'vitest'
import type { UpstreamAnswer } from '../../lib/control-plane/control-plane.ts'
import {
  API,
  body,
  catalogue,
  done,
  example,
  INTEGRATION,
  lookUps,
  mine,
  refused,
  silent,
  story,
  tagged,
} from '../support/catalogue.ts'
import { send, type TestGate, testGate, tokens } from '../support/gate.ts'

describe('CreateRestApi', () => {
  const create = (gate: TestGate, members: object, token = catalogue) =>
    send(gate, 'POST', '/restapis', { token, body: { name: 'items', ...members } })

  it("makes an API that is its team's at once", async () => {
    const gate = await testGate()
    const tags = { ...mine, 'cost centre': '7' }
    gate.controlPlane.answers.push(done({ id: 'cata10gue1', name: 'items', tags }, 201))
    const sent = await create(gate, { tags, endpointConfiguration: { types: ['REGIONAL'] }, minimumCompressionSize: 0 })
    expect(sent).toMatchObject({ status: 201, json: { id: 'cata10gue1' } })
    expect(gate.controlPlane.calls).toMatchObject([{ operation: 'CreateRestApi', body: { name: 'items', tags } }])
    const ownership = { tags: mine, from: 'CreateRestApi', readAt: gate.clock.now }
    const own = await story(gate, sent, catalogue)
    expect(own).toMatchObject({ status: 200, json: { records: [{ kind: 'I', ownership }, { kind: 'O' }] } })
    expect((await story(gate, sent, tokens.search)).status).toBe(404)

    gate.controlPlane.answers.push(tagged(tags))
    expect((await send(gate, 'PUT', INTEGRATION, { token: catalogue, body })).status).toBe(201)
  })

  it.each<[string, object, string?]>([
    ['without tags', {}],
    ['with one of the tags', { tags: { team: 'catalogue' } }],
    ["with another team's tags", { tags: { ...mine, team: 'search' } }],
    ['with tags that are like its own', { tags: { Team: 'catalogue', stage: 'test' } }],
    ['by a team that owns by ids alone', { tags: mine }, tokens.payments],
    ['by a team that owns by ids alone, without tags', {}, tokens.search],
  ])('%s is refused with what is missing', async (_, members, token = catalogue) => {
    const gate = await testGate()
    const sent = await create(gate, members, token)
    expect({ status: sent.status, type: sent.headers.get('x-amzn-errortype') }).toEqual({
      status: 403,
      type: 'AccessDeniedException',
    })
    if (token === catalogue) expect(sent.json.message).toContain('team=catalogue, stage=test or prod')
    else expect(sent.json.message).not.toContain('catalogue')
    expect(gate.controlPlane.calls).toEqual([])
    expect((await story(gate, sent)).json).toMatchObject({ status: 'refused', refusal: { reason: 'not_owner' } })
  })

  it.each<[string, object, string]>([
    ['a copy', { cloneFrom: 'a1b2c3d4e5' }, 'intrinsic.api.clone'],
    ['a resource policy', { policy: '{}' }, 'intrinsic.api.policy'],
    ['keys from an authorizer', { apiKeySource: 'AUTHORIZER' }, 'intrinsic.api.key-source'],
    [
      'a VPC endpoint',
      { endpointConfiguration: { types: ['PRIVATE'], vpcEndpointIds: ['vpce-1'] } },
      'intrinsic.api.endpoint',
    ],
  ])('of %s is denied', async (_, members, rule) => {
    const gate = await testGate()
    const { status, json } = await create(gate, { tags: mine, ...members })
    expect({ status, json }).toMatchObject({ status: 403, json: { violations: [{ rule }] } })
    expect(gate.controlPlane.calls).toEqual([])
  })

  it('is denied where the policy does not list it', async () => {
    const gate = await testGate({ text: example.replace('operations: [CreateRestApi, ', 'operations: [') })
    expect(await create(gate, { tags: mine })).toMatchObject({
      status: 403,
      json: { violations: [{ rule: 'catalogue.operations' }] },
    })
  })
})

describe('whatever could change a tag', () => {
  const arn = encodeURIComponent('arn:aws:apigateway:eu-west-1::/restapis/cata10gue1')
  it.each<[string, string, string, object?]>([
    ['TagResource', 'PUT', `/tags/${arn}`, { tags: { team: 'search' } }],
    ['UntagResource', 'DELETE', `/tags/${arn}?tagKeys=team`],
    ['PutRestApi', 'PUT', `${API}?mode=merge`, { tags: mine }],
    ['ImportRestApi', 'POST', '/restapis?mode=import', { tags: mine }],
    ['UpdateRestApi', 'PATCH', API, { patchOperations: [{ op: 'replace', path: '/tags/team', value: 'search' }] }],
  ])('%s is refused, also to the owner', async (operation, verb, path, sent) => {
    const gate = await testGate({ text: withOperation('UpdateRestApi') })
    gate.controlPlane.answers.push(tagged(mine))
    const got = await send(gate, verb, path, { token: catalogue, ...(sent && { body: sent }) })
    expect({ operation, status: got.status }).toEqual({ operation, status: 403 })
    expect(gate.controlPlane.calls.filter((call) => call.operation === operation)).toEqual([])
  })

  it.each([
    ['DeleteRestApi', 'DELETE', undefined],
    ['UpdateRestApi', 'PATCH', { patchOperations: [{ op: 'replace', path: '/name', value: 'x' }] }],
  ] as const)('ends what was known of them: %s', async (operation, verb, sent) => {
    const gate = await testGate({ text: withOperation('UpdateRestApi') })
    gate.controlPlane.answers.push(tagged(mine))
    const got = await send(gate, verb, API, { token: catalogue, ...(sent && { body: sent }) })
    expect({ operation, status: got.status }).toEqual({ operation, status: 200 })
    gate.controlPlane.answers.push(refused(404, 'NotFoundException'))
    expect((await send(gate, 'GET', INTEGRATION, { token: catalogue })).status).toBe(404)
    expect(lookUps(gate)).toHaveLength(2)
  })
})

function withOperation(operation: string): string {
  return example.replace('[CreateRestApi, ', `[CreateRestApi, ${operation}, `)
}

describe('a dry run', () => {
  const asked = { resourceId: 'r1', method: 'GET', body }
  const judge = (gate: TestGate, request: object, token = catalogue) =>
    send(gate, 'POST', '/v1/decisions', { token, body: request })

  it('looks up the tags of an API that is there, once for all that it asks about it', async () => {
    const gate = await testGate()
    gate.controlPlane.answers.push(tagged(mine))
    const requests = [1, 2, 3].map(() => ({ restApiId: 'cata10gue1', ...asked }))
    const { status, json } = await judge(gate, { requests })
    expect(status).toBe(200)
    expect(json.decisions).toMatchObject([{ decision: 'allow' }, { decision: 'allow' }, { decision: 'allow' }])
    expect(lookUps(gate)).toHaveLength(1)
  })

  it('judges an API to come by the tags it is to have, which its own team reads again', async () => {
    const gate = await testGate()
    const sent = await judge(gate, { tags: mine, ...asked })
    expect(sent).toMatchObject({ status: 200, json: { decision: 'allow' } })
    expect((await judge(gate, { tags: { team: 'search' }, ...asked })).json).toMatchObject({
      violations: [{ rule: 'intrinsic.owner' }],
    })
    expect(gate.controlPlane.calls).toEqual([])
    const record = await send(gate, 'GET', `/v1/trail/${sent.json.decisionId}`, { token: catalogue })
    expect(record.json).toMatchObject({
      team: 'catalogue',
      records: [{ ownership: { from: 'JudgeRequests', tags: mine } }, { kind: 'V' }],
    })
  })

  it('takes no tags for an API that is there: what is said of a listed id would tell that it is', async () => {
    const gate = await testGate()
    for (const restApiId of ['a1b2c3d4e5', '', null, 'x'.repeat(257)])
      expect((await judge(gate, { restApiId, tags: mine, ...asked })).status, String(restApiId)).toBe(400)
  })

  it("answers about another team's API like about one that is not there", async () => {
    const gate = await testGate()
    const told = async (restApiId: string, answer: UpstreamAnswer) => {
      gate.controlPlane.answers.push(answer)
      const { status, json } = await judge(gate, { restApiId, ...asked })
      const { decisionId: _, ...decision } = json
      return { status, decision, lookUps: lookUps(gate).length }
    }
    const unknown = await told('n0such0api', refused(404, 'NotFoundException'))
    expect((await told('../vpclinks/v1', tagged(mine))).decision).toEqual(unknown.decision)
    gate.controlPlane.answers.length = 0
    expect(unknown.decision).toMatchObject({ decision: 'deny', violations: [{ rule: 'intrinsic.owner' }] })
    expect(await told('0thers0api', tagged({ team: 'x' }))).toEqual({ ...unknown, lookUps: 2 })
    expect(await told('a1b2c3d4e5', tagged(mine))).toEqual({ ...unknown, lookUps: 3 })
  })

  it("leaves no record to read of another team's API, whose tags it has", async () => {
    const gate = await testGate()
    for (const [restApiId, answer] of [
      ['n0such0api', refused(404, 'NotFoundException')],
      ['0thers0api', tagged({ team: 'x', stage: 'y' })],
      ['a1b2c3d4e5', tagged(mine)],
    ] as const) {
      gate.controlPlane.answers.push(answer)
      const { decisionId } = (await judge(gate, { restApiId, ...asked })).json
      const read = (token: string) => send(gate, 'GET', `/v1/trail/${decisionId}`, { token })
      expect({ restApiId, status: (await read(catalogue)).status }).toEqual({ restApiId, status: 404 })
      expect((await read(tokens.admin)).json).not.toHaveProperty('team')
    }
  })

  it.each<[string, UpstreamAnswer, number]>([
    ['nothing is heard of', silent, 503],
    ['API Gateway says 429 of', refused(429, 'TooManyRequestsException', '2'), 429],
  ])('judges nothing that %s', async (_, answer, status) => {
    const gate = await testGate()
    gate.controlPlane.answers.push(answer)
    const sent = await judge(gate, { restApiId: 'cata10gue1', ...asked })
    expect({ status: sent.status, type: sent.headers.get('content-type') }).toEqual({
      status,
      type: 'application/problem+json',
    })
    expect(Number(sent.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it('looks up ten APIs at most', async () => {
    const gate = await testGate()
    const requests = Array.from({ length: 11 }, (_, index) => ({ restApiId: `api${index}`, ...asked }))
    expect((await judge(gate, { requests })).status).toBe(400)
    expect(gate.controlPlane.calls).toEqual([])
  })
})
