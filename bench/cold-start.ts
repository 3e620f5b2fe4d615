// From starting a Lambda's process to its first answer, under the real runtime interface client: the bundle that would be
// deployed beside an empty Hono handler, one after the other in every round. Single figures drift with the machine; the
// ratio is what counts.
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { httpAnswer, httpEvent } from '../test/ric/http-event.ts'
import { setup as installRic } from '../test/ric/install.ts'
import { startLambda } from '../test/ric/lambda.ts'
import { startSurroundings } from '../test/ric/surroundings.ts'
import { bundled, HEALTH, type LambdaCase, put } from './lambda-cases.ts'
import { processorTimeMs } from './processor-time.ts'
import { median } from './quantile.ts'

/** Packages, or whole scopes, left out one at a time with --stubs, to see what each costs. */
const LARGE = ['@aws-sdk', '@aws-lambda-powertools', '@marcbachmann/cel-js', 'canonicalize', 'jose', 'zod']

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '20' }, stubs: { type: 'boolean', default: false } },
})
const runs = Number(values.runs)

const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-'))
process.once('exit', () => rmSync(folder, { recursive: true }))
interface Case extends LambdaCase {
  directory: string
}

interface Measured {
  elapsed: number
  processor: number
}

/** Milliseconds from spawn to the first answer, as they pass and as the process has had of a processor. */
async function firstAnswer({ directory, request, status }: Case): Promise<Measured> {
  const started = performance.now()
  const lambda = await startLambda({ bundleDir: directory, env: around.env })
  try {
    const answer = httpAnswer(await lambda.invoke(httpEvent(request)))
    const elapsed = performance.now() - started
    const processor = processorTimeMs(lambda.pid)
    if (answer.status !== status) throw new Error(`${request.url} answered ${answer.status}: ${answer.body}`)
    return { elapsed, processor }
  } finally {
    await lambda.stop()
  }
}

await installRic()
const around = await startSurroundings()
const token = await around.token({ sub: 'alice', groups: ['payments-dev'] })
const api = await bundled(folder, 'api', 'functions/api.ts')
const cases = new Map<string, Case>([
  ['empty Hono handler', { directory: await bundled(folder, 'empty', 'bench/handlers/empty-hono.ts'), ...HEALTH }],
  ['functions/api.ts', { directory: api, ...HEALTH }],
  ['functions/api.ts, a denied PUT', { directory: api, ...put(token, 'denied') }],
  ['functions/api.ts, an allowed PUT', { directory: api, ...put(token, 'allowed') }],
])
for (const name of values.stubs ? LARGE : []) {
  const directory = await bundled(folder, `without ${name}`, 'functions/api.ts', name)
  cases.set(`functions/api.ts without ${name}`, { directory, ...HEALTH })
}

// Once unmeasured: brings the files into the page cache, and finds the variants that a stub breaks.
for (const [name, one] of cases) {
  try {
    await firstAnswer(one)
  } catch (error) {
    if (!name.includes('without')) throw error
    cases.delete(name)
    console.log(`${name}: can't be measured, the stub breaks it`)
  }
}
const times = new Map([...cases.keys()].map((name) => [name, [] as Measured[]]))
for (let run = 0; run < runs; run++) {
  for (const [name, one] of cases) times.get(name)?.push(await firstAnswer(one))
}
await around.close()

const medians = [...times].map(([name, measured]) => ({
  name,
  elapsed: median(measured.map(({ elapsed }) => elapsed)),
  processor: median(measured.map(({ processor }) => processor)),
}))
const [baseline] = medians
console.log(`First answer (to GET /healthz unless told), median of ${runs}, Node ${process.version}`)
for (const { name, elapsed, processor } of medians) {
  const columns = [
    `${elapsed.toFixed(0)} ms`.padStart(8),
    `${(elapsed / (baseline?.elapsed ?? Number.NaN)).toFixed(2)} ×`,
    `processor ${processor.toFixed(0)} ms`.padStart(18),
    `${(processor / (baseline?.processor ?? Number.NaN)).toFixed(2)} ×`,
  ]
  console.log(`${name.padEnd(48)}${columns.join('  ')}`)
}
