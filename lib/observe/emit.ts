/**
 * Writes one line to the function's log. Past the console: Lambda puts words before what the console prints, and a line
 * that isn't JSON as a whole carries no metrics.
 */
export function emit(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
