import { readdirSync, readFileSync } from 'node:fs'

/**
 * Milliseconds of processor time that all threads of a process have had so far; `NaN` where there is no `/proc`. Steadier
 * than the time that passes where others want the machine too.
 */
export function processorTimeMs(pid: number): number {
  try {
    const threads = readdirSync(`/proc/${pid}/task`)
    const nanoseconds = threads.map((thread) =>
      Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
    )
    return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e6
  } catch {
    return Number.NaN
  }
}
