import * as fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { compileHost, matchesHost } from '../../lib/decision/host-pattern.ts'
import { compileName, matchesName } from '../../lib/decision/name-pattern.ts'
import { compileParameter, foldHeader, matchesParameter } from '../../lib/decision/parameter-pattern.ts'
import { compilePath, coversPath, mayMatchPath } from '../../lib/decision/path-pattern.ts'
import { compileRole, matchesRole, matchesRolePath } from '../../lib/decision/role-pattern.ts'
import { readPath, type UriPath } from '../../lib/decision/uri-path.ts'

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
    ['method.*.header.*', 'method.request.path.a', false],
    ['method.request.path.header.X', 'method.request.path.header.x', false],
    ['integration.request.header.X-A', 'integration.request.header.x-a', true],
    ['method.request.multivalueheader.X-A', 'method.request.multivalueheader.x-a', true],
  ])('parameter %s on %s: %s', (pattern, name, want) => {
    expect(matchesParameter(compileParameter(pattern), foldHeader(name))).toBe(want)
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
