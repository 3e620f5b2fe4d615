import type { Context } from 'hono'
import type { Caller } from '../identity/caller.ts'
import { recordRead } from '../trail/denial.ts'
import { StoreUnavailable } from '../trail/store.ts'
import { attemptOf, requestHash } from './attempt-of.ts'
import { authenticate } from './authenticate.ts'
import type { Gate, Invocation } from './gate.ts'
import { problem, turnedAwayProblem } from './problem.ts'

/** Somebody who reads the trail. */
export interface TrailVisit {
  id: string
  caller: Caller
  invocation: Invocation
  body: Uint8Array
}

/**
 * Lets a verified caller read, once it is in the trail that they do. What they may see is for `answer` to say.
 *
 * @param action As it stands in the trail, for example `ListTrail`.
 */
export async function recordedVisit(
  gate: Gate,
  invocation: Invocation,
  c: Context,
  action: string,
  answer: (visit: TrailVisit) => Promise<Response>,
): Promise<Response> {
  const id = gate.ledger.newId()
  const receivedAt = gate.now()
  const { headers } = c.req.raw
  const verified = await authenticate(gate, headers, invocation)
  if (!verified.ok) return turnedAwayProblem(id, verified.refusal)
  const { caller } = verified
  const { pathname, search } = new URL(c.req.url)
  const { revision, digest } = gate.policy().published
  const body = new Uint8Array(await c.req.arrayBuffer())
  const attempt = attemptOf(
    gate,
    { id, receivedAt, caller, invocation, headers },
    { action, policy: { revision, digest }, requestHash: requestHash(c.req.method, pathname + search, body) },
  )
  c.header('cache-control', 'no-store')
  try {
    await recordRead(gate.ledger, { ...attempt, target: { ...attempt.target, path: pathname } })
    return await answer({ id, caller, invocation, body })
  } catch (error) {
    if (error instanceof StoreUnavailable)
      return problem(id, 'trail-unavailable', 'Reading is recorded first. Try again in a moment.')
    throw error
  }
}

export function readsEverything({ roles }: Caller): boolean {
  return roles.has('auditor') || roles.has('admin')
}

/** Names a reader, for cursors. */
export function principalOf({ issuer, subject }: Caller): string {
  return JSON.stringify([issuer, subject])
}

/** RFC 3339, UTC. */
export function instant(ms: number): string {
  return new Date(ms).toISOString()
}
