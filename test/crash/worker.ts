import { runKeeper } from '../../lib/keeper/run.ts'
import type { Done, Line, Order, Reply, Scene, Settings } from './orders.ts'
import { controlPlaneWithPoints, points, storeWithPoints } from './points.ts'
import { keeperOn, ledgerOn, openParts, tableStore } from './worker-parts.ts'

// A gate or keeper that does one thing at a time, as its parent says, and dies where it is told to.

const settings = JSON.parse(process.env.CRASH_SETTINGS ?? '{}') as Settings
const parts = openParts(settings)
const KEEPER_MS = 60_000

function tell(reply: Reply): void {
  process.send?.(reply)
}

/** Nothing of this process happens any more. */
async function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => {})
}

async function killTable(): Promise<void> {
  tell({ kind: 'kill-table' })
  await new Promise<void>((resolve) => process.once('message', () => resolve()))
}

async function obey(order: Order): Promise<Reply> {
  const { endpoint, table, ahead, fault }: Scene = order.scene
  const now = () => Date.now() + ahead
  const lines: Line[] = []
  const here = points(fault, { die, killTable })
  const store = storeWithPoints(tableStore(parts.client(endpoint), table, now), here)
  const controlPlane = controlPlaneWithPoints(parts.controlPlane, here)
  const ledger = ledgerOn(store, now, lines)
  const act = async (): Promise<Done> => {
    if (order.do === 'keep') {
      const report = await runKeeper(keeperOn(ledger, ledger.store, controlPlane, lines), now() + KEEPER_MS)
      return { did: 'keep', report }
    }
    const { verb, path, body, headers } = order.asked
    // A keeper needs none of it, and starts in half the time without.
    const { gateOn } = await import('./worker-gate.ts')
    const gate = await gateOn(ledger, controlPlane, settings.published, lines)
    const response = await gate.request(path, {
      method: verb,
      headers: { authorization: 'Bearer ci@payments', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    await response.text()
    return { did: 'ask', status: response.status, id: response.headers.get('x-amzn-requestid') ?? '' }
  }
  return { kind: 'done', ...(await act()), points: here.passed, lines }
}

process.on('message', (order: Order | 'table-is-dead') => {
  if (order === 'table-is-dead') return
  obey(order).then(tell, (error) =>
    tell({ kind: 'broke', error: error instanceof Error ? String(error.stack) : String(error) }),
  )
})
process.on('disconnect', () => process.exit())
tell({ kind: 'ready' })
