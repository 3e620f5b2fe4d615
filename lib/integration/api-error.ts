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
