import type { ApiError } from '../apigateway/api-error.ts'
import { RoleNotAssumed } from '../control-plane/role-not-assumed.ts'
import type { CompiledPolicy } from '../decision/compile/compiled-policy.ts'
import type { ApiTags } from '../decision/compile/tag-owners.ts'
import { resolveTeam } from '../decision/team.ts'
import { callerKey } from '../fairness/caller-limit.ts'
import type { Caller } from '../identity/caller.ts'
import { recordDenial, recordRoleNotAssumed } from '../trail/denial.ts'
import { StoreUnavailable } from '../trail/store.ts'
import { RELIED_ON_MS, SEEN_MS, SENT_WITHIN_MS, type TagSource, type TagsRead } from './api-tags.ts'
import { awsError } from './aws-answer.ts'
import type { Gate } from './gate.ts'
import { CONTESTED, newApiOfNobody, OWNER_UNREAD, TRAIL_UNAVAILABLE } from './refusals.ts'
import { refuse, throttled, type Visit } from './visit.ts'

/** A visit by the team that owns what it is about. */
export interface OwnersVisit extends Visit {
  owner: Extract<Visit['owner'], { kind: 'team' }>
}

export type Settled = { ok: true; visit: OwnersVisit } | { ok: false; response: Response }

/**
 * Settles whose API a visit is about, looking its tags up where the answer depends on them; the last thing before the
 * policy is asked, so that nothing that is refused anyway costs a call. Whatever keeps the tags from being known, the API
 * is nobody's.
 *
 * @param use A change rests on newer tags than a read, and is given up where it isn't sent soon after they were read.
 * @param unknownApi The answer to an id that isn't the caller's, which an id that doesn't exist gets as well.
 */
export async function settleOwner(visit: Visit, use: 'read' | 'change', unknownApi: ApiError): Promise<Settled> {
  const { owner } = visit
  switch (owner.kind) {
    case 'team':
      return { ok: true, visit: { ...visit, owner } }
    case 'depends-on-tags':
      return lookUp(visit, owner.teams, use, unknownApi)
    default:
      return { ok: false, response: await refuse(visit, 'not_owner', unknownApi) }
  }
}

async function lookUp(
  visit: Visit,
  teams: readonly string[],
  use: 'read' | 'change',
  unknownApi: ApiError,
): Promise<Settled> {
  const { gate, policy, caller, attempt, tags, invocation } = visit
  const { restApiId = '' } = attempt.target
  const source = tagSource(gate, teams, { policy, caller, restApiId })
  let read: TagsRead
  try {
    read = await tags.read(source, restApiId, use === 'read' ? SEEN_MS : RELIED_ON_MS)
    // Whoever was just given an API, by its tag, must not wait a minute for it.
    if (use === 'read' && read.kind === 'known' && !source.isOwn(read.tags)) {
      read = await tags.read(source, restApiId, RELIED_ON_MS)
    }
  } catch (error) {
    if (error instanceof StoreUnavailable) return { ok: false, response: awsError(attempt.id, TRAIL_UNAVAILABLE) }
    throw error instanceof RoleNotAssumed ? await recordRoleNotAssumed(gate.ledger, attempt, error) : error
  }
  if (read.kind === 'throttled') return { ok: false, response: await throttled(visit, read.retryAfterSeconds) }
  if (read.kind === 'unread') return { ok: false, response: await unread(visit, read) }
  const owner = read.kind === 'known' ? resolveTeam(policy, caller.claims, { restApiId, tags: read.tags }) : undefined
  const used = owner && 'tags' in owner ? owner.tags : undefined
  const told = used ? rest(visit, used, 'GetRestApi', read.readAt) : visit
  if (owner?.kind === 'contested') return { ok: false, response: await refuse(told, 'owner_contested', CONTESTED) }
  if (owner?.kind !== 'team') return { ok: false, response: await refuse(told, 'not_owner', unknownApi) }
  const deadline = Math.min(invocation.deadline, use === 'change' ? read.readAt + SENT_WITHIN_MS : Infinity)
  return { ok: true, visit: asOwner({ ...told, invocation: { ...invocation, deadline } }, owner) }
}

/**
 * Settles whose an API will be that a request would make: the tags it is to have must make it one of the caller's own
 * teams', from its first moment on.
 */
export async function settleNewApi(visit: Visit, tags: unknown): Promise<Settled> {
  const { policy, caller, attempt } = visit
  // Read by the table of operations, so of strings alone.
  const owner = resolveTeam(policy, caller.claims, { restApiId: '', tags: Object(tags ?? {}) as ApiTags })
  if (owner.kind === 'team' && owner.tags)
    return { ok: true, visit: asOwner(rest(visit, owner.tags, 'CreateRestApi', attempt.receivedAt), owner) }
  const selectors = visit.owner.kind === 'depends-on-tags' ? visit.owner.teams : []
  return { ok: false, response: await refuse(visit, 'not_owner', newApiOfNobody(policy, selectors)) }
}

/** Where an API's tags are looked up for a caller, in the turn of the first of the teams that could own by them. */
export function tagSource(
  { api, controlPlane, quota }: Pick<Gate, 'api' | 'controlPlane' | 'quota'>,
  [team = '']: readonly string[],
  { policy, caller, restApiId }: { policy: CompiledPolicy; caller: Caller; restApiId: string },
): TagSource {
  const key = callerKey(caller)
  return {
    api,
    controlPlane,
    asker: JSON.stringify([team, key]),
    isOwn: (tags) => resolveTeam(policy, caller.claims, { restApiId, tags }).kind === 'team',
    take: () => quota.take(api, { team, caller: key }, 1),
    drain: () => quota.drain(api),
  }
}

function asOwner(visit: Visit, owner: OwnersVisit['owner']): OwnersVisit {
  return { ...visit, owner, attempt: { ...visit.attempt, team: owner.team } }
}

/** The visit, whose record says which tags the answer rests on. */
function rest(visit: Visit, tags: ApiTags, from: 'GetRestApi' | 'CreateRestApi', readAt: number): Visit {
  return { ...visit, attempt: { ...visit.attempt, ownership: { tags, from, readAt } } }
}

async function unread({ gate, attempt }: Visit, { answer }: Extract<TagsRead, { kind: 'unread' }>): Promise<Response> {
  const { requestId } = answer.upstream
  const upstream = {
    ...(requestId !== undefined && { requestId }),
    ...(answer.status !== undefined && { status: answer.status }),
  }
  const refusal = { reason: 'owner_unread', ...OWNER_UNREAD, upstream }
  const { id } = await recordDenial(gate.ledger, attempt, { refusal })
  return awsError(id, OWNER_UNREAD)
}
