import { type Bucket, filled, type Limits, type Turn, turnAfter } from './bucket.ts'

/**
 * What API Gateway's control plane allows one account in one Region, all operations and callers together: ten calls a
 * second, forty at once, and no quota raises it. The gate keeps to less: the rest is for its keeper, which has to look up
 * what became of changes, and for whoever else the account has.
 */
export const GATE_LIMITS: Limits = { perSecond: 8, burst: 32 }

/** What is known of one account and Region. Plain JSON, to be kept where every gate sees it. */
export interface Shares {
  all: Bucket
  /** Teams that asked of late. */
  teams: Readonly<Record<string, TeamShare>>
}

interface TeamShare extends Bucket {
  /** Its callers that asked of late, by {@link callerKey}; {@link OTHERS} stands for those beyond the first few. */
  callers?: Readonly<Record<string, Bucket>>
}

/** Who asks for a turn. */
export interface Asker {
  team: string
  /** From {@link callerKey}. */
  caller: string
}

/** Who hasn't asked for this long has no share any more, and a full one when asking again. */
const ACTIVE_MS = 10_000
/** The most calls one turn is for. */
export const MOST_CALLS = 2
/** A share is never smaller, however many there are: a turn of that many, behind one for the tags that say whose the API is. */
const LEAST_BURST = MOST_CALLS + 1
/**
 * Callers of one team that have shares of their own; more have one between them. It bounds the item: whoever can get
 * tokens for many subjects would make it as large as they like.
 */
export const MOST_SHARES = 16
/** No {@link callerKey} is this short. */
const OTHERS = '*'

/**
 * Whether a caller may make its calls now, and what is left then. A team alone may use everything, and so may a team's
 * only caller; several teams have equal shares, and a team's callers equal shares of the team's, so that neither a team
 * nor a caller in a loop can keep another from its turn. Who is turned away counts as asking all the same: otherwise a
 * latecomer would find the calls of each moment taken by whoever was there before.
 *
 * Pure.
 *
 * @param shares `undefined` where nobody asked yet.
 * @param now Unix milliseconds; a clock behind the last one takes nothing away.
 * @returns `missingSeconds`: for as long, asking again is in vain.
 */
export function takeTurn(
  shares: Shares | undefined,
  { team, caller }: Asker,
  calls: number,
  now: number,
  limits: Limits = GATE_LIMITS,
): { turn: Turn; shares: Shares; missingSeconds: number } {
  const teams = activeOthers(shares?.teams, team, now)
  const ofTeam = shareOf(limits, teams.length + 1)
  const known = own(shares?.teams, team)
  const name = placeOf(caller, known?.callers, now)
  const callers = activeOthers(known?.callers, name, now)
  const ofCaller = shareOf(ofTeam, callers.length + 1)

  const all = filled(shares?.all, limits, now)
  const mine = filled(known, ofTeam, now)
  const callersOwn = filled(own(known?.callers, name), ofCaller, now)
  const missing = Math.max(
    (calls - all.calls) / limits.perSecond,
    (calls - mine.calls) / ofTeam.perSecond,
    (calls - callersOwn.calls) / ofCaller.perSecond,
  )
  const turn = turnAfter(missing)
  const without = (bucket: Bucket): Bucket => (turn.ok ? { ...bucket, calls: bucket.calls - calls } : bucket)
  return {
    turn,
    missingSeconds: Math.max(missing, 0),
    shares: {
      all: without(all),
      teams: Object.fromEntries([
        ...teams,
        [team, { ...without(mine), callers: Object.fromEntries([...callers, [name, without(callersOwn)]]) }],
      ]),
    },
  }
}

/** After a 429 of API Gateway's: others have used up what there was. */
export function drained(shares: Shares | undefined, now: number): Shares {
  return { all: { calls: 0, at: now }, teams: shares?.teams ?? {} }
}

/** An equal part of what there is. */
function shareOf({ perSecond, burst }: Limits, count: number): Limits {
  return { perSecond: perSecond / count, burst: Math.max(burst / count, LEAST_BURST) }
}

function activeOthers<Entry extends Bucket>(
  all: Readonly<Record<string, Entry>> | undefined,
  name: string,
  now: number,
): [string, Entry][] {
  return Object.entries(all ?? {}).filter(([other, { at }]) => other !== name && now - at < ACTIVE_MS)
}

/** A caller keeps the share it has; one that has none gets none of its own while too many others do. */
function placeOf(caller: string, callers: Readonly<Record<string, Bucket>> | undefined, now: number): string {
  if (own(callers, caller)) return caller
  const others = activeOthers(callers, OTHERS, now)
  return others.length < MOST_SHARES ? caller : OTHERS
}

/** Names come from claims and from the policy: `__proto__` is a name like any other. */
function own<Entry>(all: Readonly<Record<string, Entry>> | undefined, name: string): Entry | undefined {
  return all && Object.hasOwn(all, name) ? all[name] : undefined
}
