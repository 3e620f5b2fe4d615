import { createHash } from 'node:crypto'
import { CSV_COLUMNS, csvOf, csvRow } from './csv.ts'
import { fromCursor, toCursor } from './cursor.ts'
import { commitmentOf, type Ledger, type RecordItem } from './ledger.ts'
import { matches, type TrailFilter, walkTrail } from './list.ts'
import { ocsfOf } from './ocsf.ts'
import { type Summary, summarise } from './story.ts'

/**
 * - `jsonl`: a request a line, with all its records. - `csv`: a request a row. - `ocsf`: a request a line, as an event of
 * OCSF's class API Activity.
 */
export const EXPORT_FORMATS = ['jsonl', 'csv', 'ocsf'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

export interface ExportQuery {
  filter: TrailFilter
  format: ExportFormat
  /** Who reads: a cursor works for its reader alone. */
  principal: string
  /** From the end of an earlier part with the same reader and filter. */
  cursor?: string
  /** Bytes from which no further request is begun. */
  mostBytes: number
  /** Unix milliseconds at which none is begun any more. */
  until: number
  /** The log's head when the export begins, for its last line. */
  checkpoint?: string
  /** Of this software. */
  version: string
}

/** The last line of an export: one without it was cut off, one with `next` is continued elsewhere. */
export interface ExportEnd {
  /** Requests. */
  count: number
  /** Hex, of all bytes before this line. */
  sha256: string
  next?: string
  checkpoint?: string
}

const EXPECTED_AT_ONCE = 200

/**
 * Exports requests, newest first, piece by piece. What is asked for is bounded by its filter; what is given at once by
 * the query's bounds.
 *
 * @returns `undefined` for a cursor that isn't one of this reader and filter.
 * @throws {StoreUnavailable} on the way: then the last line is missing.
 */
export function exportTrail(ledger: Ledger, query: ExportQuery): AsyncGenerator<string> | undefined {
  const scope = { principal: query.principal, filter: { ...query.filter } }
  if (query.cursor === undefined) return pieces(ledger, query, undefined)
  const position = fromCursor(ledger.keys, scope, query.cursor, ledger.now())
  return position === undefined ? undefined : pieces(ledger, query, position)
}

async function* pieces(
  ledger: Ledger,
  { filter, format, principal, mostBytes, until, checkpoint, version }: ExportQuery,
  position: string | undefined,
): AsyncGenerator<string> {
  const hash = createHash('sha256')
  let bytes = 0
  const counted = (text: string) => {
    hash.update(text)
    bytes += Buffer.byteLength(text)
    return text
  }
  let count = 0
  let next: string | undefined
  if (format === 'csv') yield counted(csvRow(CSV_COLUMNS))
  const walk = await walkTrail(ledger, filter, position, EXPECTED_AT_ONCE)
  for (let step = await walk.next(); step; step = await walk.next()) {
    const summary = summarise(step.items)
    if (summary && matches(summary, filter)) {
      yield counted(lineOf(format, summary, step.items, version))
      count++
    }
    if (bytes < mostBytes && ledger.now() < until) continue
    next = toCursor(ledger.keys, { principal, filter: { ...filter } }, step.id, ledger.now())
    break
  }
  const end = { count, sha256: hash.digest('hex'), ...(next && { next }), ...(checkpoint && { checkpoint }) }
  yield endLine(format, end)
}

function lineOf(format: ExportFormat, summary: Summary, items: readonly RecordItem[], version: string): string {
  switch (format) {
    case 'jsonl': {
      const records = items.map((item) => ({ ...item.record, commit: commitmentOf(item) }))
      return `${JSON.stringify({ ...summary, at: new Date(summary.at).toISOString(), records })}\n`
    }
    case 'csv':
      return csvOf(summary, items)
    case 'ocsf':
      return `${JSON.stringify(ocsfOf(summary, items, version))}\n`
  }
}

/** In CSV the first cell is `#end`, which no request's id is. */
function endLine(format: ExportFormat, end: ExportEnd): string {
  const { count, sha256, next, checkpoint } = end
  return format === 'csv' ? csvRow(['#end', String(count), sha256, next, checkpoint]) : `${JSON.stringify({ end })}\n`
}
