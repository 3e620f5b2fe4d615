/**
 * A date or instant of a document in Unix milliseconds; a date is its first instant in UTC. `undefined` for what the
 * calendar doesn't have (30 February).
 */
export function instantOf(text: string): number | undefined {
  const millis = Date.parse(text.length === 10 ? `${text}T00:00:00Z` : text)
  if (Number.isNaN(millis)) return undefined
  return new Date(millis).toISOString().slice(0, 10) === text.slice(0, 10) ? millis : undefined
}
