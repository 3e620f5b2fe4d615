import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { covers } from '../../../lib/policy/patterns/covers.ts'
import { matches } from '../../../lib/policy/patterns/matches.ts'
import { mayMeet } from '../../../lib/policy/patterns/may-meet.ts'
import { patternOf } from '../../../lib/policy/patterns/parse.ts'
import { reachOf } from '../../../lib/policy/patterns/value.ts'
import { lateSources, piecesOf } from '../../../lib/policy/values/path-reach.ts'
import { readPath } from '../../../lib/policy/values/uri-path.ts'

/** What the path can become where `{p}` is filled from `source`; unmapped where there is none. */
function reach(text: string, source?: string) {
  const path = readPath(text, [])
  if (path === undefined) throw new Error(`Cannot read ${text}`)
  const late = lateSources(path, source === undefined ? {} : { 'integration.request.path.p': source }, () => false)
  return { late, pattern: reachOf('path', piecesOf(path, late)) }
}

const QUERY = 'method.request.querystring.p'

describe('a path with parts that are filled in later', () => {
  it.each<[string, string, string | undefined, boolean, boolean]>([
    // A path parameter is one segment: API Gateway matched the request by segments before.
    ['/v1/**', '/v1/{p}', undefined, true, true],
    ['/v1/*', '/v1/{p}', undefined, true, true],
    ['/v1/*', '/v1/{p}', 'method.request.path.p', true, true],
    ['/v1/*', '/v1/a/{p}', undefined, false, false],
    ['/v1/*/**', '/v1/{p}', undefined, false, false],
    ['/v1/*/**', '/v1/a/{p}', undefined, true, true],
    ['/v1', '/v1/{p}', undefined, false, false],
    ['/v1', '/v1/a/{p}', undefined, false, false],
    ['/v1/**', '/{p}', undefined, false, false],
    ['/v1', '/{p}', undefined, false, true],
    ['/v1/**', '/{p}/v1/a', undefined, false, true],
    ['/v1/**', '/v2/{p}', undefined, false, false],
    ['/**/z', '/{p}/z', undefined, true, true],
    ['/**', '/{p}', undefined, true, true],
    ['/v1-*/x', '/v1-{p}/x', undefined, true, true],
    ['/v1/a', '/v1/{p}', undefined, false, true],
    // The greedy one, under the name that every guide gives it, is several.
    ['/v1/**', '/v1/{proxy}', undefined, true, true],
    ['/v1/*', '/v1/{proxy}', undefined, false, true],
    ['/v1/*', '/v1/{p}', 'method.request.path.proxy', false, true],
    ['/v1/a/b', '/v1/{proxy}', undefined, false, true],
    ['/v2/**', '/v1/{proxy}', undefined, false, false],
    // Anything else is any text, and so any path of the host.
    ['/v1/**', '/v1/{p}', QUERY, false, true],
    ['/v1/*', '/v1/{p}', 'method.request.header.p', false, true],
    ['/v2/**', '/v1/{p}', 'method.request.multivalueheader.p', false, true],
    ['/v2', '/v1/{p}', 'method.request.body.p', false, true],
    ['/**', '/v1/{p}', 'context.authorizer.p', true, true],
    ['/v1/**', '/v1/{p}', 'stageVariables.p', false, true],
    ['/v1/**', '/v2/${stageVariables.p}', undefined, false, true],
    ['/**', '/${stageVariables.p}', undefined, true, true],
    // A static value is as good as written out.
    ['/v1/a', '/v1/{p}', "'a'", true, true],
    ['/v1/a/b', '/v1/{p}', "'a/b'", true, true],
    ['/v1/*', '/v1/{p}', "'a/b'", false, false],
  ])('%s over %s filled from %s: covers %s, may meet %s', (pattern, path, source, wantCovers, wantMeet) => {
    const { pattern: reached } = reach(path, source)
    expect(covers(patternOf('path', pattern), reached)).toBe(wantCovers)
    expect(mayMeet(patternOf('path', pattern), reached)).toBe(wantMeet)
  })

  it.each([
    [undefined, 'unmapped'],
    ['method.request.path.p', 'path'],
    [QUERY, 'querystring'],
    ['method.request.multivaluequerystring.p', 'querystring'],
    ['method.request.header.p', 'header'],
    ['method.request.body', 'body'],
    ['context.stage', 'context'],
    ['stageVariables.p', 'stageVariables'],
    ["'a'", 'static'],
  ])('from %s come from %s', (source, want) => {
    expect(reach('/{p}', source).late).toMatchObject([{ text: '{p}', origin: want }])
  })

  const pieces = fc.array(fc.constantFrom('a', 'b', '*', '**', 'a*', '*b'), { minLength: 1, maxLength: 5 })
  const segments = fc.array(fc.constantFrom('a', 'b', 'ab', 'axb'), { minLength: 1, maxLength: 4 })

  it('could meet whatever some value makes match, and are covered only where no value leaves', () => {
    return fc.assert(
      fc.property(pieces, segments, segments, (pattern, before, filled) => {
        const compiled = patternOf('path', `/${pattern.join('/')}`)
        const doesMatch = matches(compiled, `/${[...before, ...filled].join('/')}`)
        for (const [name, source] of [['proxy'], ['p', QUERY]] as const) {
          const { pattern: late } = reach(`/${[...before, `{${name}}`].join('/')}`, source)
          if (doesMatch) expect(mayMeet(compiled, late)).toBe(true)
          else expect(covers(compiled, late)).toBe(false)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
