import type { PolicySet, TestSuite } from '../document/document.ts'
import type { Finding } from '../document/finding.ts'
import { didYouMean } from '../document/problem.ts'
import { ruleIds } from '../document/rule-ids.ts'
import { checkInstant } from './check-rules.ts'

/** Fixtures that don't exist, titles that stand twice, expectations that can't hold. */
export function checkTests({ now, fixtures = {}, tests }: TestSuite): Finding[] {
  const found = checkInstant(now, ['now'])
  const titles = new Set<string>()
  for (const [index, test] of tests.entries()) {
    const path = ['tests', index]
    if (titles.has(test.it)) found.push({ path: [...path, 'it'], at: 'value', message: 'Another test has this title.' })
    titles.add(test.it)
    if (test.now !== undefined) found.push(...checkInstant(test.now, [...path, 'now']))
    if (typeof test.request === 'string' && !Object.hasOwn(fixtures, test.request)) {
      const suggestion = didYouMean(test.request, Object.keys(fixtures))
      const message = `There is no fixture "${test.request}".`
      found.push({ path: [...path, 'request'], at: 'value', message, ...(suggestion && { suggestion }) })
    }
    if (test.expect?.decision === 'allow' && (test.expect.violations?.length ?? 0) > 0) {
      const message = 'What has violations is denied: put rules that only warn under `warnings` or `dryRun`.'
      found.push({ path: [...path, 'expect', 'violations'], at: 'key', message })
    }
  }
  return found
}

/** Rules that a suite expects and this policy doesn't have. Intrinsic rules are the evaluator's to name. */
export function checkTestsAgainst({ tests }: TestSuite, policy: PolicySet): Finding[] {
  const ids = ruleIds(policy)
  const known = new Set(ids)
  return tests.flatMap(({ expect }, index) =>
    (['violations', 'warnings', 'dryRun'] as const).flatMap((member) =>
      (expect?.[member] ?? []).flatMap((id, position): Finding[] => {
        if (known.has(id) || id.startsWith('intrinsic.')) return []
        const suggestion = didYouMean(id, ids)
        const path = ['tests', index, 'expect', member, position]
        return [{ path, at: 'value', message: `There is no rule "${id}".`, ...(suggestion && { suggestion }) }]
      }),
    ),
  )
}
