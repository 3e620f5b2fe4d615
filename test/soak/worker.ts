import { setTimeout as sleep } from 'node:timers/promises'
import { listen } from '../../lib/embedded/http-server.ts'
import { runKeeper } from '../../lib/keeper/run.ts'
import { StoreUnavailable } from '../../lib/trail/store.ts'
import { TABLE } from '../crash/fixed.ts'
import type { Line, Settings } from '../crash/orders.ts'
import { gateOn } from '../crash/worker-gate.ts'
import { keeperOn, ledgerOn, openParts, tableStore } from '../crash/worker-parts.ts'
import type { SoakSettings } from './settings.ts'

// A gate that serves on loopback, or a keeper that runs again and again, by a clock that runs fast.

const { as, endpoint, base, speed, graceMs, keeperPauseMs } = JSON.parse(process.env.SOAK ?? '{}') as SoakSettings
const settings = JSON.parse(process.env.CRASH_SETTINGS ?? '{}') as Settings
const parts = openParts(settings)
const now = () => Math.round(base + (Date.now() - base) * speed)
const lines: Line[] = []
const store = tableStore(parts.client(endpoint), TABLE, now)
const ledger = ledgerOn(store, now, lines)

process.on('disconnect', () => process.exit())

/** What operators are told, for the parent to judge. */
function tellLines(): void {
  for (const line of lines.splice(0)) process.send?.(line)
}

if (as === 'gate') {
  const { url } = await listen(await gateOn(ledger, parts.controlPlane, settings.published, lines), 0)
  process.send?.(url)
  setInterval(tellLines, 200)
} else {
  process.send?.('keeper')
  const keeper = { ...keeperOn(ledger, store, parts.controlPlane, lines), graceMs }
  for (;;) {
    await runKeeper(keeper, now() + 20_000 * speed).catch((error) => {
      if (!(error instanceof StoreUnavailable)) throw error
    })
    tellLines()
    await sleep(keeperPauseMs)
  }
}
