import { type FoundOperation, findOperation } from '../apigateway/operations.ts'
import { callOf } from '../control-plane/operation-call.ts'
import { RoleNotAssumed } from '../control-plane/role-not-assumed.ts'
import { targetPath } from '../control-plane/targets.ts'
import { TREATMENTS } from '../control-plane/treatment.ts'
import { WRITE_OPERATIONS, type WriteOperation } from '../control-plane/write-operations.ts'
import { resolveTeam } from '../decision/team.ts'
import type { Attempt } from '../trail/attempt.ts'
import { serveApiList } from './api-list.ts'
import type { ApiTagsReader } from './api-tags.ts'
import { addressed } from './ask.ts'
import { attemptOf, requestHash } from './attempt-of.ts'
import { authenticate } from './authenticate.ts'
import type { Gate, Invocation } from './gate.ts'
import { serveIntegration } from './integration-routes.ts'
import { serveNeighbourRead, serveNeighbourWrite } from './neighbour-routes.ts'
import { NO_TEAM, notServed, roleNotAssumed, turnedAway, UNKNOWN_OPERATION } from './refusals.ts'
import { refuse, type Visit } from './visit.ts'

/**
 * Serves the paths of API Gateway's control plane, from request to answer: who asks, what exactly, for whose API, is it
 * allowed. What becomes of each of the 124 operations stands in {@link TREATMENTS}. Every request ends in the trail; a
 * change is there before it is forwarded.
 *
 * `/targets/{name}/…` is the same for another account or Region.
 *
 * Order: token (401), caller's limit (429), team (403), operation (404, 403); the rest is for whoever serves the operation.
 */
export async function serveControlPlane(
  own: Gate,
  tags: ApiTagsReader,
  request: Request,
  invocation: Invocation,
): Promise<Response> {
  const { pathname, search } = new URL(request.url)
  const rawPath = invocation.rawPath ?? pathname
  const { gate, path } = addressee(own, rawPath)
  const id = gate.ledger.newId()
  const receivedAt = gate.now()
  const verified = await authenticate(gate, request.headers, invocation)
  if (!verified.ok) return turnedAway(id, verified.refusal)
  const { caller } = verified
  const policy = gate.policy()
  const query = search.slice(1)
  const found = findOperation(request.method, path, query)
  const body = await bodyOf(request)
  const owner = resolveTeam(policy, caller.claims, { restApiId: found?.params.restapi_id ?? '' })
  const attempt = attemptOf(
    gate,
    { id, receivedAt, caller, invocation, headers: request.headers },
    {
      action: found?.operation ?? 'UnknownOperation',
      policy: { revision: policy.published.revision, digest: policy.published.digest },
      // With the target: the same request to another one is another request.
      requestHash: requestHash(request.method, rawPath + search, body),
      ...(owner.kind === 'team' && { team: owner.team }),
      ...(found && { target: targetOf(found) }),
    },
  )
  if (owner.kind === 'no-team') return refuse({ gate, attempt }, 'no_team', NO_TEAM)
  if (!found) return refuse({ gate, attempt }, 'unknown_operation', UNKNOWN_OPERATION)
  const visit = { gate, caller, policy, attempt, invocation, tags, owner, query, body }
  try {
    return await serve(visit, found)
  } catch (error) {
    if (error instanceof RoleNotAssumed) return withoutRole(visit, error)
    throw error
  }
}

/** Says so, and tells whoever runs the gate why: recorded it is by then. */
function withoutRole({ gate, caller, attempt }: Visit, error: RoleNotAssumed): Response {
  const { roleArn, reason, recordId: id = attempt.id } = error
  const { account, region } = gate.api
  const isThere = ([, { api }]: [string, Pick<Gate, 'api'>]) => api.account === account && api.region === region
  const [target] = [...(gate.targets ?? [])].find(isThere) ?? [`${account}/${region}`]
  gate.log('target_role_not_assumed', { id, target, roleArn, reason })
  return roleNotAssumed(id, error, target, caller.roles.has('admin'))
}

/** A request that can have no body isn't asked for one, which would first make it a whole `Request`. */
async function bodyOf(request: Request): Promise<Uint8Array> {
  const { method } = request
  return method === 'GET' || method === 'HEAD' ? new Uint8Array() : new Uint8Array(await request.arrayBuffer())
}

/** The target that a path names (`/targets/{name}/restapis/…`), or the gate's own account. */
function addressee(gate: Gate, path: string): { gate: Gate; path: string } {
  const named = targetPath(path)
  const target = named && gate.targets?.get(named.name)
  // A target that isn't there leaves the path as it is, which no operation has.
  return target ? { gate: { ...gate, ...target }, path: named.rest } : { gate, path }
}

function serve(visit: Visit, found: FoundOperation): Promise<Response> {
  const treatment = TREATMENTS[found.operation]
  switch (treatment.kind) {
    case 'integration': {
      const address = addressed(found)
      return address ? serveIntegration(visit, address) : refuse(visit, 'unknown_operation', UNKNOWN_OPERATION)
    }
    case 'list-apis':
      return serveApiList(visit, found)
    case 'read':
      return serveNeighbourRead(visit, found, treatment)
    case 'write':
      return isWrite(found)
        ? serveNeighbourWrite(visit, found, treatment)
        : refuse(visit, 'operation_not_served', notServed(found.operation))
    case 'refused':
      return refuse(visit, 'operation_not_served', notServed(found.operation, treatment.why))
  }
}

function isWrite(found: FoundOperation): found is FoundOperation & { operation: WriteOperation } {
  return WRITE_OPERATIONS.some((operation) => operation === found.operation)
}

/** What the trail calls the thing that is asked about. An integration is named by its method alone. */
function targetOf(found: FoundOperation): Partial<Attempt['target']> {
  const { restapi_id: restApiId, resource_id: resourceId, http_method: httpMethod } = found.params
  return {
    ...(restApiId !== undefined && { restApiId }),
    ...(resourceId !== undefined && { resourceId }),
    ...(httpMethod !== undefined && { httpMethod }),
    ...(TREATMENTS[found.operation].kind !== 'integration' && { operationPath: callOf(found).path }),
  }
}
