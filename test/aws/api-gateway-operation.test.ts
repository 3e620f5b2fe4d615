import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { apiGatewayControlPlane } from '../../lib/aws/api-gateway.ts'
import type { OperationCall } from '../../lib/control-plane/operation-call.ts'

const read: OperationCall = {
  operation: 'GetResources',
  verb: 'GET',
  path: '/restapis/a1b2c3d4e5/resources',
  query: [
    ['embed', 'methods'],
    ['embed', 'x y'],
    ['limit', '5'],
  ],
}
const write: OperationCall = {
  operation: 'CreateResource',
  verb: 'POST',
  path: '/restapis/a1b2c3d4e5/resources/9x8y7z',
  query: [],
  body: { pathPart: 'bestellungen-größe' },
}

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

async function upstream(answer: (response: ServerResponse) => void, prefix = '') {
  const seen: {
    method: string | undefined
    url: string | undefined
    headers: IncomingMessage['headers']
    body: string
  }[] = []
  server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      seen.push({ method: request.method, url: request.url, headers: request.headers, body })
      answer(response)
    })
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const controlPlane = apiGatewayControlPlane({
    region: 'eu-west-1',
    endpoint: `http://127.0.0.1:${port}${prefix}`,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  })
  return { seen, controlPlane }
}

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-requestid': 'up-1', ...headers })
    response.end(JSON.stringify(body))
  }
const options = (fence = async () => {}) => ({
  tag: '01ARZ3NDEKTSV4RRFFQ69G5FAV.1',
  fence,
  signal: AbortSignal.timeout(5_000),
})
const signal = () => AbortSignal.timeout(5_000)

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()

/** The signature that AWS would expect of a request as it arrived (Signature Version 4). */
function expectedSignature({ method, url = '', headers, body }: Awaited<ReturnType<typeof upstream>>['seen'][number]) {
  const [, scope = '', signed = ''] =
    /Credential=[^/]+\/([^,]+), SignedHeaders=([^,]+),/.exec(headers.authorization ?? '') ?? []
  const [path = '', query = ''] = url.split('?')
  const twice = path.split('/').map(encodeURIComponent).join('/')
  const lines = signed.split(';').map((name) => `${name}:${String(headers[name]).trim().replaceAll(/ +/g, ' ')}\n`)
  const sorted = query === '' ? '' : query.split('&').sort().join('&')
  const canonical = [method, twice, sorted, lines.join(''), signed, sha256(body)].join('\n')
  const [date = '', region = '', service = '', end = ''] = scope.split('/')
  const key = hmac(hmac(hmac(hmac('AWS4secret', date), region), service), end)
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n')
  return hmac(key, text).toString('hex')
}

describe('the signature', () => {
  it.each([
    { it: 'a read with a query', call: read },
    { it: 'a write with a body', call: write },
    { it: 'a label that is encoded', call: { ...read, path: '/restapis/a1b2/models/a%28b%29%2A', query: [] } },
  ])('is of what is sent: $it', async ({ call }) => {
    const { seen, controlPlane } = await upstream(json(200, {}))
    await controlPlane.perform(call, options())
    expect(seen.map(({ headers }) => headers.authorization?.split('Signature=')[1])).toEqual(
      seen.map(expectedSignature),
    )
    expect(seen).toHaveLength(1)
  })
})

describe('read()', () => {
  it('is signed, asks for JSON and gives the answer back as it is, members that no model knows included', async () => {
    const document = { item: [{ id: 'x', newToAws: { a: [1] } }], _links: {} }
    const { seen, controlPlane } = await upstream(json(200, document))
    expect(await controlPlane.read(read, signal())).toMatchObject({
      kind: 'done',
      status: 200,
      document,
      upstream: { requestId: 'up-1', date: expect.any(String) },
    })
    const [request] = seen
    expect(request).toMatchObject({ method: 'GET', url: `${read.path}?embed=methods&embed=x%20y&limit=5`, body: '' })
    expect(request?.headers).toMatchObject({
      accept: 'application/json',
      authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 .*\/eu-west-1\/apigateway\/aws4_request/),
    })
  })

  it('keeps the path of an endpoint that has one', async () => {
    const { seen, controlPlane } = await upstream(json(200, {}), '/behind')
    await controlPlane.read(read, signal())
    expect(seen[0]?.url).toMatch(/^\/behind\/restapis\/a1b2c3d4e5\/resources\?/)
  })
})

