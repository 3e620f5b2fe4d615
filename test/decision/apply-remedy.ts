import { expect } from 'vitest'
import type { Integration } from '../../lib/apigateway/integration.ts'
import type { DecisionRequest, Remedy, Violation } from '../../lib/decision/decision.ts'

type Members = Record<string, unknown>

/** Does what a remedy says, step by step, as a program would that knows nothing but JSON pointers. */
export function applyRemedy(request: DecisionRequest, remedy: Remedy): DecisionRequest {
  const integration = structuredClone(request.integration) as unknown as Members
  let { httpMethod } = request
  for (const step of remedy) {
    if (step.op === 'httpMethod') httpMethod = step.value as DecisionRequest['httpMethod']
    else change(integration, step.path, step.op === 'set' ? { value: step.value } : undefined)
  }
  return { ...request, httpMethod, integration: integration as unknown as Integration }
}

function change(members: Members, pointer: string, to: { value: unknown } | undefined): void {
  const keys = pointer
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  const last = keys.pop() ?? ''
  let at: unknown = members
  for (const key of keys) at = Object(at)[key]
  if (Array.isArray(at) && to === undefined) at.splice(Number(last), 1)
  else if (typeof at === 'object' && at !== null) {
    if (to === undefined) Reflect.deleteProperty(at, last)
    else Reflect.set(at, last, to.value)
  }
}

/** Refusals of the asker and not of the request; conditions of the policy, whose fix is a sentence that its author wrote. */
function isBeyondTheRequest({ rule }: Violation, conditions: readonly string[]): boolean {
  return rule === 'intrinsic.owner' || rule === 'intrinsic.identity' || conditions.includes(rule)
}

/**
 * The third promise: a violation names field, value, what is allowed and a fix, and the fix, done by a program, removes
 * it. Where no request would pass, the fix says so.
 *
 * @param judge The violations of a request of whichever mode.
 */
export function expectWayOut(
  violation: Violation,
  request: DecisionRequest,
  judge: (request: DecisionRequest) => readonly Violation[],
  conditions: readonly string[] = [],
): void {
  if (isBeyondTheRequest(violation, conditions)) return
  const { rule, field, part, fix = '', remedy } = violation
  const told = JSON.stringify(violation)
  expect(typeof field, told).toBe('string')
  expect(violation.value, `value of ${told}`).toBeDefined()
  expect(violation.allowed, `allowed of ${told}`).toBeDefined()
  expect(fix, `fix of ${told}`).not.toBe('')
  if (remedy === undefined) {
    expect(fix, told).toMatch(/^No other request would pass/)
    return
  }
  const left = judge(applyRemedy(request, remedy)).filter(
    (other) => other.rule === rule && other.field === field && other.part === part,
  )
  expect(left, told).toEqual([])
}
