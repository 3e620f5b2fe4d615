import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type HttpUri, readHttpUri } from '../../lib/policy/values/http-uri.ts'

/** What the engine reads without a doubt, and so could allow. */
function readCleanly(raw: string): HttpUri | undefined {
  const { uri, hazards } = readHttpUri(raw)
  return hazards.length === 0 ? uri : undefined
}

/** How WHATWG's URL would describe it. */
function asWhatwg({ scheme, host, port, path, queryText }: HttpUri) {
  const isDefault = port === (scheme === 'https' ? 443 : 80)
  return {
    protocol: `${scheme}:`,
    username: '',
    password: '',
    hostname: host,
    port: isDefault ? '' : String(port),
    pathname: path.text,
    search: queryText === '' ? '' : `?${queryText}`,
    hash: '',
  }
}

describe('readHttpUri()', () => {
  it.each([
    ['https://api.acme.example', { host: 'api.acme.example', port: 443, query: 'none', path: '/' }],
    ['https://API.acme.example:8443/a?b', { host: 'api.acme.example', port: 8443, query: 'literal', path: '/a' }],
    ['http://api.acme.example/a?{b}', { host: 'api.acme.example', port: 80, query: 'late-bound', path: '/a' }],
    ['https://api.acme.example/?', { host: 'api.acme.example', port: 443, query: 'literal', path: '/' }],
  ])('reads %s', (raw, want) => {
    const uri = readCleanly(raw)
    expect(uri && { host: uri.host, port: uri.port, query: uri.query, path: uri.path.text }).toEqual(want)
  })

  it.each([
    ['/a/{b}/c', ['/a/', '{b}', '/c']],
    ['/a/x{b}', ['/a/x', '{b}']],
    ['/{b}', ['/', '{b}']],
    ['/a/b', ['/a/b']],
    ['/a/${stageVariables.b}', ['/a/', '${stageVariables.b}']],
  ])('knows which pieces of %s are filled in later: %j', (path, want) => {
    const pieces = readCleanly(`https://api.acme.example${path}`)?.path.pieces
    expect(pieces?.map((piece) => (typeof piece === 'string' ? piece : piece.text))).toEqual(want)
  })

  it.each([
    ['', []],
    ['?', []],
    ['?a', ['a']],
    ['?a=b&c=d&a=e', ['a', 'c']],
    ['?%61=1&b+c=2', ['a', 'b c']],
    ['?a={x}&{y}=1', ['a', '{y}']],
  ])('knows the names in the query %s: %j', (query, want) => {
    expect(readCleanly(`https://api.acme.example/${query}`)?.queryNames).toEqual(want)
  })

  const pieces = fc.constantFrom(
    ...['https://', 'http://', 'HTTPS://', 'a', 'acme', '.example', '.', '@', ':', ':443', ':80', '/', '//', '..'],
    ...[
      '%2e',
      '%2F',
      '%',
      '\\',
      '?',
      '#',
      ';',
      '[',
      ']',
      '0x7f',
      '127',
      '1',
      '-',
      '_',
      'xn--',
      'é',
      '\t',
      ' ',
      "'",
      '|',
    ],
    ...['{a}', '${stageVariables.a}', '$', '{', '}', '\u3002', '\u00ad', '&=', '^', '~', '*', ','],
  )

  it('accepts nothing that WHATWG reads differently, of URLs made of what is used in tricks', () => {
    const noise = fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join(''))
    const url = fc.tuple(fc.constantFrom('https://', 'http://', ''), noise).map((parts) => parts.join(''))
    return fc.assert(
      fc.property(url, (raw) => {
        const uri = readCleanly(raw)
        if (uri === undefined || uri.path.lateBound !== '' || uri.query === 'late-bound') return
        expect(asWhatwg(uri)).toEqual(partsOf(new URL(raw)))
      }),
      { numRuns: 3000 },
    )
  })

  it('does read ordinary URLs', () => {
    const label = fc.stringMatching(/^[a-z]([a-z0-9]{0,10}[a-z0-9])?$/)
    const segment = fc.stringMatching(/^[A-Za-z0-9_~!*,=:@+-]{1,12}$/)
    return fc.assert(
      fc.property(
        fc.array(label, { minLength: 1, maxLength: 5 }),
        fc.array(segment, { maxLength: 4 }),
        (labels, segments) => {
          const raw = `https://${labels.join('.')}/${segments.join('/')}`
          expect(readCleanly(raw)).toMatchObject({ host: labels.join('.'), path: { text: `/${segments.join('/')}` } })
        },
      ),
    )
  })

  const folder = process.env.VECTORS_DIR
  const why = folder === undefined ? ' (skipped: set VECTORS_DIR to a folder with url/urltestdata.json)' : ''
  it.skipIf(folder === undefined)(`reads no URL of the WHATWG vectors differently${why}`, () => {
    const vectors: unknown[] = JSON.parse(readFileSync(`${folder}/url/urltestdata.json`, 'utf8'))
    let accepted = 0
    for (const vector of vectors) {
      if (!isUrlVector(vector)) continue
      const uri = readCleanly(vector.input)
      if (uri === undefined) continue
      accepted++
      expect(vector.failure, vector.input).toBeUndefined()
      expect(asWhatwg(uri), vector.input).toEqual(partsOf(vector))
    }
    expect(accepted).toBeGreaterThan(0)
  })
})

type Parts = ReturnType<typeof asWhatwg>

function partsOf(url: Parts): Parts {
  const { protocol, username, password, hostname, port, pathname, search, hash } = url
  return { protocol, username, password, hostname, port, pathname, search, hash }
}

/** Comments stand between the vectors as strings. */
function isUrlVector(vector: unknown): vector is Parts & { input: string; failure?: true } {
  return typeof vector === 'object' && vector !== null && 'input' in vector
}
