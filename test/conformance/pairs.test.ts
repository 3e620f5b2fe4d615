import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { getRequestListener } from '@hono/node-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { embeddedControlPlane } from '../../lib/embedded/control-plane.ts'
import { memoryState } from '../../lib/embedded/control-plane-state.ts'
import { MISSING_MOTO, type Moto, startMoto } from '../support/moto.ts'
import { apiGatewayClient, type MadeApi, makeApi } from '../support/moto-apis.ts'
import { ACCOUNT, type Answer, DEFAULTS, PAIRS, type Pair } from './pairs.ts'

type Members = Record<string, unknown>

/** An answer with what is new at each run given a name. */
interface Raw {
  status: number
  errorType?: string
  message?: string
  /** Of a success; empty where it isn't JSON. */
  members: Members
}

describe.skipIf(MISSING_MOTO)(`the embedded control plane beside moto${MISSING_MOTO}`, () => {
  let moto: Moto
  let server: Server
  let sides: { embedded: Side; moto: Side }

  beforeAll(async () => {
    moto = await startMoto()
    server = createServer(
      getRequestListener(embeddedControlPlane({ state: memoryState(), now: Date.now, accountId: ACCOUNT }).fetch),
    )
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const embedded = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    sides = { embedded: await side(embedded), moto: await side(moto.url) }
  })
  afterAll(async () => {
    server?.close()
    server?.closeAllConnections()
    await moto?.close()
  })

  it.each(PAIRS)('$it', async (pair) => {
    const embedded = await ask(sides.embedded, pair)
    const other = await ask(sides.moto, pair)
    const ours = { ...embedded, members: withoutDefaults(embedded.members, other.members) }
    const theirs = { ...other, members: withoutNulls(other.members) }
    if (!pair.deviation) return expect(ours).toEqual(theirs)
    const { right: _right, because: _because, ...known } = pair.deviation
    expect(differing(ours, theirs)).toEqual(known)
  })

  it('differs from moto in nothing in which moto is right', () => {
    expect(PAIRS.filter(({ deviation }) => deviation?.right === 'moto').map((pair) => pair.it)).toEqual([])
  })

  it('says null for no member that is not set, and leaves no default out', async () => {
    const body = { type: 'HTTP_PROXY', httpMethod: 'POST', uri: 'https://backend.example/' }
    const { members } = await ask(sides.embedded, { it: '', verb: 'PUT', body })
    expect(members).toEqual({ ...body, ...DEFAULTS, cacheKeyParameters: [] })
    const other = await ask(sides.moto, { it: '', verb: 'PUT', body })
    for (const name of Object.keys(DEFAULTS)) expect(other.members).toHaveProperty(name, null)
  })
})

interface Side {
  url: string
  api: MadeApi
}

async function side(url: string): Promise<Side> {
  return { url, api: await makeApi(apiGatewayClient(url)) }
}

async function ask({ url, api }: Side, { verb, method = 'POST', body, ...ids }: Pair): Promise<Raw> {
  const { restApiId, resourceId } = { ...api, ...ids }
  const response = await fetch(`${url}/restapis/${restApiId}/resources/${resourceId}/methods/${method}/integration`, {
    method: verb,
    // moto reads in the signature which service is meant.
    headers: { authorization: 'AWS4-HMAC-SHA256 Credential=any/20260101/eu-west-1/apigateway/aws4_request' },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = (await response.text()).replaceAll(api.resourceId, '<resource>')
  const errorType = response.headers.get('x-amzn-errortype') ?? undefined
  const json = parse(text)
  const message = response.ok ? undefined : typeof json.message === 'string' ? json.message : '<not JSON>'
  return {
    status: response.status,
    ...(errorType && { errorType }),
    ...(message && { message }),
    members: response.ok ? json : {},
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch {
    return {}
  }
}

function withoutNulls(members: Members): Members {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null))
}

/** Without the defaults that moto has nothing for. */
function withoutDefaults(members: Members, moto: Members): Members {
  const isDefault = (name: string, value: unknown) => value === DEFAULTS[name] && (moto[name] ?? null) === null
  return Object.fromEntries(Object.entries(members).filter(([name, value]) => !isDefault(name, value)))
}

/** As the table has it: of two successes that say something the members that differ, of others the head alone. */
function differing(embedded: Raw, moto: Raw): { embedded: Answer; moto: Answer } {
  const isBoth = 'type' in embedded.members && 'type' in moto.members
  const told = ({ members, ...head }: Raw, other: Members): Answer => {
    const differ = Object.entries(members).filter(([name, value]) => !isDeepStrictEqual(value, other[name]))
    return { ...head, ...(isBoth && { members: Object.fromEntries(differ) }) }
  }
  return { embedded: told(embedded, moto.members), moto: told(moto, embedded.members) }
}
