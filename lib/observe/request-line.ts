import type { Mode } from '../decision/decision.ts'
import type { Result, TrailRecord } from '../trail/record.ts'
import type { Step } from './step-clock.ts'

/** What became of a request, in one word. */
export type Verdict =
  /** Allowed by policy; `result` says what API Gateway made of it. */
  | 'allow'
  /** Denied by policy; `rules` says by which. */
  | 'deny'
  /** Refused for another reason: `reason`. */
  | 'refuse'
  /** Something was read, and recorded as such. */
  | 'read'
  /** No token, or one that isn't believed: `reason`. */
  | 'unauthenticated'
  /** Nothing was decided or recorded. */
  | 'none'

/**
 * One request, as operators see it. Every member comes from a vocabulary of the gate, from the policy, or from a clock;
 * none is a value of the request, apart from the trace id, of which only hexadecimal digits are taken.
 */
export interface RequestLine {
  event: 'request'
  /** Unix milliseconds of arrival. */
  at: number
  /** Names the request in the answer and in the trail. */
  id?: string
  /** The operation's name, for example `PutIntegration`. */
  operation?: string
  team?: string
  verdict: Verdict
  /** A word of the gate's own vocabulary, for example `not_owner` or `expired`. */
  reason?: string
  /** The rules that were violated, each with the mode it is in, once. */
  rules?: { rule: string; mode: Mode }[]
  /** Of a dry run. */
  judged?: { requests: number; denied: number }
  result?: Result
  /** The outcome is not in the trail yet, or the answer is that of an earlier request. */
  outcome?: 'deferred' | 'replayed'
  status: number
  totalMs: number
  ms: Record<Step, number>
  storeCalls: number
  coldStart?: boolean
  awsRequestId?: string
  /** From the caller's `traceparent`. */
  traceId?: string
}

/** What of a request's line the records say that are written for it. */
export type Recorded = Pick<RequestLine, 'id' | 'operation' | 'team' | 'reason' | 'rules' | 'judged' | 'result'> & {
  verdict?: Verdict
}

/** Reads what a record says. The trail has redacted it by then: nothing else of a request gets here. */
export function readRecord(record: TrailRecord): Recorded {
  switch (record.kind) {
    case 'A':
      return {}
    case 'O':
      return { result: record.result }
    case 'R': {
      const { id, action, team } = record
      return { id, operation: action, verdict: 'read', ...(team !== undefined && { team }) }
    }
    case 'V': {
      const { requests, denied } = record.judged
      return { judged: { requests, denied } }
    }
    case 'D':
    case 'I': {
      const { id, action, team, reasons = [], warnings = [], dryRun = [] } = record
      const refusal = record.kind === 'D' ? record.refusal : undefined
      const rules = new Map(
        [...reasons, ...warnings, ...dryRun].map(({ rule, mode }) => [`${mode} ${rule}`, { rule, mode }]),
      )
      return {
        id,
        operation: action,
        verdict: record.kind === 'I' ? 'allow' : refusal ? 'refuse' : 'deny',
        ...(team !== undefined && { team }),
        ...(refusal && { reason: refusal.reason }),
        ...(rules.size > 0 && { rules: [...rules.values()] }),
      }
    }
  }
}
