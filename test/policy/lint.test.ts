import { describe, expect, it } from 'vitest'
import { formatDocument } from '../../lib/policy/document/format.ts'
import { lintPolicySet } from '../../lib/policy/publish/lint.ts'
import { loadPolicySet } from '../../lib/policy/publish/load.ts'
import { edit, examplePolicy } from './marked-text.ts'

const NOW = Date.parse('2026-12-01T00:00:00Z')

function publish(text: string) {
  const loaded = loadPolicySet(text, { file: 'policy.yaml', revision: 1 })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  return loaded
}

function lint(text: string, now = NOW) {
  return lintPolicySet(publish(text).published, now).map(({ pointer }) => pointer)
}

describe('lintPolicySet()', () => {
  it('has nothing to say of the example', () => {
    expect(lint(examplePolicy)).toEqual([])
  })

  it.each([
    [
      'a host that another entry covers',
      '["*.payments.acme.internal"]',
      '["*.payments.acme.internal", core.payments.acme.internal]',
      ['/teams/payments/allow/uri/0/hosts/1'],
    ],
    [
      'an entry that stands twice',
      '[vl-bill]',
      '[vl-bill, vl-bill]',
      ['/teams/legacy-billing/allow/connection/vpcLinks/1'],
    ],
    [
      'a path under another, with its slash',
      '["/settlement/**"]',
      '["/settlement/**", "/settlement/"]',
      ['/teams/payments/allow/uri/1/paths/1'],
    ],
    ['no path beside another, without its slash', '["/settlement/**"]', '["/settlement/**", "/settlement"]', []],
    [
      'a rule that another rule covers',
      'uri: [ { hosts: [billing.acme.internal]',
      'uri: [ { hosts: [billing.acme.internal], paths: ["/v1/*"], methods: [GET] }, { hosts: [billing.acme.internal]',
      ['/teams/legacy-billing/allow/uri/0'],
    ],
    [
      'no rule that allows a verb more',
      'methods: [POST] }\n        - { lambda',
      'methods: [POST] }\n        - { hosts: ["api.partner.example"], paths: ["/settlement/x"], methods: [GET] }\n        - { lambda',
      [],
    ],
    [
      'no rule that allows a late-bound query',
      'methods: [POST] }\n        - { lambda',
      'methods: [POST] }\n        - { hosts: ["api.partner.example"], paths: ["/settlement/x"], methods: [POST], query: late-bound }\n        - { lambda',
      [],
    ],
    [
      'a Lambda rule that another covers',
      'qualifiers: [live] } }',
      'qualifiers: [live] } }\n        - { lambda: { account: "111111111111", functions: [payments-x], qualifiers: [live] } }',
      ['/teams/payments/allow/uri/3'],
    ],
    [
      'no Lambda rule that allows another qualifier',
      'qualifiers: [live] } }',
      'qualifiers: [live] } }\n        - { lambda: { account: "111111111111", functions: [payments-x] } }',
      [],
    ],
    [
      'a backend of a type that is not allowed',
      'types: [HTTP_PROXY, AWS_PROXY]',
      'types: [HTTP_PROXY]',
      ['/teams/payments/allow/uri/2'],
    ],
    [
      'links beside INTERNET alone',
      'connection: { types: [INTERNET] }',
      'connection: { types: [INTERNET], vpcLinks: [vl-search] }',
      ['/teams/search/allow/connection/vpcLinks'],
    ],
    [
      'a host that a deny rule takes away',
      'hosts: [localhost,',
      'hosts: ["**.search.acme.example", localhost,',
      ['/teams/search/allow/uri/0/hosts/0'],
    ],
    [
      'no host that a deny rule takes in part',
      'hosts: [localhost,',
      'hosts: [admin.search.acme.example, localhost,',
      [],
    ],
    ['a list that nothing uses', '"@observability-hosts"', 'otel.acme.example', ['/lists/observability-hosts']],
  ])('names %s', (_, from, to, pointers) => {
    expect(lint(edit(examplePolicy, from, to))).toEqual(pointers)
  })

  it('names softenings from the instant they end', () => {
    const end = Date.parse('2027-01-15T00:00:00Z')
    expect(lint(examplePolicy, end - 1)).toEqual([])
    expect(lint(examplePolicy, end)).toEqual(['/org/rollout/rules/0/until'])
    expect(lint(examplePolicy, Date.parse('2027-03-31'))).toEqual([
      '/org/rollout/rules/0/until',
      '/teams/legacy-billing/rollout/until',
    ])
  })

  it('is what loading warns of, but for the clock', () => {
    const { warnings } = publish(edit(examplePolicy, '[vl-bill]', '[vl-bill, vl-bill]'))
    const line = examplePolicy.slice(0, examplePolicy.indexOf('[vl-bill]')).split('\n').length
    expect(warnings).toMatchObject([{ pointer: '/teams/legacy-billing/allow/connection/vpcLinks/1', line }])
  })
})

describe('formatDocument()', () => {
  it('changes neither what a document says nor, a second time, how it is written, and keeps comments', () => {
    const once = formatDocument(examplePolicy, { file: 'policy.yaml' })
    const text = once.ok ? once.text : ''
    expect(formatDocument(text, { file: 'policy.yaml' })).toEqual(once)
    expect(publish(text).published.digest).toBe(publish(examplePolicy).published.digest)
    for (const [, comment = ''] of examplePolicy.matchAll(/# (.*)$/gm)) expect(text).toContain(comment)
  })

  it('writes account ids in quotes as they were, and refuses what it would have to guess', () => {
    expect(formatDocument('a: "012345678901"\n', { file: 'x' })).toEqual({ ok: true, text: 'a: "012345678901"\n' })
    expect(formatDocument('a: 1\na: 2', { file: 'x' })).toMatchObject({ ok: false })
  })
})
