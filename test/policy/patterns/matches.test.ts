import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { allowsHost } from '../../../lib/policy/patterns/host.ts'
import { matches, matchesAny } from '../../../lib/policy/patterns/matches.ts'
import { patternOf } from '../../../lib/policy/patterns/parse.ts'
import type { PatternKind } from '../../../lib/policy/patterns/pattern.ts'
import { valueOf } from '../../../lib/policy/patterns/value.ts'
import { fillNamespace } from '../../../lib/policy/patterns/variables.ts'

const ROWS: Readonly<Record<PatternKind, readonly [pattern: string, text: string, want: boolean][]>> = {
  name: [
    ['payments-*', 'payments-api', true],
    ['payments-*', 'payments-', false],
    ['payments-*', 'xpayments-api', false],
    ['*-api', 'a-api', true],
    ['*-api', '-api', false],
    ['*-api', 'a-apis', false],
    ['a*b*c', 'aXbYc', true],
    ['a*b*c', 'abc', false],
    ['a*b*c', 'abXc', false],
    ['a*b*c', 'abbbc', true],
    ['a*b*c', 'aXbc', false],
    ['a*ab', 'aab', false],
    ['a*ab', 'aXab', true],
    ['*a*a*', 'xaxax', true],
    ['*a*a*', 'xaax', false],
    ['*', 'x', true],
    ['*', '', false],
    ['*', 'a/b:c.d', true],
    ['live', 'live', true],
    ['live', 'Live', false],
    ['a.c', 'abc', false],
  ],
  host: [
    ['*.acme.example', 'a.acme.example', true],
    ['*.acme.example', 'acme.example', false],
    ['*.acme.example', '.acme.example', false],
    ['*.acme.example', 'a.b.acme.example', false],
    ['**.acme.example', 'a.b.acme.example', true],
    ['**.acme.example', 'acme.example', false],
    ['**.acme.example', '.acme.example', false],
    ['**.acme.example', 'a..acme.example', false],
    ['**.acme.example', 'xacme.example', false],
    ['*.acme.example', 'a.acme.example.evil', false],
    ['*acme.example', 'evilacme.example', true],
    ['*acme.example', 'evil.acme.example', false],
    ['acme.*', 'acme.example', true],
    ['acme.*', 'acme.co.uk', false],
    ['acme.**', 'acme.co.uk', true],
    ['acme.**', 'acme.', false],
    ['pay*.acme.example', 'payments.acme.example', true],
    ['pay*.acme.example', 'pay.acme.example', false],
    ['a.**.example', 'a.b.c.example', true],
    ['a.**.example', 'a.example', false],
    ['a.**.example', 'a..example', false],
    ['a.**.example', 'a.b..example', false],
    ['a.**.example', 'a..b.example', false],
    ['*.acme.example', '.a.acme.example', false],
    ['**.b.**', 'a.b.c', true],
    ['**.b.**', 'b.b.c', true],
    ['**.b.**', 'b.c', false],
    ['**', 'localhost', true],
    ['a*.b.*c', 'ax.b.xc', true],
    ['a*.b.*c', 'ax.b.xd', false],
    ['a*.b.*c', 'xa.b.xc', false],
    ['*a.b*', 'xa.bx', true],
    ['**.a.**.a.**', 'x.a.x', false],
    ['**.a.**.a.**', 'x.a.x.a.x', true],
    ['**.a.**.b', 'x.a.b', false],
    ['**.a.**.b', 'x.a.x.b', true],
  ],
  path: [
    ['/v1/**', '/v1/', true],
    ['/v1/**', '/v1/a/b/', true],
    ['/v1/**', '/v1', false],
    ['/v1/**', '/v1x/a', false],
    ['/v1/*', '/v1/a', true],
    ['/*/a', 'x1/a', false],
    ['/*/a', '/1/a', true],
    ['/v1/*', '/v1/', false],
    ['/v1/*', '/v1/a/', false],
    ['/v1/*', '/v1/a/b', false],
    ['/v1/a*', '/v1/ab', true],
    ['/v1/a*', '/v1/a', false],
    ['/v1/a*', '/v1/ab/c', false],
    ['/v1/*/**', '/v1/a', false],
    ['/v1/*/**', '/v1/a/', true],
    ['/**/z', '/a/b/z', true],
    ['/**/z', '/z', false],
    ['/**/z', '//z', true],
    ['/**', '/', true],
    ['/**', 'a', false],
    ['/v1', '/v1/', false],
    ['/V1', '/v1', false],
  ],
  role: [
    ['arn:aws:iam::111111111111:role/apigw/pay-*', 'arn:aws:iam::111111111111:role/apigw/pay-a', true],
    ['arn:aws:iam::111111111111:role/apigw/pay-*', 'arn:aws:iam::111111111111:role/apigw/pay-', false],
    ['arn:aws:iam::111111111111:role/apigw/pay-*', 'arn:aws:iam::111111111111:role/apigw/x/pay-a', false],
    ['arn:aws:iam::111111111111:role/apigw/pay-*', 'arn:aws:iam::111111111111:role/apigw/pay-a/b', false],
    ['arn:aws:iam::111111111111:role/apigw/pay-*', 'arn:aws:iam::111111111111:role/apigw/pay-a:b', false],
    ['arn:aws:iam::111111111111:role/apigw/**', 'arn:aws:iam::111111111111:role/apigw/x/pay-a', true],
    ['arn:aws:iam::111111111111:role/apigw/**', 'arn:aws:iam::111111111111:role/apigw/', false],
    ['arn:aws:iam::111111111111:role/apigw/**', 'arn:aws:iam::111111111111:role/apigw//a', false],
    ['arn:aws:iam::111111111111:role/apigw/*', 'arn:aws:iam::111111111111:role/apigw', false],
    ['arn:aws:iam::222222222222:role/apigw/pay-*', 'arn:aws:iam::111111111111:role/apigw/pay-a', false],
    ['arn:aws-cn:iam::111111111111:role/apigw/pay-*', 'arn:aws:iam::111111111111:role/apigw/pay-a', false],
    ['arn:aws:iam::*:role/**/pay-a', 'arn:aws:iam::111111111111:role/apigw/x/pay-a', true],
    ['arn:aws:iam::*:role/**/pay-a', 'arn:aws:iam::111111111111:role/pay-a', false],
    ['arn:aws:iam::*:role/**', 'arn:aws:iam::111111111111:role/pay-a', true],
    ['arn:aws:iam::*:role/*', 'arn:aws:iam::111111111111:role/apigw/pay-a', false],
    ['arn:aws:iam::*:role/team-*/x/pay-a', 'arn:aws:iam::111111111111:role/team-a/x/pay-a', true],
    ['arn:aws:iam::*:role/team-*/x/pay-a', 'arn:aws:iam::111111111111:role/team-/x/pay-a', false],
    ['arn:aws:iam::*:role/team-*/x/pay-a', 'arn:aws:iam::111111111111:role/team-*/x/pay-a', true],
    ['arn:aws:iam::*:role/a', 'arn:aws:iam:::role/a', false],
  ],
  target: [
    ['arn:aws:e:*:1:loadbalancer/app/a/*', 'arn:aws:e:eu-west-1:1:loadbalancer/app/a/50dc', true],
    ['arn:aws:e:*:1:loadbalancer/app/a/*', 'arn:aws:e:eu-west-1:1:loadbalancer/app/a/50dc/1', false],
    ['arn:aws:e:*:1:loadbalancer/app/a/*', 'arn:aws:e::1:loadbalancer/app/a/50dc', false],
    ['arn:aws:e:*:1:loadbalancer/**', 'arn:aws:e:eu-west-1:1:listener/app/a/50dc', false],
    ['arn:aws:e:eu-west-1:1:loadbalancer/**', 'arn:aws:e:eu-west-1:1:loadbalancer/app/a/50dc', true],
    ['arn:aws:e:eu-west-1:1:loadbalancer/**', 'arn:aws:e:eu-west-1:1:loadbalancer/app/a:50dc', false],
    ['arn:aws:e:eu-*:1:x', 'arn:aws:e:eu-west-1:1:x', true],
    ['arn:aws:e:eu-*:1:x', 'arn:aws:e:eu-west-1:1:x:y', false],
  ],
  parameter: [
    ['method.request.querystring.*', 'method.request.querystring.a.b', true],
    ['method.request.querystring.*', 'method.request.querystring.', false],
    ['method.request.querystring.*', 'method.request.querystring..', true],
    ['method.request.*.page', 'method.request.path.page', true],
    ['method.request.*.page', 'method.request.path.x.page', false],
    ['method.request.*.page', 'method.request..page', false],
    ['method.request.header.X-A', 'method.request.header.x-a', false],
    ['method.request.header.X-A', 'method.request.multivalueheader.X-A', false],
    ['header.X-*', 'header.X-Tenant', true],
    ['header.X-*', 'header.X-Tenant.a', true],
    ['header.X-*', 'header.X-', false],
    ['*.*', 'header.a.b', true],
    ['*.*', 'header', false],
    ['*.*', '.a', false],
    ['header.*.*', 'header.a.', false],
    ['header.*.*', 'header.a.b', true],
    ['header.*.*', 'header.a', false],
    ['header.*.*', 'header..b', false],
    ['method.*.header.*', 'method.request.header.a.b', true],
    ['method.*.header.*', 'method.request.header', false],
    ['method.*.header.x-*', 'method.request.header.x-a.b', true],
    ['method.*.header.*', 'method.request.path.a', false],
    ['*.request.*', 'method.request.path.a', true],
    ['*.request.path', 'method.request.path.a', false],
    ['a*b.*c', 'axb.xc', true],
    ['a*b.*c', 'axb.x.c', false],
    ['a*b*', 'axb.c', true],
    ['a*b*', 'ax.b.c', false],
    ['a*b*', 'axb', false],
    ['*', 'context.identity.sourceIp', true],
  ],
  namespace: [
    ['payments-*', 'payments-a/b', true],
    ['{resourceId}', '{resourceId}', false],
    ['{resourceId}', 'abc', false],
    ['{team}-*', '{team}-a', false],
    ['*', '\uE000', true],
    ['{team}-*', '\uE000-a', false],
    ['{resourceId}', '\uE002', false],
  ],
}

