import { type Problem, problemLine } from '../policy/document/problem.ts'

/** A command that can't do what it is asked: exit code 2, and lines for the person at the terminal. */
export class CannotJudge extends Error {
  override name = 'CannotJudge'
}

/** @param problems At least one. */
export function withProblems(problems: readonly Problem[]): CannotJudge {
  return new CannotJudge(problems.map(problemLine).join('\n'))
}
