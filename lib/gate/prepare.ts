import { type ApiError, notFound } from '../apigateway/api-error.ts'
import { checkForm, type FormContext } from '../apigateway/form.ts'
import type { Integration } from '../apigateway/integration.ts'
import { applyPatch } from '../apigateway/patch.ts'
import type { Change } from '../control-plane/control-plane.ts'
import type { Decision } from '../decision/decision.ts'
import type { Ask } from './ask.ts'

/** An ask that would change something. */
export type ChangeAsk = Exclude<Ask, { operation: 'GetIntegration' }>

/** What is to be done with a change, once what it would replace is known. */
export type Prepared =
  | { kind: 'forward'; change: Change; intended: Integration | null; decision: Decision }
  | { kind: 'deny'; decision: Decision; intended: Integration | null }
  | { kind: 'invalid'; error: ApiError }

/**
 * Judges a change by its outcome: a Put by what it says, an update by what its operations make of the integration that
 * is there, a deletion by who owns the API.
 *
 * Pure; `judge` is the policy in force, asked about one integration in place of another.
 *
 * @param account What is known of the API's account.
 */
export function prepare(
  ask: ChangeAsk,
  before: Integration | null,
  judge: (integration: Integration | null, before: Integration | null) => Decision,
  account: Pick<FormContext, 'maxTimeoutMillis'> = {},
): Prepared {
  switch (ask.operation) {
    case 'PutIntegration':
      return outcome(ask, ask.integration, before, judge)
    case 'UpdateIntegration': {
      if (!before) return { kind: 'invalid', error: notFound('Invalid Integration identifier specified') }
      const patched = applyPatch(before, ask.patchOperations)
      if (!patched.ok) return { kind: 'invalid', error: patched.error }
      const error = checkForm(patched.value, account)
      return error ? { kind: 'invalid', error } : outcome(ask, patched.value, before, judge)
    }
    case 'DeleteIntegration':
      if (!before) return { kind: 'invalid', error: notFound('Invalid Integration identifier specified') }
      return outcome(ask, null, before, judge)
  }
}

function outcome(
  ask: ChangeAsk,
  intended: Integration | null,
  before: Integration | null,
  judge: (integration: Integration | null, before: Integration | null) => Decision,
): Prepared {
  const decision = judge(intended, before)
  return decision.decision === 'deny'
    ? { kind: 'deny', decision, intended }
    : { kind: 'forward', change: ask, intended, decision }
}
