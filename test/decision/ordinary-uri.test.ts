import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readHttpUri } from '../../lib/policy/values/http-uri.ts'
import { readOrdinaryUri } from '../../lib/policy/values/ordinary-uri.ts'

describe('readOrdinaryUri()', () => {
  const label63 = 'a'.repeat(63)

  it.each([
    ['https://api.acme.example', 'api.acme.example', '/'],
    ['http://a-b.acme.example/a/b.c/', 'a-b.acme.example', '/a/b.c/'],
    [`https://${label63}.example/`, `${label63}.example`, '/'],
  ])('reads %s', (raw, host, path) => {
    expect(readOrdinaryUri(raw)).toMatchObject({ host, path })
  })

  it.each([
    'ftp://api.acme.example',
    'https://',
    'https:///a',
    'https://API.acme.example',
    'https://api..example',
    'https://-api.example',
    'https://api-.example',
    'https://api.example.',
    'https://api.example:8443',
    'https://user@api.example',
    'https://api.xn--80ak6aa92e.example',
    'https://127.0.0.1',
    'https://api.0x7f',
    `https://${label63}a.example`,
    `https://${`${'a'.repeat(62)}.`.repeat(4)}ab`,
    'https://api.example/.',
    'https://api.example/a/../b',
    'https://api.example//a',
    'https://api.example/a;b',
    'https://api.example/%2e',
    'https://api.example/{a}',
    'https://api.example/$a',
    'https://api.example/[a]',
    'https://api.example/a b',
    'https://api.example/a\\b',
    'https://api.example/ä',
    'https://api.example/a?b',
    'https://api.example/a#b',
  ])('leaves %s to a closer look', (raw) => {
    expect(readOrdinaryUri(raw)).toBeUndefined()
  })

  it('gives what reading part by part gives', async () => {
    const text = (characters: string) => fc.string({ unit: fc.constantFrom(...characters), maxLength: 8 })
    const uri = fc.tuple(text('ab0-.x'), text("ab0-._~!&'()*+,=:@/;%{"))
    let ordinary = 0
    await fc.assert(
      fc.property(uri, ([host, path]) => {
        const raw = `https://api${host}/${path}`
        if (readOrdinaryUri(raw) === undefined) return
        ordinary++
        // A port that is written is read part by part.
        expect(readHttpUri(raw)).toEqual(readHttpUri(`https://api${host}:443/${path}`))
      }),
      { numRuns: 2000, seed: 1 },
    )
    expect(ordinary).toBeGreaterThan(300)
  })
})
