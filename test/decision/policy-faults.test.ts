import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { HttpMethod, Integration } from '../../lib/apigateway/integration.ts'
import { compilePolicy } from '../../lib/decision/compile/compile.ts'
import type { CompiledPolicy } from '../../lib/decision/compile/compiled-policy.ts'
import { decide } from '../../lib/decision/decide.ts'
import { NOW, policyNamed, published } from './vector-policies.ts'

/**
 * Requests that were once judged wrongly (`policy-faults.jsonl`), each with its own policy, and siblings beside each
 * class of them. `why` says what is right; `mustName` are the fields of which a denial names at least one.
 */
interface Fault {
  id: string
  class: string
  team: string
  claims: Record<string, unknown>
  restApiId: string
  resourceId: string
  method: HttpMethod
  body: Integration
  partition?: string
  region?: string
  expect: 'allow' | 'deny'
  mustName: string[]
  why: string
  /** `examples/policy.yaml` where absent. */
  policy?: string
}

function faults(file: string): Fault[] {
  const text = readFileSync(new URL(`../vectors/${file}`, import.meta.url), 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

const compiled = new Map<string, Promise<CompiledPolicy>>()

function policyOf({ policy, id }: Fault): CompiledPolicy | Promise<CompiledPolicy> {
  if (policy === undefined) return policyNamed('example')
  const found = compiled.get(policy) ?? compilePolicy(published(policy, `${id}.yaml`))
  compiled.set(policy, found)
  return found
}

describe.each(['policy-faults.jsonl', 'policy-fault-siblings.jsonl'])('%s', (file) => {
  it.each(faults(file))('$id ($class) $expect: $why', async (fault) => {
    const { team, claims, restApiId, resourceId, method, body, partition = 'aws', region = 'eu-west-1' } = fault
    const request = { restApiId, resourceId, httpMethod: method, integration: body, before: null, partition, region }
    const asked = { team, claims, point: 'request', now: NOW } as const
    const { decision, violations } = decide(await policyOf(fault), request, asked)
    expect(decision, JSON.stringify(violations, undefined, 1)).toBe(fault.expect)
    if (fault.mustName.length > 0) expect(fault.mustName).toEqual(expect.arrayContaining([nameOf(fault, violations)]))
  })
})

/** The first field of a violation that the fault asks for, else all fields that are named, so that a failure shows them. */
function nameOf({ mustName }: Fault, violations: readonly { field: string }[]): string {
  const fields = violations.map(({ field }) => field)
  return fields.find((field) => mustName.includes(field)) ?? fields.join(' ')
}
