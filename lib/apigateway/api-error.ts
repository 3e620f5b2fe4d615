/** An answer API Gateway's control plane would give: its type travels in `x-amzn-ErrorType`, `message` in the body. */
export interface ApiError {
  type:
    | 'AccessDeniedException'
    | 'BadRequestException'
    | 'ConflictException'
    | 'InternalFailure'
    | 'LimitExceededException'
    | 'NotFoundException'
    | 'RequestEntityTooLargeException'
    | 'SerializationException'
    | 'ServiceUnavailableException'
    | 'TooManyRequestsException'
    | 'UnauthorizedException'
    | 'UnsupportedMediaTypeException'
    | 'ValidationException'
  status: number
  message: string
}

/** What a parser says: the value, or the refusal its caller is to be told. */
export type Parsed<T> = { ok: true; value: T } | { ok: false; error: ApiError }

/** Characters. Messages quote what the caller sent, which may be a megabyte; answers and the trail stay small. */
const MAX_MESSAGE = 4_096

export function badRequest(message: string): ApiError {
  return { type: 'BadRequestException', status: 400, message: shortened(message) }
}

export function notFound(message: string): ApiError {
  return { type: 'NotFoundException', status: 404, message: shortened(message) }
}

/** A wrong JSON type or no JSON at all; API Gateway says so before it looks at anything else. */
export function serialization(message: string): ApiError {
  return { type: 'SerializationException', status: 400, message: shortened(message) }
}

/** One member that breaks a constraint of the service model, for example an enum. */
export interface ConstraintViolation {
  /** Where, in the framework's spelling: `putIntegrationInput.type`. */
  at: string
  /** What was sent; absent for a required member that is missing. */
  value?: string
  /** For example `Member must not be null`. */
  constraint: string
}

/** The literal message of AWS's service framework for one or more {@link ConstraintViolation}s. */
export function validation(violations: ConstraintViolation[]): ApiError {
  const details = violations.map(({ at, value, constraint }) => {
    const shown = value === undefined ? 'null' : `'${value}'`
    return `Value ${shown} at '${at}' failed to satisfy constraint: ${constraint}`
  })
  const count = violations.length === 1 ? '1 validation error' : `${violations.length} validation errors`
  const message = shortened(`${count} detected: ${details.join('; ')}`)
  return { type: 'ValidationException', status: 400, message }
}

export function refuse(error: ApiError): { ok: false; error: ApiError } {
  return { ok: false, error }
}

function shortened(message: string): string {
  return message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE - 1).toWellFormed()}…`
}
