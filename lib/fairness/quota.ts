import type { Item, Store } from '../trail/store.ts'
import type { Limits, Turn } from './bucket.ts'
import { type Asker, drained, GATE_LIMITS, type Shares, takeTurn } from './shares.ts'

/** Whose ten calls a second they are. */
export interface Account {
  account: string
  region: string
}

/** The calls that may be made to API Gateway, shared between teams, and a team's between its callers. */
export interface Quota {
  /**
   * Takes a caller's turn, or says when to try again.
   *
   * @throws {StoreUnavailable} where it isn't known what others took.
   */
  take(of: Account, asker: Asker, calls: number): Promise<Turn>
  /** API Gateway said 429 all the same. Never throws. */
  drain(of: Account): Promise<void>
}

/** For a control plane without a quota, such as the embedded one. */
export const UNLIMITED: Quota = {
  take: async () => ({ ok: true }),
  drain: async () => {},
}

interface SharesItem extends Item, Shares {
  rev: number
}

/** Tries before someone who lost every race is told to come back: so many gates at once are too many anyway. */
const TRIES = 4

/**
 * One quota for every gate on the same table. Lambda runs each request that comes at the same time in a process of its
 * own, so that a bucket in memory would bound nothing.
 */
export function sharedQuota(store: Store, now: () => number, limits: Limits = GATE_LIMITS): Quota {
  async function update<T>(of: Account, change: (shares: Shares | undefined) => { shares: Shares; told: T }) {
    for (let tried = 0; tried < TRIES; tried++) {
      const key = { pk: quotaPartition(of), sk: '-' }
      const found = (await store.read(key.pk, key.sk)) as SharesItem | undefined
      const { shares, told } = change(found)
      const item = { ...key, all: shares.all, teams: shares.teams, rev: found?.rev ?? 0 }
      if (found ? await store.replace(item, found.rev) : await store.create(item)) return told
    }
    return undefined
  }

  return {
    async take(of, asker, calls) {
      const turn = await update(of, (found) => {
        const { turn, shares } = takeTurn(found, asker, calls, now(), limits)
        return { shares, told: turn }
      })
      return turn ?? { ok: false, retryAfterSeconds: 1 }
    },
    async drain(of) {
      await update(of, (found) => ({ shares: drained(found, now()), told: true })).catch(() => undefined)
    },
  }
}

export function quotaPartition({ account, region }: Account): string {
  return `RATE#${account}/${region}`
}
