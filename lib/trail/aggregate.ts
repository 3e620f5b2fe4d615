import { type Ledger, recordItem } from './ledger.ts'
import type { AggregateEntry, AggregateRecord } from './record.ts'
import { clip } from './redact.ts'

/** A request that is counted, not itemised. */
export interface Unauthenticated {
  /** Where it came from, for example an address. */
  source: string
  /** Why it was refused: a word of the gate's own vocabulary. */
  reason: string
  /** Unix milliseconds. */
  now: number
  /** What it looked like, in clear: never a token or a body. */
  sample?: string
}

export interface Aggregator {
  /** Counts one. Resolves once the minute before is recorded, where this one is the first of a new minute. */
  count(request: Unauthenticated): Promise<void>
  /** Records what is counted so far. */
  flush(): Promise<void>
}

const MINUTE_MS = 60_000
/** Bounds memory and the record's size against a flood from many sources. */
const MOST_ENTRIES = 500
const MOST_SAMPLES = 3

interface Minute {
  start: number
  entries: Map<string, AggregateEntry>
  others: number
}

/**
 * Counts requests without a valid token by minute, source and reason, so that a flood of them buys one record a minute
 * and process instead of one each. What is counted since the last record is lost with the process.
 */
export function aggregator(ledger: Ledger): Aggregator {
  let current: Minute | undefined

  async function flush(): Promise<void> {
    const minute = current
    current = undefined
    if (!minute) return
    const item = recordItem(ledger, aggregateRecord(ledger, minute))
    try {
      await ledger.store.create(item)
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown'
      ledger.log('audit_not_recorded', { reason, salt: item.salt, record: item.record })
    }
  }

  return {
    async count(request) {
      const start = request.now - (request.now % MINUTE_MS)
      const rolled = current && current.start !== start ? flush() : undefined
      current ??= { start, entries: new Map(), others: 0 }
      add(current, request)
      await rolled
    },
    flush,
  }
}

function add(minute: Minute, { source, reason, now, sample }: Unauthenticated): void {
  const key = JSON.stringify([clip(source, 64), clip(reason, 64)])
  const entry = minute.entries.get(key)
  if (!entry && minute.entries.size >= MOST_ENTRIES) {
    minute.others++
    return
  }
  const counted = entry ?? {
    source: clip(source, 64),
    reason: clip(reason, 64),
    count: 0,
    first: now,
    last: now,
    samples: [],
  }
  counted.count++
  counted.last = Math.max(counted.last, now)
  if (sample !== undefined && counted.samples.length < MOST_SAMPLES) counted.samples.push(clip(sample, 128))
  minute.entries.set(key, counted)
}

function aggregateRecord(ledger: Ledger, minute: Minute): AggregateRecord {
  return {
    v: 1,
    id: ledger.newId(),
    kind: 'A',
    ts: ledger.now(),
    minute: minute.start,
    entries: [...minute.entries.values()],
    others: minute.others,
  }
}
