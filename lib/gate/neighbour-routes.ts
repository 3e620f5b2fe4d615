import type { UpstreamAnswer } from '../control-plane/control-plane.ts'
import { callOf, type OperationCall, readQuery, readWriteBody } from '../control-plane/operation-call.ts'
import type { Treatment } from '../control-plane/treatment.ts'
import type { WriteOperation } from '../control-plane/write-operations.ts'
import { decideOperation } from '../decision/decide-operation.ts'
import { type ApiError, notFound } from '../integration/api-error.ts'
import type { FoundOperation } from '../integration/operations.ts'
import { recordDenial } from '../trail/denial.ts'
import { perform } from '../trail/perform.ts'
import { awsAnswer } from './aws-answer.ts'
import { changeAnswer } from './change-answer.ts'
import { upstreamRefusal, upstreamSilence } from './refusals.ts'
import { deadlineSignal, denied, inTurn, recordedRead, refuse, type Visit } from './visit.ts'

type ReadTreatment = Extract<Treatment, { kind: 'read' }>
type WriteTreatment = Extract<Treatment, { kind: 'write' }>

/** Serves a read of something beside integrations: of a team's own API, recorded first, with API Gateway's answer as it is. */
export async function serveNeighbourRead(
  visit: Visit,
  found: FoundOperation,
  treatment: ReadTreatment,
): Promise<Response> {
  const { gate, attempt, owner } = visit
  const query = readQuery(visit.query, treatment.query)
  if (!query.ok) return refuse(visit, 'invalid', query.error)
  if (owner.kind === 'not-owner') return refuse(visit, 'not_owner', unknownApi(visit, found))
  return recordedRead(visit, owner.team, 1, async () => {
    const answer = await gate.controlPlane.read(callOf(found, { query: query.value }), deadlineSignal(visit))
    return readAnswer(attempt.id, answer)
  })
}

/** What a caller is told of a read. */
export function readAnswer(id: string, answer: UpstreamAnswer): Response {
  switch (answer.kind) {
    case 'done':
      return awsAnswer(id, answer.status, Object(answer.document ?? {}))
    case 'refused':
      return upstreamRefusal(id, answer)
    case 'unknown':
      return upstreamSilence(id, answer, false)
  }
}

/** Serves a write beside integrations: where the policy lists the operation and what it would bring about is harmless. */
export async function serveNeighbourWrite(
  visit: Visit,
  found: FoundOperation & { operation: WriteOperation },
  treatment: WriteTreatment,
): Promise<Response> {
  const { gate, policy, caller, attempt, invocation, owner } = visit
  const query = readQuery(visit.query, [])
  if (!query.ok) return refuse(visit, 'invalid', query.error)
  const body = readWriteBody(found.operation, treatment.body, visit.body)
  if (!body.ok) return refuse(visit, 'invalid', body.error)
  if (owner.kind === 'not-owner') return refuse(visit, 'not_owner', unknownApi(visit, found))

  const { restapi_id: restApiId = '', http_method: httpMethod } = found.params
  const request = {
    operation: found.operation,
    restApiId,
    ...(httpMethod !== undefined && { httpMethod }),
    body: body.value ?? {},
  }
  const asked = { team: owner.team, claims: caller.claims, point: 'request' as const, now: attempt.receivedAt }
  const decision = decideOperation(policy, request, asked)
  if (decision.decision === 'deny') {
    const { id } = await recordDenial(gate.ledger, attempt, { decision })
    return denied(id, decision)
  }
  const call: OperationCall = callOf(found, body.value === undefined ? {} : { body: body.value })
  const own = { ...attempt, team: owner.team, target: { ...attempt.target, restApiId } }
  return inTurn(visit, owner.team, 1, async () => {
    const allowed = { controlPlane: gate.controlPlane, deadline: invocation.deadline, call, decision }
    return changeAnswer(await perform(gate.ledger, own, allowed), ({ status, document }) =>
      document === undefined ? { status } : { status, body: Object(document) },
    )
  })
}

/** The answer to an id that isn't the caller's, which an id that doesn't exist gets as well. */
function unknownApi({ attempt }: Visit, { params }: FoundOperation): ApiError {
  const isBelow = params.resource_id !== undefined || params.parent_id !== undefined
  return notFound(
    isBelow
      ? 'Invalid Resource identifier specified'
      : `Invalid API identifier specified ${attempt.target.account}:${params.restapi_id}`,
  )
}
