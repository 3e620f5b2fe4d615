import { type ApiError, notFound } from '../apigateway/api-error.ts'
import type { FoundOperation } from '../apigateway/operations.ts'
import type { UpstreamAnswer } from '../control-plane/control-plane.ts'
import { callOf, type OperationCall, readQuery, readWriteBody } from '../control-plane/operation-call.ts'
import type { Treatment } from '../control-plane/treatment.ts'
import type { WriteOperation } from '../control-plane/write-operations.ts'
import { decideOperation } from '../decision/decide-operation.ts'
import { recordDenial } from '../trail/denial.ts'
import { perform } from '../trail/perform.ts'
import { awsAnswer } from './aws-answer.ts'
import { changeAnswer } from './change-answer.ts'
import { judgingInForce } from './in-force.ts'
import { type OwnersVisit, settleNewApi, settleOwner } from './owner.ts'
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
  const query = readQuery(visit.query, treatment.query)
  if (!query.ok) return refuse(visit, 'invalid', query.error)
  const settled = await settleOwner(visit, 'read', unknownApi(visit, found))
  if (!settled.ok) return settled.response
  const { gate, attempt, owner } = settled.visit
  return recordedRead(settled.visit, owner.team, 1, async () => {
    const answer = await gate.controlPlane.read(callOf(found, { query: query.value }), deadlineSignal(visit))
    return readAnswer(attempt.id, answer)
  })
}

/** What is known of an API's tags doesn't outlive these, whatever came of them. */
const ENDS_TAGS: ReadonlySet<WriteOperation> = new Set(['UpdateRestApi', 'DeleteRestApi'])

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
  const query = readQuery(visit.query, [])
  if (!query.ok) return refuse(visit, 'invalid', query.error)
  const body = readWriteBody(found.operation, treatment.body, visit.body)
  if (!body.ok) return refuse(visit, 'invalid', body.error)
  const settled =
    found.operation === 'CreateRestApi'
      ? await settleNewApi(visit, body.value?.tags)
      : await settleOwner(visit, 'change', unknownApi(visit, found))
  return settled.ok ? write(settled.visit, found, body.value) : settled.response
}

async function write(
  visit: OwnersVisit,
  found: FoundOperation & { operation: WriteOperation },
  body: Record<string, unknown> | undefined,
): Promise<Response> {
  const { gate, attempt, invocation, owner } = visit
  const { restapi_id: restApiId = '', resource_id: resourceId, http_method: httpMethod } = found.params
  const request = {
    operation: found.operation,
    restApiId,
    ...(owner.tags && { tags: owner.tags }),
    ...(resourceId !== undefined && { resourceId }),
    ...(httpMethod !== undefined && { httpMethod }),
    body: body ?? {},
  }
  const { judge, again } = judgingInForce(visit, (policy, asked) => decideOperation(policy, request, asked))
  const decision = judge()
  if (decision.decision === 'deny') {
    const { id } = await recordDenial(gate.ledger, attempt, { decision })
    return denied(id, decision)
  }
  const call: OperationCall = callOf(found, body === undefined ? {} : { body })
  const own = { ...attempt, team: owner.team }
  return inTurn(visit, owner.team, 1, async () => {
    const allowed = { controlPlane: gate.controlPlane, deadline: invocation.deadline, call, decision, again }
    const result = await perform(gate.ledger, own, allowed).finally(() => {
      if (ENDS_TAGS.has(found.operation)) visit.tags.forget(gate.api, restApiId)
    })
    return changeAnswer(result, ({ status, document }) =>
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
