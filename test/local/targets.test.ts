import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type System, startSystem } from '../../lib/embedded/system.ts'
import { ALLOWED, call, INTEGRATION, tokensOf, trailOf } from './caller.ts'
import { temporaryFolder } from './gate-process.ts'

async function started(env: Record<string, string>): Promise<System> {
  const system = await startSystem({ env: { PORT: '0', ...env }, aws: false, say: () => {} })
  onTestFinished(() => system.close())
  return system
}

const TARGET = {
  account: '222222222222',
  region: 'eu-central-1',
  roleArn: 'arn:aws:iam::222222222222:role/sallyport-target',
}

/** STS and API Gateway on one port: notes who asks for what, and assumes whatever role it is asked for. */
async function awsDouble(): Promise<{ endpoint: string; seen: { line: string; key: string; body: string }[] }> {
  const seen: { line: string; key: string; body: string }[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const [, key = ''] = /Credential=([^/]+)/.exec(request.headers.authorization ?? '') ?? []
    seen.push({ line: `${request.method} ${request.url}`, key, body: decodeURIComponent(body) })
    if (request.url === '/') {
      const credentials =
        '<AccessKeyId>ASSUMED</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>'
      const until = '<Expiration>2099-01-01T00:00:00Z</Expiration>'
      response.writeHead(200, { 'content-type': 'text/xml' })
      response.end(
        `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>${credentials}${until}</Credentials></AssumeRoleResult></AssumeRoleResponse>`,
      )
    } else response.writeHead(200, { 'content-type': 'application/json' }).end('{"type":"MOCK"}')
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

describe('targets of the local system', () => {
  it('are two without being asked for, each with integrations of its own, which a restart keeps', async () => {
    const env = { SALLYPORT_HOME: await temporaryFolder() }
    const first = await startSystem({ env: { PORT: '0', ...env }, aws: false, say: () => {} })
    expect(first.parts.targets).toBe('prod-eu, staging: embedded')
    const { payments, admin } = await tokensOf(env.SALLYPORT_HOME)
    const put = await call(`${first.url}/targets/prod-eu${INTEGRATION}`, payments, { method: 'PUT', body: ALLOWED })
    expect(put).toMatchObject({ status: 201, json: ALLOWED })
    expect((await call(first.url + INTEGRATION, payments)).status).toBe(404)
    expect((await call(`${first.url}/targets/staging${INTEGRATION}`, payments)).status).toBe(404)
    expect((await call(`${first.url}/targets/nosuch${INTEGRATION}`, payments)).status).toBe(404)
    const evil = { ...ALLOWED, uri: 'https://evil.example.org/' }
    const denied = await call(`${first.url}/targets/prod-eu${INTEGRATION}`, payments, { method: 'PUT', body: evil })
    expect(denied.status).toBe(403)
    const changes = (await trailOf(first.url, admin)).filter(({ action }) => action === 'PutIntegration')
    expect(changes).toMatchObject([
      { status: 'denied', target: { account: '222222222222', region: 'eu-central-1' } },
      { status: 'succeeded', target: { account: '222222222222', region: 'eu-central-1' } },
    ])
    await first.close()

    const second = await started(env)
    expect(await call(`${second.url}/targets/prod-eu${INTEGRATION}`, payments)).toMatchObject({ json: ALLOWED })
  })

  it('are those of SALLYPORT_TARGETS and no others, where there is one', async () => {
    const env = { SALLYPORT_HOME: await temporaryFolder(), SALLYPORT_TARGETS: JSON.stringify({ mine: TARGET }) }
    const { url, parts } = await started(env)
    expect(parts.targets).toBe('mine: embedded')
    const { payments } = await tokensOf(env.SALLYPORT_HOME)
    const put = (name: string) =>
      call(`${url}/targets/${name}${INTEGRATION}`, payments, { method: 'PUT', body: ALLOWED })
    expect([(await put('mine')).status, (await put('prod-eu')).status]).toEqual([201, 404])
  })

  it('are none beside an API Gateway elsewhere, unless they are asked for', async () => {
    const { endpoint } = await awsDouble()
    const env = { SALLYPORT_HOME: await temporaryFolder(), AWS_ENDPOINT_URL_API_GATEWAY: endpoint }
    expect((await started(env)).parts.targets).toBe('none')
  })

  it('are reached there under a session of their role, where STS is there as well', async () => {
    const { endpoint, seen } = await awsDouble()
    const { url, parts } = await started({
      SALLYPORT_HOME: await temporaryFolder(),
      SALLYPORT_TARGETS: JSON.stringify({ mine: TARGET }),
      AWS_ENDPOINT_URL_API_GATEWAY: endpoint,
      AWS_ENDPOINT_URL_STS: endpoint,
    })
    expect(parts.targets).toBe('mine: each under its role')
    const { payments } = await tokensOf(parts.home ?? '')
    const read = await call(`${url}/targets/mine${INTEGRATION}`, payments)
    expect(read).toMatchObject({ status: 200, json: { type: 'MOCK' } })
    expect(seen).toMatchObject([
      { line: 'POST /', key: 'LOCAL', body: expect.stringContaining(`RoleArn=${TARGET.roleArn}`) },
      { line: `GET ${INTEGRATION}`, key: 'ASSUMED' },
    ])
    expect(seen[0]?.body).toContain('"Action":"apigateway:GET"')
  })

  it("are reached there with the gate's own credentials, where no STS is", async () => {
    const { endpoint, seen } = await awsDouble()
    const { url, parts } = await started({
      SALLYPORT_HOME: await temporaryFolder(),
      SALLYPORT_TARGETS: JSON.stringify({ mine: TARGET }),
      AWS_ENDPOINT_URL_API_GATEWAY: endpoint,
    })
    expect(parts.targets).toBe('mine: no role assumed, AWS_ENDPOINT_URL_STS is not set')
    const { payments } = await tokensOf(parts.home ?? '')
    expect((await call(`${url}/targets/mine${INTEGRATION}`, payments)).status).toBe(200)
    expect(seen).toMatchObject([{ line: `GET ${INTEGRATION}`, key: 'LOCAL' }])
  })
})
