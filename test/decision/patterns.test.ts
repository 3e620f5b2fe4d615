import * as fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { compileHost, matchesHost } from '../../lib/decision/compile/host-pattern.ts'
import { compileName, matchesName } from '../../lib/decision/compile/name-pattern.ts'
import { compileParameter, foldHeader, matchesParameter } from '../../lib/decision/compile/parameter-pattern.ts'
import { compilePath, coversPath, mayMatchPath } from '../../lib/decision/compile/path-pattern.ts'
import {
  compileRole,
  compileTarget,
  matchesRole,
  matchesRolePath,
  matchesTarget,
} from '../../lib/decision/compile/role-pattern.ts'
import { readPath, type UriPath } from '../../lib/policy/values/uri-path.ts'

const pathOf = (text: string): UriPath => {
  const path = readPath(text, [])
  if (path === undefined) throw new Error(`Cannot read ${text}`)
  return path
}

describe('patterns', () => {
  it.each([
    ['payments-*', 'payments-api', true],
    ['payments-*', 'payments-', false],
    ['payments-*', 'xpayments-api', false],
    ['*-api', 'a-api', true],
    ['*-api', '-api', false],
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
    ['live', 'Live', false],
  ])('name %s on %s: %s', (pattern, name, want) => {
    expect(matchesName(compileName(pattern), name)).toBe(want)
  })

  it.each([
    ['*.acme.example', 'a.acme.example', true],
    ['*.acme.example', 'acme.example', false],
    ['*.acme.example', 'a.b.acme.example', false],
    ['**.acme.example', 'a.b.acme.example', true],
    ['**.acme.example', 'acme.example', false],
    ['**.acme.example', 'xacme.example', false],
    ['*.acme.example', 'a.acme.example.evil', false],
    ['pay*.acme.example', 'payments.acme.example', true],
    ['pay*.acme.example', 'pay.acme.example', false],
    ['a.**.example', 'a.b.c.example', true],
    ['a.**.example', 'a.example', false],
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
  ])('host %s on %s: %s', (pattern, host, want) => {
    expect(matchesHost(compileHost(pattern), host)).toBe(want)
  })

  it.each([
    ['/v1/**', '/v1/', true, true],
    ['/v1/**', '/v1', false, false],
    ['/v1/**', '/v1x/a', false, false],
    ['/v1/**', '/v1/{p}', true, true],
    ['/v1/**', '/{p}', false, true],
    ['/v1/**', '/{p}/v1/a', false, true],
    ['/v1/**', '/v2/{p}', false, false],
    ['/v1/**', '/v2/${stageVariables.p}', false, true],
    ['/v1/*', '/v1/{p}', false, true],
    ['/v1/*', '/v1/', false, false],
    ['/v1/*', '/v1/a/{p}', false, false],
    ['/{p}', '/{p}', false, true],
    ['/{p}/**', '/{p}/x', false, true],
    ['/v1/*/**', '/v1/{p}', false, true],
    ['/v1/*/**', '/v1/a/{p}', true, true],
    ['/**/z', '/{p}/z', false, true],
    ['/**/z', '/a/b/z', true, true],
    ['/v1', '/v1/{p}', false, false],
    ['/v1', '/v1/a/{p}', false, false],
    ['/**', '/{p}', true, true],
    ['/**', '/', true, true],
  ])('path %s on %s: covers %s, may match %s', (pattern, path, covers, may) => {
    expect(coversPath(compilePath(pattern), pathOf(path))).toBe(covers)
    expect(mayMatchPath(compilePath(pattern), pathOf(path))).toBe(may)
  })

  it.each([
    ['arn:aws:iam::111111111111:role/apigw/pay-*', '/apigw/', 'pay-a', true],
    ['arn:aws:iam::111111111111:role/apigw/pay-*', '/apigw/x/', 'pay-a', false],
    ['arn:aws:iam::111111111111:role/apigw/**', '/apigw/x/', 'pay-a', true],
    ['arn:aws:iam::111111111111:role/apigw/*', '/', 'apigw', false],
    ['arn:aws:iam::222222222222:role/apigw/pay-*', '/apigw/', 'pay-a', false],
    ['arn:aws-cn:iam::111111111111:role/apigw/pay-*', '/apigw/', 'pay-a', false],
    ['arn:aws:iam::*:role/**/pay-a', '/apigw/x/', 'pay-a', true],
    ['arn:aws:iam::*:role/**/pay-a', '/', 'pay-a', false],
    ['arn:aws:iam::*:role/**', '/', 'pay-a', true],
    ['arn:aws:iam::*:role/**', '/apigw/', 'pay-a', true],
    ['arn:aws:iam::*:role/*', '/', 'pay-a', true],
    ['arn:aws:iam::*:role/*', '/apigw/', 'pay-a', false],
    ['arn:aws:iam::*:role/team-*/x/pay-a', '/team-a/x/', 'pay-a', true],
    ['arn:aws:iam::*:role/team-*/x/pay-a', '/team-/x/', 'pay-a', false],
    ['arn:aws:iam::*:role/team-*/x/pay-a', '/team-*/x/', 'pay-a', true],
    ['arn:aws:iam::*:role/team-*/x/pay-a', '/x/team-a/', 'pay-a', false],
  ])('role %s on %s%s: %s', (pattern, path, name, want) => {
    expect(matchesRole(compileRole(pattern), { partition: 'aws', account: '111111111111', path, name })).toBe(want)
  })

  it.each([
    ['/apigw/', '/apigw/', true],
    ['/apigw/', '/apigw/x/', false],
    ['/apigw/**', '/apigw/x/', true],
    ['/apigw/**', '/apigw/', true],
    ['/apigw/**', '/apigwx/', false],
  ])('role path %s on %s: %s', (pattern, path, want) => {
    expect(matchesRolePath(pattern, path)).toBe(want)
  })

  it.each([
    ['method.request.querystring.*', 'method.request.querystring.a.b', true],
    ['method.request.querystring.*', 'method.request.querystring.', false],
    ['method.request.*.page', 'method.request.path.page', true],
    ['method.request.*.page', 'method.request.path.x.page', false],
    ['method.request.header.X-A', 'method.request.header.x-a', true],
    ['method.request.path.X', 'method.request.path.x', false],
    ['header.X-*', 'header.x-tenant', true],
    ['*.*', 'header.a.b', true],
    ['method.*.header.*', 'method.request.header.a.b', true],
    ['method.*.header.*', 'method.request.header', false],
    ['method.*.header.*', 'method.request.header.a', true],
    ['*.request.*', 'method.request.path.a', true],
    ['*.request.path', 'method.request.path.a', false],
    ['method.*.header.*', 'method.request.path.a', false],
    ['method.request.path.header.X', 'method.request.path.header.x', false],
    ['integration.request.header.X-A', 'integration.request.header.x-a', true],
    ['method.request.multivalueheader.X-A', 'method.request.multivalueheader.x-a', true],
  ])('parameter %s on %s: %s', (pattern, name, want) => {
    expect(matchesParameter(compileParameter(pattern), foldHeader(name))).toBe(want)
  })
})

