import type { ApiError } from '../apigateway/api-error.ts'
import type { UpstreamAnswer } from '../control-plane/control-plane.ts'
import type { RoleNotAssumed } from '../control-plane/role-not-assumed.ts'
import type { CompiledPolicy } from '../decision/compile/compiled-policy.ts'
import { conditionsOf } from '../decision/compile/tag-owners.ts'
import type { Turned } from './authenticate.ts'
import { awsError } from './aws-answer.ts'

// What the AWS paths say where neither API Gateway's own rules nor the policy's are the reason.

export const NO_TEAM: ApiError = {
  type: 'AccessDeniedException',
  status: 403,
  message: 'Your token is valid, but the policy maps none of its claims to a team. Ask a platform admin for access.',
}

export const TRAIL_UNAVAILABLE: ApiError = {
  type: 'ServiceUnavailableException',
  status: 503,
  message: 'The trail cannot be written at the moment, so nothing was sent to API Gateway. Try again.',
}

/** The gate's own fault: its deadline, its credentials, its connection. Why is in the log and not for a caller. */
export const NOT_SENT: ApiError = {
  type: 'ServiceUnavailableException',
  status: 503,
  message: 'The request could not be sent to API Gateway, so nothing was changed. Try again.',
}

/**
 * A target's role that the gate can't take. A caller may know that, and that nothing was sent; which role it is and what
 * STS says is for admins.
 *
 * @param target As paths call it.
 */
export function roleNotAssumed(
  id: string,
  { roleArn, reason }: RoleNotAssumed,
  target: string,
  isAdmin: boolean,
): Response {
  const why = isAdmin ? `${roleArn}: ${reason}` : `its operators find the reason under request ${id}`
  const message = `The gate cannot take its role in the target ${target}, so nothing was sent to API Gateway (${why}).`
  const error = { type: 'ServiceUnavailableException', status: 503, message }
  return awsError(id, error, { problem: '/problems/target-role' })
}

/** Beside the message: how long to wait. Clients of AWS try again by themselves. */
export const TOO_MANY_REQUESTS: ApiError = {
  type: 'TooManyRequestsException',
  status: 429,
  message:
    'Too Many Requests: API Gateway allows an account ten calls a second, which its teams share. Nothing was sent; try again.',
}

/** What API Gateway said instead of the tags is not passed on: it was asked by the gate, and for an API that may be another's. */
export const OWNER_UNREAD: ApiError = {
  type: 'ServiceUnavailableException',
  status: 503,
  message: 'Whose API this is could not be read from its tags, so nothing was done. Try again.',
}

export const CONTESTED: ApiError = {
  type: 'AccessDeniedException',
  status: 403,
  message:
    "The tags of this API are those of your team and of another, so that it is nobody's. Ask a platform admin to correct them.",
}

/** @param teams The caller's, of those that own by tags. */
export function newApiOfNobody({ published }: CompiledPolicy, teams: readonly string[]): ApiError {
  const wanted = teams.flatMap((team) => {
    const tags = published.document.teams[team]?.apis.tags
    if (!tags) return []
    const each = conditionsOf(tags).map(([key, values]) => `${key}=${values.slice(0, 5).join(' or ')}`)
    return [`${each.join(', ')} (${team})`]
  })
  const how =
    wanted.length === 0
      ? 'Your team owns APIs by their ids, which a new one has not yet: a platform admin creates it.'
      : `Give it these tags: ${wanted.slice(0, 5).join('; ')}.`
  const message = `What CreateRestApi makes must be its team's from the start, by its tags. ${how}`
  return { type: 'AccessDeniedException', status: 403, message }
}

export const OTHER_REQUEST: ApiError = {
  type: 'BadRequestException',
  status: 400,
  message: 'This idempotency key was used for another request. Use a new key for a new request.',
}

/** @param why One sentence, of the table of operations. */
export function notServed(operation: string, why?: string): ApiError {
  const message = `${operation} is not served by this gate.${why === undefined ? '' : ` ${why}`}`
  return { type: 'AccessDeniedException', status: 403, message }
}

/** A token that isn't believed; where the issuer's keys can't be had, nobody's fault but worth another try. */
export function turnedAway(id: string, refusal: Turned): Response {
  const { code, message } = refusal
  if (code === 'keys-unavailable') return awsError(id, { type: 'ServiceUnavailableException', status: 503, message })
  if (code === 'throttled') {
    const error = { ...TOO_MANY_REQUESTS, message }
    return awsError(id, error, {}, { 'retry-after': String(refusal.retryAfterSeconds) })
  }
  const error = { type: 'UnauthorizedException', status: 401, message }
  return awsError(id, error, {}, { 'www-authenticate': 'Bearer' })
}

/** The path is not repeated: it is the caller's, in whatever spelling. */
export const UNKNOWN_OPERATION: ApiError = {
  type: 'NotFoundException',
  status: 404,
  message:
    'No operation of API Gateway has this verb and path. Ids are lower-case letters and digits, verbs upper case.',
}

/** AWS's own words, and whose attempt is in the way. */
export function busy(openId: string): ApiError {
  const message = `Unable to complete operation due to concurrent modification. Please try again later. (Request ${openId} on this method is not settled yet.)`
  return { type: 'ConflictException', status: 409, message }
}

/** API Gateway's 4xx stays what it is, or clients would retry what can't succeed. */
export function upstreamRefusal(
  id: string,
  { status, errorType, message, retryAfter }: Extract<UpstreamAnswer, { kind: 'refused' }>,
  headers: Record<string, string> = {},
): Response {
  const retry = retryAfter === undefined ? {} : { 'retry-after': retryAfter }
  // The type can come from the answer's body, where it can be any text; a header can't.
  const type = /^\w{1,128}$/.test(errorType) ? errorType : 'BadRequestException'
  return awsError(id, { type, status, message }, {}, { ...retry, ...headers })
}

/** To the repetition, under its idempotency key, of a call whose answer was lost for good. */
export const FATE_UNKNOWN: ApiError = {
  type: 'ConflictException',
  status: 409,
  message:
    'What became of this request before is not known, and making it again could do it twice. ' +
    'See what is there; if it is to be made again, send it with another Idempotency-Key.',
}

/** No answer, or a 5xx. A change may or may not have been applied, and its caller must not be told either. */
export function upstreamSilence(
  id: string,
  { status, reason }: Extract<UpstreamAnswer, { kind: 'unknown' }>,
  isChange: boolean,
): Response {
  const fate = isChange
    ? ` Whether the change was applied is not known yet: request ${id} in the trail will say what can be found out.`
    : ''
  const code = status ?? 504
  const type = code === 500 ? 'InternalFailure' : 'ServiceUnavailableException'
  return awsError(id, { type, status: code, message: `API Gateway did not answer the request (${reason}).${fate}` })
}
