import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tokensOf, trailOf } from '../../local/caller.ts'
import { type GuardedUpstream, guardUpstream, type Seen } from '../guarded-upstream.ts'
import { type Outcome, PATH } from './client.ts'
import { findClients } from './found.ts'

const METHOD = { restApiId: 'a1b2c3d4e5', resourceId: '9x8y7z', httpMethod: 'POST' }
const PUT = {
  ...METHOD,
  type: 'HTTP_PROXY',
  integrationHttpMethod: 'POST',
  uri: 'https://core.payments.acme.internal/v1/orders',
  connectionType: 'VPC_LINK',
  connectionId: 'vl-pay01',
  timeoutInMillis: 9000,
}
const STORED = {
  type: 'HTTP_PROXY',
  httpMethod: 'POST',
  uri: 'https://core.payments.acme.internal/v1/orders',
  connectionType: 'VPC_LINK',
  connectionId: 'vl-pay01',
  passthroughBehavior: 'WHEN_NO_MATCH',
  timeoutInMillis: 9000,
  cacheNamespace: '9x8y7z',
  cacheKeyParameters: [],
}
const patch = (path: string, value: string) => ({ ...METHOD, patchOperations: [{ op: 'replace', path, value }] })

interface Refusal {
  name: string
  status: number
  message: RegExp
  /** Whether API Gateway's model knows this error of this operation, so that SDKs have a class for it. */
  isModelled: boolean
}

interface Row {
  it: string
  operation: string
  input: object
  /** The answer, or why there is none. */
  want: { status: number; output: object } | Refusal
}

const MISSPELT = /^Denied by payments\.uri .*Did you mean core\.payments\.acme\.internal\?$/

/** The classes of an error that API Gateway's model doesn't name. */
const UNMODELLED = /^(ClientError|APIGatewayServiceException|GenericAPIError|ApiGatewayException|Unhandled)$/

/** In this order: each row finds what the rows before it left. */
const ROWS: Row[] = [
  { it: 'puts what the policy allows', operation: 'PutIntegration', input: PUT, want: { status: 201, output: STORED } },
  { it: 'gets what it put', operation: 'GetIntegration', input: METHOD, want: { status: 200, output: STORED } },
  {
    it: 'updates within what the policy allows',
    operation: 'UpdateIntegration',
    input: patch('/timeoutInMillis', '8000'),
    want: { status: 200, output: { ...STORED, timeoutInMillis: 8000 } },
  },
  {
    it: 'is denied a Put',
    operation: 'PutIntegration',
    input: { ...PUT, uri: 'https://core.paymnets.acme.internal/v1/orders' },
    want: { name: 'AccessDeniedException', status: 403, message: MISSPELT, isModelled: false },
  },
  {
    it: 'is denied an Update by its outcome',
    operation: 'UpdateIntegration',
    input: patch('/uri', 'https://core.paymnets.acme.internal/v1/orders'),
    want: { name: 'AccessDeniedException', status: 403, message: MISSPELT, isModelled: false },
  },
  {
    it: 'is told of a wrong form in API Gateway’s words',
    operation: 'PutIntegration',
    input: { ...PUT, uri: 'ftp://core.payments.acme.internal/' },
    want: {
      name: 'BadRequestException',
      status: 400,
      message: /^Invalid HTTP endpoint specified for URI$/,
      isModelled: true,
    },
  },
  {
    it: 'finds no API of another team',
    operation: 'GetIntegration',
    input: { ...METHOD, restApiId: 's9s8s7s6s5', resourceId: '5q4r3s' },
    want: {
      name: 'NotFoundException',
      status: 404,
      message: /^Invalid Resource identifier specified$/,
      isModelled: true,
    },
  },
  {
    it: 'lists its own team’s APIs alone',
    operation: 'GetRestApis',
    input: {},
    want: { status: 200, output: { items: [{ id: 'a1b2c3d4e5', name: 'payments' }] } },
  },
  {
    it: 'is refused an operation that the gate does not serve',
    operation: 'GetAccount',
    input: {},
    want: { name: 'AccessDeniedException', status: 403, message: /^GetAccount is not served/, isModelled: false },
  },
  {
    it: 'still gets what was there before the refusals',
    operation: 'GetIntegration',
    input: METHOD,
    want: { status: 200, output: { ...STORED, timeoutInMillis: 8000 } },
  },
  { it: 'deletes', operation: 'DeleteIntegration', input: METHOD, want: { status: 204, output: {} } },
  {
    it: 'finds nothing after that',
    operation: 'GetIntegration',
    input: METHOD,
    want: {
      name: 'NotFoundException',
      status: 404,
      message: /^Invalid Integration identifier specified$/,
      isModelled: true,
    },
  },
]

/** HOME is empty, so that nobody's own configuration takes part. `GATE` is for clients that take only a flag. */
const common = ({ home, url }: GuardedUpstream) => ({ PATH, HOME: home, GATE: url })

