import { readPublished } from '../log/log-store.ts'
import { EXPORT_FORMATS, type ExportFormat, exportTrail } from '../trail/export.ts'
import type { TrailQuery } from '../trail/list.ts'
import type { Gate } from './gate.ts'
import { problem } from './problem.ts'
import { principalOf, type TrailVisit } from './trail-visit.ts'

/** Where an answer is handed over whole, it must fit: Lambda allows 6 MB, and base64 or escapes may add to it. */
const MOST_BUFFERED_BYTES = 3_000_000

const MEDIA_TYPES: Record<ExportFormat, string> = {
  jsonl: 'application/jsonl',
  csv: 'text/csv; charset=utf-8; header=present',
  ocsf: 'application/jsonl',
}

/** The format asked for, by `format` or by one media type; `undefined` for a page in JSON. */
export function exportFormat(parameters: URLSearchParams, accept = ''): ExportFormat | undefined {
  const named = parameters.get('format')
  const format = EXPORT_FORMATS.find((known) => known === named)
  if (named !== null) return format
  if (/^text\/csv\b/i.test(accept)) return 'csv'
  return /^application\/(?:jsonl|x-ndjson)\b/i.test(accept) ? 'jsonl' : undefined
}

/** Streams the requests of a filter. The last line says how many there were, or where it goes on. */
export async function serveExport(
  gate: Gate,
  { id, caller, invocation }: TrailVisit,
  { filter = {}, cursor }: Omit<TrailQuery, 'principal'>,
  format: ExportFormat,
): Promise<Response> {
  const checkpoint = (await readPublished(gate.ledger.store))?.checkpoint
  const pieces = exportTrail(gate.ledger, {
    filter,
    format,
    principal: principalOf(caller),
    mostBytes: invocation.isBuffered ? MOST_BUFFERED_BYTES : Number.POSITIVE_INFINITY,
    // A token that has ended reads no more.
    until: Math.min(caller.expiresAt * 1000, invocation.isBuffered ? invocation.deadline : Number.POSITIVE_INFINITY),
    version: gate.version,
    ...(cursor !== undefined && { cursor }),
    ...(checkpoint !== undefined && { checkpoint }),
  })
  if (!pieces) return problem(id, 'invalid-request', 'This cursor is not from an export of yours, or is too old.')
  const name = `trail.${format === 'csv' ? 'csv' : 'jsonl'}`
  return new Response(ReadableStream.from(pieces).pipeThrough(new TextEncoderStream()), {
    headers: {
      'content-type': MEDIA_TYPES[format],
      'content-disposition': `attachment; filename="${name}"`,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    },
  })
}
