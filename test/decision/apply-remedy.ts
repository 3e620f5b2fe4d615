import { expect } from 'vitest'
import type { Integration } from '../../lib/apigateway/integration.ts'
import type { DecisionRequest, Remedy, Violation } from '../../lib/decision/decision.ts'
import type { PolicySet } from '../../lib/policy/document/document.ts'

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
  if (pointer === '') {
    for (const member of Object.keys(members)) delete members[member]
    Object.assign(members, to?.value)
    return
  }
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

/** The same for the body of a write beside integrations. */
export function applyToBody(body: Readonly<Members>, remedy: Remedy): Members {
  const copy = structuredClone(body)
  for (const step of remedy) {
    if (step.op !== 'httpMethod') change(copy, step.path, step.op === 'set' ? { value: step.value } : undefined)
  }
  return copy
}

/** The third promise, for those. */
export function expectOperationWayOut(
  violation: Violation,
  body: Readonly<Members>,
  judge: (body: Readonly<Members>) => readonly Violation[],
): void {
  const { rule, field, fix = '', remedy, value, allowed } = violation
  if (OF_THE_ASKER.includes(rule)) return
  const told = JSON.stringify(violation)
  expect(value, `value of ${told}`).toBeDefined()
  expect(allowed, `allowed of ${told}`).toBeDefined()
  expect(fix, `fix of ${told}`).not.toBe('')
  if (remedy === undefined) {
    expect(fix, told).toMatch(/^No other request would pass/)
    return
  }
  const left = judge(applyToBody(body, remedy)).filter((other) => other.rule === rule && other.field === field)
  expect(left, told).toEqual([])
}

/** Refusals of the asker and not of the request. */
const OF_THE_ASKER = ['intrinsic.owner', 'intrinsic.identity']

/** Conditions, of which a program knows nothing but the sentence that their author wrote. */
export function conditionsOf({ org }: PolicySet): readonly string[] {
  return (org.conditions ?? []).map(({ id }) => id)
}

/** Denies whose author wrote what to do. */
function isAuthored({ rule, fix }: Violation): boolean {
  return (
    !rule.startsWith('intrinsic.') && !rule.startsWith('org.bounds.') && rule.startsWith('org.') && fix !== undefined
  )
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
  if (OF_THE_ASKER.includes(violation.rule) || conditions.includes(violation.rule)) return
  const { rule, part, fix = '', remedy } = violation
  const told = JSON.stringify(violation)
  expect(typeof violation.field, told).toBe('string')
  expect(violation.value, `value of ${told}`).toBeDefined()
  expect(violation.allowed, `allowed of ${told}`).toBeDefined()
  expect(fix, `fix of ${told}`).not.toBe('')
  if (remedy === undefined) {
    const isListEmpty = Array.isArray(violation.allowed) && violation.allowed.length === 0
    if (!isListEmpty && !isAuthored(violation)) expect(fix, told).toMatch(/^No other request would pass/)
    return
  }
  // What is left of a list moves up when an entry goes.
  const placeOf = ({ field: at }: Violation) => at.replace(/\/\d+$/, '')
  const isSuch = (other: Violation) =>
    other.rule === rule && placeOf(other) === placeOf(violation) && other.part === part
  // Another value in the same place is a violation of its own, if it was told before.
  const others = judge(request).filter((other) => isSuch(other) && other.value !== violation.value)
  const left = judge(applyRemedy(request, remedy)).filter(
    (other) => isSuch(other) && !others.some(({ value }) => value === other.value),
  )
  expect(left, told).toEqual([])
}
