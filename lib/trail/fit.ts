import type { Reason, TrailRecord } from './record.ts'

/**
 * The most that a record may take of its item, in bytes. An item of DynamoDB holds 400 KB with its key and salt, a line of
 * a log 256 KB; nothing that an ordinary request leads to comes near.
 */
export const MOST_RECORD_BYTES = 200_000

/** Of a record that is shortened: entries of a list, characters of a text, entries of a count by rule. */
const FEW = 4
const LONGEST_TEXT = 256
const MOST_RULES = 64
/** Stands in a count by rule for the rules beyond the most frequent. No rule's id is without a dot. */
const OTHERS = 'others'

/** The lists of reasons, and where what is left out of each is counted. */
const COUNTED = [
  ['reasons', 'more'],
  ['warnings', 'more'],
  ['dryRun', 'moreDryRun'],
] as const

/**
 * A record that fits its item, whatever was asked: the record itself, or where that is too large the same cut to fewer
 * than 64 KB, which says so. What is never cut is who asked for what, the verdict, the policy, the MACs and the name of the
 * sealed copy: those are bounded where they are made.
 *
 * Total: no value a record can hold makes it throw. Work is linear in the record.
 */
export function fitted(record: TrailRecord, mac: (value: unknown) => string): TrailRecord {
  return isWithin(record, MOST_RECORD_BYTES) ? record : shortened(record, mac)
}

/** The same record, cut: also where it would fit, for whoever has made too many large ones. */
export function shortened(record: TrailRecord, mac: (value: unknown) => string): TrailRecord {
  if (record.shortened) return record
  const entries: Record<string, number> = {}
  for (const [name, value] of Object.entries(record)) if (Array.isArray(value)) entries[name] = value.length
  const counts = COUNTED.flatMap(([list, count]) => countOf(record, list, count))
  return {
    ...(cut(record) as TrailRecord),
    ...sumsOf(counts),
    shortened: true,
    whole: { bytes: bytesOf(record), mac: mac(record), entries },
  }
}

type CountName = (typeof COUNTED)[number][1]
type Count = readonly [name: CountName, rule: string, count: number]

/** What is counted already, and what of a list will be left out. */
function countOf(record: TrailRecord, list: (typeof COUNTED)[number][0], name: CountName): Count[] {
  const members = record as Partial<Record<typeof list, Reason[]> & Record<CountName, Record<string, number>>>
  const left = (members[list] ?? []).slice(FEW).map(({ rule }): Count => [name, rule, 1])
  // Reasons and warnings are counted together, and what was counted before once.
  const before = list === 'warnings' ? [] : Object.entries(members[name] ?? {})
  return [...before.map(([rule, count]): Count => [name, rule, count]), ...left]
}

function sumsOf(counts: readonly Count[]): Partial<Record<CountName, Record<string, number>>> {
  const sums = new Map<CountName, Map<string, number>>()
  for (const [name, rule, count] of counts) {
    const sum = sums.get(name) ?? new Map<string, number>()
    sums.set(name, sum.set(rule, (sum.get(rule) ?? 0) + count))
  }
  return Object.fromEntries([...sums].map(([name, sum]) => [name, Object.fromEntries(mostFrequent(sum))]))
}

function mostFrequent(sum: ReadonlyMap<string, number>): [string, number][] {
  const sorted = [...sum].sort(([, a], [, b]) => b - a)
  const others = sorted.slice(MOST_RULES).reduce((all, [, count]) => all + count, 0)
  const told = sorted.slice(0, MOST_RULES).map(([rule, count]): [string, number] => [cutText(rule), count])
  return others > 0 ? [...told, [OTHERS, others]] : told
}

/** A value with every text, list and object in it cut. Records are at most a few levels deep. */
function cut(value: unknown): unknown {
  if (typeof value === 'string') return cutText(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.slice(0, FEW).map(cut)
  const entries = Object.entries(value).slice(0, MOST_RULES)
  return Object.fromEntries(entries.map(([name, member]) => [cutText(name), cut(member)]))
}

function cutText(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT - 1).toWellFormed()}…`
}

/** Beside its content, for each value. DynamoDB takes less: 3 bytes for a list or map, 1 for each entry. */
const OVERHEAD_BYTES = 4

/** Bytes of a JSON value as an item of DynamoDB, rounded up. */
export function bytesOf(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return OVERHEAD_BYTES + Buffer.byteLength(value)
    case 'number':
      // A number takes a byte for each two digits, 21 at most.
      return OVERHEAD_BYTES + 21
    case 'object': {
      if (value === null) return OVERHEAD_BYTES
      let bytes = OVERHEAD_BYTES
      if (Array.isArray(value)) for (const member of value) bytes += bytesOf(member)
      else for (const [name, member] of Object.entries(value)) bytes += Buffer.byteLength(name) + bytesOf(member)
      return bytes
    }
    default:
      return OVERHEAD_BYTES
  }
}

/** Whether a value has at most so many bytes. A look at the lengths of its texts answers that for nearly all. */
function isWithin(value: unknown, most: number): boolean {
  return mostBytesOf(value) <= most || bytesOf(value) <= most
}

/** A bound of {@link bytesOf} that looks into no text: a character takes three bytes at most. */
function mostBytesOf(value: unknown): number {
  if (typeof value === 'string') return OVERHEAD_BYTES + value.length * 3
  if (typeof value !== 'object' || value === null) return OVERHEAD_BYTES + 21
  let bytes = OVERHEAD_BYTES
  if (Array.isArray(value)) for (const member of value) bytes += mostBytesOf(member)
  else for (const name in value) bytes += name.length * 3 + mostBytesOf((value as Record<string, unknown>)[name])
  return bytes
}
