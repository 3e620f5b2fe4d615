import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { account, recordsOf } from '../crash/account.ts'
import { TABLE } from '../crash/fixed.ts'
import type { Asked, Line, Order } from '../crash/orders.ts'
import { bundled, openRig, type Rig } from '../crash/rig.ts'
import type { Entry } from '../crash/script.ts'
import type { SoakSettings } from './settings.ts'

const GATES = 3
const KEEPERS = 2
const CLIENTS = 8
const TARGETS = 60
/** Clocks run this many times as fast: a lease is over in 3 s, a record sealed after 4.5 s. */
const SPEED = 20
/** 15 s of ours, ten times as long as the upstream lets a late change wait. */
const GRACE_MS = 300_000
const KEEPER_PAUSE_MS = 1_000
const KILL_EVERY_MS = 700
const MINUTE = 60_000

export interface Soaked {
  problems: string[]
  counts: Record<string, number>
}

/** One thing a caller wants, whatever it takes: it is asked for again under one key until it is answered. */
interface Wish {
  asked: Asked
  target: string
  /** The last answer that ends it. */
  status?: number
}

/** @param options `seed` decides who is killed, who asks for what, and how the upstream behaves; not who is faster. */
export async function soak({ seconds, seed }: { seconds: number; seed: number }): Promise<Soaked> {
  const rig = await openRig({ seed })
  const random = seeded(seed)
  const counts: Record<string, number> = {}
  const count = (name: string) => {
    counts[name] = (counts[name] ?? 0) + 1
  }
  const problems: string[] = []
  const judge = ({ event, members }: Line) => {
    count(event)
    if (!EXPECTED.has(event)) problems.push(`${event} ${JSON.stringify(members)}`)
  }
  try {
    await rig.createTable(TABLE)
    const base = Date.now()
    const program = await bundled(`${import.meta.dirname}/worker.ts`, rig.folder)
    const start = (as: SoakSettings['as']) => startWorker(rig, program, { as, base }, judge)
    const gates = await Promise.all(Array.from({ length: GATES }, () => start('gate')))
    const keepers = await Promise.all(Array.from({ length: KEEPERS }, () => start('keeper')))
    const end = base + seconds * 1_000
    const wishes: Wish[] = []
    const clients = Array.from({ length: CLIENTS }, (_, index) =>
      ask({ wishes, gates, random: seeded(seed + 1 + index), end, count }),
    )
    while (Date.now() < end) {
      await sleep(KILL_EVERY_MS * (0.5 + random()))
      const [as, crew] = random() < 0.7 ? (['gate', gates] as const) : (['keeper', keepers] as const)
      const index = Math.floor(random() * crew.length)
      await crew[index]?.kill()
      crew[index] = await start(as)
      count(`${as}s killed`)
    }
    await Promise.all(clients)
    for (const worker of [...gates, ...keepers]) await worker.kill()

    await settle(rig, wishes, (Date.now() - base) * (SPEED - 1), problems)
    const [items, journal] = [await rig.dump(TABLE), await rig.journal()]
    problems.push(...(await account(items, journal)), ...timesApplied(wishes, journal))
    for (const record of recordsOf(items))
      count(record.kind === 'O' ? `outcome ${record.result}` : `record ${record.kind}`)
    for (const { what } of journal) count(`upstream ${what}`)
    counts.requests = wishes.length
    return { problems, counts }
  } finally {
    await rig.close()
  }
}

/** What operators are told where processes die and an upstream misbehaves, and nothing is wrong with the trail. */
const EXPECTED = new Set(['audit_outcome_deferred', 'clock_skew', 'audit_not_recorded', 'keeper_item_failed'])

interface Worker {
  url: string
  kill(): Promise<void>
}

async function startWorker(
  rig: Rig,
  program: string,
  { as, base }: Pick<SoakSettings, 'as' | 'base'>,
  judge: (line: Line) => void,
): Promise<Worker> {
  const settings: SoakSettings = {
    as,
    base,
    endpoint: rig.endpoint(),
    speed: SPEED,
    graceMs: GRACE_MS,
    keeperPauseMs: KEEPER_PAUSE_MS,
  }
  const worker: ChildProcess = fork(program, {
    env: { ...process.env, SOAK: JSON.stringify(settings), CRASH_SETTINGS: JSON.stringify(rig.settings) },
  })
  const [url] = await once(worker, 'message')
  worker.on('message', (line) => judge(line as Line))
  return {
    url: String(url),
    async kill() {
      if (worker.exitCode !== null || worker.signalCode !== null) throw new Error('A worker ended by itself')
      worker.kill('SIGKILL')
      await once(worker, 'exit')
    },
  }
}

