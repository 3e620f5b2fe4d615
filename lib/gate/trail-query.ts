import { EXPORT_FORMATS } from '../trail/export.ts'
import type { TrailFilter, TrailQuery } from '../trail/list.ts'
import { RESULTS } from '../trail/record.ts'

/** Longest value a filter compares with. */
const MAX_VALUE = 512
const PARAMETERS = [
  'limit',
  'cursor',
  'team',
  'restApiId',
  'actor',
  'decision',
  'rule',
  'result',
  'from',
  'to',
  'format',
]

type ParsedQuery = { ok: true; query: Omit<TrailQuery, 'principal'> } | { ok: false; message: string }

/**
 * Reads the parameters of a listing. Each at most once; an unknown one is refused, since leaving out a filter that its
 * sender misspelt would show more than was asked for.
 *
 * @param known Their names.
 */
export function parseTrailQuery(parameters: URLSearchParams, known: readonly string[] = PARAMETERS): ParsedQuery {
  const values = new Map<string, string>()
  for (const [name, value] of parameters) {
    if (!known.includes(name)) return refuse(`There is no parameter of this name; there are ${known.join(', ')}.`)
    if (values.has(name)) return refuse(`${name} is given twice.`)
    if (value === '' || value.length > MAX_VALUE) return refuse(`${name} must have 1 to ${MAX_VALUE} characters.`)
    values.set(name, value)
  }
  const limit = values.get('limit')
  if (limit !== undefined && !/^([1-9][0-9]?|1[0-9]{2}|200)$/.test(limit)) return refuse('limit must be 1 to 200.')
  const format = values.get('format')
  if (format !== undefined && !EXPORT_FORMATS.some((known) => known === format))
    return refuse(`format must be one of ${EXPORT_FORMATS.join(', ')}.`)
  const decision = values.get('decision')
  if (decision !== undefined && decision !== 'allow' && decision !== 'deny')
    return refuse('decision must be allow or deny.')
  const named = values.get('result')
  const result = RESULTS.find((known) => known === named)
  if (named !== undefined && !result) return refuse(`result must be one of ${RESULTS.join(', ')}.`)
  const from = readInstant(values.get('from'))
  const to = readInstant(values.get('to'))
  if (Number.isNaN(from) || Number.isNaN(to))
    return refuse('from and to must be RFC 3339 times, like 2026-12-01T09:00:00Z.')

  const filter: TrailFilter = { ...text(values, 'team', 'restApiId', 'actor', 'rule') }
  if (decision) filter.decision = decision
  if (result) filter.result = result
  if (from !== undefined) filter.from = from
  if (to !== undefined) filter.to = to
  const cursor = values.get('cursor')
  return { ok: true, query: { filter, ...(limit && { limit: Number(limit) }), ...(cursor && { cursor }) } }
}

function refuse(message: string): ParsedQuery {
  return { ok: false, message }
}

function text<Name extends string>(values: Map<string, string>, ...names: Name[]): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {}
  for (const name of names) {
    const value = values.get(name)
    if (value !== undefined) found[name] = value
  }
  return found
}

/** `NaN` for what is no RFC 3339 time with a zone. */
function readInstant(value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?(Z|[+-]\d{2}:\d{2})$/.test(value)
    ? Date.parse(value)
    : Number.NaN
}
