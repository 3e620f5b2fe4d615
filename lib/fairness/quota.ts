import type { Item, Store } from '../trail/store.ts'
import { type Limits, type Turn, turnAfter } from './bucket.ts'
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
const TRIES = 8

/** The longest that a process turns somebody away by itself, milliseconds: what others ask for changes everybody's share. */
const LONGEST_AWAY_MS = 1_000
/** Askers that are remembered as turned away. */
const MOST_AWAY = 1_000

/**
 * One quota for every gate on the same table. Lambda runs each request that comes at the same time in a process of its
 * own, so that a bucket in memory would bound nothing.
 *
 * Whoever was turned away isn't looked up again before there can be something for them: otherwise one in a loop would make
 * all others lose the race for the item, and with it their turn.
 */
export function sharedQuota(store: Store, now: () => number, limits: Limits = GATE_LIMITS): Quota {
  const away = awayList(now)

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
      const name = JSON.stringify([quotaPartition(of), asker.team, asker.caller, calls])
      const leftSeconds = away.leftSeconds(name)
      if (leftSeconds > 0) return turnAfter(leftSeconds)
      const taken = await update(of, (found) => {
        const { turn, shares, missingSeconds } = takeTurn(found, asker, calls, now(), limits)
        return { shares, told: { turn, missingSeconds } }
      })
      if (!taken) return { ok: false, retryAfterSeconds: 1 }
      away.note(name, taken.missingSeconds)
      return taken.turn
    },
    async drain(of) {
      await update(of, (found) => ({ shares: drained(found, now()), told: true })).catch(() => undefined)
    },
  }
}

export function quotaPartition({ account, region }: Account): string {
  return `RATE#${account}/${region}`
}

/** Unix milliseconds. */
interface Span {
  from: number
  to: number
}

/** Who asks in vain for the moment, as far as this process was told. */
function awayList(now: () => number) {
  const spans = new Map<string, Span>()
  // A clock that was set back ends it as well.
  const isOver = ({ from, to }: Span) => now() < from || now() >= to
  return {
    leftSeconds(name: string): number {
      const span = spans.get(name)
      return span && !isOver(span) ? (span.to - now()) / 1_000 : 0
    },
    note(name: string, seconds: number): void {
      spans.delete(name)
      if (seconds === 0) return
      if (spans.size >= MOST_AWAY) for (const [other, span] of spans) if (isOver(span)) spans.delete(other)
      if (spans.size < MOST_AWAY)
        spans.set(name, { from: now(), to: now() + Math.min(seconds * 1_000, LONGEST_AWAY_MS) })
    },
  }
}
