import type { Decision } from '../decision/decision.ts'

/** A decision as its caller may see it: without the rules that are only being tried out. */
export type PublicDecision = Omit<Decision, 'dryRun' | 'moreDryRun' | 'team'> & { decisionId: string }

export function publicDecision(decisionId: string, decision: Decision): PublicDecision {
  const { dryRun: _dryRun, moreDryRun: _more, team: _team, ...shown } = decision
  return { decisionId, ...shown }
}

const MAX_HEADER = 1_000

/**
 * What a caller is warned of on an answer whose body belongs to API Gateway: `sallyport-warnings`, one `rule: message`
 * after another, in printable ASCII as header values must be.
 */
export function warningHeader({ warnings }: Decision): Record<string, string> {
  if (warnings.length === 0) return {}
  const text = warnings.map(({ rule, message }) => `${rule}: ${message}`).join(' ')
  return { 'sallyport-warnings': text.replace(/[^\x20-\x7e]/g, '?').slice(0, MAX_HEADER) }
}
