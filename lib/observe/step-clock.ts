/** What a request waits for. `gate` is the rest: parsing, deciding, signing records. */
export const STEPS = ['identity', 'store', 'upstream', 'gate'] as const
export type Step = (typeof STEPS)[number]

/**
 * Says where the time of one request went. Each moment belongs to one step, so that the steps add up to the whole: to
 * the store while any of its calls is open (the fence runs inside a call upstream), else upstream, else to identity.
 */
export class StepClock {
  readonly ms: Record<Step, number> = { identity: 0, store: 0, upstream: 0, gate: 0 }
  #open: Record<Step, number> = { identity: 0, store: 0, upstream: 0, gate: 0 }
  #since: number
  #now: () => number

  /** @param now Milliseconds of a clock that never goes back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#since = now()
  }

  /** Counts the time until `work` settles. Its own promise is handed back: an async wrapper would cost another turn. */
  during<Result>(step: Step, work: () => Promise<Result>): Promise<Result> {
    const done = () => this.#turn(step, -1)
    this.#turn(step, 1)
    const result = work()
    result.then(done, done)
    return result
  }

  /** Ends the count. @returns Milliseconds since the clock was made. */
  stop(): number {
    this.#turn('gate', 0)
    return STEPS.reduce((sum, step) => sum + this.ms[step], 0)
  }

  #turn(step: Step, by: 1 | -1 | 0): void {
    const now = this.#now()
    const { store, upstream, identity } = this.#open
    const current = store > 0 ? 'store' : upstream > 0 ? 'upstream' : identity > 0 ? 'identity' : 'gate'
    this.ms[current] += now - this.#since
    this.#since = now
    this.#open[step] += by
  }
}
