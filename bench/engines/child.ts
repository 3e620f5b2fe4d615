// One engine in a process of its own, so that its memory and its compiled code are its own. Answers its parent's messages.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { quantile } from '../quantile.ts'
import type { Load } from './engine.ts'
import { asks } from './workload.ts'

export interface Start {
  engine: string
  /** Of a published policy. */
  file: string
  teams: number
  requests: number
}

export interface Ready {
  loadMs: number
  memoryMb: number
  /** µs of the first decision for each request. */
  first: number[]
  /** Hash of all verdicts in order. */
  verdicts: string
}

async function start({ engine, file, teams, requests }: Start) {
  const text = readFileSync(file, 'utf8')
  const stream = asks(teams, requests)
  const { load }: { load: Load<unknown> } = await import(`./${engine}.ts`)
  globalThis.gc?.()
  const before = process.memoryUsage.rss()
  const started = performance.now()
  const { prepare, decide, replay } = await load(JSON.parse(text), stream)
  const loadMs = performance.now() - started
  const prepared = stream.map(prepare)
  const verdicts = createHash('sha256')
  const first = prepared.map((request, index) => {
    const at = process.hrtime.bigint()
    const isAllowed = decide(request)
    const took = Number(process.hrtime.bigint() - at) / 1000
    if (isAllowed !== stream[index]?.isAllowed) throw new Error(`${engine} differs on ${JSON.stringify(stream[index])}`)
    verdicts.update(isAllowed ? '1' : '0')
    return took
  })
  globalThis.gc?.()
  const memoryMb = (process.memoryUsage.rss() - before) / 1024 ** 2
  const ready: Ready = { loadMs, memoryMb, first, verdicts: verdicts.digest('hex') }
  process.send?.(ready)

  process.on('message', (wanted: 'decide' | number) => {
    if (wanted === 'decide') {
      const idle = quantile(
        timed(prepared, () => {}),
        0.5,
      )
      process.send?.(timed(prepared, decide).map((took) => Math.max(took - idle, 0)))
      return
    }
    const lines = stream.map((ask) => JSON.stringify(ask))
    const begun = performance.now()
    let bytes = 0
    for (let index = 0; index < wanted; index++) bytes += replay?.(lines[index % lines.length] ?? '').length ?? 0
    process.send?.({ seconds: (performance.now() - begun) / 1000, bytes })
  })
}

/** µs of each call, the clock's own time included. */
function timed(prepared: readonly unknown[], act: (request: unknown) => unknown): number[] {
  const took = new Float64Array(prepared.length)
  for (let index = 0; index < prepared.length; index++) {
    const at = process.hrtime.bigint()
    act(prepared[index])
    took[index] = Number(process.hrtime.bigint() - at)
  }
  return Array.from(took, (nanoseconds) => nanoseconds / 1000)
}

process.once('message', (message: Start) => void start(message))
