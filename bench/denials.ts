/**
 * What one caller's largest denials do to a local gate: thirty of them are sent one after the other to `npm start` in a
 * process of its own, and `/healthz` is asked all the while. Tells how many records they leave, by how much the table's
 * files grow, and how long `/healthz` took at worst. Then the same of dry runs of the largest size.
 *
 * `npm run -s bench:denials`; `--denials 30`.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { MEMBERS } from '../lib/apigateway/members.ts'
import { openIssuer, ROLE_GROUPS } from '../lib/embedded/issuer.ts'
import { quantile } from './quantile.ts'

const { denials } = parseArgs({ options: { denials: { type: 'string', default: '30' } } }).values

const { requestParameters, requestTemplates } = MEMBERS
const many = (count: number, entry: (index: number) => [string, string]) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => entry(index)))
/** About a megabyte, each entry of which is a violation. */
const denied = {
  type: 'HTTP_PROXY',
  httpMethod: 'POST',
  uri: 'https://core.paymnets.acme.internal/v1/orders',
  requestParameters: many(requestParameters.maxEntries, (i) => [
    `integration.request.header.p${i}`,
    `'${'s'.repeat(requestParameters.maxLength - 2)}'`,
  ]),
  requestTemplates: many(requestTemplates.maxEntries, (i) => [`text/t${i}`, 't'.repeat(13_000)]),
}
const asked = { restApiId: 'a1b2c3d4e5', resourceId: '9x8y7z', method: 'POST', body: denied }

const home = await mkdtemp(join(tmpdir(), 'sallyport-denials-'))
const gate = spawn(process.execPath, ['scripts/node.mjs', 'functions/local.ts'], {
  env: { PATH: process.env.PATH, HOME: '/nonexistent', PORT: '0', SALLYPORT_HOME: home },
  stdio: ['ignore', 'pipe', 'inherit'],
})
try {
  const url = await started()
  const issuer = await openIssuer(home)
  const sign = (sub: string, group: string) => issuer.sign({ sub, groups: [group] }, { expiresInSeconds: 3600 })
  const caller = await sign('flood', 'payments-dev')
  const admin = await sign('root', ROLE_GROUPS.admin)
  const path = '/restapis/a1b2c3d4e5/resources/9x8y7z/methods/POST/integration'

  await watched('denials', Number(denials), () => send(url + path, 'PUT', caller, JSON.stringify(denied)))
  const entries = await listed(url, admin, 'PutIntegration')
  process.stdout.write(`records  ${entries} of ${denials} denials\n`)
  const dryRun = JSON.stringify({ requests: Array(4).fill(asked) })
  await watched('dry runs', 10, () => send(`${url}/v1/decisions`, 'POST', caller, dryRun))

  /** Sends one after the other, with `/healthz` asked every ten milliseconds beside it. */
  async function watched(what: string, count: number, one: () => Promise<number>): Promise<void> {
    const before = await bytesOf(join(home, 'table'))
    const waits: number[] = []
    const statuses = new Map<number, number>()
    let isOver = false
    const watching = (async () => {
      while (!isOver) {
        const asked = performance.now()
        await (await fetch(`${url}/healthz`)).arrayBuffer()
        waits.push(performance.now() - asked)
        await setTimeout(10)
      }
    })()
    const begun = performance.now()
    for (let i = 0; i < count; i++) {
      const status = await one()
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
    const seconds = (performance.now() - begun) / 1000
    isOver = true
    await watching
    const grown = (await bytesOf(join(home, 'table'))) - before
    waits.sort((a, b) => a - b)
    const told = [...statuses].map(([status, times]) => `${times} × ${status}`).join(', ')
    process.stdout.write(`${what}  ${told} in ${seconds.toFixed(1)} s\n`)
    process.stdout.write(`table    + ${(grown / 1e6).toFixed(2)} MB of files\n`)
    process.stdout.write(
      `healthz  p50 ${quantile(waits, 0.5).toFixed(0)} ms, p99 ${quantile(waits, 0.99).toFixed(0)} ms, ` +
        `longest ${(waits.at(-1) ?? 0).toFixed(0)} ms of ${waits.length}\n`,
    )
  }
} finally {
  gate.kill('SIGTERM')
  await rm(home, { recursive: true, force: true })
}

async function send(to: string, method: string, token: string, body: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await fetch(to, { method, headers, body })
  await answer.arrayBuffer()
  return answer.status
}

/** How many requests of an action the trail lists. */
async function listed(at: string, token: string, action: string): Promise<number> {
  let count = 0
  let cursor = ''
  do {
    const answer = await fetch(`${at}/v1/trail?limit=200${cursor}`, { headers: { authorization: `Bearer ${token}` } })
    const page = (await answer.json()) as { entries: { action: string }[]; next?: string }
    count += page.entries.filter((entry) => entry.action === action).length
    cursor = page.next === undefined ? '' : `&cursor=${encodeURIComponent(page.next)}`
  } while (cursor !== '')
  return count
}

async function started(): Promise<string> {
  let text = ''
  for await (const chunk of gate.stdout.setEncoding('utf8')) {
    text += chunk
    const [, url] = /ready on (http:\S+)/.exec(text) ?? []
    if (url !== undefined) return url
  }
  throw new Error(`The gate did not start: ${text}`)
}

async function bytesOf(folder: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue
    bytes += await stat(join(entry.parentPath, entry.name)).then(
      ({ size }) => size,
      () => 0,
    )
  }
  return bytes
}
