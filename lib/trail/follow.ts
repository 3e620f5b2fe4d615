import type { Ledger, RecordItem } from './ledger.ts'
import { matches, type TrailFilter } from './list.ts'
import { recordTime } from './record-id.ts'
import { readStory, type Summary, summarise } from './story.ts'
import { walkShards } from './walk.ts'

export interface Follow {
  filter: TrailFilter
  /** The last id that was seen; what was written about then may come again. Absent: from now on. */
  after?: string
  /** Resolves `false` where the reader is gone or the time is over. */
  wait(ms: number): Promise<boolean>
}

export type Followed =
  | { kind: 'request'; summary: Summary }
  /** More requests than are followed at once: those of this span must be listed. Unix milliseconds. */
  | { kind: 'gap'; from: number; to: number }
  | { kind: 'nothing' }

const POLL_MS = 2_000
/** A record can be written this long after its id was drawn. */
const WINDOW_MS = 30_000
const MOST_AT_ONCE = 1_000
/** Changes whose outcome is awaited; above that the oldest are let go. */
const MOST_PENDING = 200

/**
 * Follows the trail as it is written: every request once it is there, and again when its status changes. At least once;
 * oldest first among those that are found together.
 *
 * @throws {StoreUnavailable}
 */
export async function* followTrail(ledger: Ledger, { filter, after, wait }: Follow): AsyncGenerator<Followed> {
  const seen = new Map<string, Summary['status']>()
  const pending = new Map<string, Summary>()
  let from = (after === undefined ? ledger.now() : recordTime(after)) - WINDOW_MS
  if (after === undefined) for (const { id, status } of (await recent(ledger, from)).summaries) seen.set(id, status)
  do {
    const now = ledger.now()
    const { summaries, searchedTo } = await recent(ledger, from)
    if (searchedTo !== undefined) yield { kind: 'gap', from, to: searchedTo }
    from = Math.max(from, now - WINDOW_MS)
    const awaited = await Promise.all([...pending.keys()].map((id) => readStory(ledger, id)))
    for (const summary of [...awaited.filter((story) => story !== undefined), ...summaries.reverse()]) {
      if (seen.get(summary.id) === summary.status) continue
      seen.set(summary.id, summary.status)
      if (summary.status === 'pending') pending.set(summary.id, summary)
      else pending.delete(summary.id)
      const [oldest] = pending.keys()
      if (oldest !== undefined && pending.size > MOST_PENDING) pending.delete(oldest)
      if (matches(summary, filter)) yield { kind: 'request', summary }
    }
    for (const id of seen.keys()) if (recordTime(id) < from && !pending.has(id)) seen.delete(id)
    yield { kind: 'nothing' }
  } while (await wait(POLL_MS))
}

/** The requests since a time, newest first, and where there are too many, how far back was looked. */
async function recent(ledger: Ledger, from: number): Promise<{ summaries: Summary[]; searchedTo?: number }> {
  const walk = walkShards(ledger, { from }, MOST_AT_ONCE)
  const summaries: Summary[] = []
  for (let step = await walk.next(); step; step = await walk.next()) {
    const summary = isOwn(step.items) ? undefined : summarise(step.items)
    if (summary) summaries.push(summary)
    if (summaries.length === MOST_AT_ONCE) return { summaries, searchedTo: recordTime(step.id) }
  }
  return { summaries }
}

/** Following is recorded too, and would follow itself. */
export const FOLLOW_ACTION = 'FollowTrail'

function isOwn([first]: readonly RecordItem[]): boolean {
  return first?.record.kind === 'R' && first.record.action === FOLLOW_ACTION
}
