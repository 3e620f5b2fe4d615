import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { mockClient } from 'aws-sdk-client-mock'
import { afterEach, describe, expect, it } from 'vitest'
import type { MethodPath } from '../../lib/apigateway/integration.ts'
import { findOperation } from '../../lib/apigateway/operations.ts'
import { type OpenSession, scopedSessions, stsSessions } from '../../lib/aws/scoped-sessions.ts'
import { sessionPolicy } from '../../lib/aws/session-policy.ts'
import { targetControlPlane } from '../../lib/aws/target-control-plane.ts'
import { callOf } from '../../lib/control-plane/operation-call.ts'
import { RoleNotAssumed } from '../../lib/control-plane/role-not-assumed.ts'
import type { Target } from '../../lib/control-plane/targets.ts'

const target: Target = {
  account: '222222222222',
  region: 'eu-central-1',
  partition: 'aws',
  roleArn: 'arn:aws:iam::222222222222:role/sallyport-target',
}
const method: MethodPath = { restApiId: 'a1b2c3d4e5', resourceId: '9x8y7z', httpMethod: 'GET' }
const PATH = '/restapis/a1b2c3d4e5/resources/9x8y7z/methods/GET/integration'
const ARN = `arn:aws:apigateway:eu-central-1::${PATH}`
const ROLE = 'arn:aws:iam::222222222222:role/apigw/payments-x'

const options = (passRole?: string) => ({
  tag: 't.1',
  fence: async () => {},
  signal: AbortSignal.timeout(5_000),
  ...(passRole !== undefined && { passRole }),
})
const signal = () => AbortSignal.timeout(5_000)

/** Sessions that are as long as told, each with credentials of its own. */
function sessions({ now = (): number => 0, minutes = 15 } = {}) {
  const opened: { roleArn: string; policy: Record<string, unknown> }[] = []
  const open: OpenSession = async (roleArn, policy) => {
    opened.push({ roleArn, policy: JSON.parse(policy) })
    const credentials = {
      accessKeyId: `AKID${opened.length}`,
      secretAccessKey: 's',
      sessionToken: `token-${opened.length}`,
    }
    return { credentials, expires: now() + minutes * 60_000 }
  }
  return { opened, open }
}

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

