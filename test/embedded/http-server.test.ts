import { connect } from 'node:net'
import { Hono } from 'hono'
import { afterEach, describe, expect, it } from 'vitest'
import { type HttpServer, listen, PortUnavailable } from '../../lib/embedded/http-server.ts'

let server: HttpServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

async function serve(): Promise<HttpServer> {
  server = await listen(
    new Hono().get('/ok', (c) => c.json({})).get('/slow', () => new Promise<Response>(() => {})),
    0,
  )
  return server
}

/** Sends bytes as they are and resolves with all that comes back. */
function exchange(url: string, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (chunk) => {
      answer += chunk
      if (answer.endsWith('}')) socket.end()
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
  })
}

describe('listen()', () => {
  it.each([
    { it: 'a verb that HTTP does not have', bytes: 'FOO /ok HTTP/1.1\r\nHost: x\r\n\r\n', status: 400 },
    { it: 'a header without a colon', bytes: 'GET /ok HTTP/1.1\r\nHost: x\r\nFoo\r\n\r\n', status: 400 },
    { it: 'no Host', bytes: 'GET /ok HTTP/1.1\r\n\r\n', status: 400 },
    { it: 'a Host that is none', bytes: 'GET /ok HTTP/1.1\r\nHost: a b%zz\r\n\r\n', status: 400 },
    {
      it: 'an expectation it does not know',
      bytes: 'POST /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 200-maybe\r\nContent-Length: 0\r\n\r\n',
      status: 417,
    },
    {
      it: 'two lengths',
      bytes: 'POST /ok HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n',
      status: 400,
    },
    {
      it: 'a length beside chunks',
      bytes: 'POST /ok HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      status: 400,
    },
    {
      it: 'headers without end',
      bytes: `GET /ok HTTP/1.1\r\nHost: x\r\nFoo: ${'x'.repeat(20_000)}\r\n\r\n`,
      status: 431,
    },
  ])('answers $it in JSON', async ({ bytes, status }) => {
    const [head = '', body = ''] = (await exchange((await serve()).url, bytes)).split('\r\n\r\n')
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(head.toLowerCase()).toContain('x-amzn-errortype: badrequestexception')
    expect(JSON.parse(body)).toEqual({ message: expect.any(String) })
  })

  it.each([
    { it: 'whose headers never end', bytes: 'GET /ok HTTP/1.1\r\nHost: x\r\nFoo: ' },
    { it: 'whose body never ends', bytes: 'POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab' },
    { it: 'that says nothing', bytes: '' },
  ])('cuts off a request $it, and serves others meanwhile', async ({ bytes }) => {
    const limits = { headersMs: 300, requestMs: 300, lookMs: 50, connections: 10 }
    const app = new Hono().get('/ok', (c) => c.json({})).post('/read', async (c) => c.text(await c.req.text()))
    server = await listen(app, 0, limits)
    const started = performance.now()
    const slow = exchange(server.url, bytes)
    expect((await fetch(`${server.url}/ok`)).status).toBe(200)
    const answer = await slow
    expect(performance.now() - started).toBeLessThan(3_000)
    expect(answer === '' || answer.startsWith('HTTP/1.1 408 ')).toBe(true)
  })

  it('takes no more connections than it can hold, and serves those it has', async () => {
    server = await listen(
      new Hono().get('/ok', (c) => c.json({})),
      0,
      {
        headersMs: 2_000,
        requestMs: 2_000,
        lookMs: 50,
        connections: 2,
      },
    )
    const { url } = server
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => exchange(url, 'GET /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')),
    )
    const served = answers.filter((answer) => answer.startsWith('HTTP/1.1 200 '))
    expect(served.length).toBeGreaterThan(0)
    expect(answers.every((answer) => answer === '' || answer.startsWith('HTTP/1.1 200 '))).toBe(true)
    expect((await fetch(`${url}/ok`)).status).toBe(200)
  })

  it('says which port is taken', async () => {
    const port = Number(new URL((await serve()).url).port)
    await expect(listen(new Hono(), port)).rejects.toThrow(PortUnavailable)
    await expect(listen(new Hono(), port)).rejects.toThrow(`Port ${port} is taken`)
  })

  it('closes although a request hangs and a connection idles', async () => {
    const { url, close } = await serve()
    await (await fetch(`${url}/ok`)).text()
    fetch(`${url}/slow`).catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 50))
    const started = performance.now()
    await close()
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})
