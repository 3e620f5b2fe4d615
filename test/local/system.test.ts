import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { startSystem } from '../../lib/embedded/system.ts'
import { ALLOWED, call, INTEGRATION, tokensOf, trailOf } from './caller.ts'
import { startGate, stopGate, temporaryFolder } from './gate-process.ts'

describe('the system on loopback', () => {
  it('ends cleanly on SIGINT and SIGTERM, and the next start finds the trail and the integrations', async () => {
    const env = { SALLYPORT_HOME: await temporaryFolder() }
    const first = await startGate(env)
    expect(first.stdout()).toMatch(/^Sallyport is ready on http:\/\/127\.0\.0\.1:\d+ \(\d\.\d s\)$/m)
    const health = await fetch(`${first.url}/healthz`)
    expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }])

    const { payments, admin } = await tokensOf(env.SALLYPORT_HOME)
    const put = await call(first.url + INTEGRATION, payments, { method: 'PUT', body: ALLOWED })
    const wrong = { ...ALLOWED, uri: 'https://core.paymnets.acme.internal/v1/orders' }
    const denied = await call(first.url + INTEGRATION, payments, { method: 'PUT', body: wrong })
    expect([put.status, denied.status]).toEqual([201, 403])
    const trail = await trailOf(first.url, admin)
    expect(trail.map(({ status }) => status)).toEqual(['denied', 'succeeded'])
    expect(await stopGate(first, 'SIGINT')).toMatchObject({ code: 0, signal: null, stderr: '' })

    const second = await startGate(env)
    expect(await trailOf(second.url, admin)).toEqual(trail)
    const found = await call(second.url + INTEGRATION, payments)
    expect(found.json).toEqual(put.json)
    expect(await stopGate(second, 'SIGTERM')).toMatchObject({ code: 0, signal: null, stderr: '' })
  })

  it('starts again after it was killed, with all that it had answered', async () => {
    const env = { SALLYPORT_HOME: await temporaryFolder() }
    const first = await startGate(env)
    const { payments, admin } = await tokensOf(env.SALLYPORT_HOME)
    const { headers } = await call(first.url + INTEGRATION, payments, { method: 'PUT', body: ALLOWED })
    await stopGate(first, 'SIGKILL')
    const second = await startGate(env)
    const id = headers.get('x-amzn-requestid')
    expect(await trailOf(second.url, admin)).toMatchObject([{ id, status: 'succeeded' }])
  })

  it('takes a Ctrl-C that arrives twice, from the terminal and from npm, as one', async () => {
    const gate = await startGate({ SALLYPORT_HOME: await temporaryFolder() })
    // A request that hangs keeps the first from being over when the second comes.
    const socket = connect(Number(new URL(gate.url).port), '127.0.0.1').on('error', () => {})
    await new Promise<void>((sent) => socket.write(UNFINISHED.headers, () => sent()))
    gate.child.kill('SIGINT')
    setTimeout(() => gate.child.kill('SIGINT'), 300)
    expect(await gate.end).toMatchObject({ code: 0, signal: null, stderr: '' })
  })

  it('waits at its end for no client that dawdles', async () => {
    const system = await startSystem({
      env: { PORT: '0', SALLYPORT_HOME: await temporaryFolder() },
      aws: false,
      say: () => {},
    })
    const sockets = Object.values(UNFINISHED).map((bytes) => {
      const socket = connect(Number(new URL(system.url).port), '127.0.0.1').on('error', () => {})
      socket.write(bytes)
      return { socket, ended: new Promise((resolve) => socket.once('close', resolve).resume()) }
    })
    await fetch(`${system.url}/healthz`)
    const started = performance.now()
    await system.close()
    expect(performance.now() - started).toBeLessThan(5_000)
    await Promise.all(sockets.map(({ ended }) => ended))
  })
})

const UNFINISHED = {
  keptOpen: 'GET /healthz HTTP/1.1\r\nHost: gate\r\n\r\n',
  headers: 'PUT /restapis HTTP/1.1\r\nHost: gate\r\n',
  body: 'PUT /restapis HTTP/1.1\r\nHost: gate\r\nContent-Length: 100\r\n\r\n{',
  verb: 'P',
}