async function upstream(status = 200, body: unknown = { type: 'MOCK' }) {
  const seen: { line: string; token: unknown; authorization: string }[] = []
  server = createServer((request, response) => {
    const { 'x-amz-security-token': token, authorization = '' } = request.headers
    seen.push({ line: `${request.method} ${request.url}`, token, authorization })
    request.resume().on('end', () => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return { seen, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

describe('sessionPolicy()', () => {
  it('allows one verb on one path, and to pass one role to API Gateway', () => {
    expect(JSON.parse(sessionPolicy(target, { verb: 'PUT', path: PATH, passRole: ROLE }))).toEqual({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 'apigateway:PUT', Resource: ARN },
        {
          Effect: 'Allow',
          Action: 'iam:PassRole',
          Resource: ROLE,
          Condition: { StringEquals: { 'iam:PassedToService': 'apigateway.amazonaws.com' } },
        },
      ],
    })
  })

  it('allows the tags of a new API beside making it, and no tags otherwise', () => {
    const of = (tagsNewApi: boolean) =>
      JSON.parse(sessionPolicy(target, { verb: 'POST', path: '/restapis', ...(tagsNewApi && { tagsNewApi }) }))
        .Statement
    const create = {
      Effect: 'Allow',
      Action: 'apigateway:POST',
      Resource: 'arn:aws:apigateway:eu-central-1::/restapis',
    }
    const tags = 'arn%3Aaws%3Aapigateway%3Aeu-central-1%3A%3A%2Frestapis%2F*'
    const tag = {
      Effect: 'Allow',
      Action: 'apigateway:PUT',
      Resource: `arn:aws:apigateway:eu-central-1::/tags/${tags}`,
    }
    expect(of(true)).toEqual([create, tag])
    expect(of(false)).toEqual([create])
  })

  it.each(['', 'arn:aws:iam::*:user/*', 'arn:aws:iam::222222222222:role/*', '*', 'arn:aws:iam::222222222222:user/x'])(
    'allows to pass nothing for %j, which is no one role',
    (passRole) => {
      const { Statement } = JSON.parse(sessionPolicy(target, { verb: 'PUT', path: PATH, passRole }))
      expect(Statement).toHaveLength(1)
    },
  )

  it.each(['/restapis/*', '/restapis/a?', '/restapis/$' + '{aws:username}'])('is not made for the path %s', (path) => {
    expect(() => sessionPolicy(target, { verb: 'GET', path })).toThrow('not encoded')
  })

  it('has no wildcard whatever a label holds', () => {
    const found = findOperation('GET', '/restapis/a1b2/models/*')
    const { verb, path } = callOf(found ?? { operation: 'GetModel', params: {} })
    expect(sessionPolicy(target, { verb, path })).not.toMatch(/\*/)
  })
})

describe('scopedSessions()', () => {
  const scope = { verb: 'GET', path: PATH }

  it('keeps a session for its scope alone, until shortly before it expires', async () => {
    let clock = 0
    const { opened, open } = sessions({ now: () => clock })
    const credentials = scopedSessions(target, open, () => clock)
    const first = await credentials(scope)
    expect(await credentials(scope)).toBe(first)
    expect(await credentials({ ...scope, verb: 'PUT' })).not.toBe(first)
    clock += 13 * 60_000 - 1
    expect(await credentials(scope)).toBe(first)
    clock += 1
    expect(await credentials(scope)).not.toBe(first)
    expect(opened).toHaveLength(3)
    expect(opened.map(({ roleArn }) => roleArn)).toEqual([target.roleArn, target.roleArn, target.roleArn])
  })

  it('opens one session for requests that come at the same time, and another after a failure', async () => {
    const { opened, open } = sessions()
    let fails = true
    const flaky: OpenSession = async (...of) => {
      if (fails) throw new Error('AccessDenied')
      return open(...of)
    }
    const credentials = scopedSessions(target, flaky, () => 0)
    await expect(Promise.all([credentials(scope), credentials(scope)])).rejects.toThrow(RoleNotAssumed)
    fails = false
    const all = await Promise.all(Array.from({ length: 10 }, () => credentials(scope)))
    expect(new Set(all).size).toBe(1)
    expect(opened).toHaveLength(1)
  })

  it('keeps a bounded number, and drops what was unused for longest', async () => {
    const { opened, open } = sessions()
    const credentials = scopedSessions(target, open, () => 0)
    const path = (index: number) => ({ verb: 'GET', path: `/restapis/a${index}` })
    for (let index = 0; index < 256; index++) await credentials(path(index))
    await credentials(path(0))
    await credentials(path(256))
    expect(opened).toHaveLength(257)
    await credentials(path(0))
    expect(opened).toHaveLength(257)
    await credentials(path(1))
    expect(opened).toHaveLength(258)
  })
})

describe('targetControlPlane()', () => {
  it("signs for the target's Region with a session for this one call", async () => {
    const { seen, endpoint } = await upstream()
    const { opened, open } = sessions()
    const controlPlane = targetControlPlane(target, open, { endpoint })
    await controlPlane.getIntegration(method, signal())
    const integration = { type: 'MOCK', credentials: ROLE } as const
    await controlPlane.change({ operation: 'PutIntegration', target: method, integration }, options(ROLE))
    await controlPlane.read({ operation: 'GetStages', verb: 'GET', path: '/restapis/a1b2/stages', query: [] }, signal())
    await controlPlane.perform(
      { operation: 'DeleteStage', verb: 'DELETE', path: '/restapis/a1b2/stages/x', query: [] },
      options(),
    )
    expect(seen.map(({ line }) => line)).toEqual([
      `GET ${PATH}`,
      `PUT ${PATH}`,
      'GET /restapis/a1b2/stages',
      'DELETE /restapis/a1b2/stages/x',
    ])
    expect(seen.map(({ token }) => token)).toEqual(['token-1', 'token-2', 'token-3', 'token-4'])
    expect(seen.every(({ authorization }) => authorization.includes('/eu-central-1/apigateway/'))).toBe(true)
    expect(opened.map(({ policy }) => (policy.Statement as object[])[0])).toEqual([
      { Effect: 'Allow', Action: 'apigateway:GET', Resource: ARN },
      { Effect: 'Allow', Action: 'apigateway:PUT', Resource: ARN },
      { Effect: 'Allow', Action: 'apigateway:GET', Resource: 'arn:aws:apigateway:eu-central-1::/restapis/a1b2/stages' },
      {
        Effect: 'Allow',
        Action: 'apigateway:DELETE',
        Resource: 'arn:aws:apigateway:eu-central-1::/restapis/a1b2/stages/x',
      },
    ])
    expect(opened.map(({ policy }) => (policy.Statement as object[]).length)).toEqual([1, 2, 1, 1])
  })

  it('may tag the API that it makes, where it gives it tags', async () => {
    const { seen, endpoint } = await upstream()
    const { opened, open } = sessions()
    const controlPlane = targetControlPlane(target, open, { endpoint })
    const create = { operation: 'CreateRestApi', verb: 'POST', path: '/restapis', query: [] } as const
    await controlPlane.perform({ ...create, body: { name: 'x' } }, options())
    await controlPlane.perform({ ...create, body: { name: 'x', tags: { team: 'payments' } } }, options())
    expect(seen.map(({ line }) => line)).toEqual(['POST /restapis', 'POST /restapis'])
    expect(opened.map(({ policy }) => (policy.Statement as object[]).length)).toEqual([1, 2])
  })

  it('asks for one session however often a call is repeated', async () => {
    const { seen, endpoint } = await upstream()
    const { opened, open } = sessions({ now: Date.now })
    const controlPlane = targetControlPlane(target, open, { endpoint })
    for (let times = 0; times < 5; times++) await controlPlane.getIntegration(method, signal())
    expect({ calls: seen.length, sessions: opened.length }).toEqual({ calls: 5, sessions: 1 })
  })

  it('sends nothing where the role cannot be assumed, and says which and why', async () => {
    const { seen, endpoint } = await upstream()
    const denied: OpenSession = async () => Promise.reject(Object.assign(new Error('no'), { name: 'AccessDenied' }))
    const controlPlane = targetControlPlane(target, denied, { endpoint })
    let fenced = false
    const fence = async () => {
      fenced = true
    }
    const call = { operation: 'DeleteStage', verb: 'DELETE', path: '/restapis/a1b2/stages/x', query: [] } as const
    for (const asked of [
      controlPlane.getIntegration(method, signal()),
      controlPlane.read(call, signal()),
      controlPlane.change({ operation: 'DeleteIntegration', target: method }, { ...options(), fence }),
      controlPlane.perform(call, { ...options(), fence }),
    ]) {
      await expect(asked).rejects.toMatchObject({
        name: 'RoleNotAssumed',
        roleArn: target.roleArn,
        reason: 'AccessDenied',
      })
    }
    expect({ fenced, seen }).toEqual({ fenced: false, seen: [] })
  })

  it('waits for a session no longer than the call may take, and takes it when it comes', async () => {
    const { seen, endpoint } = await upstream()
    const { open } = sessions({ now: Date.now })
    const slow = Promise.withResolvers<void>()
    const controlPlane = targetControlPlane(target, (...of) => slow.promise.then(() => open(...of)), { endpoint })
    const asked = controlPlane.getIntegration(method, AbortSignal.timeout(20))
    await expect(asked).rejects.toMatchObject({ name: 'RoleNotAssumed', reason: 'TimeoutError' })
    await expect(controlPlane.getIntegration(method, AbortSignal.abort())).rejects.toBeInstanceOf(RoleNotAssumed)
    expect(seen).toEqual([])
    slow.resolve()
    expect(await controlPlane.getIntegration(method, signal())).toMatchObject({ kind: 'done' })
  })
})

describe('stsSessions()', () => {
  it("assumes the target's role with the policy, for as short as STS lets it", async () => {
    const sts = mockClient(STSClient)
    sts.on(AssumeRoleCommand).resolves({
      Credentials: { AccessKeyId: 'AKID', SecretAccessKey: 's', SessionToken: 't', Expiration: new Date(900_000) },
    })
    expect(await stsSessions()(target.roleArn, '{}')).toEqual({
      credentials: { accessKeyId: 'AKID', secretAccessKey: 's', sessionToken: 't' },
      expires: 900_000,
    })
    expect(sts.commandCalls(AssumeRoleCommand)[0]?.args[0].input).toEqual({
      RoleArn: target.roleArn,
      RoleSessionName: 'sallyport',
      Policy: '{}',
      DurationSeconds: 900,
    })
    sts.on(AssumeRoleCommand).resolves({})
    await expect(stsSessions()(target.roleArn, '{}')).rejects.toThrow('STS gave no credentials')
    sts.restore()
  })
})
