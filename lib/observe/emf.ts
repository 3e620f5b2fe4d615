import type { RequestLine } from './request-line.ts'
import { STEPS } from './step-clock.ts'

/** Where the deployed functions' metrics are found in CloudWatch. */
export const NAMESPACE = 'Sallyport'

type Unit = 'Count' | 'Milliseconds' | 'Seconds'

interface Directive {
  Namespace: string
  Dimensions: string[][]
  Metrics: { Name: string; Unit: Unit }[]
}

/**
 * A log line that CloudWatch Logs also reads metrics from (Embedded Metric Format). Dimensions and metrics name members
 * of `members`.
 *
 * @param at Unix milliseconds.
 */
function emf(at: number, directives: Omit<Directive, 'Namespace'>[], members: object): object {
  const CloudWatchMetrics = directives.map((directive): Directive => ({ Namespace: NAMESPACE, ...directive }))
  return { _aws: { Timestamp: at, CloudWatchMetrics }, ...members }
}

const LATENCIES = ['totalMs', ...STEPS.map((step) => `${step}Ms`)].map(milliseconds)

/**
 * The lines of one request: the request itself, with how many there were, how long they took by step, and what was
 * decided by team; and a line for each rule that was violated, since a line has room for one.
 *
 * No dimension is a caller's to choose: operations, verdicts, rules, modes and teams are the gate's and the policy's, so
 * that no flood of requests can make new metrics.
 */
export function requestEmf(service: string, line: RequestLine): object[] {
  const { at, id, team, rules = [], ms, totalMs, verdict, outcome, status, ...rest } = line
  const steps = Object.fromEntries(STEPS.map((step) => [`${step}Ms`, ms[step]]))
  const isThrottled = rest.reason === 'throttled'
  const counts = {
    requests: 1,
    ...(status >= 500 && { faults: 1 }),
    ...(outcome === 'deferred' && { deferred: 1 }),
    ...(verdict === 'allow' && rules.length > 0 && { notEnforced: 1 }),
    ...(isThrottled && { throttled: 1 }),
  }
  const counted = [{ Dimensions: [['service']], Metrics: [...Object.keys(counts).map(count), ...LATENCIES] }]
  const byOperation = line.operation ? [{ Dimensions: [['service', 'operation']], Metrics: LATENCIES }] : []
  const byVerdict = {
    Dimensions: [['service', 'verdict'], ...(team === undefined ? [] : [['service', 'team', 'verdict']])],
    Metrics: [count('decisions')],
  }
  const byTeam =
    isThrottled && team !== undefined ? [{ Dimensions: [['service', 'team']], Metrics: [count('throttled')] }] : []
  const named = { ...(id !== undefined && { id }), ...(team !== undefined && { team }) }
  const members = {
    ...rest,
    ...named,
    verdict,
    ...(outcome && { outcome }),
    status,
    ...(rules.length > 0 && { rules }),
  }
  return [
    emf(at, [...counted, ...byOperation, byVerdict, ...byTeam], {
      service,
      ...members,
      ...counts,
      decisions: 1,
      totalMs,
      ...steps,
    }),
    ...rules.map(({ rule, mode }) =>
      emf(at, [violations(team)], { service, event: 'violation', ...named, rule, mode, violations: 1 }),
    ),
  ]
}

function violations(team: string | undefined): Omit<Directive, 'Namespace'> {
  const dimensions = ['service', ...(team === undefined ? [] : ['team']), 'rule', 'mode']
  return { Dimensions: [dimensions], Metrics: [count('violations')] }
}

/** What a run of the keeper tells of the whole. */
export interface KeeperFigures {
  /** Steps that failed. */
  failedSteps: number
  /** Attempts whose outcome isn't known yet. */
  waiting: number
  /** Seconds by which log and listings are behind the trail; absent before the first run that brings them up to date. */
  lagSeconds?: number
}

/**
 * The line of one run of the keeper. That there is none is what shows that it doesn't run.
 *
 * @param at Unix milliseconds.
 */
export function keeperEmf(service: string, at: number, figures: KeeperFigures): object {
  const Metrics = Object.keys(figures).map((Name) =>
    Name === 'lagSeconds' ? { Name, Unit: 'Seconds' as const } : count(Name),
  )
  return emf(at, [{ Dimensions: [['service']], Metrics }], { service, event: 'keeper', ...figures })
}

function count(Name: string): { Name: string; Unit: Unit } {
  return { Name, Unit: 'Count' }
}

function milliseconds(Name: string): { Name: string; Unit: Unit } {
  return { Name, Unit: 'Milliseconds' }
}