/** What patterns mean, told slowly: of `**` every length is tried, of `*` inside a segment a regular expression. */
function means(pattern: readonly string[], values: readonly string[]): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) return values.length === 0
  if (first === '**') return values.some((_, index) => means(rest, values.slice(index + 1)))
  const [value, ...others] = values
  const inside = new RegExp(`^${first.replaceAll('*', '.+')}$`)
  return value !== undefined && inside.test(value) && means(rest, others)
}

describe('a pattern, however it is compiled,', () => {
  const pieces = fc.array(fc.constantFrom('a', 'b', 'a', '*', '**', 'a*', '*b', 'a*b'), { minLength: 1, maxLength: 5 })
  const values = fc.array(fc.constantFrom('a', 'b', 'ab', 'axb', 'aab'), { minLength: 1, maxLength: 6 })
  const runs = { numRuns: 2000 }

  it('means the same for hosts', () => {
    return fc.assert(
      fc.property(pieces, values, (pattern, labels) => {
        expect(matchesHost(compileHost(pattern.join('.')), labels.join('.'))).toBe(means(pattern, labels))
      }),
      runs,
    )
  })

  it('means the same for paths', () => {
    return fc.assert(
      fc.property(pieces, values, (pattern, segments) => {
        const path = pathOf(`/${segments.join('/')}`)
        expect(coversPath(compilePath(`/${pattern.join('/')}`), path)).toBe(means(pattern, segments))
      }),
      runs,
    )
  })

  it('means the same for roles', () => {
    return fc.assert(
      fc.property(pieces, values, (pattern, segments) => {
        const path = ['', ...segments.slice(0, -1), ''].join('/')
        const role = { partition: 'aws', account: '1', path, name: segments.at(-1) ?? '' }
        expect(matchesRole(compileRole(`arn:aws:iam::1:role/${pattern.join('/')}`), role)).toBe(
          means(pattern, segments),
        )
      }),
      runs,
    )
  })

  it('means the same for load balancers, field by field', () => {
    return fc.assert(
      fc.property(pieces, values, pieces, values, (pattern, segments, otherPattern, otherSegments) => {
        const compiled = compileTarget(`${pattern.join('/')}:${otherPattern.join('/')}`)
        const want = means(pattern, segments) && means(otherPattern, otherSegments)
        expect(matchesTarget(compiled, `${segments.join('/')}:${otherSegments.join('/')}`)).toBe(want)
        expect(matchesTarget(compiled, `${segments.join('/')}:${otherSegments.join('/')}:a`)).toBe(false)
      }),
      runs,
    )
  })

  it('could match a path that is filled in later, wherever some value makes it match', () => {
    return fc.assert(
      fc.property(pieces, values, values, (pattern, before, filled) => {
        const late = pathOf(`/${[...before, '{p}'].join('/')}`)
        const compiled = compilePath(`/${pattern.join('/')}`)
        if (means(pattern, [...before, ...filled])) expect(mayMatchPath(compiled, late)).toBe(true)
        else expect(coversPath(compiled, late)).toBe(false)
      }),
      runs,
    )
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

  it('reads a name once for each piece of the pattern, whatever the name', async () => {
    await fc.assert(
      fc.property(fc.stringMatching(/^[a*]{1,20}$/), fc.stringMatching(/^a{0,100}b?$/), (text, name) => {
        const pattern = compileName(text)
        expect(readings(() => matchesName(pattern, name))).toBeLessThanOrEqual(text.length + 1)
      }),
    )
  })

  it.each([100, 1000])('compares each of %i labels with each element of the pattern at most once', (count) => {
    const pattern = compileHost('**.a*.a*.b*.**.a*.c*')
    const host = `${Array.from({ length: count }, () => 'aa').join('.')}.d`
    expect(readings(() => matchesHost(pattern, host))).toBeLessThanOrEqual(10 * count)
  })
})
