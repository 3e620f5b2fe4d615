import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { dynamodbClient, dynamodbStore } from '../../lib/aws/dynamodb-store.ts'
import { ensureTable } from '../../lib/aws/dynamodb-table.ts'
import { embeddedControlPlane } from '../../lib/embedded/control-plane.ts'
import { seedDemo } from '../../lib/embedded/control-plane-demo.ts'
import { memoryState } from '../../lib/embedded/control-plane-state.ts'
import { openIssuer } from '../../lib/embedded/issuer.ts'
import { openTable } from '../../lib/embedded/table.ts'
import type { Store } from '../../lib/trail/store.ts'

/** What a deployed gate finds around it, on loopback and over HTTP: API Gateway, DynamoDB and an issuer's key set. */
export interface Surroundings {
  /** The environment that points a function there, as `serverless.yml` and the AWS SDK spell it. */
  env: Record<string, string>
  /** A token for whoever has these claims, valid for an hour. */
  token(claims: { sub: string } & Record<string, unknown>): Promise<string>
  store: Store
  close(): Promise<void>
}

const TABLE = 'trail'

export async function startSurroundings(): Promise<Surroundings> {
  const home = await mkdtemp(join(tmpdir(), 'sallyport-surroundings-'))
  const table = await openTable(home)
  const client = dynamodbClient({
    endpoint: table.endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  })
  await ensureTable(client, TABLE)

  const state = memoryState()
  seedDemo(state)
  const upstream = await listen(embeddedControlPlane({ state, now: Date.now }))

  const kms = await listen(fakeKms())
  const issuer = await openIssuer(home)
  const keys = await listen(issuer.routes)
  const configured = { ...issuer.issuer, jwksUri: `${keys.url}/jwks`, insecureLoopback: true }

  return {
    env: {
      SALLYPORT_ACCOUNT_ID: '111111111111',
      SALLYPORT_PARTITION: 'aws',
      SALLYPORT_TABLE: TABLE,
      SALLYPORT_TRAIL_SECRET: 'a secret of no consequence',
      SALLYPORT_POLICY: 'policy.json',
      SALLYPORT_ISSUERS: JSON.stringify([configured]),
      AWS_ENDPOINT_URL_API_GATEWAY: upstream.url,
      SALLYPORT_WITNESS_KEYS: 'none',
      SALLYPORT_LOG_ORIGIN: 'audit.example/bundle',
      SALLYPORT_LOG_KEY: 'arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-0000-0000-000000000000',
      AWS_ENDPOINT_URL_KMS: kms.url,
      AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
    },
    token: (claims) => issuer.sign(claims, { expiresInSeconds: 3600 }),
    store: dynamodbStore({ client, table: TABLE }),
    async close() {
      upstream.close()
      kms.close()
      keys.close()
      client.destroy()
      await table.close()
      await rm(home, { recursive: true })
    },
  }
}

/** KMS with one Ed25519 key, in its JSON protocol. */
function fakeKms(): Hono {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  return new Hono().post('/', async (c) => {
    const { Message } = await c.req.json<{ Message?: string }>()
    if (c.req.header('x-amz-target') === 'TrentService.GetPublicKey') {
      return c.json({ PublicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64') })
    }
    return c.json({ Signature: sign(null, Buffer.from(Message ?? '', 'base64'), privateKey).toString('base64') })
  })
}

async function listen(app: Hono): Promise<{ url: string; close(): void }> {
  const server = createServer(getRequestListener(app.fetch))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