describe('perform()', () => {
  it('sends the body it was given, once, tagged', async () => {
    const { seen, controlPlane } = await upstream(json(201, { id: 'abc' }))
    expect(await controlPlane.perform(write, options())).toMatchObject({
      kind: 'done',
      status: 201,
      document: { id: 'abc' },
    })
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({ method: 'POST', url: write.path })
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual(write.body)
    expect(seen[0]?.headers['content-type']).toBe('application/json')
    expect(seen[0]?.headers['content-length']).toBe(String(Buffer.byteLength(JSON.stringify(write.body))))
    expect(seen[0]?.headers['user-agent']).toContain('sallyport/01ARZ3NDEKTSV4RRFFQ69G5FAV.1')
  })

  it('sends nothing when the fence does not hold', async () => {
    const { seen, controlPlane } = await upstream(json(201, {}))
    const fenced = controlPlane.perform(
      write,
      options(async () => Promise.reject(new Error('fenced'))),
    )
    await expect(fenced).rejects.toThrow('fenced')
    expect(seen).toEqual([])
  })

  it('runs the fence after signing', async () => {
    const { seen, controlPlane } = await upstream(json(201, {}))
    let fencedAt = 0
    await controlPlane.perform(
      write,
      options(async () => {
        await new Promise((resolve) => setTimeout(resolve, 1_100))
        fencedAt = Date.now()
      }),
    )
    const [, stamp = ''] = /^(\d{8}T\d{6})Z$/.exec(String(seen[0]?.headers['x-amz-date'])) ?? []
    const signedAt = Date.parse(stamp.replace(/^(....)(..)(..)T(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6Z'))
    expect(signedAt).toBeLessThan(fencedAt - 100)
  })

  it.each([
    { it: 'an empty 204', answer: (r: ServerResponse) => r.writeHead(204).end(), status: 204 },
    { it: 'a 202 without a body', answer: (r: ServerResponse) => r.writeHead(202).end(), status: 202 },
    { it: 'a 200 that is no JSON', answer: (r: ServerResponse) => r.writeHead(200).end('<html>'), status: 200 },
    {
      it: 'a 201 whose body breaks off',
      answer: (r: ServerResponse) => {
        r.writeHead(201, { 'content-length': '99' })
        r.write('{"i', () => setTimeout(() => r.destroy(), 20))
      },
      status: 201,
    },
  ])('calls $it done: its status line says so', async ({ answer, status }) => {
    const { controlPlane } = await upstream((response) => void answer(response))
    const got = await controlPlane.perform(write, options())
    expect(got).toMatchObject({ kind: 'done', status })
    expect(got).not.toHaveProperty('document')
  })

  it.each([
    {
      it: 'the header',
      headers: { 'x-amzn-errortype': 'ConflictException:http://x/' },
      body: { message: 'm' },
      type: 'ConflictException',
    },
    { it: 'the body', headers: {}, body: { __type: 'ns#ConflictException', Message: 'm' }, type: 'ConflictException' },
    { it: 'the status', headers: {}, body: { message: 'm' }, type: 'ConflictException' },
  ])('reads the type of a refusal from $it', async ({ headers, body, type }) => {
    const { seen, controlPlane } = await upstream(json(409, body, headers as Record<string, string>))
    expect(await controlPlane.perform(write, options())).toMatchObject({
      kind: 'refused',
      status: 409,
      errorType: type,
      message: 'm',
    })
    expect(seen).toHaveLength(1)
  })

  it('passes Retry-After on, and tries once', async () => {
    const { seen, controlPlane } = await upstream(json(429, { message: 'Too Many Requests' }, { 'retry-after': '7' }))
    expect(await controlPlane.perform(write, options())).toMatchObject({
      kind: 'refused',
      status: 429,
      retryAfter: '7',
    })
    expect(seen).toHaveLength(1)
  })

  it.each([
    { it: 'a 500', answer: json(500, {}) },
    { it: 'a 503 in HTML', answer: (r: ServerResponse) => r.writeHead(503).end('<html>') },
    { it: 'a redirect', answer: (r: ServerResponse) => r.writeHead(302, { location: 'http://127.0.0.1:1/' }).end() },
    { it: 'a dropped connection', answer: (r: ServerResponse) => r.destroy() },
  ])('calls $it unknown, after one attempt', async ({ answer }) => {
    const { seen, controlPlane } = await upstream((response) => void answer(response))
    expect(await controlPlane.perform(write, options())).toMatchObject({ kind: 'unknown' })
    expect(seen).toHaveLength(1)
  })

  it('calls a time-out unknown', async () => {
    const { controlPlane } = await upstream(() => {})
    const late = { ...options(), signal: AbortSignal.timeout(50) }
    expect(await controlPlane.perform(write, late)).toMatchObject({ kind: 'unknown', reason: 'no answer in time' })
  })
})
