import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deniedForms, deniedName } from '../../../lib/policy/patterns/denied.ts'
import { matches, matchesAny } from '../../../lib/policy/patterns/matches.ts'
import { mayMeetAny } from '../../../lib/policy/patterns/may-meet.ts'
import { patternOf } from '../../../lib/policy/patterns/parse.ts'
import { reachOf, valueOf } from '../../../lib/policy/patterns/value.ts'

describe('what a denial takes a parameter name for', () => {
  it.each([
    ['method.request.header.X-Tenant', 'method.request.header.x-tenant', true],
    ['method.request.header.X-Tenant', 'method.request.header.X_TENANT', true],
    ['method.request.header.X_Tenant', 'method.request.header.X-Tenant', true],
    ['method.request.header.X-Tenant', 'method.request.multivalueheader.X-Tenant', true],
    ['method.request.multivalueheader.X-Tenant', 'method.request.header.X-Tenant', true],
    ['header.X-Amz-Target', 'header.x_amz_target', true],
    ['method.request.querystring.page', 'method.request.multivaluequerystring.page', true],
    ['method.request.querystring.page', 'method.request.querystring.Page', true],
    ['method.request.querystring.page_size', 'method.request.querystring.page-size', false],
    ['method.request.path.user_id', 'method.request.path.user-id', false],
    ['context.authorizer.principalId', 'context.authorizer.principalid', true],
    ['method.request.header.*', 'method.request.multivalueheader.a', true],
    ['method.request.header.x_*', 'method.request.header.X-A.b', true],
    ['method.request.*.x_a', 'method.request.header.X-A', true],
    ['method.request.*.x_a', 'method.request.multivalueheader.x_a', true],
    ['method.request.*.x_a', 'method.request.querystring.x_a', true],
    ['method.request.*.x_a', 'method.request.querystring.x-a', false],
    ['method.request.multi*.X', 'method.request.multivalueheader.x', true],
    ['method.request.multivalue*', 'method.request.header.x', true],
    ['header.*.b', 'header.a_c.B', true],
    ['*', 'stageVariables.x', true],
    ['header.*', 'path.a', false],
  ])('%s on %s: %s', (pattern, name, want) => {
    const forms = deniedForms(patternOf('parameter', pattern))
    expect(matchesAny(forms, deniedName(name))).toBe(want)
    expect(deniedForms(valueOf('parameter', name)).some((form) => mayMeetAny(forms, form))).toBe(want)
  })

  it('is never less than what the pattern matches as spelt', () => {
    const part = fc.constantFrom(
      'header',
      'multivalueheader',
      'querystring',
      'method',
      'request',
      'X_a',
      'x-A',
      '*',
      'a*',
    )
    const pattern = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'))
    const name = fc
      .array(fc.constantFrom('header', 'multivalueheader', 'querystring', 'method', 'request', 'X_a', 'ab'), {
        minLength: 1,
        maxLength: 5,
      })
      .map((parts) => parts.join('.'))
    fc.assert(
      fc.property(pattern, name, (text, value) => {
        const written = patternOf('parameter', text)
        fc.pre(matches(written, value))
        expect(matchesAny(deniedForms(written), deniedName(value)), `${text} on ${value}`).toBe(true)
      }),
    )
  })

  it('takes a late-bound name for any', () => {
    const [form] = deniedForms(reachOf('parameter', ['header.', { hole: 'segment' }]))
    expect(form?.text).toBe('*')
  })
})
