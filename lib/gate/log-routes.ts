import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { storeBlobs } from '../log/blobs.ts'
import { recordsBehind } from '../log/bundle.ts'
import { keepCosignatures, readCosigned, withCosignatures } from '../log/cosigned.ts'
import { parseVerifierKey } from '../log/key.ts'
import { LogDamaged, readPublished, readVerifierKeys } from '../log/log-store.ts'
import { readEntries, readTile } from '../log/publish.ts'
import { encodeEntries, levelWidth, parseTilePath, TILE_WIDTH, type Tile } from '../log/tile.ts'
import { canonicalJson } from '../trail/canonical.ts'
import { StoreUnavailable } from '../trail/store.ts'
import { authenticate } from './authenticate.ts'
import type { Gate, Invocation } from './gate.ts'
import { problem, turnedAwayProblem } from './problem.ts'
import { readsEverything, recordedVisit } from './trail-visit.ts'

const MAX_CHECKPOINT = 64 * 1024
const IMMUTABLE = 'private, max-age=31536000, immutable'

/**
 * The log of the trail in the layout of C2SP tlog-tiles, for auditors and admins: `GET /log/checkpoint` (`?cosigned`: the
 * largest that a witness has cosigned), `/log/tile/…`, `/log/tile/entries/…`; beside it the verifier keys, the records
 * behind an entry bundle, and the door for a witness's cosignature.
 *
 * Who reads tiles isn't recorded: they hold commitments alone, and a log that grew by being read would never be read
 * up. Reading records is.
 */
export function logRoutes(gate: Gate, invocationOf: (env: unknown) => Invocation): Hono {
  const routes = new Hono()
  const { store, shards } = gate.ledger
  const blobs = storeBlobs(store)
  const witnessKeys = gate.witnessKeys ?? []

  routes.get('/log/checkpoint', (c) =>
    visit(c, async (id) => {
      if (c.req.query('cosigned') !== undefined) {
        const cosigned = await readCosigned(store, witnessKeys)
        return cosigned ? text(cosigned.checkpoint) : problem(id, 'not-found', 'No witness has cosigned a checkpoint.')
      }
      const head = await readPublished(store)
      return head ? text(await withCosignatures(store, head, witnessKeys)) : problem(id, 'not-found', NOT_BEGUN)
    }),
  )

  routes.get('/log/vkey', (c) =>
    visit(c, async (id) => {
      const keys = await readVerifierKeys(store)
      return keys ? text(keys.map((key) => `${key}\n`).join('')) : problem(id, 'not-found', NOT_BEGUN)
    }),
  )

  routes.get('/log/tile/*', (c) =>
    visit(c, async (id) => {
      const tile = await publishedTile(pathIn(c, '/log/'))
      const bytes =
        tile?.level === 'entries'
          ? encodeEntries(await readEntries(blobs, tile))
          : tile && (await readTile(blobs, tile))
      if (!bytes) return problem(id, 'not-found', NO_TILE)
      return new Response(new Uint8Array(bytes), {
        headers: { 'content-type': 'application/octet-stream', 'cache-control': IMMUTABLE },
      })
    }),
  )

  routes.get('/log/records/*', (c) =>
    recordedVisit(gate, invocationOf(c.env), c, 'ReadRecords', async ({ id, caller }) => {
      if (!readsEverything(caller)) return problem(id, 'denied', ROLES)
      const tile = await publishedTile(pathIn(c, '/log/').replace(/^records\//, 'tile/entries/'))
      if (!tile) return problem(id, 'not-found', NO_TILE)
      const records = await recordsBehind({ store, blobs, shards }, tile.index, tile.index * TILE_WIDTH + tile.width)
      return new Response(records.map((record) => `${canonicalJson(record)}\n`).join(''), {
        headers: { 'content-type': 'application/jsonl', 'cache-control': 'no-store' },
      })
    }),
  )

  const limit = bodyLimit({
    maxSize: MAX_CHECKPOINT,
    onError: () => problem(gate.ledger.newId(), 'too-large', `A checkpoint has at most ${MAX_CHECKPOINT} bytes.`),
  })
  routes.post('/log/cosignature', limit, (c) =>
    recordedVisit(gate, invocationOf(c.env), c, 'CosignCheckpoint', async ({ id, caller, body }) => {
      if (!readsEverything(caller)) return problem(id, 'denied', ROLES)
      const logKeys = ((await readVerifierKeys(store)) ?? []).map(parseVerifierKey).filter((key) => key !== undefined)
      const kept = await keepCosignatures(store, body, logKeys, witnessKeys)
      if ('size' in kept) return Response.json({ size: kept.size })
      const detail = {
        'not-ours': 'It is no checkpoint of this log.',
        'not-cosigned': 'It has no cosignature of a witness that is known here.',
      }
      return problem(id, 'invalid-request', detail[kept.refused])
    }),
  )

  async function visit(c: Context, answer: (id: string) => Promise<Response>): Promise<Response> {
    const id = gate.ledger.newId()
    const verified = await authenticate(gate, c.req.raw.headers, invocationOf(c.env))
    if (!verified.ok) return turnedAwayProblem(id, verified.refusal)
    if (!readsEverything(verified.caller)) return problem(id, 'denied', ROLES)
    try {
      return await answer(id)
    } catch (error) {
      if (error instanceof StoreUnavailable) return problem(id, 'trail-unavailable', 'Try again in a moment.')
      if (!(error instanceof LogDamaged)) throw error
      gate.log('log_damaged', { id, reason: error.message })
      return problem(id, 'not-found', NO_TILE)
    }
  }

  /** The tile of a path, where the published log has it. */
  async function publishedTile(path: string): Promise<Tile | undefined> {
    const tile = parseTilePath(path)
    const size = (await readPublished(store))?.size ?? 0
    const total = levelWidth(size, tile?.level === 'entries' ? 0 : (tile?.level ?? 0))
    return tile && tile.index * TILE_WIDTH + tile.width <= total ? tile : undefined
  }

  return routes
}

const ROLES = 'Reading the log takes the role auditor or admin.'
const NOT_BEGUN = 'The log has not begun yet: the keeper begins it with its first run.'
const NO_TILE = 'The published log has no such tile.'

function pathIn(c: Context, prefix: string): string {
  const { pathname } = new URL(c.req.url)
  return pathname.slice(pathname.indexOf(prefix) + prefix.length)
}

function text(body: string): Response {
  return new Response(body, { headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' } })
}
