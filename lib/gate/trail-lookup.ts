import { parseJson } from '../apigateway/json.ts'
import { canonicalJson } from '../trail/canonical.ts'
import { lookUp } from '../trail/lookup.ts'
import type { Gate } from './gate.ts'
import { problem } from './problem.ts'
import { parseTrailQuery } from './trail-query.ts'
import { instant, principalOf, type TrailVisit } from './trail-visit.ts'

/** Bytes. The largest template that API Gateway takes fits. */
export const MAX_LOOKUP_BODY = 400 * 1024
const FILTERS = ['team', 'restApiId', 'actor', 'decision', 'rule', 'result', 'from', 'to', 'cursor']

/**
 * Answers whether a value occurs: `{"value": …}`, beside it the members of a filter and the cursor of an earlier answer.
 * The value is neither kept nor repeated; the record of the look-up holds a MAC of the request.
 */
export async function serveLookUp(gate: Gate, { id, caller, invocation, body }: TrailVisit): Promise<Response> {
  const json = parseJson(body, { maxBytes: MAX_LOOKUP_BODY })
  if (!json.ok || typeof json.value !== 'object' || json.value === null || Array.isArray(json.value))
    return problem(id, 'invalid-request', 'A look-up is a JSON object with a value.')
  const { value, ...rest } = json.value as Record<string, unknown>
  if (value === undefined || value === '' || value === null)
    return problem(id, 'invalid-request', 'value is missing or empty; nothing is hidden in an empty value.')
  if (!isRecordable(value))
    return problem(id, 'invalid-request', 'value has a number beyond 2^53, which no record of the trail can hold.')
  const parameters = Object.entries(rest).map(([name, member]) => [name, typeof member === 'string' ? member : ''])
  const parsed = parseTrailQuery(new URLSearchParams(Object.fromEntries(parameters)), FILTERS)
  if (!parsed.ok) return problem(id, 'invalid-request', parsed.message)
  const { filter = {}, cursor } = parsed.query
  const found = await lookUp(gate.ledger, {
    value,
    filter,
    principal: principalOf(caller),
    until: invocation.deadline,
    ...(cursor !== undefined && { cursor }),
  })
  if (!found.ok) return problem(id, 'invalid-request', 'This cursor is not from a look-up of yours like this one.')
  const { macs, occurrences, next, searchedTo } = found
  return Response.json(
    {
      macs,
      occurrences: occurrences.map((each) => ({ ...each, at: instant(each.at) })),
      ...(next && { next }),
      ...(searchedTo !== undefined && { searchedTo: instant(searchedTo) }),
    },
    { headers: { 'cache-control': 'no-store' } },
  )
}

/** Whether the caller's value has the one spelling that the trail makes MACs of. */
function isRecordable(value: unknown): boolean {
  try {
    canonicalJson(value)
    return true
  } catch {
    return false
  }
}
