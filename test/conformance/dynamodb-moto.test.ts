import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, vi } from 'vitest'
import { dynamodbClient, dynamodbStore } from '../../lib/aws/dynamodb-store.ts'
import { ensureTable } from '../../lib/aws/dynamodb-table.ts'
import type { Store } from '../../lib/trail/store.ts'
import { everySecondCall, makeFlaky } from '../support/flaky-dynamodb.ts'
import { storeContract } from '../trail/store-contract.ts'

const found = spawnSync('moto_server', ['--help']).status === 0
if (!found) console.log('moto_server not found: the store was not tried on moto')

describe.skipIf(!found)('moto', () => {
  let server: ChildProcess
  let store: Store
  let flaky: Store

  beforeAll(async () => {
    const port = await freePort()
    server = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
    const connect = () => dynamodbClient({ endpoint: `http://127.0.0.1:${port}`, region: 'eu-west-1', credentials })
    const client = connect()
    await vi.waitFor(() => ensureTable(client, 'sallyport'), { timeout: 30_000, interval: 250 })
    store = dynamodbStore({ client, table: 'sallyport', tryMs: 10_000 })
    const unreliable = connect()
    makeFlaky(unreliable, everySecondCall())
    flaky = dynamodbStore({ client: unreliable, table: 'sallyport', tryMs: 10_000, jitter: () => 0.01 })
  })

  afterAll(async () => {
    server.kill()
    await once(server, 'exit')
  })

  storeContract('moto', () => store)
  storeContract('moto on a flaky wire', () => flaky)
})

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address ? address.port : 0
}
