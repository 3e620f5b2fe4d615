import type { TestCase, TestSuite } from '../policy/document/document.ts'
import { instantOf } from '../policy/document/instant.ts'
import type { AskedPlace } from './asked-request.ts'
import type { CompiledPolicy } from './compile/compiled-policy.ts'
import type { Decision } from './decision.ts'
import { judgeAsked } from './judge-asked.ts'

/** What came of one test, in the suite's order. */
export interface TestResult {
  it: string
  decision: Decision
  /** Empty where the test passed. */
  differences: Difference[]
}

/** A set of names that isn't the one expected, or a verdict. */
export interface Difference {
  of: 'decision' | 'violations' | 'warnings' | 'dryRun' | 'exceptionsUsed'
  missing: string[]
  unexpected: string[]
}

/**
 * Runs a suite as the gate would decide, each test at its own frozen instant. Sets of rule ids are compared exactly; what
 * a test doesn't mention isn't compared, except that it expects a denial unless it says otherwise.
 */
export function runSuite(policy: CompiledPolicy, suite: TestSuite, place: AskedPlace): TestResult[] {
  return suite.tests.map((test) => {
    const decision = decisionOf(policy, suite, test, place)
    return { it: test.it, decision, differences: differencesOf(test, decision) }
  })
}

function decisionOf(policy: CompiledPolicy, { now, fixtures = {} }: TestSuite, test: TestCase, place: AskedPlace) {
  const { as: claims, point = 'request' } = test
  const request = typeof test.request === 'string' ? fixtures[test.request] : test.request
  const at = instantOf(test.now ?? now)
  if (!request || at === undefined) throw new Error(`Cannot run "${test.it}": the suite wasn't checked`)
  const { before, ...rest } = request
  return judgeAsked(
    policy,
    {
      ...rest,
      body: { ...request.body, ...test.with },
      ...(before !== undefined && { before: before as never }),
      claims,
    },
    place,
    { point, now: at },
  )
}

function differencesOf({ expect = { decision: 'deny' } }: TestCase, decision: Decision): Difference[] {
  const { violations, warnings, dryRun, exceptionsUsed, more = {}, moreDryRun = {} } = decision
  const found: Difference[] = []
  const compare = (of: Difference['of'], expected: readonly string[] | undefined, actual: readonly string[]) => {
    if (expected === undefined) return
    const missing = [...new Set(expected)].filter((name) => !actual.includes(name))
    const unexpected = [...new Set(actual)].filter((name) => !expected.includes(name))
    if (missing.length > 0 || unexpected.length > 0) found.push({ of, missing, unexpected })
  }
  const rules = (of: { rule: string }[]) => of.map(({ rule }) => rule)
  compare('decision', [expect.decision], [decision.decision])
  // What a list holds no more of is counted by rule; a rule only warns where the list of warnings has it.
  const warned = rules(warnings)
  const counted = Object.keys(more).filter((rule) => !warned.includes(rule))
  compare('violations', expect.violations, [...rules(violations), ...counted])
  compare('warnings', expect.warnings, warned)
  compare('dryRun', expect.dryRun, [...rules(dryRun), ...Object.keys(moreDryRun)])
  compare('exceptionsUsed', expect.exceptionsUsed, exceptionsUsed)
  return found
}
