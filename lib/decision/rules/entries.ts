import { patternOf } from '../../policy/patterns/parse.ts'
import type { Pattern, PatternKind } from '../../policy/patterns/pattern.ts'
import { expand, type Lists } from '../compile/lists.ts'

/** The entries of a list as patterns, named lists expanded. What was published parses. */
export function patternsOf(kind: PatternKind, entries: readonly string[], lists: Lists): readonly Pattern[] {
  return expand(entries, lists).map((text) => patternOf(kind, text))
}

/** As {@link patternsOf}, under a name that stays absent where nothing is written. */
export function named<Name extends string>(
  name: Name,
  kind: PatternKind,
  entries: readonly string[] | undefined,
  lists: Lists,
): { [N in Name]?: readonly Pattern[] } {
  return entries === undefined
    ? {}
    : ({ [name]: patternsOf(kind, entries, lists) } as { [N in Name]: readonly Pattern[] })
}
