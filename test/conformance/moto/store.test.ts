import { afterAll, beforeAll, describe } from 'vitest'
import { dynamodbClient, dynamodbStore } from '../../../lib/aws/dynamodb-store.ts'
import { ensureTable } from '../../../lib/aws/dynamodb-table.ts'
import type { Store } from '../../../lib/trail/store.ts'
import { MISSING_MOTO, type Moto, startMoto } from '../../support/moto.ts'
import { storeContract } from '../../trail/store-contract.ts'

describe.skipIf(MISSING_MOTO)(`the trail's store${MISSING_MOTO}`, () => {
  let moto: Moto
  let store: Store
  beforeAll(async () => {
    moto = await startMoto()
    const credentials = { accessKeyId: 'any', secretAccessKey: 'any' }
    const client = dynamodbClient({ endpoint: moto.url, region: 'eu-west-1', credentials })
    await ensureTable(client, 'trail')
    store = dynamodbStore({ client, table: 'trail', tryMs: 5_000 })
  })
  afterAll(() => moto?.close())

  storeContract('moto', () => store)
})
