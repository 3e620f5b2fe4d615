import type { UpstreamIntegration } from '../control-plane/control-plane.ts'
import type { CompiledPolicy } from '../decision/compiled-policy.ts'
import { decide } from '../decision/decide.ts'
import type { Decision } from '../decision/decision.ts'
import { ownershipDecision } from '../decision/ownership.ts'
import { refusalLine } from '../decision/refusal-line.ts'
import { resolveTeam } from '../decision/team.ts'
import type { Caller } from '../identity/caller.ts'
import { type ApiError, notFound } from '../integration/api-error.ts'
import { checkForm } from '../integration/form.ts'
import type { Integration, MethodPath } from '../integration/integration.ts'
import type { Attempt } from '../trail/attempt.ts'
import { change } from '../trail/change.ts'
import type { ChangeResult } from '../trail/course.ts'
import { recordDenial, recordRead } from '../trail/denial.ts'
import { StoreUnavailable } from '../trail/store.ts'
import { type Addressed, type Ask, addressed, understand } from './ask.ts'
import { attemptOf, requestHash } from './attempt-of.ts'
import { authenticate } from './authenticate.ts'
import { awsAnswer, awsError } from './aws-answer.ts'
import type { Gate, Invocation } from './gate.ts'
import { type ChangeAsk, prepare } from './prepare.ts'
import { publicDecision, warningHeader } from './public-decision.ts'
import {
  busy,
  NO_TEAM,
  notServed,
  OTHER_REQUEST,
  TRAIL_UNAVAILABLE,
  UNKNOWN_OPERATION,
  unauthenticated,
  upstreamRefusal,
  upstreamSilence,
} from './refusals.ts'

/** One authenticated request and the policy version it meets. */
interface Visit {
  gate: Gate
  caller: Caller
  policy: CompiledPolicy
  attempt: Attempt
  invocation: Invocation
}

/**
 * Serves the paths of API Gateway's control plane, from request to answer: who asks, what exactly, for whose API, is it
 * allowed. Whatever isn't PutIntegration, GetIntegration, UpdateIntegration or DeleteIntegration is refused. Every
 * request ends in the trail; a change is there before it is forwarded.
 *
 * Order: token (401), team (403), form that API Gateway checks before it looks anything up (400), ownership (404), the
 * rest of the form (400), policy (403).
 */
export async function serveControlPlane(gate: Gate, request: Request, invocation: Invocation): Promise<Response> {
  const id = gate.ledger.newId()
  const receivedAt = gate.now()
  const verified = await authenticate(gate, request.headers, invocation)
  if (!verified.ok) return unauthenticated(id, verified.refusal)
  const { caller } = verified
  const policy = gate.policy()
  const { pathname, search } = new URL(request.url)
  const path = invocation.rawPath ?? pathname
  const address = addressed(request.method, path, search.slice(1))
  const body = new Uint8Array(await request.arrayBuffer())
  const owner = resolveTeam(policy, caller.claims, address?.target?.restApiId ?? '')
  const attempt = attemptOf(
    gate,
    { id, receivedAt, caller, invocation, headers: request.headers },
    {
      action: address?.operation ?? 'UnknownOperation',
      policy: { revision: policy.published.revision, digest: policy.published.digest },
      requestHash: requestHash(request.method, path + search, body),
      ...(owner.kind === 'team' && { team: owner.team }),
      ...(address?.target && { target: address.target }),
    },
  )
  const visit: Visit = { gate, caller, policy, attempt, invocation }

  if (owner.kind === 'no-team') return refuse(visit, 'no_team', NO_TEAM)
  if (!address) return refuse(visit, 'unknown_operation', UNKNOWN_OPERATION)
  if (!isServed(address)) return refuse(visit, 'operation_not_served', notServed(address.operation))
  const ask = understand(address, body)
  if ('error' in ask) return refuse(visit, 'invalid', ask.error)
  if (owner.kind === 'not-owner') return refuse(visit, 'not_owner', notFound('Invalid Resource identifier specified'))
  const error = ask.operation === 'PutIntegration' ? checkForm(ask.integration) : undefined
  if (error) return refuse(visit, 'invalid', error)
  return ask.operation === 'GetIntegration' ? serveRead(visit, ask) : serveChange(visit, ask, owner.team)
}

function isServed(address: Addressed): address is Extract<Addressed, { target: MethodPath }> {
  return address.target !== undefined
}

async function refuse({ gate, attempt }: Visit, reason: string, error: ApiError): Promise<Response> {
  const { id } = await recordDenial(gate.ledger, attempt, { refusal: { reason, ...error } })
  return awsError(id, error)
}

