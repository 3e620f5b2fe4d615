// Decisions of the engine beside those of others on the same policy and requests, half of them denied. Each engine runs
// in a process of its own; rounds take turns, and ratios are taken within a round, since the speed of a shared machine
// drifts. Every engine has to give the verdict that the workload means.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadPolicySet } from '../lib/policy/publish/load.ts'
import type { Ready, Start } from './engines/child.ts'
import { installPeers } from './engines/install.ts'
import { policyText } from './engines/workload.ts'
import { median, quantile } from './quantile.ts'

const { values } = parseArgs({
  options: {
    teams: { type: 'string', multiple: true, default: ['10', '1000', '10000'] },
    requests: { type: 'string', default: '4000' },
    rounds: { type: 'string', default: '7' },
    replayed: { type: 'string', default: '100000' },
  },
})
const requests = Number(values.requests)
const rounds = Number(values.rounds)
const replayed = Number(values.replayed)

/** Rounds that are not counted, for the compiler to settle. */
const WARM_UP = 4

const ENGINES = [
  { engine: 'closure', name: 'closure, yes or no', explains: 'no' },
  { engine: 'explaining-closure', name: 'closure, explaining', explains: 'yes' },
  { engine: 'sallyport', name: 'sallyport', explains: 'yes' },
  { engine: 'cel', name: 'cel-js over data', explains: 'no' },
  { engine: 'cedar', name: 'Cedar WASM, set per team', explains: 'ids' },
] as const

interface Measured {
  name: string
  explains: string
  child: ChildProcess
  ready: Ready
  p50: number[]
  p99: number[]
  /** The same of the requests that are allowed, and of those that are denied. */
  allowed: number[]
  denied: number[]
}

async function startEngine(start: Start): Promise<{ child: ChildProcess; ready: Ready }> {
  const child = fork(new URL('engines/child.ts', import.meta.url), { execArgv: [...process.execArgv, '--expose-gc'] })
  child.send(start)
  const ready = await Promise.race([
    once(child, 'message').then(([message]) => message as Ready),
    once(child, 'exit').then(() => undefined),
  ])
  if (!ready) throw new Error(`${start.engine} failed at ${start.teams} teams`)
  return { child, ready }
}

async function ask<Answer>(child: ChildProcess, wanted: 'decide' | number): Promise<Answer> {
  child.send(wanted)
  const [answer] = await once(child, 'message')
  return answer
}

async function measure(teams: number, folder: string): Promise<Measured[]> {
  const file = join(folder, `${teams}.json`)
  const text = policyText(teams)
  const started = performance.now()
  const loaded = loadPolicySet(text, { file, revision: 1 })
  const publishMs = performance.now() - started
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems.slice(0, 3)))
  await writeFile(file, JSON.stringify(loaded.published))
  console.log(`\n${teams} teams (published in ${publishMs.toFixed(0)} ms)`)

  const measured: Measured[] = []
  for (const { engine, name, explains } of ENGINES) {
    const started = await startEngine({ engine, file, teams, requests })
    measured.push({ name, explains, ...started, p50: [], p99: [], allowed: [], denied: [] })
  }
  if (new Set(measured.map(({ ready }) => ready.verdicts)).size !== 1) throw new Error('The engines disagree')
  for (let round = -WARM_UP; round < rounds; round++) {
    for (const { child, p50, p99, allowed, denied } of measured) {
      const took = await ask<number[]>(child, 'decide')
      if (round < 0) continue
      p50.push(quantile(took, 0.5))
      p99.push(quantile(took, 0.99))
      // The workload alternates: requests at even places are allowed.
      allowed.push(
        quantile(
          took.filter((_, index) => index % 2 === 0),
          0.5,
        ),
      )
      denied.push(
        quantile(
          took.filter((_, index) => index % 2 === 1),
          0.5,
        ),
      )
    }
  }
  return measured
}

const ratio = (of: number[], to: number[] = []) => median(of.map((value, round) => value / (to[round] ?? Number.NaN)))

function print(measured: readonly Measured[]): void {
  const of = (name: string) => measured.find((each) => each.name === name)?.p50
  const titles = [
    'explains',
    'p50 µs',
    'allowed',
    'denied',
    'p99 µs',
    'first p50',
    'load ms',
    'memory MB',
    '× closure',
    'Cedar ×',
  ]
  console.log(`${''.padEnd(26)}${titles.map((title) => title.padStart(12)).join('')}`)
  for (const { name, explains, p50, p99, allowed, denied, ready } of measured) {
    const columns = [
      explains,
      median(p50).toFixed(2),
      median(allowed).toFixed(2),
      median(denied).toFixed(2),
      median(p99).toFixed(1),
      quantile(ready.first, 0.5).toFixed(2),
      ready.loadMs.toFixed(1),
      ready.memoryMb.toFixed(0),
      ratio(p50, of('closure, explaining')).toFixed(2),
      (1 / ratio(p50, of('Cedar WASM, set per team'))).toFixed(1),
    ]
    console.log(`${name.padEnd(26)}${columns.map((column) => column.padStart(12)).join('')}`)
  }
}

async function replay(measured: readonly Measured[]): Promise<void> {
  for (const name of ['sallyport', 'closure, explaining']) {
    const child = measured.find((each) => each.name === name)?.child
    if (!child) continue
    const { seconds, bytes } = await ask<{ seconds: number; bytes: number }>(child, replayed)
    const megabytes = (bytes / 1024 ** 2).toFixed(0)
    console.log(`${name}: ${replayed} requests replayed, JSON in and out (${megabytes} MB), in ${seconds.toFixed(2)} s`)
  }
}

await installPeers()
const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-'))
const own = new Map<number, number>()
try {
  console.log(`${requests} requests, half denied; median of ${rounds} rounds; Node ${process.version}`)
  for (const teams of values.teams.map(Number)) {
    const measured = await measure(teams, folder)
    print(measured)
    await replay(measured)
    own.set(teams, median(measured.find(({ name }) => name === 'sallyport')?.p50 ?? []))
    for (const { child } of measured) child.kill()
  }
} finally {
  await rm(folder, { recursive: true })
}
const [least, most] = [Math.min(...own.keys()), Math.max(...own.keys())]
if (least !== most) {
  const growth = (own.get(most) ?? Number.NaN) / (own.get(least) ?? Number.NaN)
  console.log(`\nsallyport: p50 at ${most} teams is ${growth.toFixed(2)} times that at ${least}`)
}
