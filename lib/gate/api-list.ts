import { badRequest } from '../apigateway/api-error.ts'
import type { FoundOperation } from '../apigateway/operations.ts'
import type { UpstreamAnswer } from '../control-plane/control-plane.ts'
import { callOf, readQuery } from '../control-plane/operation-call.ts'
import { resolveTeam, teamsOf } from '../decision/team.ts'
import { MOST_CALLS } from '../fairness/shares.ts'
import { tagsOf } from './api-tags.ts'
import { awsAnswer } from './aws-answer.ts'
import { readAnswer } from './neighbour-routes.ts'
import { deadlineSignal, recordedRead, refuse, type Visit } from './visit.ts'

/** API Gateway's own bounds on a page. */
const DEFAULT_LIMIT = 25
const MAX_LIMIT = 500
/** Pages of 500; an account has 600 APIs unless its quota was raised. */
const MAX_PAGES = 20

/**
 * Serves GetRestApis with the caller's own APIs alone. The whole list is gone through each time: a page of API Gateway's,
 * filtered, would say by its gaps and its position how many APIs others have.
 */
export async function serveApiList(visit: Visit, found: FoundOperation): Promise<Response> {
  const query = readQuery(visit.query, ['limit', 'position'])
  if (!query.ok) return refuse(visit, 'invalid', query.error)
  const { limit = String(DEFAULT_LIMIT), position } = Object.fromEntries(query.value)
  if (!/^[0-9]{1,4}$/.test(limit)) return refuse(visit, 'invalid', badRequest('limit must be a number from 1 to 500'))
  // Of several teams that a token may speak for, it is none's in particular.
  const team = [...teamsOf(visit.policy, visit.caller.claims)].sort()[0] ?? ''
  return recordedRead(visit, team, MOST_CALLS, async () => {
    const listed = await everyApi(visit, found)
    if (listed.kind !== 'done') return readAnswer(visit.attempt.id, listed)
    const own = listed.apis.filter((api) => isOwn(visit, api))
    const start = own.findIndex(({ id }) => id === position) + 1
    const end = start + Math.min(Math.max(Number(limit), 1), MAX_LIMIT)
    const last = own[end - 1]
    const more = last !== undefined && end < own.length ? { position: last.id } : {}
    return awsAnswer(visit.attempt.id, 200, { item: own.slice(start, end), ...more })
  })
}

interface ListedApi {
  id: string
}

async function everyApi(
  visit: Visit,
  found: FoundOperation,
): Promise<{ kind: 'done'; apis: ListedApi[] } | Exclude<UpstreamAnswer, { kind: 'done' }>> {
  const apis: ListedApi[] = []
  let position: string | undefined
  for (let page = 0; page < MAX_PAGES; page++) {
    const query: [string, string][] = [['limit', String(MAX_LIMIT)]]
    if (position !== undefined) query.push(['position', position])
    const answer = await visit.gate.controlPlane.read(callOf(found, { query }), deadlineSignal(visit))
    if (answer.kind !== 'done') return answer
    const { item, position: next } = Object(answer.document) as { item?: unknown; position?: unknown }
    if (Array.isArray(item)) apis.push(...item.filter(isListed))
    if (typeof next !== 'string' || next === '') return { kind: 'done', apis }
    position = next
  }
  return { kind: 'unknown', reason: 'it lists more APIs than the gate goes through', upstream: { latencyMs: 0 } }
}

function isListed(value: unknown): value is ListedApi {
  return typeof Object(value).id === 'string'
}

/** The list has the tags of each API, so that none is looked up. */
function isOwn({ policy, caller }: Visit, api: ListedApi): boolean {
  const tags = tagsOf(api)
  return resolveTeam(policy, caller.claims, { restApiId: api.id, ...(tags && { tags }) }).kind === 'team'
}
