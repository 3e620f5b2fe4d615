import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateRestApiCommand } from '@aws-sdk/client-api-gateway'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALLOWED, call, tokensOf } from '../../../local/caller.ts'
import { MISSING_MOTO, type Moto, startMoto } from '../../../support/moto.ts'
import { apiGatewayClient } from '../../../support/moto-apis.ts'
import { type GuardedUpstream, guardUpstream } from '../../guarded-upstream.ts'
import { teamPolicy } from './page.ts'

/** One call; `{name}` in it stands for an id from an earlier answer. */
interface Row {
  call: string
  body?: object
  status: number
  /** What the answer's `id` is called in later rows. */
  names?: string
  /** Of the answer to a refusal. */
  message?: string
}

const METHOD = '/restapis/a1b2c3d4e5/resources/{refunds}/methods/POST'
const BACKEND = { httpMethod: 'POST', type: 'HTTP_PROXY', uri: 'https://core.payments.acme.internal/v1/refunds' }
const LINKED = { ...BACKEND, connectionType: 'VPC_LINK', connectionId: 'vl-pay01', timeoutInMillis: 9000 }
const patch = (...patchOperations: object[]) => ({ patchOperations })

/** What version 1.60 of Terraform's AWS provider was seen to send for the page's configuration; the parameter is added. */
const create = (integration: object): Row[] => [
  { call: 'GET /restapis', status: 200 },
  { call: 'GET /restapis/a1b2c3d4e5/resources', status: 200 },
  { call: 'POST /restapis/a1b2c3d4e5/resources/{root}', body: { pathPart: 'refunds' }, status: 201, names: 'refunds' },
  { call: 'GET /restapis/a1b2c3d4e5/resources/{refunds}', status: 200 },
  {
    call: `PUT ${METHOD}`,
    body: {
      apiKeyRequired: false,
      authorizationType: 'AWS_IAM',
      requestParameters: { 'method.request.path.id': true },
    },
    status: 201,
  },
  { call: `PUT ${METHOD}/integration`, body: integration, status: 201 },
  { call: `PUT ${METHOD}/responses/200`, body: { responseModels: {}, responseParameters: {} }, status: 201 },
  { call: `GET ${METHOD}/integration`, status: 200 },
  {
    call: `PUT ${METHOD}/integration/responses/200`,
    body: { responseParameters: {}, responseTemplates: {} },
    status: 201,
  },
  { call: `GET ${METHOD}/integration/responses/200`, status: 200 },
  {
    call: 'POST /restapis/a1b2c3d4e5/deployments',
    body: { description: '', stageDescription: '', stageName: '', variables: {} },
    status: 201,
    names: 'deployment',
  },
  { call: 'GET /restapis/a1b2c3d4e5/deployments/{deployment}', status: 200 },
  {
    call: 'POST /restapis/a1b2c3d4e5/stages',
    body: { deploymentId: '{deployment}', stageName: 'live' },
    status: 201,
  },
  { call: 'GET /restapis/a1b2c3d4e5/stages/live', status: 200 },
]
const REFRESH: Row[] = [
  { call: 'GET /restapis/a1b2c3d4e5/resources/{refunds}', status: 200 },
  { call: `GET ${METHOD}`, status: 200 },
  { call: `GET ${METHOD}/integration`, status: 200 },
  { call: `GET ${METHOD}/responses/200`, status: 200 },
  { call: `GET ${METHOD}/integration/responses/200`, status: 200 },
  { call: 'GET /restapis/a1b2c3d4e5/deployments/{deployment}', status: 200 },
  { call: 'GET /restapis/a1b2c3d4e5/stages/live', status: 200 },
]
const DESTROY: Row[] = [
  { call: 'DELETE /restapis/a1b2c3d4e5/stages/live', status: 202 },
  { call: 'DELETE /restapis/a1b2c3d4e5/deployments/{deployment}', status: 202 },
  { call: `DELETE ${METHOD}/integration/responses/200`, status: 204 },
  { call: `DELETE ${METHOD}/integration`, status: 204 },
  { call: `DELETE ${METHOD}/responses/200`, status: 204 },
  { call: `DELETE ${METHOD}`, status: 204 },
  { call: 'DELETE /restapis/a1b2c3d4e5/resources/{refunds}', status: 202 },
]

/** What aws_api_gateway_method_settings sends. */
const SETTINGS: Row = {
  call: 'PATCH /restapis/a1b2c3d4e5/stages/live',
  body: patch(
    { op: 'replace', path: '/*/*/metrics/enabled', value: 'true' },
    { op: 'replace', path: '/*/*/throttling/burstLimit', value: '5' },
    { op: 'replace', path: '/*/*/throttling/rateLimit', value: '10' },
  ),
  status: 200,
}

