import type { ApiError } from '../apigateway/api-error.ts'

/**
 * Answers as API Gateway's control plane gives them (rest-json): the error type in `x-amzn-ErrorType`, a JSON body with
 * lower-case `message`, the request id in `x-amzn-RequestId`. Every AWS client reads these; a body that isn't JSON makes
 * the JavaScript SDK throw a SyntaxError.
 */
export function awsAnswer(id: string, status: number, body?: object, headers: Record<string, string> = {}): Response {
  return new Response(body === undefined ? null : JSON.stringify(body), {
    status,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      'x-amzn-requestid': id,
      'cache-control': 'no-store',
      ...headers,
    },
  })
}

/** `members` travel beside `message`; SDKs ignore what they don't know. */
export function awsError(
  id: string,
  error: Omit<ApiError, 'type'> & { type: string },
  members: object = {},
  headers: Record<string, string> = {},
): Response {
  return awsAnswer(
    id,
    error.status,
    { message: error.message, ...members },
    { 'x-amzn-errortype': error.type, ...headers },
  )
}
