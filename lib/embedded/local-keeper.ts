import { join } from 'node:path'
import type { ControlPlane } from '../control-plane/control-plane.ts'
import { runKeeper } from '../keeper/run.ts'
import { storeBlobs } from '../log/blobs.ts'
import { SIGNATURE_TYPES, type Signer } from '../log/key.ts'
import { createSignerKey, openSignerKey } from '../log/key-file.ts'
import type { Counter } from '../trail/aggregate.ts'
import type { Ledger } from '../trail/ledger.ts'

/** Half of what the deployed keeper waits: nobody pays for the runs of a local one. */
const EVERY_MS = 30_000
/** How long a run may begin new work. */
const RUN_MS = 20_000

/**
 * The log's key of a local installation: `<home>/log.key`, made at the first start, readable by its owner alone. It is
 * never replaced: a log that changed its key would look like another log.
 *
 * @throws where the file can't be used; the message is for the operator.
 */
export async function openLogKey(home: string, name: string): Promise<Signer> {
  const path = join(home, 'log.key')
  try {
    return await openSignerKey(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
  try {
    return await createSignerKey(path, name, SIGNATURE_TYPES.ed25519)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    return openSignerKey(path)
  }
}

/** The keeper, run by a timer; one run at a time. */
export function localKeeper(parts: {
  ledger: Ledger
  counter: Counter
  controlPlane: ControlPlane
  signer: Signer
  table: string
  /** Digest of the policy in force. */
  policy: string
  log(event: string, members: Record<string, unknown>): void
}): { close(): Promise<void> } {
  const { ledger, counter, controlPlane, signer, table, policy, log: alarm } = parts
  const { store, shards } = ledger
  const log = {
    store,
    blobs: storeBlobs(store),
    shards,
    origin: signer.name,
    signers: [signer],
    table,
    policy,
  } as const
  const run = async () => {
    await counter.roll()
    await runKeeper({ ledger, controlPlane, log, alarm }, ledger.now() + RUN_MS)
  }
  let running = run()
  const timer = setInterval(() => {
    running = running.then(run)
  }, EVERY_MS)
  return {
    async close() {
      clearInterval(timer)
      await running
      await counter.close()
    },
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