describe.each(Object.entries(ROWS))('a pattern of a %s', (kind, rows) => {
  it.each(rows)('%s on %s: %s', (pattern, text, want) => {
    expect(matches(patternOf(kind as PatternKind, pattern), text)).toBe(want)
  })
})

describe('a value of a request', () => {
  it('is a literal, whatever stands in it', () => {
    expect(matches(valueOf('name', 'a*'), 'ab')).toBe(false)
    expect(matches(valueOf('name', 'a*'), 'a*')).toBe(true)
    expect(matches(valueOf('namespace', '{team}'), '{team}')).toBe(true)
    expect(valueOf('host', 'API.acme.example').literal).toBe('api.acme.example')
  })
})

describe('fillNamespace()', () => {
  it.each([
    ['{resourceId}', { resourceId: '9x8y7z' }, '9x8y7z', true],
    ['{resourceId}', { resourceId: '9x8y7z' }, '9x8y7zz', false],
    ['{team}-*', { team: 'pay' }, 'pay-a', true],
    ['{team}-*', { team: 'pay' }, 'pay-', false],
    ['{team}-*', { team: '*' }, 'pay-a', false],
    ['{team}-*', { team: '*' }, '*-a', true],
    ['{team}-{restApiId}-*', { team: 'pay' }, 'pay-a-b', false],
    ['{team}-{restApiId}-*', { team: '$&', restApiId: 'a' }, '$&-a-b', true],
    ['shared-*', { team: 'pay' }, 'shared-a', true],
  ])('%s with %o on %s: %s', (pattern, variables, text, want) => {
    const filled = fillNamespace(patternOf('namespace', pattern), variables)
    expect(matches(filled, text)).toBe(want)
    // What is filled in never reads as a pattern.
    expect(filled.literal === undefined || filled.literal === filled.text).toBe(true)
  })

  it('leaves other patterns as they are', () => {
    const name = patternOf('name', 'a*')
    expect(fillNamespace(name, { team: 'x' })).toBe(name)
  })
})

