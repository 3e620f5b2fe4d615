import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { httpAnswer, httpEvent } from './http-event.ts'
import { type Lambda, startLambda } from './lambda.ts'
import { type Surroundings, startSurroundings } from './surroundings.ts'

const PATH = '/restapis/a1b2c3d4e5/resources/9x8y7z/methods/POST/integration'
const DENIED = { type: 'HTTP_PROXY', httpMethod: 'POST', uri: 'https://core.paymnets.acme.internal/v1/orders' }

interface Subsegment {
  id: string
  name: string
  parent_id?: string
  annotations?: Record<string, unknown>
}

describe('the bundle that is deployed, with tracing', () => {
  /** In place of the X-Ray daemon, which Lambda runs beside the function: a header, a line break, a segment. */
  const daemon = createSocket('udp4')
  const sent: Subsegment[] = []
  let around: Surroundings
  let lambda: Lambda
  let token: string

  beforeAll(async () => {
    daemon.on('message', (packet) => sent.push(JSON.parse(packet.toString().split('\n')[1] ?? '')))
    daemon.bind(0, '127.0.0.1')
    await once(daemon, 'listening')
    around = await startSurroundings()
    token = await around.token({ sub: 'alice', groups: ['payments-dev'] })
    const env = {
      ...around.env,
      SALLYPORT_TRACING: 'Active',
      AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${daemon.address().port}`,
      POWERTOOLS_TRACER_CAPTURE_ERROR: 'false',
    }
    lambda = await startLambda({ bundleDir: 'dist/api', env, isTraced: true })
  })
  afterAll(async () => {
    await lambda?.stop()
    await around?.close()
    daemon.close()
  })

  it('shows what a request waited for, and names it as the trail does', async () => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const event = httpEvent({ method: 'PUT', url: PATH, headers, body: JSON.stringify(DENIED) })
    const answer = httpAnswer(await lambda.invoke(event))
    expect(answer.status).toBe(403)
    await expect.poll(() => sent.map(({ name }) => name)).toContain('## index.handler')
    const handler = sent.find(({ name }) => name === '## index.handler')
    expect(handler?.annotations).toMatchObject({
      id: answer.headers['x-amzn-requestid'],
      operation: 'PutIntegration',
      team: 'payments',
      verdict: 'deny',
      status: 403,
      ColdStart: true,
    })
    const steps = sent.filter((one) => one !== handler)
    expect(new Set(steps.map(({ name }) => name))).toEqual(new Set(['identity', 'store']))
    expect(new Set(steps.map(({ parent_id }) => parent_id))).toEqual(new Set([handler?.id]))
  })

  it('holds nothing of the request or of its token', () => {
    const text = JSON.stringify(sent)
    for (const secret of [token, token.split('.')[2] ?? token, 'alice', 'paymnets', PATH])
      expect(text).not.toContain(secret)
  })
})
