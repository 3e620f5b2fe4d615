import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { files, POLICY, sallyport } from './session.ts'

const suite = await readFile('examples/policy.test.yaml', 'utf8')
const policy = await readFile(POLICY, 'utf8')

describe('test', () => {
  it('passes the example, against the policy beside it', async () => {
    const { code, out } = await sallyport(['test', 'examples/policy.test.yaml'])
    expect({ code, out }).toEqual({ code: 0, out: '3 tests: 3 passed.\n' })
  })

  it.each([
    {
      it: 'a verdict that differs, with the reason',
      from: 'request: ok, expect: { decision: allow }',
      to: 'request: ok, with: { timeoutInMillis: 10001 }, expect: { decision: allow }',
      says: ['    - allow\n    + deny\n  Denied by payments.timeout at /timeoutInMillis = 10001'],
    },
    {
      it: 'a violation that is missing from the expectation',
      from: 'violations: [org.bounds.uri.hosts, payments.uri]',
      to: 'violations: [payments.uri]',
      says: ['  violations:\n    + org.bounds.uri.hosts  Denied by org.bounds.uri.hosts at /uri (host)'],
    },
    {
      it: 'a violation that does not come',
      from: 'violations: [org.bounds.uri.hosts, payments.uri]',
      to: 'violations: [org.bounds.uri.hosts, payments.uri, payments.timeout]',
      says: ['  violations:\n    - payments.timeout\n'],
    },
    {
      it: 'what is allowed though nothing was expected',
      from: 'request: ok, expect: { decision: allow }',
      to: 'request: ok',
      says: ['  decision:\n    - deny\n    + allow\n'],
    },
  ])('fails on $it', async ({ from, to, says }) => {
    expect(suite).toContain(from)
    const { 's.yaml': path } = await files({ 's.yaml': suite.replace(from, to) })
    const { code, out } = await sallyport(['test', '--policy', POLICY, path])
    expect(code).toBe(1)
    expect(out).toMatch(new RegExp(`^${path}:(?:10|11):5: failed: `))
    for (const text of says) expect(out).toContain(text)
    expect(out).toContain('3 tests: 2 passed, 1 failed.')
  })

  it.each([
    {
      it: 'an unknown key',
      from: 'expect: { decision: allow }',
      to: 'expects: { decision: allow }',
      says: ':10:80: Unknown key "expects". Did you mean "expect"?',
    },
    { it: 'no tests', from: /tests:\n.*$/s, to: 'tests: []\n', says: ':9:8: ' },
    { it: 'a rule that is none', from: 'payments.uri]', to: 'payments.url]', says: 'Did you mean "payments.uri"?' },
    { it: 'a fixture that is none', from: 'request: ok,', to: 'request: oki,', says: 'Did you mean "ok"?' },
  ])('cannot judge a suite with $it', async ({ from, to, says }) => {
    const { 's.yaml': path } = await files({ 's.yaml': suite.replace(from, to) })
    const { code, out, err } = await sallyport(['test', '--policy', POLICY, path])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(path)
    expect(err).toContain(says)
  })

  it('asks for the policy where none stands beside the suite', async () => {
    const { 's.test.yaml': path } = await files({ 's.test.yaml': suite })
    const { code, err } = await sallyport(['test', path])
    expect(code).toBe(2)
    expect(err).toContain(`There is no ${path.replace('.test', '')} beside it.`)
  })

  it('runs with exceptions', async () => {
    const text = suite.replace(
      'with: { uri',
      'with: { timeoutInMillis: 20000 }, expect: { decision: allow, exceptionsUsed: [EX-2026-0117] } }\n  - { it: x, as: {}, request: ok, with: { uri',
    )
    const { 's.yaml': path } = await files({ 's.yaml': text })
    expect((await sallyport(['test', '--policy', POLICY, path])).code).toBe(1)
    expect((await sallyport(['test', '--policy', POLICY, '-e', 'examples/exception.yaml', path])).out).toContain('x\n')
  })
})

describe('explain', () => {
  it('says in words what a team may do, bounds included', async () => {
    const { code, out } = await sallyport(['explain', '--policy', POLICY, '--team', 'payments'])
    expect(code).toBe(0)
    for (const sentence of [
      'HTTP_PROXY, AWS_PROXY or MOCK.',
      'https://*.payments.acme.internal, port 443; path /v1/** or /v2/**;',
      'Lambda function payments-* of account 111111111111; qualifier live; in eu-west-1 or eu-central-1',
      'From 50 to 10000 ms.',
      'At most 10 keys.',
      'org.private-backends-need-vpclink (warn)',
    ])
      expect(out).toContain(sentence)
  })

  it('names the team that was meant', async () => {
    const { code, err } = await sallyport(['explain', '--policy', POLICY, '--team', 'paymets'])
    expect({ code, err }).toEqual({ code: 2, err: `${POLICY}: There is no team "paymets". Did you mean "payments"?\n` })
  })

  it('gives the same as data', async () => {
    const { out } = await sallyport(['explain', '--policy', POLICY, '--team', 'search', '--format', 'json'])
    expect(JSON.parse(out)).toMatchObject({ team: 'search', timeout: { minMillis: 50, maxMillis: 3000 } })
  })
})

describe('lint', () => {
  it('finds nothing in the example', async () => {
    expect((await sallyport(['lint', POLICY])).code).toBe(0)
  })

  it('names what is said in vain at its place, by the clock it is given', async () => {
    const { code, out } = await sallyport(['lint', '--now', '2027-04-01', POLICY])
    expect(code).toBe(1)
    expect(out).toMatch(new RegExp(`^${POLICY}:\\d+:\\d+: .+$`, 'm'))
  })

  it('cannot judge what could not be published', async () => {
    const { 'p.yaml': path } = await files({ 'p.yaml': policy.replace('maxMillis: 10000', 'maxMillis: 30000') })
    const { code, err } = await sallyport(['lint', path])
    expect(code).toBe(2)
    expect(err).toMatch(/^.*p\.yaml:59:\d+: /)
  })
})

describe('fmt', () => {
  it('prints, checks and writes one layout', async () => {
    const { 'p.yaml': path } = await files({ 'p.yaml': 'b:   1   # why\na:  [1,2]\n' })
    const printed = await sallyport(['fmt', path])
    expect(printed).toMatchObject({ code: 0, out: 'b: 1 # why\na: [ 1, 2 ]\n' })
    expect(await sallyport(['fmt', '--check', path])).toMatchObject({ code: 1, out: `${path}: not formatted\n` })
    expect(await sallyport(['fmt', '--write', path])).toMatchObject({ code: 0, out: `${path}: formatted\n` })
    expect(await readFile(path, 'utf8')).toBe(printed.out)
    expect(await sallyport(['fmt', '--check', path])).toMatchObject({ code: 0, out: '' })
    expect((await sallyport(['fmt', '--check', '--write', path])).code).toBe(2)
  })

  it('formats the standard input, and says where it is no document', async () => {
    expect(await sallyport(['fmt', '-'], { stdin: '{a: 1}' })).toMatchObject({ code: 0, out: '{ a: 1 }\n' })
    const { code, err } = await sallyport(['fmt', '-'], { stdin: 'a: [' })
    expect(code).toBe(2)
    expect(err).toMatch(/^-:1:\d+: /)
  })
})
