import type { Verified } from '../identity/caller.ts'
import { tokenFromHeaders } from '../identity/token-from-headers.ts'
import type { Gate, Invocation } from './gate.ts'

/** Who sent a request. Those who can't say are counted in the trail, by address and reason, not recorded one by one. */
export async function authenticate(gate: Gate, headers: Headers, { sourceIp }: Invocation): Promise<Verified> {
  const found = tokenFromHeaders(headers)
  const verified = found.ok ? await gate.verify(found.token) : found
  if (!verified.ok) await gate.counter.count(sourceIp ?? 'unknown', verified.refusal.code)
  return verified
}
