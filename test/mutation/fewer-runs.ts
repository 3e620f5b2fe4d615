import type { IRawProperty, Parameters } from 'fast-check'
import { vi } from 'vitest'

/** Of the runs of a slow property (it compiles a policy in each), one in so many is enough for a mutant. */
const ONE_IN = 10
const DEFAULT_RUNS = 1000
/** Always the same runs, so that scores can be compared. */
const SEED = 1

vi.mock('fast-check', async (importOriginal) => {
  const fastCheck = await importOriginal<typeof import('fast-check')>()
  const assert = (property: IRawProperty<unknown>, parameters: Parameters<unknown> = {}) => {
    const numRuns = Math.ceil((parameters.numRuns ?? DEFAULT_RUNS) / ONE_IN)
    return fastCheck.assert(property, { ...parameters, ...(property.isAsync() && { numRuns }), seed: SEED })
  }
  return { ...fastCheck, assert }
})
