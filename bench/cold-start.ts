// From starting a Lambda's process to its first answer, under the real runtime interface client: the bundle that would be
// deployed beside an empty Hono handler, one after the other in every round. Single figures drift with the machine; the
// ratio is what counts.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bundleFunction } from '../scripts/bundle.ts'
import { publishPolicy } from '../scripts/policy.ts'
import { httpAnswer, httpEvent } from '../test/ric/http-event.ts'
import { setup as installRic } from '../test/ric/install.ts'
import { startLambda } from '../test/ric/lambda.ts'
import { median } from './quantile.ts'
import { stubPackage } from './stub-package.ts'

/** Packages, or whole scopes, left out one at a time with --stubs, to see what each costs. */
const LARGE = ['@aws-sdk', '@aws-lambda-powertools', '@marcbachmann/cel-js', 'canonicalize', 'jose', 'zod']

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '20' }, stubs: { type: 'boolean', default: false } },
})
const runs = Number(values.runs)

const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-'))
const policy = JSON.stringify(await publishPolicy('examples/policy.yaml'))

async function bundled(name: string, entry: string, stubbed?: string): Promise<string> {
  const directory = join(folder, name.replaceAll(/\W/g, '-'))
  await bundleFunction(entry, directory, stubbed ? [stubPackage(stubbed)] : [])
  await writeFile(join(directory, 'policy.json'), policy)
  return directory
}

const env = {
  SALLYPORT_ACCOUNT_ID: '111111111111',
  SALLYPORT_PARTITION: 'aws',
  SALLYPORT_TABLE: 'trail',
  SALLYPORT_TRAIL_SECRET: 'a secret of no consequence',
  SALLYPORT_POLICY: 'policy.json',
  SALLYPORT_ISSUERS: JSON.stringify([
    {
      issuer: 'https://issuer.example',
      audience: 'sallyport',
      algorithms: ['ES256'],
      jwksUri: 'https://issuer.example/jwks',
    },
  ]),
  POWERTOOLS_SERVICE_NAME: 'sallyport',
  POWERTOOLS_METRICS_NAMESPACE: 'Sallyport',
}

/** Milliseconds from spawn to the first answer. */
async function firstAnswer(bundleDir: string): Promise<number> {
  const started = performance.now()
  const lambda = await startLambda({ bundleDir, env })
  try {
    const { status } = httpAnswer(await lambda.invoke(httpEvent({ method: 'GET', url: '/healthz' })))
    const elapsed = performance.now() - started
    if (status !== 200) throw new Error(`GET /healthz answered ${status}`)
    return elapsed
  } finally {
    await lambda.stop()
  }
}

await installRic()
const cases = new Map([
  ['empty Hono handler', await bundled('empty', 'bench/handlers/empty-hono.ts')],
  ['functions/api.ts', await bundled('api', 'functions/api.ts')],
])
for (const name of values.stubs ? LARGE : []) {
  cases.set(`functions/api.ts without ${name}`, await bundled(`without ${name}`, 'functions/api.ts', name))
}

// Once unmeasured: brings the files into the page cache, and finds the variants that a stub breaks.
for (const [name, directory] of cases) {
  try {
    await firstAnswer(directory)
  } catch (error) {
    if (!name.includes('without')) throw error
    cases.delete(name)
    console.log(`${name}: can't be measured, the stub breaks it`)
  }
}
const times = new Map([...cases.keys()].map((name) => [name, [] as number[]]))
for (let run = 0; run < runs; run++) {
  for (const [name, directory] of cases) times.get(name)?.push(await firstAnswer(directory))
}
await rm(folder, { recursive: true })

const [baseline = Number.NaN] = [...times.values()].map(median)
console.log(`First answer to GET /healthz, median of ${runs}, Node ${process.version}`)
for (const [name, measured] of times) {
  console.log(
    `${name.padEnd(56)} ${median(measured).toFixed(0).padStart(5)} ms  ${(median(measured) / baseline).toFixed(2)} ×`,
  )
}
