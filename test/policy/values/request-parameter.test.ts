import { describe, expect, it } from 'vitest'
import { foldHeader } from '../../../lib/policy/values/request-parameter.ts'

describe('foldHeader()', () => {
  it.each([
    ['header.X-Tenant', 'header.x-tenant'],
    ['method.request.header.X-A', 'method.request.header.x-a'],
    ['integration.request.header.X-A', 'integration.request.header.x-a'],
    ['method.request.multivalueheader.X-A', 'method.request.multivalueheader.x-a'],
    ['method.request.path.X', 'method.request.path.X'],
    ['method.request.path.header.X', 'method.request.path.header.X'],
    ['querystring.Page', 'querystring.Page'],
  ])('of %s gives %s', (name, want) => {
    expect(foldHeader(name)).toBe(want)
  })
})
