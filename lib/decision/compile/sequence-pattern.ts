import { compileName, matchesName, type NamePattern } from './name-pattern.ts'

/**
 * A pattern for a sequence of labels or segments. `**` is one or more whole elements; each other element is a
 * {@link NamePattern} for exactly one. Kept as the runs between the `**`s: two runs for one `**`.
 */
export interface SequencePattern {
  runs: NamePattern[][]
}

export function compileSequence(elements: readonly string[]): SequencePattern {
  let run: NamePattern[] = []
  const runs = [run]
  for (const element of elements) {
    if (element === '**') {
      run = []
      runs.push(run)
    } else {
      run.push(compileName(element))
    }
  }
  return { runs }
}

/**
 * Whether the sequence matches as a whole. A run has a fixed length, so the leftmost place for each is always right and
 * no choice is undone: at most (elements × longest run) comparisons.
 *
 * @param open Whether more, unknown elements follow `values`. Then only a pattern that ends in `**` matches, whatever
 *   they turn out to be.
 */
export function matchesSequence(pattern: SequencePattern, values: readonly string[], open = false): boolean {
  const { runs } = pattern
  const first = runs[0] ?? []
  const final = runs.length - 1
  if (!runMatchesAt(first, values, 0)) return false
  if (final === 0) return !open && values.length === first.length
  let at = first.length
  for (let index = 1; index < final; index++) {
    const run = runs[index] ?? []
    let found = at + 1
    while (found + run.length <= values.length && !runMatchesAt(run, values, found)) found++
    if (found + run.length > values.length) return false
    at = found + run.length
  }
  const last = runs[final] ?? []
  if (open) return last.length === 0
  return at + 1 + last.length <= values.length && runMatchesAt(last, values, values.length - last.length)
}

/** Whether some continuation of `values` could match. Errs towards yes. */
export function mayMatchSequence(pattern: SequencePattern, values: readonly string[]): boolean {
  const first = pattern.runs[0] ?? []
  for (const [index, value] of values.entries()) {
    const element = first[index]
    if (element === undefined) return pattern.runs.length > 1
    if (!matchesName(element, value)) return false
  }
  return pattern.runs.length > 1 || first.length > values.length
}

function runMatchesAt(run: readonly NamePattern[], values: readonly string[], at: number): boolean {
  if (at + run.length > values.length) return false
  for (let index = 0; index < run.length; index++) {
    const element = run[index]
    const value = values[at + index]
    if (element === undefined || value === undefined || !matchesName(element, value)) return false
  }
  return true
}