/** One caller, who asks any gate for one thing after the other. */
async function ask({
  wishes,
  gates,
  random,
  end,
  count,
}: {
  wishes: Wish[]
  gates: readonly Worker[]
  random: () => number
  end: number
  count(name: string): void
}): Promise<void> {
  while (Date.now() < end) {
    const wish = newWish(wishes.length, Math.floor(random() * TARGETS))
    wishes.push(wish)
    for (let tries = 0; tries < 12 && Date.now() < end && wish.status === undefined; tries++) {
      const gate = gates[Math.floor(random() * gates.length)]
      const status = await send(gate?.url ?? '', wish.asked)
      count(status === undefined ? 'answers lost' : `answers ${status}`)
      if (status !== undefined && isFinal(status)) wish.status = status
      else await sleep(50 + 300 * random())
    }
  }
}

/** 400 is API Gateway's own: asking again won't help. */
function isFinal(status: number): boolean {
  return status === 201 || status === 400
}

function newWish(n: number, target: number): Wish {
  const path = `/restapis/a1b2c3d4e5/resources/t${target}/methods/POST/integration`
  const body = {
    type: 'HTTP_PROXY',
    httpMethod: 'POST',
    uri: `https://core.payments.acme.internal/v1/wish/${n}`,
    connectionType: 'VPC_LINK',
    connectionId: 'vl-pay01',
    timeoutInMillis: 9_000,
  }
  return { asked: { verb: 'PUT', path, body, headers: { 'idempotency-key': `wish-${n}` } }, target: path }
}

async function send(url: string, { verb, path, body, headers }: Asked): Promise<number | undefined> {
  try {
    const response = await fetch(url + path, {
      method: verb,
      headers: { authorization: 'Bearer ci@payments', ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    })
    await response.text()
    return response.status
  } catch {
    return undefined
  }
}

/** Lets everything come to its end, with an upstream that is well: what is open is settled, and asked for once more. */
async function settle(rig: Rig, wishes: readonly Wish[], ahead: number, problems: string[]): Promise<void> {
  await rig.tellUpstream('deliver')
  await rig.tellUpstream('calm')
  const scene = (minutes: number) => ({ endpoint: rig.endpoint(), table: TABLE, ahead: ahead + minutes * MINUTE })
  const keep = (minutes: number): Order => ({ scene: scene(minutes), do: 'keep' })
  const keepers = async (...minutes: number[]) => {
    for (const report of (await rig.run(minutes.map(keep))).reports) {
      if (report.did === 'keep' && report.report.failed.length > 0) problems.push(JSON.stringify(report.report))
    }
  }
  await keepers(2, 25, 27)
  const open = wishes.filter(({ status }) => status === undefined)
  const { reports } = await rig.run(open.map(({ asked }) => ({ scene: scene(30), do: 'ask', asked })))
  for (const [index, wish] of open.entries()) {
    const report = reports[index]
    if (report?.did === 'ask' && isFinal(report.status)) wish.status = report.status
    else problems.push(`${wish.asked.headers?.['idempotency-key']} was never answered: ${JSON.stringify(report)}`)
  }
  await keepers(32, 55, 58)
}

/** What was answered as done was done by one attempt, what was refused by none. */
function timesApplied(wishes: readonly Wish[], journal: readonly Entry[]): string[] {
  const tags = new Map<string, Set<string>>()
  for (const entry of journal) {
    if (entry.what !== 'applied') continue
    const uri = entry.integration?.uri ?? ''
    tags.set(uri, (tags.get(uri) ?? new Set()).add(entry.tag))
  }
  return wishes.flatMap(({ asked, status }) => {
    const { uri } = asked.body as { uri: string }
    const times = tags.get(uri)?.size ?? 0
    return times === (status === 201 ? 1 : 0) ? [] : [`${uri}, answered ${status}, was applied ${times} times`]
  })
}

/** Numbers in [0, 1) that repeat with the seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
