import { teamsOf } from '../decision/team.ts'
import { callerKey } from '../fairness/caller-limit.ts'
import type { Caller, TokenRefusal } from '../identity/caller.ts'
import { tokenFromHeaders } from '../identity/token-from-headers.ts'
import type { Gate, Invocation } from './gate.ts'

/** Why a request isn't looked at: its sender isn't known, or has sent too many. */
export type Turned = TokenRefusal | { code: 'throttled'; message: string; retryAfterSeconds: number }

export type Admitted = { ok: true; caller: Caller } | { ok: false; refusal: Turned }

const TOO_MANY = 'Too Many Requests: you have sent more than this gate answers one caller. Nothing was done; try again.'

/**
 * Who sent a request, where it is to be looked at. Those who can't say are counted in the trail, by address and reason,
 * not recorded one by one; so are those who have used up what one caller is given, in the same way, since a record of each
 * would be what it is to save.
 *
 * The limit is taken last and under the verified identity: nobody else can use it up.
 */
export async function authenticate(gate: Gate, headers: Headers, { sourceIp }: Invocation): Promise<Admitted> {
  const found = tokenFromHeaders(headers)
  const verified = found.ok ? await gate.verify(found.token) : found
  const source = sourceIp ?? 'unknown'
  if (!verified.ok) {
    await gate.counter.count(source, verified.refusal.code)
    return verified
  }
  return takeTurns(gate, verified.caller, 1, source)
}

/** Takes the turns of a request that is worth several; the first was taken when its sender was made out. */
export async function takeFurtherTurns(
  gate: Gate,
  caller: Caller,
  further: number,
  { sourceIp }: Invocation,
): Promise<Admitted> {
  return further > 0 ? takeTurns(gate, caller, further, sourceIp ?? 'unknown') : { ok: true, caller }
}

async function takeTurns(gate: Gate, caller: Caller, turns: number, source: string): Promise<Admitted> {
  const turn = gate.callers.take(callerKey(caller), turns)
  if (turn.ok) return { ok: true, caller }
  await gate.counter.count(source, 'throttled', caller.subject)
  const [team, ...others] = teamsOf(gate.policy(), caller.claims)
  if (team !== undefined && others.length === 0) gate.arrived?.({ team })
  return { ok: false, refusal: { code: 'throttled', message: TOO_MANY, retryAfterSeconds: turn.retryAfterSeconds } }
}
