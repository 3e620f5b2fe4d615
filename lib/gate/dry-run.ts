import { isObject } from '../apigateway/parse.ts'
import { type AskedPlace, type AskedRequest, readAsked } from '../decision/asked-request.ts'
import type { CompiledPolicy } from '../decision/compile/compiled-policy.ts'
import type { Decision } from '../decision/decision.ts'
import { judgeAsked } from '../decision/judge-asked.ts'
import type { JudgedMembers } from '../trail/record.ts'

/** Bytes: a thousand requests of a few kilobytes. Lambda takes 6 MB. */
export const MAX_DRY_RUN_BODY = 4 * 1024 * 1024
export const MAX_DRY_RUN_REQUESTS = 1_000

/** What a caller would like judged: one request, or several at once. */
export interface DryRun {
  requests: AskedRequest[]
  /** How it is answered: by a decision, or by a list of them. */
  isBatch: boolean
}

/** Reads `{ "requests": [ … ] }`, or one request by itself. */
export function readDryRun(body: unknown): { ok: true; dryRun: DryRun } | { ok: false; message: string } {
  const isBatch = isObject(body) && Object.hasOwn(body, 'requests')
  if (!isBatch) {
    const read = readAsked(body, 'caller')
    return read.ok ? { ok: true, dryRun: { requests: [read.asked], isBatch } } : { ok: false, message: told('', read) }
  }
  const { requests, ...others } = body
  const [other] = Object.keys(others)
  if (other !== undefined) return { ok: false, message: 'Beside requests nothing may stand.' }
  if (!Array.isArray(requests) || requests.length === 0 || requests.length > MAX_DRY_RUN_REQUESTS) {
    return { ok: false, message: `requests is a list of 1 to ${MAX_DRY_RUN_REQUESTS} requests.` }
  }
  const asked: AskedRequest[] = []
  for (const [index, request] of requests.entries()) {
    const read = readAsked(request, 'caller')
    if (!read.ok) return { ok: false, message: told(`requests[${index}]: `, read) }
    asked.push(read.asked)
  }
  return { ok: true, dryRun: { requests: asked, isBatch } }
}

function told(where: string, { fault }: Extract<ReturnType<typeof readAsked>, { ok: false }>): string {
  return `${where}${fault.message}${fault.suggestion === undefined ? '' : ` ${fault.suggestion}`}`
}

/** Judges each as the gate would judge it now, sent with these claims. */
export function judgeDryRun(
  policy: CompiledPolicy,
  { requests }: DryRun,
  claims: Readonly<Record<string, unknown>>,
  place: AskedPlace,
  now: number,
): Decision[] {
  return requests.map((asked) => judgeAsked(policy, { ...asked, claims }, place, { point: 'request', now }))
}

/** Rule ids are the policy's and the evaluator's, so few; this bounds a record all the same. */
const MOST_RULES = 50

export function judgedMembers(decisions: readonly Decision[]): JudgedMembers {
  const counts = new Map<string, number>()
  for (const { violations } of decisions) {
    for (const rule of new Set(violations.map((violation) => violation.rule))) {
      counts.set(rule, (counts.get(rule) ?? 0) + 1)
    }
  }
  const rules = [...counts].map(([rule, requests]) => ({ rule, requests })).sort((a, b) => b.requests - a.requests)
  return {
    requests: decisions.length,
    denied: decisions.filter(({ decision }) => decision === 'deny').length,
    rules: rules.slice(0, MOST_RULES),
  }
}
