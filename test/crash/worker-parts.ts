import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { apiGatewayControlPlane } from '../../lib/aws/api-gateway.ts'
import { dynamodbClient, dynamodbStore } from '../../lib/aws/dynamodb-store.ts'
import type { ControlPlane } from '../../lib/control-plane/control-plane.ts'
import type { Keeper } from '../../lib/keeper/run.ts'
import { storeBlobs } from '../../lib/log/blobs.ts'
import { type Ledger, openLedger } from '../../lib/trail/ledger.ts'
import type { Store } from '../../lib/trail/store.ts'
import { keys, ORIGIN, SHARDS, SIGNER, TABLE } from './fixed.ts'
import type { Line, Settings } from './orders.ts'

export const EMBEDDED = { region: 'eu-west-1', credentials: { accessKeyId: 'LOCAL', secretAccessKey: 'local' } }
/** Long enough that no call to a table on a busy machine is given up: a fault is meant, or it isn't there. */
const TRY_MS = 20_000

/** What gates and keepers of one process are made of. */
export interface Parts {
  client(endpoint: string): DynamoDBClient
  controlPlane: ControlPlane
}

export function openParts({ upstream }: Settings): Parts {
  const clients = new Map<string, DynamoDBClient>()
  return {
    client(endpoint) {
      const client = clients.get(endpoint) ?? dynamodbClient({ ...EMBEDDED, endpoint })
      clients.set(endpoint, client)
      return client
    },
    controlPlane: apiGatewayControlPlane({ ...EMBEDDED, endpoint: upstream }),
  }
}

export function tableStore(client: DynamoDBClient, table: string, now: () => number): Store {
  return dynamodbStore({ client, table, tryMs: TRY_MS, now })
}

export function ledgerOn(store: Store, now: () => number, lines: Line[]): Ledger {
  const log = (event: string, members: Record<string, unknown>) => void lines.push({ event, members })
  return openLedger({ store, keys, shards: SHARDS, now, log })
}

export function keeperOn(ledger: Ledger, store: Store, controlPlane: ControlPlane, lines: Line[]): Keeper {
  return {
    ledger,
    controlPlane,
    log: {
      store,
      blobs: storeBlobs(store),
      shards: SHARDS,
      origin: ORIGIN,
      signers: [SIGNER],
      table: TABLE,
      policy: `sha256:${'0'.repeat(64)}`,
    },
    alarm: (event, members) => void lines.push({ event, members }),
  }
}
