import { hash } from 'node:crypto'
import type { Caller } from '../identity/caller.ts'
import type { Attempt } from '../trail/attempt.ts'
import type { Gate, Invocation } from './gate.ts'

/** What the trail is told of a request whose sender is known, before anything is decided. */
export function attemptOf(
  gate: Gate,
  { id, receivedAt, caller, invocation, headers }: Arrival,
  asked: Pick<Attempt, 'action' | 'policy' | 'requestHash'> & { target?: Partial<Attempt['target']>; team?: string },
): Attempt {
  const { sourceIp, rawPath: _rawPath, deadline: _deadline, isBuffered: _isBuffered, ...runtime } = invocation
  const { issuer: iss, subject: sub, clientId, amr, tokenHash } = caller
  const userAgent = headers.get('user-agent')
  const idempotencyKey = headers.get('idempotency-key') ?? headers.get('amz-sdk-invocation-id')
  const { account, region } = gate.api
  gate.arrived?.(asked)
  return {
    id,
    receivedAt,
    actor: { iss, sub, ...(clientId && { clientId }), ...(amr && { amr }), tokenHash, ...(sourceIp && { sourceIp }) },
    roles: [...caller.roles],
    client: { ...(userAgent && { userAgent }), ...(idempotencyKey && { idempotencyKey }) },
    gate: { version: gate.version, ...runtime },
    ...asked,
    target: { account, region, ...asked.target },
  }
}

/** A request at the door. */
export interface Arrival {
  id: string
  /** Unix milliseconds. */
  receivedAt: number
  caller: Caller
  invocation: Invocation
  headers: Headers
}

/** Equal requests have equal hashes: a retry is told from another request under the same idempotency key. */
export function requestHash(verb: string, pathAndQuery: string, body: Uint8Array): string {
  return hash('sha256', Buffer.concat([Buffer.from(`${verb} ${pathAndQuery}\n`), body]))
}
