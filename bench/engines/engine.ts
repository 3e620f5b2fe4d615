import type { PublishedPolicy } from '../../lib/policy/document/published.ts'
import type { Ask } from './workload.ts'

/** An engine with its policy in memory. */
export interface Loaded<Prepared> {
  /** Brings a request into the engine's form; not timed. */
  prepare(ask: Ask): Prepared
  /** Whether it is allowed; for engines that explain, with everything a refusal needs. */
  decide(prepared: Prepared): boolean
  /** The same from JSON text to JSON text, where the engine explains. */
  replay?(line: string): string
}

export type Load<Prepared> = (published: PublishedPolicy, asks: readonly Ask[]) => Promise<Loaded<Prepared>>

export const NOW = Date.parse('2026-12-01T09:00:00Z')
