import { emit } from './emit.ts'

/** What an operator has to know beside the requests themselves; alarms hang on `message`. */
export type Level = 'INFO' | 'WARN' | 'ERROR'

export interface OperatorLog {
  /** Writes one line before it returns, so that none is lost where Lambda freezes the process after an answer. */
  write(level: Level, message: string, members: object): void
  /** Names the invocation that the lines from now on belong to; Lambda runs one at a time. */
  during(awsRequestId: string): void
}

/**
 * Lines of JSON in the form that Powertools' logger gives them, by the few members that are read here. Its library would
 * take longer to load than all that is decided of a first request.
 *
 * @param now Unix milliseconds.
 */
export function operatorLog(service: string, now: () => number, write: (line: object) => void = emit): OperatorLog {
  let requestId: string | undefined
  return {
    write(level, message, members) {
      write({
        ...members,
        level,
        message,
        timestamp: new Date(now()).toISOString(),
        service,
        ...(requestId !== undefined && { function_request_id: requestId }),
      })
    },
    during(awsRequestId) {
      requestId = awsRequestId
    },
  }
}
