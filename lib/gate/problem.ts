import type { Turned } from './authenticate.ts'

/** Why a request to the native API failed; each is the last segment of a problem's `type`. */
export type ProblemCode =
  | 'busy'
  | 'denied'
  | 'internal'
  | 'issuer-unavailable'
  | 'invalid-request'
  | 'not-found'
  | 'not-sealed'
  | 'owner-unread'
  | 'target-role'
  | 'throttled'
  | 'too-large'
  | 'trail-unavailable'
  | 'unauthenticated'

export const PROBLEMS: Record<ProblemCode, { status: number; title: string }> = {
  busy: { status: 503, title: 'Sallyport is busy' },
  denied: { status: 403, title: 'Your token does not permit this' },
  internal: { status: 500, title: 'Sallyport failed to answer' },
  'invalid-request': { status: 400, title: 'The request is not valid' },
  'issuer-unavailable': { status: 503, title: 'The token cannot be checked at the moment' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'not-sealed': { status: 409, title: 'The log does not have it yet' },
  'owner-unread': { status: 503, title: 'Whose API this is cannot be read at the moment' },
  'target-role': { status: 503, title: 'The role of a target cannot be taken' },
  throttled: { status: 429, title: 'Too many requests' },
  'too-large': { status: 413, title: 'The request is too large' },
  'trail-unavailable': { status: 503, title: 'The trail cannot be reached' },
  unauthenticated: { status: 401, title: 'A valid token is required' },
}

/** A token that isn't believed (RFC 6750 §3), can't be checked, or comes too often (RFC 6585 §4). */
export function turnedAwayProblem(id: string, refusal: Turned): Response {
  const { code, message } = refusal
  if (code === 'throttled') return problem(id, code, message, { 'retry-after': String(refusal.retryAfterSeconds) })
  if (code === 'keys-unavailable') return problem(id, 'issuer-unavailable', message)
  return problem(id, 'unauthenticated', message, { 'www-authenticate': 'Bearer' })
}

/** An error of the native API as RFC 9457 problem details; `id` names the request in the log. */
export function problem(id: string, code: ProblemCode, detail: string, headers: Record<string, string> = {}): Response {
  const { status, title } = PROBLEMS[code]
  return new Response(
    JSON.stringify({ type: `/problems/${code}`, title, status, detail, instance: `urn:ulid:${id}` }),
    {
      status,
      headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
    },
  )
}
