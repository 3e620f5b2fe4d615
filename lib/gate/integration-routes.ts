import { notFound } from '../apigateway/api-error.ts'
import { checkForm } from '../apigateway/form.ts'
import type { Integration, MethodPath } from '../apigateway/integration.ts'
import type { UpstreamIntegration } from '../control-plane/control-plane.ts'
import { decide } from '../decision/decide.ts'
import type { Decision } from '../decision/decision.ts'
import { ownershipDecision } from '../decision/ownership.ts'
import { MOST_CALLS } from '../fairness/shares.ts'
import { change } from '../trail/change.ts'
import { recordDenial } from '../trail/denial.ts'
import { type Ask, type IntegrationOperation, understand } from './ask.ts'
import { awsAnswer, awsError } from './aws-answer.ts'
import { changeAnswer } from './change-answer.ts'
import { judgingInForce } from './in-force.ts'
import { type OwnersVisit, settleOwner } from './owner.ts'
import { type ChangeAsk, prepare } from './prepare.ts'
import { upstreamRefusal, upstreamSilence } from './refusals.ts'
import { deadlineSignal, denied, inTurn, recordedRead, refuse, type Visit } from './visit.ts'

/**
 * Serves PutIntegration, GetIntegration, UpdateIntegration and DeleteIntegration: form that API Gateway checks before it
 * looks anything up (400), ownership (404), the rest of the form (400), policy (403).
 */
export async function serveIntegration(
  visit: Visit,
  address: { operation: IntegrationOperation; target: MethodPath },
): Promise<Response> {
  const ask = understand(address, visit.body)
  if ('error' in ask) return refuse(visit, 'invalid', ask.error)
  const use = ask.operation === 'GetIntegration' ? 'read' : 'change'
  const settled = await settleOwner(visit, use, notFound('Invalid Resource identifier specified'))
  if (!settled.ok) return settled.response
  const error = ask.operation === 'PutIntegration' ? checkForm(ask.integration, visit.gate.api) : undefined
  if (error) return refuse(settled.visit, 'invalid', error)
  return ask.operation === 'GetIntegration' ? serveRead(settled.visit, ask) : serveChange(settled.visit, ask)
}

async function serveRead(
  visit: OwnersVisit,
  { target }: Extract<Ask, { operation: 'GetIntegration' }>,
): Promise<Response> {
  const { gate, attempt } = visit
  return recordedRead(visit, visit.owner.team, 1, async () => {
    const answer = await gate.controlPlane.getIntegration(target, deadlineSignal(visit))
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
  })
}

async function serveChange(visit: OwnersVisit, ask: ChangeAsk): Promise<Response> {
  const { gate, attempt } = visit
  const judging = judgingOf(visit, ask.target)
  // What is refused whatever it would replace costs no call upstream.
  if (ask.operation === 'PutIntegration') {
    const decision = judging.judge(ask.integration, undefined)
    if (decision.decision === 'deny') {
      const { id } = await recordDenial(gate.ledger, attempt, { decision, intended: ask.integration })
      return denied(id, decision)
    }
  }
  return inTurn(visit, visit.owner.team, MOST_CALLS, () => sendChange(visit, ask, judging))
}

async function sendChange(
  { gate, attempt, invocation, owner }: OwnersVisit,
  ask: ChangeAsk,
  { judge, again }: ReturnType<typeof judgingOf>,
): Promise<Response> {
  const result = await change(
    gate.ledger,
    { ...attempt, team: owner.team, target: { ...attempt.target, ...ask.target } },
    {
      controlPlane: gate.controlPlane,
      deadline: invocation.deadline,
      prepare: (before) => prepare(ask, withoutResponses(before), judge, gate.api),
      again: (intended, before) => again(intended, withoutResponses(before)),
    },
  )
  return changeAnswer(result, ({ integration = {} }) =>
    ask.operation === 'DeleteIntegration'
      ? { status: 204 }
      : { status: ask.operation === 'PutIntegration' ? 201 : 200, body: integration },
  )
}

/** The policy in force, asked about this method. A deletion brings nothing about that a rule could speak of. */
function judgingOf(visit: OwnersVisit, target: MethodPath) {
  const { tags } = visit.owner
  const { partition, region } = visit.gate.api
  return judgingInForce(
    visit,
    (policy, asked, integration: Integration | null, before: Integration | null | undefined): Decision =>
      integration === null
        ? ownershipDecision(policy, asked)
        : decide(
            policy,
            {
              ...target,
              ...(tags && { tags }),
              integration,
              ...(before !== undefined && { before }),
              partition,
              region,
            },
            asked,
          ),
  )
}

function withoutResponses(upstream: UpstreamIntegration | null): Integration | null {
  if (!upstream) return null
  const { integrationResponses: _, ...integration } = upstream
  return integration
}