/** Updates as the provider words them; of the refused ones, nothing may be left behind. */
const UPDATE: Row[] = [
  {
    call: `PATCH ${METHOD}/integration`,
    body: patch(
      { op: 'add', path: '/cacheKeyParameters/method.request.path.id', value: '' },
      { op: 'replace', path: '/timeoutInMillis', value: '8000' },
    ),
    status: 200,
  },
  {
    // From a link to the internet: the id goes by a replacement with nothing.
    call: `PATCH ${METHOD}/integration`,
    body: patch(
      { op: 'remove', path: '/cacheKeyParameters/method.request.path.id', value: '' },
      { op: 'replace', path: '/uri', value: 'https://api.partner.example/settlement/refunds' },
      { op: 'replace', path: '/connectionType', value: 'INTERNET' },
      { op: 'replace', path: '/connectionId', value: '' },
    ),
    status: 200,
  },
  {
    call: `PATCH ${METHOD}/integration`,
    body: patch({ op: 'replace', path: '/uri', value: 'https://core.paymnets.acme.internal/v1/refunds' }),
    status: 403,
    message: 'Denied by payments.uri at /uri',
  },
  {
    call: 'PATCH /restapis/a1b2c3d4e5/stages/live',
    body: patch({ op: 'replace', path: '/description', value: 'orders and refunds' }),
    status: 200,
  },
  {
    call: 'PATCH /restapis/a1b2c3d4e5/stages/live',
    body: patch({ op: 'replace', path: '/accessLogSettings/format', value: '$context.requestId' }),
    status: 403,
    message: 'Denied by intrinsic.operation.path at /accessLogSettings/format',
  },
  {
    call: 'PATCH /restapis/a1b2c3d4e5/stages/live',
    body: patch({ op: 'replace', path: '/variables/host', value: 'evil.example' }),
    status: 403,
    message: 'Denied by intrinsic.operation.path at /variables/host',
  },
  {
    // How aws_api_gateway_method_settings is destroyed.
    call: 'PATCH /restapis/a1b2c3d4e5/stages/live',
    body: patch({ op: 'remove', path: '/*/*' }),
    status: 403,
    message: 'Denied by intrinsic.operation.path at /*/*',
  },
  ...REFRESH,
]

describe.each([
  { upstream: 'the embedded control plane', isMoto: false, rows: [...create(LINKED), ...UPDATE, ...DESTROY] },
  // It forgets the ids of links, and can't update an integration.
  {
    upstream: 'moto',
    isMoto: true,
    rows: [
      ...create({ ...BACKEND, connectionType: 'INTERNET', timeoutInMillis: 9000 }),
      SETTINGS,
      ...REFRESH,
      ...DESTROY,
    ],
  },
])('a team’s Terraform, call by call, in front of $upstream', ({ isMoto, rows }) => {
  const missing = isMoto ? MISSING_MOTO : ''
  const ids = new Map<string, string>()
  let folder = ''
  let moto: Moto | undefined
  let gate: GuardedUpstream
  let token = ''

  beforeAll(async () => {
    if (missing) return
    folder = await mkdtemp(join(tmpdir(), 'sallyport-terraform-'))
    if (isMoto) {
      moto = await startMoto()
      const tags = { _custom_id_: 'a1b2c3d4e5' }
      await apiGatewayClient(moto.url).send(new CreateRestApiCommand({ name: 'payments', tags }))
    }
    const upstream: Record<string, string> = moto ? { AWS_ENDPOINT_URL_API_GATEWAY: moto.url } : {}
    gate = await guardUpstream({ ...upstream, SALLYPORT_POLICY: await teamPolicy(folder) })
    token = (await tokensOf(gate.home)).payments
    for (const verb of isMoto ? [] : ['GET', 'POST']) {
      // A deployment wants an integration of every method there is.
      const path = `/restapis/a1b2c3d4e5/resources/9x8y7z/methods/${verb}/integration`
      await call(gate.url + path, token, { method: 'PUT', body: ALLOWED })
    }
    const { json } = await call(`${gate.url}/restapis/a1b2c3d4e5/resources`, token)
    const root = (json.item as { id: string; path: string }[]).find(({ path }) => path === '/')
    ids.set('root', root?.id ?? '')
  })
  afterAll(async () => {
    await gate?.close()
    await moto?.close()
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  const withIds = (text: string) => text.replaceAll(/\{(\w+)\}/g, (whole, name) => ids.get(name) ?? whole)

  it.skipIf(missing).each(rows)(`$call is answered $status${missing}`, async ({ call: line, body, ...want }) => {
    const [method = '', path = ''] = withIds(line).split(' ')
    const sent = body && JSON.parse(withIds(JSON.stringify(body)))
    const { status, json } = await call(gate.url + path, token, { method, ...(sent && { body: sent }) })
    expect({ status, json }).toMatchObject({ status: want.status })
    if (want.message) expect(json.message).toContain(want.message)
    if (want.names) ids.set(want.names, String(json.id))
  })
})
