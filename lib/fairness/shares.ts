/**
 * What API Gateway's control plane allows one account in one Region, all operations and callers together: ten calls a
 * second, forty at once, and no quota raises it. The gate keeps to less: the rest is for its keeper, which has to look up
 * what became of changes, and for whoever else the account has.
 */
export const GATE_LIMITS: Limits = { perSecond: 8, burst: 32 }

export interface Limits {
  /** Calls a second. */
  perSecond: number
  /** Calls at once, after a quiet time. */
  burst: number
}

/** A bucket of calls. `at`: when it was last filled up, Unix milliseconds. */
interface Bucket {
  calls: number
  at: number
}

/** What is known of one account and Region. Plain JSON, to be kept where every gate sees it. */
export interface Shares {
  all: Bucket
  /** Teams that asked of late. */
  teams: Readonly<Record<string, Bucket>>
}

export type Turn = { ok: true } | { ok: false; retryAfterSeconds: number }

/** A team that hasn't asked for this long has no share any more, and a full one when it asks again. */
const ACTIVE_MS = 10_000
/** The most calls one request makes; a share is never smaller, however many teams there are. */
export const MOST_CALLS = 2

/**
 * Whether a team may make its calls now, and what is left then. A team alone may use everything; several have equal
 * shares, so that a team in a loop can't keep another from its turn. Who is turned away counts as asking all the same:
 * otherwise a latecomer would find the calls of each moment taken by whoever was there before.
 *
 * Pure.
 *
 * @param shares `undefined` where nobody asked yet.
 * @param now Unix milliseconds; a clock behind the last one takes nothing away.
 */
export function takeTurn(
  shares: Shares | undefined,
  team: string,
  calls: number,
  now: number,
  limits: Limits = GATE_LIMITS,
): { turn: Turn; shares: Shares } {
  const active = Object.entries(shares?.teams ?? {}).filter(([name, { at }]) => name !== team && now - at < ACTIVE_MS)
  const count = active.length + 1
  const share = { perSecond: limits.perSecond / count, burst: Math.max(limits.burst / count, MOST_CALLS) }
  const all = filled(shares?.all, limits, now)
  const known = shares && Object.hasOwn(shares.teams, team) ? shares.teams[team] : undefined
  const own = filled(known, share, now)
  const missing = Math.max((calls - all.calls) / limits.perSecond, (calls - own.calls) / share.perSecond)
  const spent = missing > 0 ? 0 : calls
  return {
    turn: missing > 0 ? { ok: false, retryAfterSeconds: Math.max(1, Math.ceil(missing)) } : { ok: true },
    shares: {
      all: { ...all, calls: all.calls - spent },
      teams: Object.fromEntries([...active, [team, { ...own, calls: own.calls - spent }]]),
    },
  }
}

/** After a 429 of API Gateway's: others have used up what there was. */
export function drained(shares: Shares | undefined, now: number): Shares {
  return { all: { calls: 0, at: now }, teams: shares?.teams ?? {} }
}

function filled(bucket: Bucket | undefined, { perSecond, burst }: Limits, now: number): Bucket {
  if (!bucket) return { calls: burst, at: now }
  const elapsed = Math.max(now - bucket.at, 0)
  return { calls: Math.min(burst, bucket.calls + (elapsed * perSecond) / 1000), at: Math.max(now, bucket.at) }
}
