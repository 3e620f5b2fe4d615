import {
  type AttributeValue,
  DeleteItemCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  DynamoDBServiceException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb'
import { isTooOld, sameItem } from '../trail/ledger.ts'
import { type Item, type ListQuery, type Page, type Store, StoreUnavailable } from '../trail/store.ts'
import { fromAttributes, toAttributes } from './dynamodb-item.ts'

/**
 * A client that tries once. The SDK's own retries would hide a lost reply: the second try of a conditional write that
 * landed fails its condition, and the caller would be told that someone else holds the key.
 */
export function dynamodbClient(config: DynamoDBClientConfig = {}): DynamoDBClient {
  return new DynamoDBClient({ ...config, maxAttempts: 1 })
}

export interface DynamodbStoreOptions {
  /** From {@link dynamodbClient}. */
  client: DynamoDBClient
  table: string
  /** Milliseconds a try may take; 400 unless told. */
  tryMs?: number
  /** Unix milliseconds. */
  now?: () => number
  /** A number in [0, 1); spreads the retries of clients that failed together. */
  jitter?: () => number
}

const LONGEST_PAUSE_MS = 80
const THROTTLES = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'LimitExceededException',
])

/** How one try of a write ended. */
type Try =
  | { kind: 'done' }
  | { kind: 'condition' }
  | { kind: 'failed'; cause: unknown; throttled: boolean; lost: boolean }

/**
 * The trail's table on DynamoDB, or on anything that speaks its protocol. A call is tried at most twice. A write whose
 * reply was lost is read back and compared, so that a condition that fails against our own first try counts as success.
 */
export function dynamodbStore(options: DynamodbStoreOptions): Store {
  const { client, table, tryMs = 400, now = Date.now, jitter = Math.random } = options

  async function read(pk: string, sk: string): Promise<Item | undefined> {
    const key = { pk: { S: pk }, sk: { S: sk } }
    const command = new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true })
    const { Item: attributes } = await reading(() => client.send(command, { abortSignal: AbortSignal.timeout(tryMs) }))
    return attributes && fromAttributes(attributes)
  }

  async function reading<Output>(send: () => Promise<Output>): Promise<Output> {
    try {
      return await send()
    } catch (first) {
      if (isDefinite(first) && !isThrottle(first)) throw unavailable('read', first)
    }
    await pause()
    try {
      return await send()
    } catch (cause) {
      throw unavailable('read', cause)
    }
  }

  /** @param landed Whether what is stored shows that the write was ours; `undefined` where it can't tell. */
  async function writing(
    item: { pk: string; sk: string },
    send: () => Promise<unknown>,
    landed: (stored: Item | undefined) => boolean | undefined,
  ): Promise<boolean> {
    const first = await tryOnce(send)
    if (first.kind !== 'failed') return first.kind === 'done'
    if (!first.lost && !first.throttled) throw unavailable('write', first.cause)
    await pause()
    const second = await tryOnce(send)
    if (second.kind === 'done') return true
    if (second.kind === 'condition' && !first.lost) return false
    if (second.kind === 'failed' && !first.lost && !second.lost) throw unavailable('write', second.cause)
    const ours = landed(await read(item.pk, item.sk))
    if (ours || (second.kind === 'condition' && ours === false)) return ours
    const cause = second.kind === 'failed' ? second.cause : first.cause
    throw new StoreUnavailable(`Cannot write to ${table}: no reply`, { cause })
  }

  async function pause(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, jitter() * LONGEST_PAUSE_MS))
  }

  function unavailable(action: 'read' | 'write', cause: unknown): StoreUnavailable {
    const reason = cause instanceof Error ? cause.name : 'no reply'
    return new StoreUnavailable(`Cannot ${action} ${table}: ${reason}`, { cause, throttled: isThrottle(cause) })
  }

  function signal() {
    return { abortSignal: AbortSignal.timeout(tryMs) }
  }

  return {
    create(item) {
      const command = new PutItemCommand({
        TableName: table,
        Item: toAttributes(item),
        ConditionExpression: 'attribute_not_exists(pk)',
      })
      const send = async () => {
        // Checked before each try: a process can be frozen between two of them.
        if (isTooOld(item, now())) throw new StoreUnavailable(`Cannot write ${item.sk}: too old`)
        return client.send(command, signal())
      }
      return writing(item, send, (stored) => sameItem(stored, item))
    },

    read,

    list: (query) => listPage(query, (command) => reading(() => client.send(command, signal())), table),

    replace(item, rev) {
      const next = { ...item, rev: rev + 1 }
      const command = new PutItemCommand({
        TableName: table,
        Item: toAttributes(next),
        ConditionExpression: 'rev = :rev',
        ExpressionAttributeValues: { ':rev': { N: String(rev) } },
      })
      return writing(
        item,
        () => client.send(command, signal()),
        (stored) => {
          // Once the item has moved on, or is gone, nobody can tell whose the revision in between was.
          if (!stored || Number(stored.rev) > rev + 1) return undefined
          return sameItem(stored, next)
        },
      )
    },

    remove(pk, sk, rev) {
      const command = new DeleteItemCommand({
        TableName: table,
        Key: { pk: { S: pk }, sk: { S: sk } },
        ConditionExpression: 'rev = :rev',
        ExpressionAttributeValues: { ':rev': { N: String(rev) } },
      })
      return writing(
        { pk, sk },
        () => client.send(command, signal()),
        (stored) => stored === undefined,
      )
    },
  }
}

