// A warm request on loopback: the gate with its store and its upstream in memory, beside a bare node:http echo and beside
// Hono that only verifies the token. Each server is a process of its own; rounds take turns, and ratios are taken within
// a round, since the speed of a shared machine drifts.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { load } from './load.ts'
import { median, quantile } from './quantile.ts'
import { benchMemo } from './token-memo.ts'
import { type Signer, startSigner } from './tokens.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    requests: { type: 'string', default: '2000' },
    connections: { type: 'string', default: '16' },
  },
})
const rounds = Number(values.rounds)
const requests = Number(values.requests)
const connections = Number(values.connections)

const INTEGRATION = {
  type: 'HTTP_PROXY',
  httpMethod: 'GET',
  uri: 'https://ledger.payments.acme.internal/v1/orders',
  connectionType: 'VPC_LINK',
  connectionId: 'vl-pay01',
  timeoutInMillis: 5000,
  passthroughBehavior: 'WHEN_NO_MATCH',
}
const ALLOWED = { verb: 'PUT', body: JSON.stringify(INTEGRATION), status: 201 }
const DENIED = { ...ALLOWED, body: JSON.stringify({ ...INTEGRATION, timeoutInMillis: 25_000 }), status: 403 }
const READ = { verb: 'GET', body: '', status: 200 }

/** What is asked of each server, and whether every request brings a token that it hasn't seen. */
const CASES = [
  { name: 'node:http echo', server: 'echo', ask: ALLOWED, unseen: true },
  { name: 'Hono + jose', server: 'hono-jose', ask: ALLOWED, unseen: true },
  { name: 'gate, allowed', server: 'gate', ask: ALLOWED, unseen: true },
  { name: 'gate, allowed, one token', server: 'gate', ask: ALLOWED, unseen: false },
  { name: 'gate, denied', server: 'gate', ask: DENIED, unseen: true },
  { name: 'gate, read', server: 'gate', ask: READ, unseen: true },
]
type Ask = typeof ALLOWED

/** One method each, since the gate lets a method be changed by one request at a time. */
function request({ verb, body }: Ask, token: string, index: number): Buffer {
  return Buffer.from(
    [
      `${verb} /restapis/a1b2c3d4e5/resources/r${index}/methods/GET/integration HTTP/1.1`,
      'host: 127.0.0.1',
      'content-type: application/json',
      `authorization: Bearer ${token}`,
      `content-length: ${body.length}`,
      '',
      body,
    ].join('\r\n'),
  )
}

async function prepare(ask: Ask, unseen: boolean, signer: Signer): Promise<Buffer[]> {
  const one = await signer.sign()
  return Promise.all(
    Array.from({ length: requests }, async (_, index) => request(ask, unseen ? await signer.sign() : one, index)),
  )
}

async function startServer(name: string, signer: Signer): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(new URL(`servers/${name}.ts`, import.meta.url), { env: { BENCH_JWK: signer.publicJwk } })
  const ended = once(child, 'exit').then(() => {
    throw new Error(`The server ${name} ended before it was ready`)
  })
  const [port] = await Promise.race([once(child, 'message'), ended])
  ended.catch(() => {}) // once it is ready, we end it
  return { child, port }
}

/** Microseconds of processor time, all threads, that a server has used so far. */
async function processorTime(server: ChildProcess): Promise<number> {
  server.send('cpu')
  const [{ user, system }] = await once(server, 'message')
  return user + system
}

const signer = await startSigner()
const servers = new Map<string, { child: ChildProcess; port: number }>()
const measured = []
for (const one of CASES) {
  const running = servers.get(one.server) ?? (await startServer(one.server, signer))
  servers.set(one.server, running)
  const seen = { perSecond: [] as number[], micros: [] as number[], p50: [] as number[], p99: [] as number[] }
  measured.push({ ...one, ...running, ...seen })
}

for (let round = -1; round < rounds; round++) {
  for (const { name, child, port, ask, unseen, perSecond, micros, p50, p99 } of measured) {
    const prepared = await prepare(ask, unseen, signer)
    const usedBefore = await processorTime(child)
    const { seconds, latenciesMs, statuses } = await load(port, prepared, connections)
    const used = (await processorTime(child)) - usedBefore
    if (statuses.get(ask.status) !== requests) throw new Error(`${name} answered ${JSON.stringify([...statuses])}`)
    if (round === -1) continue // warms up
    perSecond.push(requests / seconds)
    micros.push(used / requests)
    p50.push(quantile(latenciesMs, 0.5))
    p99.push(quantile(latenciesMs, 0.99))
  }
}
for (const { child } of servers.values()) child.kill()

const [echo, hono] = measured
const ratio = (of: number[], to: number[] = []) => median(of.map((value, round) => value / (to[round] ?? Number.NaN)))
console.log(
  `An integration, ${connections} connections, median of ${rounds} rounds of ${requests}, Node ${process.version}`,
)
const titles = ['requests/s', 'p50 ms', 'p99 ms', '× echo', '× Hono + jose', 'processor µs', '× Hono + jose']
console.log(`${''.padEnd(26)}${titles.map((title) => title.padStart(14)).join('')}`)
for (const { name, perSecond, micros, p50, p99 } of measured) {
  const columns = [
    median(perSecond).toFixed(0),
    median(p50).toFixed(2),
    median(p99).toFixed(2),
    ratio(perSecond, echo?.perSecond).toFixed(3),
    ratio(perSecond, hono?.perSecond).toFixed(3),
    median(micros).toFixed(0),
    ratio(micros, hono?.micros).toFixed(2),
  ]
  console.log(`${name.padEnd(26)}${columns.map((column) => column.padStart(14)).join('')}`)
}
await benchMemo(signer)
