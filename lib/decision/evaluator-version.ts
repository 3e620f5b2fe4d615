/**
 * Names the rules of evaluation, in every decision: raised when the same policy, request and clock may be decided
 * differently than before.
 */
export const EVALUATOR_VERSION = '1'
