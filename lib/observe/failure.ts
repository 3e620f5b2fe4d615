const MOST_FRAMES = 12

/**
 * What a log may hold of an error that nobody expected: what kind it is, and where it came from. Not its message, which
 * can quote what a caller sent (`JSON.parse` does).
 */
export function failureOf(error: unknown): { name: string; at: string[] } {
  if (!(error instanceof Error)) return { name: typeof error, at: [] }
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '))
  return { name: error.name.slice(0, 64), at: frames.slice(0, MOST_FRAMES).map((line) => line.trim()) }
}
