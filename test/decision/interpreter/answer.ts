/**
 * What the interpreter says to one question: `true`, `false`, or `undefined` where policy.md leaves the question open.
 * An open question is never decided by guessing: the interpreter then has no opinion on that rule.
 */
export type Answer = boolean | undefined

/** True if all are; one refusal settles it. */
export function all(...answers: readonly Answer[]): Answer {
  if (answers.includes(false)) return false
  return answers.includes(undefined) ? undefined : true
}

/** True if one is. */
export function any(answers: readonly Answer[]): Answer {
  if (answers.includes(true)) return true
  return answers.includes(undefined) ? undefined : false
}

export function not(answer: Answer): Answer {
  return answer === undefined ? undefined : !answer
}