async function variablesOf(gate: GuardedUpstream): Promise<Record<string, string>> {
  return {
    ...common(gate),
    AWS_ENDPOINT_URL_API_GATEWAY: gate.url,
    AWS_REGION: 'eu-west-1',
    AWS_DEFAULT_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
    AWS_SESSION_TOKEN: (await tokensOf(gate.home)).payments,
  }
}

/** As `setup-profile` writes it: the Rust SDK looks for `api-gateway`, all others for `api_gateway`. */
async function profileOf(gate: GuardedUpstream): Promise<Record<string, string>> {
  const file = join(gate.home, 'aws-config')
  const config = `[profile gate]
region = eu-west-1
credential_process = sh -c "cd ${resolve('.')} && npm run -s token -- payments --credentials"
services = gate

[services gate]
api_gateway =
  endpoint_url = ${gate.url}
api-gateway =
  endpoint_url = ${gate.url}
`
  await writeFile(file, config)
  return { ...common(gate), SALLYPORT_HOME: gate.home, AWS_CONFIG_FILE: file, AWS_PROFILE: 'gate' }
}

describe.each(await findClients())('$title', ({ title, client }) => {
  if (!client) {
    console.info(title)
    return it.skip(title)
  }

  let gate: GuardedUpstream
  let variables: Record<string, string>
  beforeAll(async () => {
    gate = await guardUpstream()
    variables = await variablesOf(gate)
  })
  afterAll(async () => {
    client.close()
    await gate?.close()
  })

  /** One call, and what came to the gate's door meanwhile. */
  async function call(env: Record<string, string>, operation: string, input: object) {
    const before = gate.seen.length
    const outcome = await client?.call(env, operation, input)
    return { outcome: outcome as Outcome, seen: gate.seen.slice(before) }
  }

  function expectRefused(outcome: Outcome, { name, message, isModelled }: Omit<Refusal, 'status'>): void {
    expect(outcome).toMatchObject({ ok: false, error: { name, message: expect.stringMatching(message) } })
    const { caught = '' } = outcome.error ?? {}
    if (client?.name.startsWith('AWS CLI 1')) expect(caught).toBe('exit code 255')
    else if (client?.name.startsWith('AWS CLI')) expect(caught).toBe('exit code 254')
    else expect(caught).toMatch(isModelled ? name : UNMODELLED)
  }

  function expectAnswer(outcome: Outcome, seen: Seen[], status: number): void {
    expect(seen.map((request) => request.status)).toEqual([status])
    if (!client?.name.startsWith('AWS CLI')) expect(outcome.requestId).toBe(seen[0]?.requestId)
  }

  describe.each([
    ['environment variables', variablesOf],
    ['a profile with credential_process', profileOf],
  ] as const)('by %s', (_, way) => {
    let env: Record<string, string>
    beforeAll(async () => {
      env = await way(gate)
    })

    it.each(ROWS)('$it ($operation)', async ({ operation, input, want }) => {
      const { outcome, seen } = await call(env, operation, input)
      if ('output' in want) expect(outcome).toMatchObject({ ok: true, output: want.output })
      else expectRefused(outcome, want)
      // A refusal is final: a client that tried again would only wait for the same answer.
      expectAnswer(outcome, seen, want.status)
    })
  })

  it('is told of an unreadable token at the first try', async () => {
    const env = { ...variables, AWS_SESSION_TOKEN: 'no.to.ken' }
    const { outcome, seen } = await call(env, 'GetIntegration', METHOD)
    expectRefused(outcome, { name: 'UnauthorizedException', message: /token/i, isModelled: true })
    expectAnswer(outcome, seen, 401)
  })

  it('tries again where API Gateway throttles, and gets its answer', async () => {
    // The gate reads what is there before it writes: only the writes are throttled.
    gate.failNext({ kind: 'none' }, { kind: 'throttle' }, { kind: 'none' }, { kind: 'throttle' })
    const { outcome, seen } = await call(variables, 'PutIntegration', PUT)
    expect(outcome).toMatchObject({ ok: true, output: STORED })
    expect(seen.map(({ status }) => status)).toEqual([429, 429, 201])
  })

  it('is told that it is not known yet, where the answer to an applied change was lost', async () => {
    gate.failNext({ kind: 'none' }, { kind: 'status', status: 503, applied: true })
    const { outcome, seen } = await call(variables, 'PutIntegration', PUT)
    // Its second try must not be a second change, and must not claim that the first came to nothing.
    expect(seen.map(({ status }) => status)).toEqual([503, 409])
    const open = new RegExp(
      `concurrent modification.*\\(Request ${seen[0]?.requestId} on this method is not settled yet`,
    )
    expectRefused(outcome, { name: 'ConflictException', message: open, isModelled: true })
    const trail = await trailOf(gate.url, (await tokensOf(gate.home)).admin)
    expect(trail.find(({ id }) => id === seen[0]?.requestId)).toMatchObject({ status: 'pending' })
  })
})
