import type { RecordItem } from './ledger.ts'
import type { Summary } from './story.ts'
import { visible } from './visible.ts'

/** A request's columns, in their order. Rules are separated by spaces. */
export const CSV_COLUMNS = [
  'id',
  'at',
  'status',
  'decision',
  'result',
  'refusal',
  'team',
  'issuer',
  'actor',
  'client',
  'source',
  'user agent',
  'action',
  'account',
  'region',
  'api',
  'resource',
  'method',
  'path',
  'rules',
  'policy',
] as const

/** The row of one request. */
export function csvOf(summary: Summary, items: readonly RecordItem[]): string {
  const { actor, target } = summary
  const request = items.map(({ record }) => record).find((record) => 'client' in record)
  return csvRow([
    summary.id,
    new Date(summary.at).toISOString(),
    summary.status,
    summary.decision,
    summary.result,
    summary.refusal?.reason,
    summary.team,
    actor?.iss,
    actor?.sub,
    request?.actor.clientId,
    request?.actor.sourceIp,
    request?.client.userAgent,
    summary.action,
    target?.account,
    target?.region,
    target?.restApiId,
    target?.resourceId,
    target?.httpMethod,
    target?.path,
    summary.reasons?.map(({ rule }) => rule).join(' '),
    request?.policy.digest,
  ])
}

/** One row (RFC 4180), its line's end included. */
export function csvRow(cells: readonly (string | undefined)[]): string {
  return `${cells.map((cell = '') => quoted(unarmed(visible(cell)))).join(',')}\r\n`
}

/** A cell that a sheet would take for a formula is written as text (OWASP, CSV injection); wide forms count too. */
function unarmed(cell: string): string {
  return /^[=+\-@＝＋－＠]/.test(cell) ? `'${cell}` : cell
}

function quoted(cell: string): string {
  return /[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
