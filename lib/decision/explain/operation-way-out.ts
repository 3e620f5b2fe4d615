import type { Remedy } from '../decision.ts'
import { type AskedWrite, patches } from '../rules/operations/writes.ts'
import type { Finding } from './finding.ts'

/**
 * A finding about a write beside integrations, with what it lacks: the value in its place, what is allowed there, and the
 * steps on the wire body that clear it. Of an update, `field` is the path that a step names.
 */
export function withWayOut(finding: Finding, body: AskedWrite['body']): Finding {
  const { field } = finding
  if (field === '') return finding
  const steps = patches(body)
  const at = steps.flatMap(({ path }, index) => (path === field ? [index] : []))
  const [first] = at
  const isUpdate = Array.isArray(body.patchOperations)
  const written = first === undefined ? valueAt(body, field) : steps[first]?.value
  return {
    ...finding,
    value: finding.value === undefined ? shown(written) : finding.value,
    allowed: finding.allowed ?? 'nothing',
    fix: finding.fix ?? (isUpdate ? `Remove the step on ${field}.` : `Remove ${field.slice(1)}.`),
    remedy: isUpdate ? changedSteps(finding, at, steps.length) : changedMember(finding),
  }
}

/** What a method is guarded by has a value that passes; anything else can be left alone. */
function guardOf({ field, allowed }: Finding): string | true | undefined {
  if (field === '/apiKeyRequired') return true
  const [guard] = field === '/authorizationType' && Array.isArray(allowed) ? (allowed as unknown[]) : []
  return typeof guard === 'string' ? guard : undefined
}

function changedMember(finding: Finding): Remedy {
  const guard = guardOf(finding)
  return [
    guard === undefined ? { op: 'remove', path: finding.field } : { op: 'set', path: finding.field, value: guard },
  ]
}

/** From the last step on, so that what stands before it keeps its place. */
function changedSteps(finding: Finding, at: readonly number[], count: number): Remedy {
  const guard = guardOf(finding)
  if (guard === undefined) return at.toReversed().map((index) => ({ op: 'remove', path: `/patchOperations/${index}` }))
  const value = { op: 'replace', path: finding.field, value: String(guard) }
  return (at.length === 0 ? [count] : at).map((index) => ({ op: 'set', path: `/patchOperations/${index}`, value }))
}

function valueAt(body: AskedWrite['body'], pointer: string): unknown {
  let at: unknown = body
  for (const key of pointer.slice(1).split('/')) {
    const name = key.replaceAll('~1', '/').replaceAll('~0', '~')
    at = typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? Reflect.get(at, name) : undefined
  }
  return at
}

/** Characters of a text that are repeated to whoever sent it. */
const LONGEST = 256

function shown(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, LONGEST).toWellFormed()
  if (typeof value === 'number' || typeof value === 'boolean') return value
  return value === undefined || value === null ? null : Array.isArray(value) ? 'a list' : 'an object'
}