async function tryOnce(send: () => Promise<unknown>): Promise<Try> {
  try {
    await send()
    return { kind: 'done' }
  } catch (cause) {
    if (cause instanceof DynamoDBServiceException && cause.name === 'ConditionalCheckFailedException') {
      return { kind: 'condition' }
    }
    return { kind: 'failed', cause, throttled: isThrottle(cause), lost: !isDefinite(cause) }
  }
}

/** Whether DynamoDB itself said that it did not do it. A 5xx, a reset and a time-out leave that open. */
function isDefinite(cause: unknown): boolean {
  if (cause instanceof StoreUnavailable) return true
  const status = cause instanceof DynamoDBServiceException ? cause.$metadata.httpStatusCode : undefined
  return status !== undefined && status >= 400 && status < 500
}

function isThrottle(cause: unknown): boolean {
  return cause instanceof DynamoDBServiceException && THROTTLES.has(cause.name)
}

async function listPage(
  query: ListQuery,
  send: (command: QueryCommand) => Promise<{
    Items?: Record<string, AttributeValue>[] | undefined
    LastEvaluatedKey?: Record<string, AttributeValue> | undefined
  }>,
  table: string,
): Promise<Page> {
  const { pk, from, to, after, descending = false, limit = 100 } = query
  if (from !== undefined && to !== undefined && from > to) return { items: [] }
  const values: Record<string, AttributeValue> = { ':pk': { S: pk } }
  if (from !== undefined) values[':from'] = { S: from }
  if (to !== undefined) values[':to'] = { S: to }
  const output = await send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: `pk = :pk${sortKeyCondition(from, to)}`,
      ExpressionAttributeValues: values,
      ConsistentRead: true,
      ScanIndexForward: !descending,
      Limit: limit,
      ...(after !== undefined && { ExclusiveStartKey: { pk: { S: pk }, sk: { S: after } } }),
    }),
  )
  const items = (output.Items ?? []).map(fromAttributes)
  const next = output.LastEvaluatedKey?.sk?.S
  return next === undefined ? { items } : { items, next }
}

function sortKeyCondition(from: string | undefined, to: string | undefined): string {
  if (from !== undefined && to !== undefined) return ' AND sk BETWEEN :from AND :to'
  if (from !== undefined) return ' AND sk >= :from'
  return to === undefined ? '' : ' AND sk <= :to'
}
