import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { compilePolicy } from '../../lib/decision/compile/compile.ts'
import type { CompiledPolicy } from '../../lib/decision/compile/compiled-policy.ts'
import { MOST_TOLD } from '../../lib/decision/decision.ts'
import type { Finding } from '../../lib/decision/explain/finding.ts'
import { boundedDecision, Judged } from '../../lib/decision/judged.ts'
import { isShortened } from '../../lib/decision/telling.ts'
import { loadPolicySet } from '../../lib/policy/publish/load.ts'

let policy: CompiledPolicy
beforeAll(async () => {
  const loaded = loadPolicySet(readFileSync('examples/policy.yaml', 'utf8'), { file: 'policy.yaml', revision: 1 })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  policy = await compilePolicy(loaded.published)
})

const judged = () => new Judged(policy, { team: 'payments', point: 'request', now: 0 })
const finding = (index: number, more: Partial<Finding> = {}): Finding => ({
  rule: 'payments.mapping',
  field: `/requestParameters/p${index}`,
  message: `No ${index}.`,
  ...more,
})
const sum = (counts: Readonly<Record<string, number>> = {}) => Object.values(counts).reduce((a, b) => a + b, 0)

describe('a decision with many findings', () => {
  it('tells the first hundred of a mode whole and counts the rest by rule', () => {
    const all = judged()
    for (let index = 0; index < 2_309; index++) all.add(finding(index, { rule: index % 2 ? 'a.b' : 'c.d' }), 'enforce')
    const { decision, violations, more, warnings, moreDryRun } = all.decision()
    expect({ decision, told: violations.length, more }).toEqual({
      decision: 'deny',
      told: MOST_TOLD,
      more: { 'a.b': 1_104, 'c.d': 1_105 },
    })
    expect(violations[99]).toMatchObject(finding(99, { rule: 'a.b' }))
    expect([warnings, moreDryRun]).toEqual([[], undefined])
  })

  it('counts what is only tried out apart: its caller is told nothing of it', () => {
    const all = judged()
    for (let index = 0; index < 150; index++) {
      all.add(finding(index, { rule: 'tried.out' }), 'dry-run')
      all.add(finding(index, { rule: 'warned.of' }), 'warn')
    }
    expect(all.decision()).toMatchObject({
      decision: 'allow',
      more: { 'warned.of': 50 },
      moreDryRun: { 'tried.out': 50 },
    })
  })

  it('says nothing of more where all is told', () => {
    const all = judged()
    for (let index = 0; index < MOST_TOLD; index++) all.add(finding(index), 'enforce')
    expect(all.decision()).not.toHaveProperty('more')
  })

  it('tells and counts nothing twice', () => {
    const all = judged()
    for (const round of [0, 1, 2]) for (let index = round; index < 150; index++) all.add(finding(index), 'enforce')
    const { violations, more } = all.decision()
    expect([violations.length, more]).toEqual([MOST_TOLD, { 'payments.mapping': 50 }])
  })

  it.each([
    [finding(0, { field: '/a', part: 'bc' }), finding(0, { field: '/ab', part: 'c' })],
    [finding(0, { value: 1 }), finding(0, { value: '1' })],
    [finding(0, { value: null }), finding(0, { value: 'null' })],
    [finding(0, { value: ['a'] }), finding(0, { value: ['b'] })],
    [finding(0, { part: 'x' }), finding(0, { value: 'x' })],
  ])('takes %o and %o for two', (one, other) => {
    const all = judged()
    all.addAll([one, other, one, other], 'enforce')
    expect(all.decision().violations).toHaveLength(2)
  })

  it('takes as many steps as there are findings', () => {
    const steps = (count: number) => {
      let reads = 0
      const counting: ProxyHandler<Finding> = {
        get(of, name) {
          reads++
          return Reflect.get(of, name)
        },
      }
      const all = judged()
      for (let index = 0; index < count; index++) all.add(new Proxy(finding(index), counting), 'enforce')
      all.decision()
      return reads
    }
    const [once, twice, fourTimes] = [1_000, 2_000, 4_000].map(steps) as [number, number, number]
    expect(fourTimes - twice).toBeLessThanOrEqual(2 * (twice - once))
  })
})

describe('a decision on long texts', () => {
  const long = 'x'.repeat(100_000)

  it('tells 1,024 characters of each, and that there is more', () => {
    const all = judged()
    all.add(
      finding(0, { field: `/${long}`, value: long, message: long, nearest: long, fix: long, error: long }),
      'warn',
    )
    const [{ field, value, message, nearest, fix, error } = finding(0)] = all.decision().warnings
    for (const text of [value, message, nearest, fix, error]) {
      expect(text).toBe(`${'x'.repeat(1_024)}… (100000 characters)`)
    }
    expect(isShortened(field)).toBe(true)
  })

  it('tells a short list or object as it is, and a long one as a text', () => {
    const all = judged()
    all.add(finding(0, { value: ['a', 'b'] }), 'warn')
    all.add(finding(1, { value: [long, long] }), 'warn')
    const [short, other] = all.decision().warnings
    expect(short?.value).toEqual(['a', 'b'])
    expect(isShortened(String(other?.value))).toBe(true)
  })

  it('has fewer than 400,000 characters a list, whatever is found', () => {
    const text = fc.integer({ min: 0, max: 5_000 }).map((length) => 'é'.repeat(length))
    const allowed = fc.array(
      fc.integer({ min: 1, max: 253 }).map((n) => 'h'.repeat(n)),
      { maxLength: 201 },
    )
    const found = fc.record(
      {
        rule: fc.constantFrom('a.b', 'c.d'),
        field: text,
        message: text,
        value: text,
        nearest: text,
        fix: text,
        allowed,
      },
      { requiredKeys: ['rule', 'field', 'message'] },
    )
    fc.assert(
      fc.property(fc.array(found, { minLength: 50, maxLength: 300, size: 'max' }), (findings) => {
        const all = judged()
        all.addAll(findings as Finding[], 'enforce')
        const { violations, more } = all.decision()
        expect(JSON.stringify(violations).length).toBeLessThan(400_000)
        expect(violations.length + sum(more)).toBeLessThanOrEqual(findings.length)
        expect(violations.length).toBeLessThanOrEqual(MOST_TOLD)
      }),
      { numRuns: 30 },
    )
  })

  it('never cuts a character in two', () => {
    const all = judged()
    all.add(finding(0, { value: `${'x'.repeat(1_023)}😀${long}` }), 'warn')
    expect(String(all.decision().warnings[0]?.value).isWellFormed()).toBe(true)
  })
})

describe('boundedDecision()', () => {
  it('leaves a decision alone that is within bounds', () => {
    const all = judged()
    all.add(finding(0), 'enforce')
    const decision = all.decision()
    expect(boundedDecision(decision)).toBe(decision)
  })

  it('counts what was put before a full list, and shortens it', () => {
    const all = judged()
    for (let index = 0; index < 101; index++) all.add(finding(index), 'enforce')
    const decision = all.decision()
    const form = { rule: 'intrinsic.form', mode: 'enforce' as const, field: '', message: 'x'.repeat(70_000) }
    const bounded = boundedDecision({ ...decision, violations: [form, ...decision.violations] })
    expect(bounded.violations).toHaveLength(MOST_TOLD)
    expect(isShortened(bounded.violations[0]?.message ?? '')).toBe(true)
    expect(bounded.more).toEqual({ 'payments.mapping': 2 })
  })
})