async function serveRead(visit: Visit, { target }: Extract<Ask, { operation: 'GetIntegration' }>): Promise<Response> {
  const { gate, attempt, invocation } = visit
  try {
    await recordRead(gate.ledger, attempt)
  } catch (error) {
    if (error instanceof StoreUnavailable) return awsError(attempt.id, TRAIL_UNAVAILABLE)
    throw error
  }
  const signal = AbortSignal.timeout(Math.max(invocation.deadline - gate.now(), 1))
  const answer = await gate.controlPlane.getIntegration(target, signal)
  switch (answer.kind) {
    case 'done':
      return answer.integration
        ? awsAnswer(attempt.id, 200, answer.integration)
        : awsError(attempt.id, notFound('Invalid Integration identifier specified'))
    case 'refused':
      return upstreamRefusal(attempt.id, answer)
    case 'unknown':
      return upstreamSilence(attempt.id, answer, false)
  }
}

async function serveChange(visit: Visit, ask: ChangeAsk, team: string): Promise<Response> {
  const { gate, attempt, invocation } = visit
  const judge = judgeOf(visit, ask.target, team)
  // What is refused whatever it would replace costs no call upstream.
  if (ask.operation === 'PutIntegration') {
    const decision = judge(ask.integration, undefined)
    if (decision.decision === 'deny') {
      const { id } = await recordDenial(gate.ledger, attempt, { decision, intended: ask.integration })
      return denied(id, decision)
    }
  }
  const result = await change(
    gate.ledger,
    { ...attempt, team, target: { ...attempt.target, ...ask.target } },
    {
      controlPlane: gate.controlPlane,
      deadline: invocation.deadline,
      prepare: (before) => prepare(ask, withoutResponses(before), judge),
    },
  )
  return changeAnswer(ask, result)
}

/** The policy in force, asked about this method. A deletion brings nothing about that a rule could speak of. */
function judgeOf({ gate, policy, caller, attempt }: Visit, target: MethodPath, team: string) {
  const { partition, region } = gate.api
  const asked = { team, claims: caller.claims, point: 'request' as const, now: attempt.receivedAt }
  return (integration: Integration | null, before: Integration | null | undefined): Decision =>
    integration === null
      ? ownershipDecision(policy, asked)
      : decide(policy, { ...target, integration, ...(before !== undefined && { before }), partition, region }, asked)
}

function withoutResponses(upstream: UpstreamIntegration | null): Integration | null {
  if (!upstream) return null
  const { integrationResponses: _, ...integration } = upstream
  return integration
}

function changeAnswer(ask: ChangeAsk, result: ChangeResult): Response {
  const { id } = result
  switch (result.kind) {
    case 'denied':
      return denied(id, result.decision)
    case 'invalid':
      return awsError(id, result.error)
    case 'busy':
      return awsError(id, busy(result.openId), {}, { 'retry-after': String(result.retryAfterSeconds) })
    case 'mismatch':
      return awsError(id, OTHER_REQUEST)
    case 'unavailable':
      return awsError(id, TRAIL_UNAVAILABLE)
    case 'unread':
      return result.answer.kind === 'refused'
        ? upstreamRefusal(id, result.answer)
        : upstreamSilence(id, result.answer, false)
    case 'replayed':
      return upstreamAnswer(ask, result, { 'audit-outcome': 'replayed' })
    case 'answered': {
      const { commit, decision, deferred } = result
      return upstreamAnswer(ask, result, {
        'audit-commit': commit,
        ...(deferred && { 'audit-outcome': 'deferred' }),
        ...warningHeader(decision),
      })
    }
  }
}

function upstreamAnswer(
  { operation }: ChangeAsk,
  { id, answer }: Extract<ChangeResult, { kind: 'answered' | 'replayed' }>,
  headers: Record<string, string>,
): Response {
  switch (answer.kind) {
    case 'refused':
      return upstreamRefusal(id, answer, headers)
    case 'unknown':
      return upstreamSilence(id, answer, true)
    case 'done':
      if (operation === 'DeleteIntegration') return awsAnswer(id, 204, undefined, headers)
      return awsAnswer(id, operation === 'PutIntegration' ? 201 : 200, answer.integration ?? {}, headers)
  }
}

/** The full list travels beside the one-line message, for whoever reads the body. */
function denied(id: string, decision: Decision): Response {
  const error: ApiError = { type: 'AccessDeniedException', status: 403, message: refusalLine(decision) }
  return awsError(id, error, publicDecision(id, decision))
}
