import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DynamodbStoreOptions, dynamodbClient, dynamodbStore } from '../../lib/aws/dynamodb-store.ts'
import { ensureTable, tableExists } from '../../lib/aws/dynamodb-table.ts'
import { newRecordId } from '../../lib/trail/record-id.ts'
import type { Store } from '../../lib/trail/store.ts'
import { everySecondCall, makeFlaky, type WireFault } from '../support/flaky-dynamodb.ts'
import { storeContract } from '../trail/store-contract.ts'

const TABLE = 'sallyport-test'
let server: Server
let endpoint: string

function connect(): DynamoDBClient {
  return dynamodbClient({ endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } })
}

function open(client = connect(), options: Partial<DynamodbStoreOptions> = {}): Store {
  return dynamodbStore({ client, table: TABLE, tryMs: 5_000, jitter: () => 0.01, ...options })
}

beforeAll(async () => {
  server = dynalite({ createTableMs: 0 })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()))
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await ensureTable(connect(), TABLE)
})

afterAll(() => new Promise((done) => server.close(done)))

let shared: Store | undefined
storeContract('dynalite', () => {
  shared ??= open()
  return shared
})

let flaky: Store | undefined
storeContract('dynalite on a flaky wire', () => {
  if (!flaky) {
    const client = connect()
    makeFlaky(client, everySecondCall())
    flaky = open(client)
  }
  return flaky
})

describe('ensureTable()', () => {
  it('leaves a table that is there alone, and tolerates another maker at the same time', async () => {
    const client = connect()
    expect(await tableExists(client, 'made-twice')).toBe(false)
    await Promise.all([ensureTable(client, 'made-twice'), ensureTable(connect(), 'made-twice')])
    expect(await tableExists(client, 'made-twice')).toBe(true)
    await ensureTable(client, 'made-twice')
  })
})

describe('a write whose reply is lost', () => {
  /** @param faults By position among the writes, so that the read-back gets through. */
  function wire(...faults: (WireFault | undefined)[]) {
    const client = connect()
    let writes = 0
    const calls = makeFlaky(client, ({ command }) => (command === 'GetItemCommand' ? undefined : faults[writes++]))
    return { store: open(client), calls }
  }
  let n = 0
  const key = () => ({ pk: 'LOST', sk: String(n++) })

  it('was a creation of ours where what is there is what we wrote', async () => {
    const item = { ...key(), by: 'me' }
    const { store, calls } = wire('lose-reply')
    expect(await store.create(item)).toBe(true)
    expect(calls.map((call) => call.command)).toEqual(['PutItemCommand', 'PutItemCommand', 'GetItemCommand'])
  })

  it('was not ours where something else is there', async () => {
    const item = key()
    await open().create({ ...item, by: 'another' })
    expect(await wire('lose-reply').store.create({ ...item, by: 'me' })).toBe(false)
    expect(await wire('drop').store.create({ ...item, by: 'me' })).toBe(false)
  })

  it('is made good by the second try where the first never arrived', async () => {
    const { store, calls } = wire('drop')
    expect(await store.create(key())).toBe(true)
    expect(calls).toHaveLength(2)
  })

  it('counts as done where both replies are lost and the item is there', async () => {
    expect(await wire('lose-reply', 'lose-reply').store.create(key())).toBe(true)
    expect(await wire('drop', 'lose-reply').store.create(key())).toBe(true)
  })

  it('is unavailable, not refused, where neither try arrived', async () => {
    const item = key()
    await expect(wire('drop', 'drop').store.create(item)).rejects.toMatchObject({
      name: 'StoreUnavailable',
      throttled: false,
    })
    expect(await open().read(item.pk, item.sk)).toBeUndefined()
  })

  it('is tried twice at most', async () => {
    const { store, calls } = wire('drop', 'drop')
    await store.create(key()).catch(() => {})
    expect(calls.filter((call) => call.command === 'PutItemCommand')).toHaveLength(2)
  })

  it('says that it was throttled only where nothing can have been written', async () => {
    await expect(wire('throttle', 'throttle').store.create(key())).rejects.toMatchObject({ throttled: true })
    await expect(wire('drop', 'throttle').store.create(key())).rejects.toMatchObject({ throttled: false })
    expect(await wire('lose-reply', 'throttle').store.create(key())).toBe(true)
  })

  it('was our replacement where the next revision holds what we wrote', async () => {
    const item = { ...key(), rev: 3 }
    await open().create(item)
    expect(await wire('lose-reply').store.replace({ ...item, phase: 'SENDING' }, 3)).toBe(true)
    expect(await open().read(item.pk, item.sk)).toEqual({ ...item, phase: 'SENDING', rev: 4 })
  })

  it("was another's replacement where the next revision holds something else", async () => {
    const item = { ...key(), rev: 3 }
    await open().create(item)
    await open().replace({ ...item, phase: 'RECON' }, 3)
    expect(await wire('drop').store.replace({ ...item, phase: 'SENDING' }, 3)).toBe(false)
  })

  it('is unavailable, not refused, where the item has moved on since: nobody can tell who moved it first', async () => {
    const item = { ...key(), rev: 3 }
    await open().create(item)
    const client = connect()
    makeFlaky(client, async ({ command, attempt }) => {
      if (command !== 'PutItemCommand') return undefined
      if (attempt === 0) return 'lose-reply'
      expect(await open().replace({ ...item, by: 'another' }, 4)).toBe(true)
      return undefined
    })
    const replacing = open(client).replace({ ...item, by: 'me' }, 3)
    await expect(replacing).rejects.toMatchObject({ name: 'StoreUnavailable', throttled: false })
    expect(await open().read(item.pk, item.sk)).toMatchObject({ by: 'another', rev: 5 })
  })

  it('was our removal where nothing is left', async () => {
    const item = { ...key(), rev: 3 }
    await open().create(item)
    expect(await wire('lose-reply').store.remove(item.pk, item.sk, 3)).toBe(true)
  })
})

describe('create()', () => {
  it('does not send a record whose time has passed, not even as a second try', async () => {
    const client = connect()
    let now = 1_000_000
    const calls = makeFlaky(client, () => {
      now += 21_000
      return 'drop'
    })
    const store = open(client, { now: () => now })
    const item = { pk: 'S#1', sk: `${newRecordId(now, () => 0.5)}#I` }
    await expect(store.create(item)).rejects.toMatchObject({ name: 'StoreUnavailable' })
    expect(calls.map((call) => call.command)).toEqual(['PutItemCommand', 'GetItemCommand', 'GetItemCommand'])
  })

  it('gives up a try after its time', async () => {
    const store = open(connect(), { tryMs: 1 })
    const started = performance.now()
    const attempts = Array.from({ length: 5 }, (_, sk) =>
      store.create({ pk: 'SLOW', sk: String(sk), data: 'x'.repeat(300_000) }),
    )
    const results = await Promise.allSettled(attempts)
    expect(results.some((result) => result.status === 'rejected')).toBe(true)
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  it('is unavailable where there is no table', async () => {
    const store = dynamodbStore({ client: connect(), table: 'not-there', tryMs: 5_000 })
    await expect(store.create({ pk: 'a', sk: 'b' })).rejects.toMatchObject({
      name: 'StoreUnavailable',
      throttled: false,
    })
  })
})
