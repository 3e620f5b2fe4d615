import { sameFingerprint } from './attempt.ts'
import type { Fingerprint, Result } from './record.ts'

/** What a look at the target tells of an attempt whose answer was lost. */
export type Settlement =
  /** Nothing certain yet: look again later. */
  | { kind: 'wait' }
  /** The outcome is known. The claim stays while the request could still arrive. */
  | { kind: 'settled'; result: Result; release: boolean }

/**
 * Settles an attempt that passed the fence, by what is there now.
 *
 * @param observed `undefined` where the method or API is gone.
 * @param expired Whether the signed request can no longer be accepted.
 */
export function settle(
  { before, intended }: { before: Fingerprint; intended: Fingerprint },
  observed: Fingerprint | undefined,
  expired: boolean,
): Settlement {
  const changes = !sameFingerprint(before, intended)
  // Nobody else may change the method meanwhile, so what it has become is this attempt's work.
  if (observed && changes && sameFingerprint(observed, intended)) {
    return { kind: 'settled', result: 'APPLIED', release: expired }
  }
  if (!expired) return { kind: 'wait' }
  return { kind: 'settled', result: resultAfterGrace(), release: true }

  function resultAfterGrace(): Result {
    if (!observed) return 'TARGET_GONE'
    if (sameFingerprint(observed, intended)) return 'NOOP_OR_APPLIED'
    return changes && sameFingerprint(observed, before) ? 'NOT_APPLIED' : 'SUPERSEDED'
  }
}
