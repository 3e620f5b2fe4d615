import { readFile, writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { callerKey } from '../../lib/fairness/caller-limit.ts'
import { sharedQuota } from '../../lib/fairness/quota.ts'
import { runKeeper } from '../../lib/keeper/run.ts'
import { storeBlobs } from '../../lib/log/blobs.ts'
import { cosign } from '../../lib/log/cosignature.ts'
import { keepCosignatures } from '../../lib/log/cosigned.ts'
import { readPublished } from '../../lib/log/log-store.ts'
import { parseNote } from '../../lib/log/note.ts'
import { requestCounter } from '../../lib/trail/aggregate.ts'
import { change } from '../../lib/trail/change.ts'
import { recordDenial, recordRead, recordVerdicts } from '../../lib/trail/denial.ts'
import { memoryStore } from '../../lib/trail/memory-store.ts'
import type { Item, Store } from '../../lib/trail/store.ts'
import { keyOf, ORIGIN, SIGNER, signerOf } from '../log/support/log-fixture.ts'
import {
  attempt,
  BEFORE,
  decision,
  SHARDS,
  TARGET,
  targetKey,
  VIOLATION,
  withKey,
  work,
  world,
} from '../trail/world.ts'

const DOCUMENT = 'docs/data.md'

/** What each kind of item in the document is known by. */
const KINDS: Record<string, (item: Item) => boolean> = {
  denied: ({ pk, sk }) => pk.startsWith('S#') && sk.endsWith('#D'),
  intent: ({ pk, sk }) => pk.startsWith('S#') && sk.endsWith('#I'),
  outcome: ({ pk, sk }) => pk.startsWith('S#') && sk.endsWith('#O'),
  read: ({ pk, sk }) => pk.startsWith('S#') && sk.endsWith('#R'),
  verdicts: ({ pk, sk }) => pk.startsWith('S#') && sk.endsWith('#V'),
  aggregate: ({ pk, sk }) => pk.startsWith('S#') && sk.endsWith('#A'),
  claim: ({ pk }) => pk.startsWith('OPEN#'),
  idempotency: ({ pk }) => pk.startsWith('IDEM#'),
  blob: ({ pk }) => pk.startsWith('B#'),
  late: ({ pk }) => pk === 'LATE',
  table: ({ pk, sk }) => pk === 'META' && sk === 'TABLE',
  sweep: ({ pk, sk }) => pk === 'KEEPER' && sk === 'SWEEP',
  feeds: ({ pk, sk }) => pk === 'KEEPER' && sk === 'FEEDS',
  state: ({ pk, sk }) => pk === 'LOG' && sk === 'STATE',
  published: ({ pk, sk }) => pk === 'LOG' && sk === 'PUBLISHED',
  pointed: ({ pk, sk }) => pk === 'LOG' && sk === 'POINTED',
  keys: ({ pk, sk }) => pk === 'LOG' && sk === 'KEYS',
  tile: ({ pk }) => pk.startsWith('T#tile/'),
  stage: ({ pk }) => pk.startsWith('T#stage/'),
  pointer: ({ pk }) => pk.startsWith('P#'),
  feed: ({ pk }) => pk.startsWith('F#'),
  cosigned: ({ pk }) => pk === 'COSIGNED',
  shares: ({ pk }) => pk.startsWith('RATE#'),
}

/** A store that remembers everything that was ever in it. */
function rememberingStore(): Store & { written: Item[] } {
  const store = memoryStore()
  const written: Item[] = []
  return {
    ...store,
    written,
    async create(item) {
      const isNew = await store.create(item)
      if (isNew) written.push(structuredClone(item))
      return isNew
    },
    async replace(item, rev) {
      const isReplaced = await store.replace(item, rev)
      if (isReplaced) written.push({ ...structuredClone(item), rev: rev + 1 })
      return isReplaced
    },
  }
}

/** One of everything, the same in each run: time, randomness and keys are given. */
async function everything(): Promise<Item[]> {
  const store = rememberingStore()
  const here = world({ store })
  here.upstream.integrations.set(targetKey(TARGET), BEFORE)
  const counter = requestCounter(here.ledger)
  await counter.count('192.0.2.7', 'expired', 'PUT')
  const asked = attempt(here, withKey('0192f0a4-7c1e-7d3a-9c55-3f2b8e1d6a70'))
  await change(here.ledger, asked, work(here))
  here.clock.now += 1_000
  await recordDenial(here.ledger, attempt(here), { decision: decision('deny', [VIOLATION]), intended: BEFORE })
  await recordRead(here.ledger, attempt(here, { action: 'GetIntegration' }))
  const dryRun = attempt(here, { action: 'JudgeRequests' })
  await recordRead(here.ledger, dryRun, { requests: 3, bytes: 1_204 })
  const rules = [{ rule: 'payments.uri', requests: 2 }]
  await recordVerdicts(here.ledger, dryRun.id, { requests: 3, denied: 2, rules })
  here.upstream.next.push('applies-silently')
  await change(here.ledger, attempt(here), work(here, BEFORE))
  await counter.close()
  here.clock.now += 3 * 60_000
  const log = {
    store: here.ledger.store,
    blobs: storeBlobs(here.ledger.store),
    origin: ORIGIN,
    signers: [SIGNER] as const,
    shards: SHARDS,
    table: 'sallyport',
    policy: `sha256:${'0'.repeat(64)}`,
  }
  const keeper = { ledger: here.ledger, controlPlane: here.upstream, log, alarm: () => {} }
  const report = await runKeeper(keeper, here.clock.now + 30_000)
  expect(report.failed).toEqual([])
  const head = await readPublished(store)
  const text = parseNote(Buffer.from(head?.checkpoint ?? ''))?.text ?? ''
  const witness = signerOf(9, 'witness.example/w1', 4)
  const line = await cosign(text, witness, Math.floor(here.clock.now / 1000))
  await keepCosignatures(store, Buffer.from(`${head?.checkpoint}${line}`), [keyOf(SIGNER)], [keyOf(witness)])
  const quota = sharedQuota(store, () => here.clock.now)
  const taking = { team: 'payments', caller: callerKey({ issuer: 'https://issuer.example', subject: 'ci@payments' }) }
  await quota.take({ account: '111111111111', region: 'eu-west-1' }, taking, 2)
  return store.written
}

const LONGEST = 120

/** An item as the document has it: long texts are cut. */
function shown(item: Item | undefined): string {
  const cut = (_: string, value: unknown) =>
    typeof value === 'string' && value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value
  return JSON.stringify(item, cut, 2)
}

const EXAMPLE = /<!-- item: (\w+) -->\n```json\n([\s\S]*?)\n```/g

it(`${DOCUMENT} shows every kind of item as it is written (UPDATE_DOCS=1 writes it anew)`, async () => {
  const written = await everything()
  for (const item of written) {
    const kinds = Object.keys(KINDS).filter((kind) => KINDS[kind]?.(item))
    expect(kinds, `${item.pk} ${item.sk}`).toHaveLength(1)
  }
  const text = await readFile(DOCUMENT, 'utf8')
  const exampleOf = (kind: string) => shown(written.findLast((item) => KINDS[kind]?.(item)))
  const actual = text.replace(
    EXAMPLE,
    (_, kind: string) => `<!-- item: ${kind} -->\n\`\`\`json\n${exampleOf(kind)}\n\`\`\``,
  )
  if (process.env.UPDATE_DOCS === '1') await writeFile(DOCUMENT, actual)
  else expect(text).toBe(actual)
  expect([...actual.matchAll(EXAMPLE)].map(([, kind]) => kind)).toEqual(Object.keys(KINDS))
})
