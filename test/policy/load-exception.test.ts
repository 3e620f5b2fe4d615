import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadException, loadExceptions, loadPolicySet } from '../../lib/policy/publish/load.ts'
import { edit, examplePolicy, unmark } from './marked-text.ts'

const example = readFileSync(new URL('../../examples/exception.yaml', import.meta.url), 'utf8')

function policyOf(text: string) {
  const loaded = loadPolicySet(text, { file: 'policy.yaml', revision: 1 })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  return loaded.published.document
}

const policy = policyOf(examplePolicy)
const load = (text: string, against = policy) => loadException(text, { file: 'exception.yaml', policy: against })

describe('loadException()', () => {
  it('takes the example, with its policy and without', () => {
    expect(load(example)).toMatchObject({ ok: true, exception: { metadata: { id: 'EX-2026-0117' } }, warnings: [] })
    expect(loadException(example, { file: 'exception.yaml' })).toMatchObject({ ok: true })
  })

  it('takes a bound of the organisation beside the section of the team', () => {
    const text = edit(example, '[payments.timeout]', '[payments.timeout, org.bounds.timeout.maxMillis]')
    expect(load(text)).toMatchObject({ ok: true })
  })

  it('lasts exactly 90 days and not a second longer', () => {
    const lasting = (notAfter: string) => load(edit(example, '2027-01-31T00:00:00Z', notAfter)).ok
    expect(lasting('2027-02-21T00:00:00Z')).toBe(true)
    expect(lasting('2027-02-21')).toBe(true)
    expect(lasting('2027-02-21T00:00:01Z')).toBe(false)
  })

  it('takes an API that a team can own by its tags, unless it is listed for another', () => {
    const tagged = policyOf(
      edit(examplePolicy, '{ restApiIds: [a1b2c3d4e5] }', '{ tags: { team: payments, stage: prod } }'),
    )
    expect(load(example, tagged)).toMatchObject({ ok: true })
    expect(load(edit(example, 'a1b2c3d4e5', 's9s8s7s6s5'), tagged)).toMatchObject({
      ok: false,
      problems: [{ pointer: '/spec/match/restApiId' }],
    })
  })

  it.each([
    ['a team that does not exist', 'team: payments', 'team: ¦payment', '/spec/match/team', 'Did you mean "payments"?'],
    ['an API of another team', 'a1b2c3d4e5', '¦s9s8s7s6s5', '/spec/match/restApiId', undefined],
    [
      'a rule that does not exist',
      '[payments.timeout]',
      '[payments.timeout, ¦payments.timeouts]',
      '/spec/rules/1',
      'Did you mean "payments.timeout"?',
    ],
    ['a rule of another team', '[payments.timeout]', '[payments.timeout, ¦search.timeout]', '/spec/rules/1', undefined],
    ['a deny rule', '[payments.timeout]', '[payments.timeout, ¦org.no-reserved-hosts]', '/spec/rules/1', undefined],
    [
      'an intrinsic rule',
      '[payments.timeout]',
      '[payments.timeout, ¦intrinsic.uri.userinfo]',
      '/spec/rules/1',
      undefined,
    ],
    [
      'a condition',
      '[payments.timeout]',
      '[payments.timeout, ¦org.private-backends-need-vpclink]',
      '/spec/rules/1',
      undefined,
    ],
    [
      'a rule without what it is widened to',
      '[payments.timeout]',
      '[payments.timeout, ¦payments.tls]',
      '/spec/rules/1',
      undefined,
    ],
    [
      'a grant of what no rule is about',
      'grants: { timeout',
      'grants: { ¦types: [HTTP], timeout',
      '/spec/grants/types',
      'Add payments.types to rules.',
    ],
    [
      'a grant from a list that does not exist',
      'grants: { timeout',
      'grants: { connection: { vpcLinks: [¦"@links"] }, timeout',
      '/spec/grants/connection/vpcLinks/0',
      undefined,
    ],
    ['a verb in lower case', 'httpMethod: POST', 'httpMethod: ¦post', '/spec/match/httpMethod', 'Did you mean "POST"?'],
    [
      'a requester who approves',
      '[li@acme.example]',
      '[li@acme.example, ¦Ana@acme.example]',
      '/spec/approvedBy/1',
      undefined,
    ],
    ['an exception nobody approved', '[li@acme.example]', '¦[]', '/spec/approvedBy', undefined],
    ['an end before its beginning', '2027-01-31T00:00:00Z', '¦2026-11-23T00:00:00Z', '/spec/notAfter', undefined],
    [
      'an end beyond 90 days',
      '2027-01-31T00:00:00Z',
      '¦2027-02-22',
      '/spec/notAfter',
      'Set it to 2027-02-21T00:00:00Z or earlier.',
    ],
    ['an end that the calendar lacks', '2027-01-31T00:00:00Z', '¦2026-12-32', '/spec/notAfter', undefined],
    ['no reason', '  reason: Settlement partner is slow until their migration\n', '', '/spec/reason', undefined],
  ])('refuses %s', (_, from, to, pointer, suggestion) => {
    const changed = edit(example, from, to)
    const { text, ...place } = changed.includes('¦') ? unmark(changed) : { text: changed }
    const loaded = load(text)
    const problem = loaded.ok ? undefined : loaded.problems.find((one) => one.pointer === pointer)
    expect(problem, JSON.stringify(loaded)).toMatchObject({ pointer, ...place })
    expect(problem?.suggestion).toBe(suggestion)
  })

  it('refuses to widen a locked rule', () => {
    const locked = policyOf(
      edit(
        examplePolicy,
        '  rollout:\n    default: enforce',
        '  locked: [payments.timeout]\n  rollout:\n    default: enforce',
      ),
    )
    expect(load(example, locked)).toMatchObject({ ok: false, problems: [{ pointer: '/spec/rules/0' }] })
  })
})

