// A warm request on loopback: the gate with its store and its upstream in memory, beside a bare node:http echo and beside
// Hono that only verifies the token. Each server is a process of its own; rounds take turns, and ratios are taken within
// a round, since the speed of a shared machine drifts.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { load } from './load.ts'
import { median, quantile } from './quantile.ts'
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

/** Each server, and whether every request brings a token it hasn't seen. */
const CASES = [
  { name: 'node:http echo', server: 'echo', unseen: true },
  { name: 'Hono + jose', server: 'hono-jose', unseen: true },
  { name: 'gate, tokens unseen', server: 'gate', unseen: true },
  { name: 'gate, one token', server: 'gate', unseen: false },
]

const BODY = JSON.stringify({
  type: 'HTTP_PROXY',
  httpMethod: 'GET',
  uri: 'https://ledger.payments.acme.internal/v1/orders',
  connectionType: 'VPC_LINK',
  connectionId: 'vl-pay01',
  timeoutInMillis: 5000,
  passthroughBehavior: 'WHEN_NO_MATCH',
})

/** One method each, since the gate lets a method be changed by one request at a time. */
function put(token: string, index: number): Buffer {
  return Buffer.from(
    [
      `PUT /restapis/a1b2c3d4e5/resources/r${index}/methods/GET/integration HTTP/1.1`,
      'host: 127.0.0.1',
      'content-type: application/json',
      `authorization: Bearer ${token}`,
      `content-length: ${BODY.length}`,
      '',
      BODY,
    ].join('\r\n'),
  )
}

async function prepare(signer: Signer, unseen: boolean): Promise<Buffer[]> {
  const one = await signer.sign()
  return Promise.all(
    Array.from({ length: requests }, async (_, index) => put(unseen ? await signer.sign() : one, index)),
  )
}

async function startServer(name: string, signer: Signer): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(new URL(`servers/${name}.ts`, import.meta.url), { env: { BENCH_JWK: signer.publicJwk } })
  const [port] = await once(child, 'message')
  return { child, port }
}

const signer = await startSigner()
const servers = new Map<string, { child: ChildProcess; port: number }>()
for (const { server } of CASES) {
  if (!servers.has(server)) servers.set(server, await startServer(server, signer))
}

const measured = CASES.map((one) => ({ ...one, perSecond: [] as number[], p50: [] as number[], p99: [] as number[] }))
for (let round = -1; round < rounds; round++) {
  for (const { name, server, unseen, perSecond, p50, p99 } of measured) {
    const prepared = await prepare(signer, unseen)
    const { seconds, latenciesMs, statuses } = await load(servers.get(server)?.port ?? 0, prepared, connections)
    if (statuses.get(201) !== requests) throw new Error(`${name} answered ${JSON.stringify([...statuses])}`)
    if (round === -1) continue // warms up
    perSecond.push(requests / seconds)
    p50.push(quantile(latenciesMs, 0.5))
    p99.push(quantile(latenciesMs, 0.99))
  }
}
for (const { child } of servers.values()) child.kill()

const [echo, hono] = measured
const ratio = (of: number[], to: number[] = []) => median(of.map((value, round) => value / (to[round] ?? Number.NaN)))
console.log(
  `PUT integration, ${connections} connections, median of ${rounds} rounds of ${requests}, Node ${process.version}`,
)
console.log(
  `${''.padEnd(22)}${['requests/s', 'p50 ms', 'p99 ms', '× echo', '× Hono + jose'].map((title) => title.padStart(14)).join('')}`,
)
for (const { name, perSecond, p50, p99 } of measured) {
  const columns = [
    median(perSecond).toFixed(0),
    median(p50).toFixed(2),
    median(p99).toFixed(2),
    ratio(perSecond, echo?.perSecond).toFixed(3),
    ratio(perSecond, hono?.perSecond).toFixed(3),
  ]
  console.log(`${name.padEnd(22)}${columns.map((column) => column.padStart(14)).join('')}`)
}
