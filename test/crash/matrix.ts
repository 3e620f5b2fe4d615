import type { ControlPlane } from '../../lib/control-plane/control-plane.ts'
import { runKeeper } from '../../lib/keeper/run.ts'
import type { Item, Store } from '../../lib/trail/store.ts'
import { copyableStore } from '../log/support/log-fixture.ts'
import { account } from './account.ts'
import type { Asked, Fault, Line, Order, Report } from './orders.ts'
import type { Rig } from './rig.ts'
import type { Behaviour, Entry } from './script.ts'
import { keeperOn, ledgerOn, openParts } from './worker-parts.ts'

/** What a matrix found: how many points it tried, and what went wrong, in a sentence each. */
export interface Findings {
  points: number
  problems: string[]
}

/** Which of the faults at hand are tried; all unless told. */
export type Choose = (faults: Fault[]) => Fault[]

const all: Choose = (faults) => faults
const MINUTE = 60_000
/** Past the lease; past the grace; past it once more, when all is settled. */
const KEEPER_MINUTES = [2, 25, 27]
/** Processes at once. */
const LANES = 3
/** How many points a process tries that it survives. */
const MOST_TOGETHER = 12
/** Which of the keepers that follow a dead one are processes of their own: every so manieth. */
const REAL_KEEPER = 20

/** A request that a gate is killed in: a PutIntegration, unless it says otherwise. */
export type Kind = Behaviour | 'denied' | 'read' | `deployment that ${Behaviour}`

interface Request {
  asked: Asked
  /** The path of its integration, by which the journal knows it. */
  target: string
  /** How often it may have been applied in the end. */
  applied: readonly number[]
}

let requests = 0
let tables = 0

function request(kind: Kind): Request {
  const n = requests++
  const target = `/restapis/a1b2c3d4e5/resources/r${n}/methods/POST/integration`
  if (kind === 'read') return { asked: { verb: 'GET', path: target }, target, applied: [0] }
  const [, deployed] = kind.split(' that ')
  if (deployed !== undefined) {
    const description = `/v1/${deployed}/${n}`
    const headers = { 'idempotency-key': `key-${n}` }
    const asked = { verb: 'POST', path: '/restapis/a1b2c3d4e5/deployments', body: { description }, headers }
    // There is nothing to look at: what became of a lost call stays unknown, and it is never made again.
    return { asked, target: description, applied: [0, 1] }
  }
  const body = {
    type: 'HTTP_PROXY',
    httpMethod: 'POST',
    uri: `https://core.payments.acme.internal/v1/${kind}/${n}`,
    connectionType: 'VPC_LINK',
    connectionId: 'vl-pay01',
    timeoutInMillis: kind === 'denied' ? 25_000 : 9_000,
  }
  const asked = { verb: 'PUT', path: target, body, headers: { 'idempotency-key': `key-${n}` } }
  // What is refused is refused for good; what never reached API Gateway then is taken later.
  return { asked, target, applied: kind === 'denied' ? [0] : kind === 'refuses' ? [0, 1] : [1] }
}

/**
 * Every way to go wrong at the points that an undisturbed run passed. A read leaves nothing behind, so that dying behind
 * one is dying before the next call; its lost reply is a table that doesn't answer.
 */
export function faultsAt(points: readonly string[], hows: readonly Fault['how'][]): Fault[] {
  return hows.flatMap((how) =>
    points.flatMap((name, index) => {
      const isBehind = name.startsWith('after ')
      const isRead = /^after (read|list) /.test(name)
      const applies = how === 'dies' || how === 'table-dies' ? !isRead : isBehind && !isRead
      return applies ? [{ point: index + 1, how }] : []
    }),
  )
}

/**
 * Kills gates in requests of one kind, at every point of the request and in every way, all at one table; then lets the
 * keeper settle them and the callers repeat what they asked.
 *
 * @param options `withTable`: the table's process is killed as well, each time.
 */
