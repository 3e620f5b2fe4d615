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
