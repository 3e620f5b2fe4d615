import type { Problem } from '../policy/problem.ts'

/** A command that can't do what it is asked: exit code 2, and lines for the person at the terminal. */
export class CannotJudge extends Error {
  override name = 'CannotJudge'
}

/** @param problems At least one. */
export function withProblems(problems: readonly Problem[]): CannotJudge {
  return new CannotJudge(problems.map(problemLine).join('\n'))
}

/** `file:line:column: message`, as compilers and editors have it. */
export function problemLine({ file, line, column, message, suggestion }: Problem): string {
  return `${file}:${line}:${column}: ${message}${suggestion === undefined ? '' : ` ${suggestion}`}`
}
