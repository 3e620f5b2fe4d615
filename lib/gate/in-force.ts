import type { CompiledPolicy } from '../decision/compile/compiled-policy.ts'
import type { Decision } from '../decision/decision.ts'
import { refusedFor } from '../decision/judge-asked.ts'
import type { Asked } from '../decision/judged.ts'
import { resolveTeam } from '../decision/team.ts'
import type { OwnersVisit } from './owner.ts'

/** Decides as often as a request needs it, each time by the policy in force then. */
export interface Judging<Question extends readonly unknown[]> {
  judge(...question: Question): Decision
  /** Decides again where the policy in force isn't the one decided by last; `undefined` where it is. */
  again(...question: Question): Decision | undefined
}

/**
 * A request can wait, for a look-up or for its turn, while another policy comes into force. What is sent is what the newest
 * one allows: also whose the API is, is asked anew then. Policies are told apart as objects, since one digest can come with
 * other exceptions.
 *
 * @param decide What the policy says, if the caller's team is still the owner.
 */
export function judgingInForce<Question extends readonly unknown[]>(
  visit: OwnersVisit,
  decide: (policy: CompiledPolicy, asked: Asked, ...question: Question) => Decision,
): Judging<Question> {
  const { gate, caller, attempt, owner } = visit
  const restApiId = attempt.target.restApiId ?? ''
  let last: CompiledPolicy | undefined

  function judge(...question: Question): Decision {
    const policy = gate.policy()
    last = policy
    const isNewer = policy !== visit.policy
    const now = isNewer ? gate.now() : attempt.receivedAt
    const asked: Asked = { team: owner.team, claims: caller.claims, point: 'request', now }
    return isNewer && !isStillOwner(policy) ? refusedFor(policy, asked, NOT_OWNER) : decide(policy, asked, ...question)
  }

  function isStillOwner(policy: CompiledPolicy): boolean {
    const { tags } = owner
    const now = resolveTeam(policy, caller.claims, { restApiId, ...(tags && { tags }) })
    return now.kind === 'team' && now.team === owner.team
  }

  return { judge, again: (...question) => (gate.policy() === last ? undefined : judge(...question)) }
}

/** Says nothing of the API or the policy. */
const NOT_OWNER = { rule: 'intrinsic.owner', field: '', message: 'The team has no such API.' }
