import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadPolicySet, loadTestSuite } from '../../lib/policy/publish/load.ts'
import { edit, examplePolicy, unmark } from './marked-text.ts'

const example = readFileSync(new URL('../../examples/policy.test.yaml', import.meta.url), 'utf8')
const loadedPolicy = loadPolicySet(examplePolicy, { file: 'policy.yaml', revision: 1 })
const policy = loadedPolicy.ok ? { policy: loadedPolicy.published.document } : {}

describe('loadTestSuite()', () => {
  it('takes the example', () => {
    expect(loadTestSuite(example, { file: 'policy.test.yaml', ...policy })).toMatchObject({ ok: true, warnings: [] })
  })

  it.each([
    [
      'an unknown key of a test',
      'as: { groups: [search] }, request: ok }',
      'as: { groups: [search] }, request: ok, ¦expects: {} }',
      '/tests/2/expects',
      'Did you mean "expect"?',
    ],
    [
      'an unknown fixture',
      'as: { groups: [search] }, request: ok }',
      'as: { groups: [search] }, request: ¦ook }',
      '/tests/2/request',
      'Did you mean "ok"?',
    ],
    [
      'an unknown rule',
      'payments.uri]',
      '¦payments.url]',
      '/tests/1/expect/violations/1',
      'Did you mean "payments.uri"?',
    ],
    ['a title that stands twice', 'it: refuses another team', 'it: ¦allows a plain backend', '/tests/2/it', undefined],
    [
      'an allowed request with violations',
      'expect: { decision: allow }',
      'expect: { decision: allow, ¦violations: [payments.uri] }',
      '/tests/0/expect/violations',
      undefined,
    ],
    ['a suite without its clock', 'now: 2026-12-01T09:00:00Z\n', '', '/now', undefined],
    ['a verb that is none', 'method: POST,', 'method: ¦SEND,', '/fixtures/ok/method', undefined],
  ])('refuses %s', (_, from, to, pointer, suggestion) => {
    const changed = edit(example, from, to)
    const { text, ...place } = changed.includes('¦') ? unmark(changed) : { text: changed }
    const loaded = loadTestSuite(text, { file: 'policy.test.yaml', ...policy })
    const problem = loaded.ok ? undefined : loaded.problems.find((one) => one.pointer === pointer)
    expect(problem, JSON.stringify(loaded)).toMatchObject({ pointer, ...place })
    expect(problem?.suggestion).toBe(suggestion)
  })

  it('refuses a suite without tests', () => {
    const text = `${example.slice(0, example.indexOf('tests:'))}tests: []\n`
    expect(loadTestSuite(text, { file: 'x' })).toMatchObject({ ok: false, problems: [{ pointer: '/tests' }] })
  })
})
