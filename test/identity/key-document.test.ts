import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { httpGet } from '../../lib/identity/http-get.ts'
import { fetchJson } from '../../lib/identity/key-document.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
let redirectsFollowed = 0
let bytesSent = 0

/** What a broken or hijacked issuer may answer, by path. */
const answers: Record<string, RequestListener> = {
  '/good': (_request, response) => response.writeHead(200, JSON_TYPE).end('{"keys":[]}'),
  '/jwk-set': (_request, response) =>
    response.writeHead(200, { 'content-type': 'application/jwk-set+json; charset=utf-8' }).end('{"keys":[]}'),
  '/largest': (_request, response) => response.writeHead(200, JSON_TYPE).end(`"${'a'.repeat(65_534)}"`),
  '/too-large': (_request, response) => response.writeHead(200, JSON_TYPE).end(`"${'a'.repeat(65_535)}"`),
  '/10-mb': (_request, response) => {
    response.writeHead(200, JSON_TYPE)
    const chunk = Buffer.alloc(65_536, ' ')
    const send = () => {
      if (bytesSent >= 10_485_760 || response.destroyed) return response.end()
      bytesSent += chunk.length
      if (response.write(chunk)) setImmediate(send)
      else response.once('drain', send)
      return
    }
    send()
  },
  '/redirect': (_request, response) => response.writeHead(302, { location: '/target' }).end(),
  '/target': (_request, response) => {
    redirectsFollowed++
    response.writeHead(200, JSON_TYPE).end('{"keys":[]}')
  },
  '/html': (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('{"keys":[]}'),
  '/untyped': (_request, response) => response.writeHead(200).end('{"keys":[]}'),
  '/404': (_request, response) => response.writeHead(404, JSON_TYPE).end('{"keys":[]}'),
  '/500': (_request, response) => response.writeHead(500, JSON_TYPE).end('{"keys":[]}'),
  '/broken': (_request, response) => response.writeHead(200, JSON_TYPE).end('{"keys":['),
  '/twice': (_request, response) => response.writeHead(200, JSON_TYPE).end('{"keys":[],"keys":[]}'),
  '/squeezed': (_request, response) =>
    response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'identity' }).end(gzipSync('{"keys":[]}')),
  '/silent': () => {},
  '/101': (_request, response) => response.writeHead(101, { connection: 'upgrade', upgrade: 'x' }).end(),
  '/endless': (_request, response) => response.writeHead(200, JSON_TYPE).write('{'),
  '/cut': (_request, response) => {
    response.writeHead(200, { ...JSON_TYPE, 'content-length': '100' }).write('{')
    setImmediate(() => response.destroy())
  },
}

const server = createServer((request, response) => answers[request.url ?? '']?.(request, response))
let origin = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

describe.each([
  ['fetch', fetch, 'unexpected redirect'],
  ['httpGet', httpGet, 'answered 302'],
])('fetchJson() by %s', (_, fetch, redirected) => {
  const get = (path: string) => fetchJson(origin + path, { fetch, timeoutMs: 300 })

  it.each(['/good', '/jwk-set'])('takes %s', async (path) => {
    expect(await get(path)).toEqual({ ok: true, value: { keys: [] } })
  })

  it('takes a document of exactly 64 KiB', async () => {
    expect(await get('/largest')).toMatchObject({ ok: true })
  })

  it.each([
    ['/too-large', 'answered more than 65536 bytes'],
    ['/redirect', redirected],
    ['/squeezed', 'broken JSON'],
    ['/html', 'did not answer JSON'],
    ['/untyped', 'did not answer JSON'],
    ['/404', 'answered 404'],
    ['/500', 'answered 500'],
    ['/broken', 'broken JSON'],
    ['/twice', 'broken JSON'],
    ['/silent', 'aborted due to timeout'],
    ['/endless', 'aborted due to timeout'],
    ['/cut', 'cannot be fetched'],
    ['/101', 'cannot be fetched'],
  ])('refuses %s: %s', async (path, problem) => {
    const fetched = await get(path)
    expect(fetched.ok ? 'accepted' : fetched.problem).toContain(problem)
    expect(redirectsFollowed).toBe(0)
  })

  it('stops reading 10 MB early', async () => {
    bytesSent = 0
    const fetched = await get('/10-mb')
    expect(fetched.ok ? 'accepted' : fetched.problem).toContain('answered more than 65536 bytes')
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(bytesSent).toBeLessThan(10_485_760)
  })

  it.each(['http://127.0.0.1:1/jwks', 'https://127.0.0.1:1/jwks', 'HTTPS://127.0.0.1:1/jwks'])(
    'says that nobody is there: %s',
    async (url) => {
      const fetched = await fetchJson(url, { fetch })
      expect(fetched.ok ? 'accepted' : fetched.problem).toMatch(/ECONNREFUSED|bad port/)
    },
  )
})