describe('loadExceptions()', () => {
  const named = (id: string) => example.replace('EX-2026-0117', id)
  const read = (text: string) => {
    const { exceptions, problems } = loadExceptions(text, { file: 'all.yaml', policy })
    return {
      ids: exceptions.map(({ exception }) => exception.metadata.id),
      at: exceptions.map(({ line }) => line),
      problems: problems.map(({ file, line, column, pointer }) => `${file}:${line}:${column} ${pointer}`),
    }
  }
  const lines = example.split('\n').length - 1

  it('takes one document, or several with their places', () => {
    expect(read(example)).toEqual({ ids: ['EX-2026-0117'], at: [2], problems: [] })
    expect(read(`---\n${named('A')}---\n${named('B')}---\n`)).toEqual({
      ids: ['A', 'B'],
      at: [3, 4 + lines],
      problems: [],
    })
  })

  it('refuses by itself what is wrong, and takes the rest', () => {
    const wrong = named('B').replace('ticket: PAY-4411', 'tickets: PAY-4411')
    const { ids, problems } = read(`${named('A')}---\n${wrong}---\n${named('C')}`)
    expect(ids).toEqual(['A', 'C'])
    expect(problems).toContainEqual(expect.stringMatching(/^all\.yaml:\d+:3 \/spec\/tickets$/))
    expect(read(`${named('A')}---\nspec: [\n`)).toMatchObject({ ids: ['A'], problems: [expect.any(String)] })
  })

  it.each([
    ['nothing', ''],
    ['a comment', '# none yet\n'],
    ['another kind', 'apiVersion: sallyport/v1\nkind: PolicySet\n'],
    ['no mapping', '- a\n'],
    ['an alias', 'a: &x 1\nb: *x\n'],
  ])('refuses a file of %s', (_, text) => {
    const { ids, problems } = read(text)
    expect(ids).toEqual([])
    expect(problems.length).toBeGreaterThan(0)
  })

  it('reads a thousand documents of one file and no more', () => {
    const many = (count: number) => Array.from({ length: count }, () => '---\na: 1\n').join('')
    expect(loadExceptions(many(1_001), { file: 'f' }).problems).toMatchObject([{ line: 1, pointer: '' }])
    expect(loadExceptions(many(1_000), { file: 'f' }).problems.length).toBeGreaterThan(1)
  })
})
