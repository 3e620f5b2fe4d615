import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb'

const POLL_MS = 100
const LONGEST_WAIT_MS = 60_000

/** Whether the table is there and ready for use. */
export async function tableExists(client: DynamoDBClient, table: string): Promise<boolean> {
  return (await statusOf(client, table)) === 'ACTIVE'
}

/**
 * Makes the table where it is missing and waits until it can be used. For local tables and test endpoints: a deployed
 * table comes from the template, with backups and deletion protection.
 *
 * @throws where it is not ready within a minute.
 */
export async function ensureTable(client: DynamoDBClient, table: string): Promise<void> {
  if ((await statusOf(client, table)) === undefined) {
    try {
      await client.send(
        new CreateTableCommand({
          TableName: table,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [
            { AttributeName: 'pk', AttributeType: 'S' },
            { AttributeName: 'sk', AttributeType: 'S' },
          ],
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
        }),
      )
    } catch (error) {
      // Someone else makes it at this moment.
      if (!(error instanceof ResourceInUseException)) throw error
    }
  }
  const deadline = performance.now() + LONGEST_WAIT_MS
  while ((await statusOf(client, table)) !== 'ACTIVE') {
    if (performance.now() > deadline) throw new Error(`Table ${table} is not ready after a minute`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

async function statusOf(client: DynamoDBClient, table: string): Promise<string | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: table }))).Table?.TableStatus
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined
    throw error
  }
}