describe('allowsHost()', () => {
  it.each([
    [['*.acme.example'], 'api.acme.example', true],
    [['*.acme.example'], 'xn--pi-7jc.acme.example', false],
    [['**'], 'xn--pi-7jc.acme.example', false],
    [['xn--pi-7jc.**'], 'xn--pi-7jc.acme.example', true],
    [['*.acme.example', 'xn--pi-7jc.acme.example'], 'xn--pi-7jc.acme.example', true],
    [['*.xn--bcher-kva.example'], 'api.xn--bcher-kva.example', true],
    [['*.xn--bcher-kva.example'], 'xn--pi-7jc.xn--bcher-kva.example', false],
    [['*.acme.example'], 'axn--b.acme.example', true],
    [['other.example'], 'api.acme.example', false],
  ])('%j on %s: %s', (patterns, host, want) => {
    const hosts = patterns.map((text) => patternOf('host', text))
    expect(allowsHost(hosts, host)).toBe(want)
    if (want) expect(matchesAny(hosts, host)).toBe(true)
  })
})

describe('matching', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  /** How often `run` reads through a string. */
  function readings(run: () => void): number {
    const methods = ['startsWith', 'endsWith', 'indexOf'] as const
    const spies = methods.map((method) => vi.spyOn(String.prototype, method))
    run()
    const calls = spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0)
    vi.restoreAllMocks()
    return calls
  }

  it('reads a name once for each piece of the pattern, whatever the name', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a*]{1,20}$/), fc.stringMatching(/^a{0,100}b?$/), (text, name) => {
        const pattern = patternOf('name', text.replace(/\*+/g, '*'))
        expect(readings(() => matches(pattern, name))).toBeLessThanOrEqual(text.length + 2)
      }),
    )
  })

  it.each([
    ['host', '**.a*.a*.b*.**.a*.c*', '.', ''],
    ['path', '/**/a*/a*/b*/**/a*/c*', '/', '/'],
    ['role', 'arn:aws:iam::*:role/**/a*/a*/b*/**/a*/c*', '/', 'arn:aws:iam::111111111111:role/'],
    ['target', 'arn:aws:e:*:1:**/a*/a*/b*/**/a*/c*', '/', 'arn:aws:e:eu-west-1:1:'],
  ] as const)(
    'compares each segment of a %s with each element of the pattern at most once',
    (kind, text, separator, head) => {
      const pattern = patternOf(kind, text)
      const steps = [500, 1000].map((count) => {
        const value = `${head}${Array.from({ length: count }, () => 'aa').join(separator)}${separator}d`
        return readings(() => matches(pattern, value))
      })
      const [small = 0, large = 0] = steps
      expect(small).toBeGreaterThan(500)
      expect(large).toBeLessThanOrEqual(10 * 1000)
      expect(large).toBeLessThanOrEqual(2 * small + 20)
    },
  )

  it('reads a parameter once for each part of the pattern', () => {
    const pattern = patternOf('parameter', 'a*.*b.a*a*.*')
    const value = `${'a'.repeat(1000)}.${'b'.repeat(1000)}.${'a.'.repeat(1000)}`
    expect(readings(() => matches(pattern, value))).toBeLessThanOrEqual(20)
  })
})
