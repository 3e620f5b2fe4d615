import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { OpenSession } from '../../lib/aws/scoped-sessions.ts'
import { targetControlPlane } from '../../lib/aws/target-control-plane.ts'
import { mint } from '../identity/minting.ts'
import { good, PATH, policyWith, send, testGate, tokens } from '../support/gate.ts'

const roleArn = 'arn:aws:iam::222222222222:role/sallyport-target'
const api = { account: '222222222222', partition: 'aws', region: 'eu-central-1' }
const STAGES = '/restapis/a1b2c3d4e5/stages'
const payingAdmin = mint({ claims: { groups: ['payments-dev', 'sallyport-admins'], sub: 'root' } })

/** STS says no, in words that name the gate's own identity. */
const denied: OpenSession = async () => {
  const message = 'User: arn:aws:sts::111111111111:assumed-role/gate/x is not authorized to perform: sts:AssumeRole'
  throw Object.assign(new Error(message), { name: 'AccessDenied' })
}
const down: OpenSession = async () => {
  throw Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:443'), { code: 'ECONNREFUSED' })
}

/** @param open What becomes of a session for one verb on the target. */
async function withTarget(open: OpenSession) {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"type":"MOCK"}')
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const controlPlane = targetControlPlane({ ...api, roleArn }, open, { endpoint })
  const targets = new Map([['prod-eu', { api, controlPlane }]])
  const gate = await testGate({ targets, text: policyWith(['DeleteStage', 'CreateResource']) })
  return { gate, seen }
}

const patch = { patchOperations: [{ op: 'replace', path: '/timeoutInMillis', value: '5000' }] }
const ASKS: { it: string; verb: string; path: string; body?: object; status: string }[] = [
  { it: 'GetIntegration', verb: 'GET', path: PATH, status: 'refused' },
  { it: 'PutIntegration', verb: 'PUT', path: PATH, body: good, status: 'refused' },
  { it: 'UpdateIntegration', verb: 'PATCH', path: PATH, body: patch, status: 'refused' },
  { it: 'DeleteIntegration', verb: 'DELETE', path: PATH, status: 'refused' },
  { it: 'a read beside integrations', verb: 'GET', path: STAGES, status: 'refused' },
  { it: 'the list of APIs', verb: 'GET', path: '/restapis', status: 'refused' },
  { it: 'a write beside integrations', verb: 'DELETE', path: `${STAGES}/test`, status: 'aborted_not_sent' },
]

describe("a target's role that the gate can't take", () => {
  it.each(ASKS)('is said to be the reason, and recorded, for $it', async ({ verb, path, body, status }) => {
    const { gate, seen } = await withTarget(denied)
    const sent = await send(gate, verb, `/targets/prod-eu${path}`, { token: tokens.payments, ...(body && { body }) })
    const id = sent.headers.get('x-amzn-requestid') ?? ''
    expect({ status: sent.status, type: sent.headers.get('x-amzn-errortype') }).toEqual({
      status: 503,
      type: 'ServiceUnavailableException',
    })
    expect(sent.json).toEqual({
      message: `The gate cannot take its role in the target prod-eu, so nothing was sent to API Gateway (its operators find the reason under request ${id}).`,
      problem: '/problems/target-role',
    })
    expect((await send(gate, 'GET', '/problems/target-role')).status).toBe(200)
    expect(seen).toEqual([])

    const story = await send(gate, 'GET', `/v1/trail/${id}`, { token: tokens.admin })
    expect(story.json).toMatchObject({ status })
    expect(JSON.stringify(story.json)).toContain('"errorCode":"AccessDenied"')
    const { json } = await send(gate, 'GET', '/v1/trail', { token: tokens.admin })
    expect((json.entries as { id: string }[]).filter((entry) => entry.id === id)).toMatchObject([{ status }])
    expect(gate.log).toEqual([
      { event: 'target_role_not_assumed', members: { id, target: 'prod-eu', roleArn, reason: 'AccessDenied' } },
    ])
    expect(JSON.stringify([story.json, gate.log, sent.json])).not.toMatch(/assumed-role|111111111111:/)
  })

  it('is named to an admin, with what STS says of it', async () => {
    for (const [open, reason] of [
      [denied, 'AccessDenied'],
      [down, 'ECONNREFUSED'],
    ] as const) {
      const { gate } = await withTarget(open)
      const { json } = await send(gate, 'PUT', `/targets/prod-eu${PATH}`, { token: payingAdmin, body: good })
      expect(json.message).toBe(
        `The gate cannot take its role in the target prod-eu, so nothing was sent to API Gateway (${roleArn}: ${reason}).`,
      )
    }
  })

  it('may be the one that a write takes after its read: the intent is settled, the method free, the key good again', async () => {
    let fails = true
    const open: OpenSession = async (role, policy) => {
      if (fails && policy.includes('apigateway:PUT')) return denied(role, policy)
      return {
        credentials: { accessKeyId: 'a', secretAccessKey: 's', sessionToken: 't' },
        expires: Date.now() + 900_000,
      }
    }
    const { gate, seen } = await withTarget(open)
    const put = () =>
      send(gate, 'PUT', `/targets/prod-eu${PATH}`, {
        token: tokens.payments,
        body: good,
        headers: { 'idempotency-key': 'k' },
      })
    const first = await put()
    expect(first).toMatchObject({ status: 503, json: { problem: '/problems/target-role' } })
    expect(seen).toEqual([`GET ${PATH}`])
    const story = await send(gate, 'GET', `/v1/trail/${first.headers.get('x-amzn-requestid')}`, { token: tokens.admin })
    expect(story.json).toMatchObject({
      status: 'aborted_not_sent',
      records: [{ kind: 'I' }, { kind: 'O', result: 'ABORTED_NOT_SENT', upstream: { errorCode: 'AccessDenied' } }],
    })
    fails = false
    expect((await put()).status).toBe(201)
  })
})
