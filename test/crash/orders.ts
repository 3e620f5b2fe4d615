import type { KeeperReport } from '../../lib/keeper/run.ts'
import type { PublishedPolicy } from '../../lib/policy/document/published.ts'

/** What every worker is told at its start. */
export interface Settings {
  /** Of the scripted upstream. */
  upstream: string
  published: PublishedPolicy
}

/** Where a worker works, when it believes it is, and what goes wrong. */
export interface Scene {
  /** Of DynamoDB. */
  endpoint: string
  table: string
  /** Milliseconds that the worker's clock is ahead. */
  ahead: number
  fault?: Fault
}

/**
 * What goes wrong at one of the numbered points, counted from 1 with each scene: one before and one behind every call.
 * - `dies`: SIGKILL. - `loses`: the call took effect, its reply is lost; only behind a call.
 * - `loses-and-dies`: the same, then SIGKILL at the next point.
 * - `table-dies`: the table's process gets a SIGKILL; this one lives on without it.
 */
export interface Fault {
  point: number
  how: 'dies' | 'loses' | 'loses-and-dies' | 'table-dies'
}

export interface Asked {
  verb: string
  path: string
  body?: unknown
  headers?: Record<string, string>
}

export type Order = { scene: Scene } & ({ do: 'ask'; asked: Asked } | { do: 'keep' })

export type Reply =
  | { kind: 'ready' }
  /** The worker waits until the table is dead. */
  | { kind: 'kill-table' }
  | ({ kind: 'done' } & Report)
  | { kind: 'broke'; error: string }

export type Done = { did: 'ask'; status: number; id: string } | { did: 'keep'; report: KeeperReport }

/** What became of one order: the points it passed, and what was said to operators. */
export type Report = Done & { points: string[]; lines: Line[] }

export interface Line {
  event: string
  members: Record<string, unknown>
}
