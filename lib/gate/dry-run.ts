import { setImmediate } from 'node:timers/promises'
import { REQUEST_BODY } from '../apigateway/json.ts'
import { isObject } from '../apigateway/parse.ts'
import { type AskedPlace, type AskedRequest, readAsked } from '../decision/asked-request.ts'
import type { CompiledPolicy } from '../decision/compile/compiled-policy.ts'
import type { Decision } from '../decision/decision.ts'
import { judgeAsked } from '../decision/judge-asked.ts'
import { boundedDecision } from '../decision/judged.ts'
import type { JudgedMembers } from '../trail/record.ts'

/** Bytes: a thousand requests of a few kilobytes. Lambda takes 6 MB. */
export const MAX_DRY_RUN_BODY = 4 * 1024 * 1024
export const MAX_DRY_RUN_REQUESTS = 1_000
/**
 * Members and entries of everything in it together, 50 a request where there are a thousand. Each can be found fault with,
 * so that these and not only the bytes say how long the judging takes.
 */
export const MAX_DRY_RUN_ENTRIES = 50_000
/** The same of one request, three times what the largest integration has: one is judged without a pause. */
const MAX_REQUEST_ENTRIES = 1_000
/** Bytes of one request: no more than PutIntegration takes. */
const MAX_REQUEST_BYTES = REQUEST_BODY.maxBytes

/** What a caller would like judged: one request, or several at once. */
export interface DryRun {
  requests: AskedRequest[]
  /** How it is answered: by a decision, or by a list of them. */
  isBatch: boolean
}

/** Reads `{ "requests": [ … ] }`, or one request by itself. */
export function readDryRun(body: unknown): { ok: true; dryRun: DryRun } | { ok: false; message: string } {
  if (countEntries(body) > MAX_DRY_RUN_ENTRIES)
    return {
      ok: false,
      message: `A dry run has at most ${MAX_DRY_RUN_ENTRIES} members and entries: ask about less at once.`,
    }
  const isBatch = isObject(body) && Object.hasOwn(body, 'requests')
  if (!isBatch) {
    const read = readOne(body)
    return read.ok ? { ok: true, dryRun: { requests: [read.asked], isBatch } } : read
  }
  const { requests, ...others } = body
  const [other] = Object.keys(others)
  if (other !== undefined) return { ok: false, message: 'Beside requests nothing may stand.' }
  if (!Array.isArray(requests) || requests.length === 0 || requests.length > MAX_DRY_RUN_REQUESTS) {
    return { ok: false, message: `requests is a list of 1 to ${MAX_DRY_RUN_REQUESTS} requests.` }
  }
  const asked: AskedRequest[] = []
  for (const [index, request] of requests.entries()) {
    const read = readOne(request)
    if (!read.ok) return { ok: false, message: `requests[${index}]: ${read.message}` }
    asked.push(read.asked)
  }
  return { ok: true, dryRun: { requests: asked, isBatch } }
}

function readOne(request: unknown): { ok: true; asked: AskedRequest } | { ok: false; message: string } {
  const read = readAsked(request, 'caller')
  if (!read.ok) {
    const { message, suggestion } = read.fault
    return { ok: false, message: suggestion === undefined ? message : `${message} ${suggestion}` }
  }
  if (countEntries(request) > MAX_REQUEST_ENTRIES)
    return { ok: false, message: `A request has at most ${MAX_REQUEST_ENTRIES} members and entries.` }
  if (Buffer.byteLength(JSON.stringify(request)) > MAX_REQUEST_BYTES)
    return { ok: false, message: `A request has at most ${MAX_REQUEST_BYTES} bytes.` }
  return read
}

/** Of objects and lists at any depth. Linear; how deep a body can be is bounded where it is read. */
function countEntries(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  for (const member of Array.isArray(value) ? value : Object.values(value)) count += 1 + countEntries(member)
  return count
}

/** Milliseconds after which others get a turn of the process. */
const SLICE_MS = 10

/**
 * Judges each as the gate would judge it now, sent with these claims. Between two of them, whoever else waits for the
 * process is let before.
 *
 * @param tell Takes each decision as it is made: no more than one is held here.
 */
export async function judgeDryRun(
  policy: CompiledPolicy,
  { requests }: DryRun,
  { claims, place, now }: { claims: Readonly<Record<string, unknown>>; place: AskedPlace; now: number },
  tell: (decision: Decision, index: number) => void,
): Promise<JudgedMembers> {
  const verdicts = new Verdicts()
  let since = performance.now()
  for (const [index, asked] of requests.entries()) {
    if (performance.now() - since > SLICE_MS) {
      await setImmediate()
      since = performance.now()
    }
    const decision = boundedDecision(judgeAsked(policy, { ...asked, claims }, place, { point: 'request', now }))
    verdicts.add(decision)
    tell(decision, index)
  }
  return verdicts.members()
}

/** Rule ids are the policy's and the evaluator's, so few; this bounds a record all the same. */
const MOST_RULES = 50

class Verdicts {
  #requests = 0
  #denied = 0
  readonly #counts = new Map<string, number>()

  add({ decision, violations, more }: Decision): void {
    this.#requests++
    if (decision !== 'deny') return
    this.#denied++
    const rules = new Set([...violations.map(({ rule }) => rule), ...Object.keys(more ?? {})])
    for (const rule of rules) this.#counts.set(rule, (this.#counts.get(rule) ?? 0) + 1)
  }

  members(): JudgedMembers {
    const rules = [...this.#counts].map(([rule, requests]) => ({ rule, requests }))
    rules.sort((a, b) => b.requests - a.requests)
    return { requests: this.#requests, denied: this.#denied, rules: rules.slice(0, MOST_RULES) }
  }
}