export async function gateMatrix(
  rig: Rig,
  kind: Kind,
  { hows, choose = all, withTable = false }: { hows: readonly Fault['how'][]; choose?: Choose; withTable?: boolean },
): Promise<Findings> {
  const table = newTable()
  await rig.createTable(table)
  const scene = (ahead = 0, fault?: Fault) => ({ endpoint: rig.endpoint(), table, ahead, ...(fault && { fault }) })
  // Two, since the first request of a table has more to do.
  const asked = [request(kind), request(kind)]
  const whole = await rig.run(asked.map(({ asked }) => ({ scene: scene(), do: 'ask', asked })))
  const problems: string[] = []
  const faults = choose(faultsAt(whole.reports[1]?.points ?? [], hows))
  // Nobody else may be at work while the table dies.
  await inLanes(withTable ? 1 : LANES, together(faults), async (group) => {
    const each = group.map((fault) => ({ fault, request: request(kind) }))
    asked.push(...each.map(({ request }) => request))
    const { died } = await rig.run(
      each.map(({ fault, request }) => ({ scene: scene(0, fault), do: 'ask', asked: request.asked })),
    )
    const [fault] = group
    if (fault?.how === 'dies' && !died) problems.push(`point ${fault.point} was never reached`)
    if (withTable) await rig.restartTable()
  })
  const busy = await rig.run(asked.map(({ asked }) => ({ scene: scene(), do: 'ask', asked })))
  problems.push(...expectCalm(busy, true))
  await rig.tellUpstream('deliver')
  problems.push(...expectCalm(await rig.run(KEEPER_MINUTES.map((minutes) => keep(scene(minutes * MINUTE))))))
  problems.push(...(await settled(rig, table, asked)))

  // Whoever was left without an answer asks again.
  const later = 31 * MINUTE
  await rig.tellUpstream('calm')
  const again = await rig.run(asked.map(({ asked }) => ({ scene: scene(later), do: 'ask', asked })))
  await rig.tellUpstream('rough')
  problems.push(...expectCalm(again))
  const keepers = KEEPER_MINUTES.map((minutes) => keep(scene(later + minutes * MINUTE)))
  problems.push(...expectCalm(await rig.run(keepers)))
  problems.push(...(await settled(rig, table, asked)))
  problems.push(...timesApplied(await rig.journal(), asked))
  return { points: faults.length, problems: problems.map((problem) => `${kind}: ${problem}`) }
}

/**
 * What gates leave behind that die, each in a request of its own: a table for keepers to be killed at.
 *
 * @param most How many gates; all there are unless told.
 */
export async function leftBehind(rig: Rig, most?: number): Promise<{ items: Item[]; targets: string[] }> {
  const [trial, table] = [newTable(), newTable()]
  await rig.createTable(trial)
  await rig.createTable(table)
  const scene = { endpoint: rig.endpoint(), table, ahead: 0 }
  const whole = await rig.run(
    [request('answers'), request('answers')].map(({ asked }) => ({
      scene: { ...scene, table: trial },
      do: 'ask',
      asked,
    })),
  )
  const names = whole.reports[1]?.points ?? []
  const at = (name: string) => names.lastIndexOf(name) + 1
  const first = (name: string) => names.indexOf(name) + 1
  const LEFT: [Kind, Fault][] = [
    // Not sent; fenced and never sent; sent and applied; settled, but not freed.
    ['answers', { point: first('after create S'), how: 'dies' }],
    ['answers', { point: at('after replace OPEN'), how: 'dies' }],
    ['answers', { point: at('after PutIntegration'), how: 'dies' }],
    ['answers', { point: at('after create S'), how: 'dies' }],
    // An intent without a claim: its gate was told that it could not be written, and let go.
    ['answers', { point: first('after create S'), how: 'loses' }],
  ]
  const targets: string[] = []
  for (const [kind, fault] of LEFT.slice(0, most)) {
    const { asked, target } = request(kind)
    targets.push(target)
    await rig.run([{ scene: { ...scene, fault }, do: 'ask', asked }])
  }
  return { items: await rig.dump(table), targets }
}

/**
 * Kills a keeper at every point of one run over what gates left behind, each at a table of its own; the next one must
 * bring everything to its end. Now and then that is another process at the same table, else it works on a copy.
 */
