import type { Step } from './step-clock.ts'

/** Does some work of one step, and shows it in a trace. Hands on what the work gives or throws. */
export type Span = <Result>(step: Step, work: () => Promise<Result>) => Promise<Result>

/** Where nobody traces. */
export const UNTRACED: Span = (_, work) => work()
