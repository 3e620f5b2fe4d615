import type { Timeout } from '../../../lib/policy/document/sections.ts'
import type { Answer } from './answer.ts'
import type { Facts } from './facts.ts'
import { type Finding, finding } from './finding.ts'

/** No section: 29,000 ms alone. `maxMillis` unnamed: 29,000 at most. `minMillis` unnamed: API Gateway's own least. */
export function timeoutAllowed(section: Timeout | undefined, facts: Facts): Finding[] {
  const { timeout } = facts.effective
  if (facts.effective.integration.type === 'MOCK') return [finding('max', timeoutOfMock(section, facts))]
  if (section === undefined) return [finding('max', timeout === 29_000)]
  const { minMillis, maxMillis } = section
  if (minMillis === undefined && maxMillis === undefined) return [finding('max', timeout === 29_000 ? true : undefined)]
  return [finding('max', timeout <= (maxMillis ?? 29_000)), finding('min', timeout >= (minMillis ?? 50))]
}

/** A MOCK waits for nothing, so that its timeout never takes effect; whether it is judged is not settled. */
function timeoutOfMock(section: Timeout | undefined, { effective }: Facts): Answer {
  const { minMillis = 29_000, maxMillis = 29_000 } = section ?? {}
  return effective.timeout >= minMillis && effective.timeout <= maxMillis ? true : undefined
}

export function timeoutInBounds(bounds: Timeout | undefined, { effective, backend }: Facts): Answer {
  if (backend.kind === 'none' && bounds !== undefined) return undefined
  return effective.timeout <= (bounds?.maxMillis ?? Infinity) && effective.timeout >= (bounds?.minMillis ?? 0)
}
