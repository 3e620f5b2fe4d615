import { type Path, type Problem, pointerTo } from './problem.ts'
import type { Source } from './source.ts'

/** Something wrong with a parsed document, before it is known on which line it stands. */
export interface Finding {
  path: Path
  /** Whether a member's key or its value is at fault; for an entry of a list both are the entry. */
  at: 'key' | 'value'
  message: string
  suggestion?: string
}

export function toProblem({ path, at, message, suggestion }: Finding, source: Source): Problem {
  const [line, column] = source.place(path, at)
  const problem = { file: source.file, line, column, pointer: pointerTo(path), message }
  return suggestion === undefined ? problem : { ...problem, suggestion }
}
