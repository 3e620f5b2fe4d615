import { describe, expect, it } from 'vitest'
import { ruleIds, SECTIONS } from '../../lib/policy/document/rule-ids.ts'
import { Allow } from '../../lib/policy/document/sections.ts'
import { loadPolicySet } from '../../lib/policy/publish/load.ts'
import { examplePolicy } from './marked-text.ts'

describe('ruleIds()', () => {
  it('names a rule for each leaf of the bounds, each deny and condition, each section of each team', () => {
    const loaded = loadPolicySet(examplePolicy, { file: 'policy.yaml', revision: 1 })
    const ids = loaded.ok ? ruleIds(loaded.published.document) : []
    expect(ids).toEqual(
      expect.arrayContaining([
        'org.bounds.types',
        'org.bounds.uri.hosts',
        'org.bounds.uri.placeholders.authority',
        'org.bounds.uri.lambda.accounts',
        'org.bounds.timeout.maxMillis',
        'org.no-reserved-hosts',
        'org.private-backends-need-vpclink',
        'payments.uri',
        'search.contentHandling',
        'legacy-billing.mapping',
      ]),
    )
    expect(ids).not.toContain('org.bounds.uri')
    expect(ids).not.toContain('payments.identity')
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('has a section for each member that a team can have', () => {
    expect([...SECTIONS].sort()).toEqual(Object.keys(Allow.shape).sort())
  })
})
