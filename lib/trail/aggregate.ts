import { type Ledger, recordItem } from './ledger.ts'
import type { AggregateEntry, AggregateRecord } from './record.ts'
import { clip } from './redact.ts'

/** Counts requests that are not recorded one by one: those without a valid token. */
export interface Counter {
  /**
   * Counts one. Resolves once the minute before is recorded, where this one is the first of a new minute. Never throws.
   *
   * @param source Where it came from, for example an address.
   * @param reason A word of the gate's own vocabulary.
   * @param sample What it looked like, kept in clear: never a token or a body.
   */
  count(source: string, reason: string, sample?: string): Promise<void>
  /** Records what is counted of a minute that is over. Cheap where there is nothing; never throws. */
  roll(): Promise<void>
  /** Records what is counted so far. Never throws. */
  close(): Promise<void>
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
export function requestCounter(ledger: Ledger): Counter {
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

  async function roll(): Promise<void> {
    if (current && current.start !== minuteOf(ledger.now())) await flush()
  }

  return {
    async count(source, reason, sample) {
      const rolled = roll()
      current ??= { start: minuteOf(ledger.now()), entries: new Map(), others: 0 }
      add(current, clip(source, 64), clip(reason, 64), ledger.now(), sample)
      await rolled
    },
    roll,
    close: flush,
  }
}

function minuteOf(now: number): number {
  return now - (now % MINUTE_MS)
}

function add(minute: Minute, source: string, reason: string, now: number, sample: string | undefined): void {
  const key = JSON.stringify([source, reason])
  const entry = minute.entries.get(key)
  if (!entry && minute.entries.size >= MOST_ENTRIES) {
    minute.others++
    return
  }
  const counted = entry ?? { source, reason, count: 0, first: now, last: now, samples: [] }
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
