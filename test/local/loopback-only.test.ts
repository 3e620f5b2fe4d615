import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startSystem } from '../../lib/embedded/system.ts'
import { ALLOWED, call, INTEGRATION, tokensOf } from './caller.ts'
import { runGate, startGate, stopGate, temporaryFolder } from './gate-process.ts'

/** Notes every address this process connects to and every name it looks up, before anything else runs. */
const WATCH = `
  const { appendFileSync } = require('node:fs')
  const note = (line) => appendFileSync(process.env.WATCHED, line + '\\n')
  const { Socket } = require('node:net')
  const connect = Socket.prototype.connect
  Socket.prototype.connect = function (...args) {
    const options = Array.isArray(args[0]) ? args[0][0] : args[0]
    note('connect ' + (options.host ?? options.path ?? options))
    return connect.apply(this, args)
  }
  const dns = require('node:dns')
  for (const name of ['lookup', 'resolve', 'resolve4', 'resolve6']) {
    const ask = dns[name]
    dns[name] = function (host, ...rest) { note('lookup ' + host); return ask.call(this, host, ...rest) }
  }
  const children = require('node:child_process')
  for (const name of ['spawn', 'exec', 'execFile', 'execSync', 'spawnSync']) {
    const run = children[name]
    children[name] = function (...args) { note(name + ' ' + args[0]); return run.apply(this, args) }
  }
`

/** Whatever an AWS SDK might be led to by a developer's environment, all of it pointing at one listener. */
async function developersMachine(home: string) {
  const asked: string[] = []
  const trap = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.writeHead(500).end()
  })
  trap.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url}`)
    socket.destroy()
  })
  await new Promise<void>((listening) => trap.listen(0, '127.0.0.1', listening))
  onTestFinished(() => void trap.close())
  const url = `http://127.0.0.1:${(trap.address() as AddressInfo).port}`

  const config = join(home, 'config')
  const touched = join(home, 'credential-process-ran')
  await writeFile(
    config,
    `[profile prod]\nregion = us-east-1\ncredential_process = touch ${touched}\nendpoint_url = ${url}\n` +
      `services = all\n[services all]\napi_gateway =\n  endpoint_url = ${url}\ndynamodb =\n  endpoint_url = ${url}\n`,
  )
  const watch = join(home, 'watch.cjs')
  await writeFile(watch, WATCH)
  const env = {
    SALLYPORT_HOME: join(home, 'gate'),
    HOME: home,
    AWS_PROFILE: 'prod',
    AWS_CONFIG_FILE: config,
    AWS_SDK_LOAD_CONFIG: '1',
    AWS_ENDPOINT_URL: url,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: url,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/credentials`,
    HTTP_PROXY: url,
    HTTPS_PROXY: url,
    NODE_USE_ENV_PROXY: '0',
    WATCHED: join(home, 'watched'),
  }
  const nodeArgs = ['--require', watch]
  return { url, env, nodeArgs, asked, touched, watched: () => readFile(env.WATCHED, 'utf8').catch(() => '') }
}

describe('credentials that merely lie in the environment', () => {
  it('lead nowhere, not even to a look at them', async () => {
    const machine = await developersMachine(await temporaryFolder())
    const gate = await startGate(machine.env, machine)
    const { payments } = await tokensOf(machine.env.SALLYPORT_HOME)
    const put = await call(gate.url + INTEGRATION, payments, { method: 'PUT', body: ALLOWED })
    const got = await call(gate.url + INTEGRATION, payments)
    expect([put.status, got.status]).toEqual([201, 200])
    expect(gate.stdout()).toMatch(/^ {2}API Gateway {4}embedded$/m)
    expect(gate.stdout()).toMatch(/^ {2}DynamoDB {7}embedded/m)
    await stopGate(gate)

    expect(machine.asked).toEqual([])
    await expect(readFile(machine.touched)).rejects.toThrow('ENOENT')
    const watched = (await machine.watched()).trim().split('\n')
    expect(watched).toContain('connect 127.0.0.1')
    expect(watched.filter((line) => !/^(connect|lookup) 127\.0\.0\.1$/.test(line))).toEqual([])
  })

  it('leave the parts embedded where they are keys', async () => {
    const keys = {
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'token',
    }
    const env = { PORT: '0', SALLYPORT_HOME: await temporaryFolder(), ...keys }
    const system = await startSystem({ env, aws: false, say: () => {} })
    expect(system.parts).toMatchObject({ 'API Gateway': 'embedded', DynamoDB: 'embedded, table sallyport' })
    await system.close()
  })

  it('would be noticed here: --aws is what makes the gate look for them', async () => {
    const machine = await developersMachine(await temporaryFolder())
    const env = { ...machine.env, SALLYPORT_ACCOUNT_ID: '111111111111' }
    const { code } = await runGate(env, { ...machine, args: ['--aws'] }).end
    expect(code).toBe(1)
    expect(await machine.watched()).toMatch(/touch/)
  })
})