export async function keeperMatrix(
  rig: Rig,
  left: { items: readonly Item[]; targets: readonly string[] },
  { hows, choose = all, minutes }: { hows: readonly Fault['how'][]; choose?: Choose; minutes: number },
): Promise<Findings> {
  const problems: string[] = []
  const scene = (table: string, at: number, fault?: Fault) => {
    return { endpoint: rig.endpoint(), table, ahead: at * MINUTE, ...(fault && { fault }) }
  }
  const { controlPlane } = openParts(rig.settings)
  const trial = newTable()
  await rig.createTable(trial, left.items)
  const [whole] = (await rig.run([keep(scene(trial, minutes))])).reports
  const faults = choose(faultsAt(whole?.points ?? [], hows))
  const finish = async (table: string, fault: Fault, index: number) => {
    const found: string[] = []
    const isElsewhere = index % REAL_KEEPER === 0
    if (isElsewhere) found.push(...expectCalm(await rig.run([27, 29].map((at) => keep(scene(table, at))))))
    const copy = copyableStore()
    for (const item of await rig.dump(table)) await copy.create(item)
    if (!isElsewhere) found.push(...(await keepHere(copy, controlPlane, 27)))
    const journal = (await rig.journal()).filter(({ target }) => left.targets.includes(target))
    found.push(...(await account(await copy.all(), journal)))
    const where = `keeper at ${fault.point} (${whole?.points[fault.point - 1]}), which ${fault.how}`
    problems.push(...found.map((problem) => `${where}: ${problem}`))
  }
  let tried = 0
  await inLanes(LANES, together(faults), async (group) => {
    const each = group.map((fault) => ({ fault, table: newTable() }))
    for (const { table } of each) await rig.createTable(table, left.items)
    const { died } = await rig.run(each.map(({ fault, table }) => keep(scene(table, minutes, fault))))
    const [fault] = group
    if (fault?.how === 'dies' && !died) problems.push(`keeper at ${fault.point}: never reached`)
    for (const { fault, table } of each) await finish(table, fault, tried++)
  })
  return { points: faults.length, problems }
}

/** What one process can do one after the other: all of what it survives. */
function together(faults: readonly Fault[]): Fault[][] {
  const groups: Fault[][] = []
  for (const fault of faults) {
    const last = groups.at(-1)
    if (fault.how === 'loses' && last?.[0]?.how === 'loses' && last.length < MOST_TOGETHER) last.push(fault)
    else groups.push([fault])
  }
  return groups
}

/** A run of the keeper in this process. */
async function keepHere(store: Store, controlPlane: ControlPlane, minutes: number): Promise<string[]> {
  const now = () => Date.now() + minutes * MINUTE
  const lines: Line[] = []
  const ledger = ledgerOn(store, now, lines)
  const report = await runKeeper(keeperOn(ledger, store, controlPlane, lines), now() + MINUTE)
  return expectCalm({ reports: [{ did: 'keep', report, points: [], lines }], died: false })
}

function newTable(): string {
  return `table-${tables++}`
}

function keep(scene: Order['scene']): Order {
  return { scene, do: 'keep' }
}

async function settled(rig: Rig, table: string, asked: readonly Request[]): Promise<string[]> {
  const targets = new Set(asked.map(({ target }) => target))
  const journal = (await rig.journal()).filter(({ target }) => targets.has(target))
  return account(await rig.dump(table), journal)
}

/** Every change is applied by one attempt in the end, however often it was asked for. */
function timesApplied(journal: readonly Entry[], asked: readonly Request[]): string[] {
  const tags = new Map<string, Set<string>>()
  for (const { what, target, tag } of journal) {
    if (what === 'applied') tags.set(target, (tags.get(target) ?? new Set()).add(tag))
  }
  return asked.flatMap(({ target, applied }) => {
    const times = tags.get(target)?.size ?? 0
    return applied.includes(times) ? [] : [`${target} was changed ${times} times`]
  })
}

/** What a process that nothing goes wrong with has to report. */
function expectCalm({ reports, died }: { reports: Report[]; died: boolean }, mayBeBusy = false): string[] {
  const problems = died ? ['a process died by itself'] : []
  for (const report of reports) {
    for (const { event, members } of report.lines) problems.push(`${event} ${JSON.stringify(members)}`)
    if (report.did === 'keep') {
      const { failed, log, recovery } = report.report
      if (failed.length > 0 || typeof log === 'string' || recovery?.failed) problems.push(JSON.stringify(report.report))
    } else if (report.status >= 500 && !mayBeBusy) {
      problems.push(`a request ended in ${report.status}`)
    }
  }
  return problems
}

async function inLanes<Job>(lanes: number, jobs: readonly Job[], work: (job: Job) => Promise<void>): Promise<void> {
  const queue = jobs.values()
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (const job of queue) await work(job)
    }),
  )
}
