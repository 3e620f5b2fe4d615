import type { Decision } from '../decision/decision.ts'

/** A policy that came into force after the intent denies what was about to be sent. */
export class NoLongerAllowed extends Error {
  override name = 'NoLongerAllowed'
  readonly decision: Decision
  constructor(decision: Decision) {
    super('A policy that came into force meanwhile does not allow it')
    this.decision = decision
  }
}
