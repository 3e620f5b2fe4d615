import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { BatchWriteItemCommand, ScanCommand, type ScanCommandInput } from '@aws-sdk/client-dynamodb'
import { build } from 'esbuild'
import { fromAttributes, toAttributes } from '../../lib/aws/dynamodb-item.ts'
import { dynamodbClient } from '../../lib/aws/dynamodb-store.ts'
import { ensureTable } from '../../lib/aws/dynamodb-table.ts'
import type { Item } from '../../lib/trail/store.ts'
import { publishPolicy } from '../../scripts/policy.ts'
import { policyWith } from '../support/gate.ts'
import type { Order, Reply, Report, Settings } from './orders.ts'
import type { Entry } from './script.ts'
import { EMBEDDED } from './worker-parts.ts'

/** What became of a worker's orders: one report each, fewer where it died. */
export interface Ending {
  reports: Report[]
  died: boolean
}

/** A table, an upstream and any number of workers, each a process of its own, in a folder of their own. */
export interface Rig {
  folder: string
  settings: Settings
  endpoint(): string
  /** Has a fresh process do things one after the other. Other processes may do theirs meanwhile. */
  run(orders: readonly Order[]): Promise<Ending>
  /** Kills the table's process and starts another on the same files. */
  restartTable(): Promise<void>
  createTable(table: string, items?: readonly Item[]): Promise<void>
  /** Everything in a table. */
  dump(table: string): Promise<Item[]>
  /** Delayed changes arrive; from now on everything is answered; or goes as the script says again. */
  tellUpstream(order: 'deliver' | 'calm' | 'rough'): Promise<void>
  journal(): Promise<Entry[]>
  close(): Promise<void>
}

/** Workers that wait for their order while others work: most of a worker's time is its start. */
const SPARE_WORKERS = 2

/** @param seed Of an upstream that behaves at random. */
export async function openRig({ seed, spare = SPARE_WORKERS }: { seed?: number; spare?: number } = {}): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-crash-'))
  const program = await bundled(join(import.meta.dirname, 'worker.ts'), folder)
  const journalFile = join(folder, 'journal')
  const upstream = start('upstream.ts', [journalFile, seed === undefined ? '' : String(seed)])
  const upstreamUrl = await told(upstream)
  let table = start('table.ts', [folder])
  let endpoint = await told(table)
  let client = dynamodbClient({ ...EMBEDDED, endpoint })
  const policyFile = join(folder, 'policy.yaml')
  await writeFile(policyFile, policyWith(['CreateDeployment']))
  const settings: Settings = { upstream: upstreamUrl, published: await publishPolicy(policyFile) }
  const env = { CRASH_SETTINGS: JSON.stringify(settings), NODE_COMPILE_CACHE: join(folder, 'compiled') }
  const workers = new Set<ChildProcess>()
  const waiting: Promise<ChildProcess>[] = []

  async function startWorker(): Promise<ChildProcess> {
    const worker = fork(program, { env: { ...process.env, ...env } })
    workers.add(worker)
    worker.once('exit', () => workers.delete(worker))
    await once(worker, 'message')
    return worker
  }

  async function killTable(): Promise<void> {
    if (table.exitCode !== null || table.signalCode !== null) return
    table.kill('SIGKILL')
    await once(table, 'exit')
  }

  return {
    folder,
    settings,
    endpoint: () => endpoint,

    async run(orders) {
      while (waiting.length < spare + 1) waiting.push(startWorker())
      const worker = await (waiting.shift() ?? startWorker())
      const reports: Report[] = []
      const ending = new Promise<Ending>((resolve, reject) => {
        const next = () => {
          const order = orders[reports.length]
          if (order) worker.send(order)
          else resolve({ reports, died: false })
        }
        worker.once('exit', (_code, signal) =>
          signal === 'SIGKILL' ? resolve({ reports, died: true }) : reject(new Error(`A worker ended: ${signal}`)),
        )
        worker.on('message', (reply: Reply) => {
          if (reply.kind === 'kill-table') killTable().then(() => worker.send('table-is-dead'), reject)
          if (reply.kind === 'broke') reject(new Error(`A worker broke: ${reply.error}`))
          if (reply.kind === 'done') {
            reports.push(reply)
            next()
          }
        })
        next()
      })
      return ending.finally(() => worker.kill('SIGKILL'))
    },

    async restartTable() {
      await killTable()
      table = start('table.ts', [folder])
      endpoint = await told(table)
      client.destroy()
      client = dynamodbClient({ ...EMBEDDED, endpoint })
    },

    async createTable(name, items = []) {
      await ensureTable(client, name)
      for (let from = 0; from < items.length; from += 25) {
        const writes = items.slice(from, from + 25).map((item) => ({ PutRequest: { Item: toAttributes(item) } }))
        await client.send(new BatchWriteItemCommand({ RequestItems: { [name]: writes } }))
      }
    },

    async dump(name) {
      const items: Item[] = []
      let from: ScanCommandInput['ExclusiveStartKey']
      do {
        const more = from && { ExclusiveStartKey: from }
        const page = await client.send(new ScanCommand({ TableName: name, ConsistentRead: true, ...more }))
        items.push(...(page.Items ?? []).map(fromAttributes))
        from = page.LastEvaluatedKey
      } while (from)
      return items
    },

    async tellUpstream(order) {
      upstream.send(order)
      await once(upstream, 'message')
    },

    async journal() {
      const text = await readFile(journalFile, 'utf8').catch(() => '')
      return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Entry]))
    },

    async close() {
      await Promise.allSettled(waiting)
      const children = [...workers, upstream, table].filter((child) => child.exitCode === null && !child.signalCode)
      const ended = children.map((child) => once(child, 'exit'))
      for (const child of children) child.kill('SIGKILL')
      await Promise.all(ended)
      client.destroy()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function start(program: string, args: string[]): ChildProcess {
  return fork(join(import.meta.dirname, program), args)
}

/** The address that a child tells once it listens. */
async function told(child: ChildProcess): Promise<string> {
  const ended = once(child, 'exit').then(() => {
    throw new Error('A process ended before it was ready')
  })
  const [address] = await Promise.race([once(child, 'message'), ended])
  ended.catch(() => {}) // once it listens, we end it
  return String(address)
}

/** One file starts in half the time of many. */
export async function bundled(entry: string, folder: string): Promise<string> {
  const outdir = join(folder, basename(dirname(entry)))
  await build({
    entryPoints: [entry],
    outdir,
    outExtension: { '.js': '.mjs' },
    splitting: true,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'error',
  })
  return join(outdir, 'worker.mjs')
}
