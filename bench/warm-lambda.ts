// One warm instance of the shipped bundle under the real runtime interface client, its table, upstream and issuer on
// loopback: where the time of a request goes, by the gate's own log, and what the instance holds, beside an empty Hono
// handler.
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { STEPS } from '../lib/observe/step-clock.ts'
import { httpAnswer, httpEvent } from '../test/ric/http-event.ts'
import { setup as installRic } from '../test/ric/install.ts'
import { type Lambda, startLambda } from '../test/ric/lambda.ts'
import { startSurroundings } from '../test/ric/surroundings.ts'
import { bundled, HEALTH, type LambdaCase, put } from './lambda-cases.ts'
import { median } from './quantile.ts'

const { values } = parseArgs({ options: { requests: { type: 'string', default: '400' } } })
const requests = Number(values.requests)

/** Milliseconds from one request to the next: an allowed change makes two of the ten calls a second that an account has. */
const PACE_MS = 200

const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-'))
process.once('exit', () => rmSync(folder, { recursive: true }))
await installRic()
const around = await startSurroundings()
const token = await around.token({ sub: 'alice', groups: ['payments-dev'] })

interface Held {
  rss: number
  heapUsed: number
}

/** The lines of JSON that a function has logged of one kind of event. */
function logged(lambda: Lambda, event: string): Record<string, unknown>[] {
  const lines = lambda.log().split('\n')
  return lines
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
    .filter((line) => line.event === event)
}

async function held(lambda: Lambda): Promise<Held> {
  const before = logged(lambda, 'memory').length
  process.kill(lambda.pid, 'SIGUSR2')
  for (;;) {
    const line = logged(lambda, 'memory')[before]
    if (line) return line as unknown as Held
    await pause(10)
  }
}

/** Starts a function, sends it `requests` of `cases` in turn, and notes what it holds after the first and the last. */
async function run(directory: string, cases: readonly LambdaCase[]) {
  const env = { ...around.env, NODE_OPTIONS: `--require ${resolve('bench/memory-probe.cjs')}` }
  const lambda = await startLambda({ bundleDir: directory, env })
  const send = async ({ request, status }: LambdaCase) => {
    const answer = httpAnswer(await lambda.invoke(httpEvent(request)))
    if (answer.status !== status) throw new Error(`${request.url} answered ${answer.status}: ${answer.body}`)
  }
  try {
    for (const one of cases) await send(one)
    const first = await held(lambda)
    for (let sent = 0; sent < requests; sent++) {
      await pause(PACE_MS)
      await send(cases[sent % cases.length] ?? HEALTH)
    }
    return { first, last: await held(lambda), lines: logged(lambda, 'request') }
  } finally {
    await lambda.stop()
  }
}

const empty = await run(await bundled(folder, 'empty', 'bench/handlers/empty-hono.ts'), [HEALTH])
const gate = await run(await bundled(folder, 'api', 'functions/api.ts'), [put(token, 'denied'), put(token, 'allowed')])
await around.close()

console.log(
  `One warm instance, ${requests} requests, Node ${process.version}; milliseconds, medians of the second half`,
)
const MEMBERS = ['totalMs', ...STEPS.map((step) => `${step}Ms`), 'storeCalls']
console.log(`${''.padEnd(16)}${MEMBERS.map((name) => name.padStart(12)).join('')}`)
const warm = gate.lines.slice(gate.lines.length / 2)
for (const verdict of ['deny', 'allow']) {
  const own = warm.filter((line) => line.verdict === verdict)
  const medians = MEMBERS.map((name) => median(own.map((line) => Number(line[name]))))
  console.log(`${verdict.padEnd(16)}${medians.map((value) => value.toFixed(2).padStart(12)).join('')}`)
}
console.log('Held after a collection, MB (× empty Hono handler)')
for (const [when, of, to] of [
  ['first answers', gate.first, empty.first],
  [`${requests} more`, gate.last, empty.last],
] as const) {
  const column = (name: keyof Held) =>
    `${name} ${(of[name] / 1e6).toFixed(1)} against ${(to[name] / 1e6).toFixed(1)} (${(of[name] / to[name]).toFixed(2)} ×)`
  console.log(`${when.padEnd(16)}  ${column('rss')}  ${column('heapUsed')}`)
}
