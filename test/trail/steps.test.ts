import { describe, expect, it } from 'vitest'
import type { Integration } from '../../lib/apigateway/integration.ts'
import type { Violation } from '../../lib/decision/decision.ts'
import { changeMembers, decisionMembers } from '../../lib/trail/attempt.ts'
import { decision, KEYS } from './world.ts'

/** An integration with so many entries, whose reading is counted. */
function counted(entries: number) {
  const steps = { count: 0 }
  const counting: ProxyHandler<Record<string, string>> = {
    get(of, name) {
      steps.count++
      return Reflect.get(of, name)
    },
    getOwnPropertyDescriptor(of, name) {
      steps.count++
      return Reflect.getOwnPropertyDescriptor(of, name)
    },
  }
  const map = (name: (index: number) => string, value: string) =>
    new Proxy(Object.fromEntries(Array.from({ length: entries }, (_, index) => [name(index), value])), counting)
  const integration: Integration = {
    type: 'HTTP_PROXY',
    uri: 'https://x.example/',
    requestParameters: map((index) => `integration.request.header.p${index}`, "'secret'"),
    requestTemplates: map((index) => `text/t${index}`, 'a template'),
  }
  return { steps, integration }
}

const violations = Array.from({ length: 100 }, (_, index): Violation => {
  return { rule: 'a.b', mode: 'enforce', field: `/requestParameters/p${index}`, message: 'm'.repeat(1_000) }
})

describe.each([
  ['changeMembers', (asked: Integration) => changeMembers({ before: asked, intended: asked }, 'r', KEYS)],
  ['decisionMembers', (asked: Integration) => decisionMembers(decision('deny', violations), { intended: asked })],
])('%s()', (_, run) => {
  it('reads as often as there are entries', () => {
    const stepsOf = (entries: number) => {
      const { steps, integration } = counted(entries)
      run(integration)
      return steps.count
    }
    const [once, twice, fourTimes] = [500, 1_000, 2_000].map(stepsOf) as [number, number, number]
    expect(once).toBeGreaterThan(0)
    expect(fourTimes - twice).toBeLessThanOrEqual(2.05 * (twice - once))
  })
})
