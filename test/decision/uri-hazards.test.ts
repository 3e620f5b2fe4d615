import { describe, expect, it } from 'vitest'
import { type HttpUri, readHttpUri } from '../../lib/policy/values/http-uri.ts'
import { scanLateBound } from '../../lib/policy/values/late-bound.ts'
import type { Hazard } from '../../lib/policy/values/uri-hazard.ts'
import { readPath, type UriPath } from '../../lib/policy/values/uri-path.ts'

const long = (length: number) => `https://a.example/${'a'.repeat(length - 'https://a.example/'.length)}`
const hostOf = (length: number) => `${'a.'.repeat((length - 7) / 2)}example`

describe('readHttpUri()', () => {
  it.each<[string, string, string | number, string]>([
    ['length', 'uri', 8193, long(8193)],
    ['control-character', 'uri', 'U+0000', 'https://a.example/\u0000'],
    ['control-character', 'uri', 'U+0009', 'https://a.example/a\t\n'],
    ['control-character', 'uri', 'U+001F', 'https://a.example/\u001f'],
    ['control-character', 'uri', 'U+007F', 'https://a.example/\u007f'],
    ['backslash', 'uri', '\\', 'https://a.example/a\\b'],
    ['non-ascii', 'uri', 'U+0080', 'https://a.example/\u0080'],
    ['non-ascii', 'uri', 'U+00E9', 'https://a.example/é\u0080'],
    ['character', 'uri', 'U+0020', 'https://a.example/a b"'],
    ['character', 'uri', '^', 'https://a.example/a^b'],
    ['scheme', 'scheme', 'ftp', 'ftp://a.example/'],
    ['scheme', 'scheme', '', '://a.example/'],
    ['scheme', 'scheme', 'https:a.example', 'https:a.example'],
    ['scheme', 'scheme', 'a'.repeat(64), `${'a'.repeat(65)}://a.example/`],
    ['late-bound', 'scheme', '{s}', '{s}://a.example/'],
    ['late-bound', 'scheme', '$s', '$s://a.example/'],
    ['userinfo', 'host', 'u@a.example', 'https://u@a.example/'],
    ['ip-literal', 'host', '[::1]', 'https://[::1]/'],
    ['ip-literal', 'host', '[a.example', 'https://[a.example/'],
    ['ip-literal', 'host', 'a.example]', 'https://a.example]/'],
    ['ip-literal', 'host', '127.0.0.1', 'https://127.0.0.1/'],
    ['ip-literal', 'host', 'a.0xg', 'https://a.0xg/'],
    ['ip-literal', 'host', 'a.0', 'https://a.0/'],
    ['ip-literal', 'host', 'a.9', 'https://a.9'],
    ['host-label', 'host', 'a.-b', 'https://a.-b/'],
    ['host-label', 'host', 'a-.b', 'https://a-.b/'],
    ['host-label', 'host', 'a..b', 'https://a..b/'],
    ['late-bound', 'host', '{h}', 'https://{h}/'],
    ['late-bound', 'host', '{h}:80', 'https://{h}:80/'],
    ['late-bound', 'host', 'a}', 'https://a}/'],
    ['late-bound', 'port', 'a.example:{p}', 'https://a.example:{p}/'],
    ['late-bound', 'port', 'a.example:$', 'https://a.example:$/'],
    ['late-bound', 'host', '$:{p}', 'https://$:{p}/'],
    ['percent-in-host', 'host', 'a%2eexample', 'https://a%2eexample/'],
    ['host-label', 'host', '', 'https:///a'],
    ['host-label', 'host', '', 'https://:80/'],
    ['trailing-dot', 'host', 'a.example.', 'https://a.example./'],
    ['host-label', 'host', hostOf(255), `https://${hostOf(255)}/`],
    ['host-label', 'host', `${'a'.repeat(64)}.example`, `https://${'a'.repeat(64)}.example/`],
    ['host-label', 'host', 'a_b.example', 'https://A_b.example/'],
    ['host-label', 'host', 'xn--a.example', 'https://xn--a.example/'],
    ['port', 'port', '', 'https://a.example:/'],
    ['port', 'port', '0', 'https://a.example:0/'],
    ['port', 'port', '0443', 'https://a.example:0443/'],
    ['port', 'port', '65536', 'https://a.example:65536/'],
    ['port', 'port', '8e2', 'https://a.example:8e2/'],
    ['port', 'port', '443:443', 'https://a.example:443:443/'],
    ['fragment', 'fragment', '#?[', 'https://a.example/#?['],
    ['placeholder', 'query', '{', 'https://a.example/?{'],
    ['placeholder', 'query', `$${'a'.repeat(63)}`, `https://a.example/?a=$${'a'.repeat(64)}`],
    ['character', 'query', "'", "https://a.example/?'b'"],
    ['character', 'query', ']', 'https://a.example/?ab]'],
    ['percent-encoding', 'query', '%4', 'https://a.example/?%4'],
    ['percent-encoding', 'query', '%4g', 'https://a.example/?%41%4ga'],
    ['percent-encoding', 'query', '%g4', 'https://a.example/?a=%g4'],
    ['percent-encoding', 'query', '%@A', 'https://a.example/?a=%@A'],
    ['placeholder', 'path', '}', 'https://a.example/a}'],
    ['placeholder', 'path', '$abc}', 'https://a.example/$abc}'],
    ['placeholder', 'path', '{a/b}', 'https://a.example/{a/b}'],
    ['placeholder', 'path', '{}', 'https://a.example/{}'],
    ['placeholder', 'path', '{a', 'https://a.example/{a'],
    ['placeholder', 'path', '${stageVariables.a-b}', 'https://a.example/${stageVariables.a-b}'],
    ['placeholder', 'path', `$${'a'.repeat(63)}`, `https://a.example/$${'a'.repeat(64)}`],
    ['character', 'path', '[', 'https://a.example/a[b'],
    ['character', 'path', ']', 'https://a.example/a]b'],
    ['percent-encoding', 'path', '%4', 'https://a.example/%4'],
    ['percent-encoding', 'path', '%C3', 'https://a.example/%C3/%41'],
    ['control-character', 'path', '%0d', 'https://a.example/%0d'],
    ['control-character', 'path', 'a%7F', 'https://a.example/a%7F'],
    ['dot-segment', 'path', '..', 'https://a.example/a/..'],
    ['dot-segment', 'path', '%2E.', 'https://a.example/%2E./b'],
    ['dot-segment', 'path', '{param}.', 'https://a.example/{param}.'],
    ['dot-segment', 'path', '${stageVariables.a}..', 'https://a.example/${stageVariables.a}..'],
    ['dot-segment', 'path', '.{param}', 'https://a.example/.{param}'],
  ])('finds %s in the %s: %s', (finding, part, value, raw) => {
    expect(readHttpUri(raw).hazards).toMatchObject([{ finding, part, value }])
  })

  it.each([
    ['https://a.example/', 'a.example', 443],
    ['http://a.example/', 'a.example', 80],
    ['https://A.example/', 'a.example', 443],
    ['http://A.example/', 'a.example', 80],
    ['https://a.example:1/', 'a.example', 1],
    ['https://a.example:65535/', 'a.example', 65535],
    ['https://1a.example1/', '1a.example1', 443],
    ['https://z9.example-0/', 'z9.example-0', 443],
    ['https://x.a/', 'x.a', 443],
    [`https://${hostOf(253)}/`, hostOf(253), 443],
    [`https://${hostOf(253)}:443/`, hostOf(253), 443],
    [`https://${'a'.repeat(63)}.example/`, `${'a'.repeat(63)}.example`, 443],
    [long(8192), 'a.example', 443],
  ])('reads %s', (raw, host, port) => {
    expect(readHttpUri(raw)).toMatchObject({ uri: { host, port }, hazards: [] })
  })

  it.each<[string, Partial<HttpUri>]>([
    ['https://a.example', { hasPunycode: false, query: 'none', queryText: '' }],
    ['https://xn--bcher-kva.example', { hasPunycode: true }],
    ['https://a.example/?%41%aF%Fa%fA%09', { query: 'literal', queryText: '%41%aF%Fa%fA%09' }],
    ['https://a.example/?', { query: 'literal', queryText: '' }],
    ['https://a.example/?{a}', { query: 'late-bound', queryText: '{a}' }],
  ])('reads of %s %o', (raw, want) => {
    expect(readHttpUri(raw)).toMatchObject({ uri: want, hazards: [] })
  })

  it.each([
    ['the host', 'https://a_b/'],
    ['the port', 'https://a.example:0/'],
    ['the path', 'https://a.example/{'],
    ['the query', 'https://a.example/?{'],
  ])('reads nothing where %s is in doubt', (_, raw) => {
    expect(readHttpUri(raw).uri).toBeUndefined()
  })
})

describe('a finding in a uri', () => {
  it('says what to do only where that is known', () => {
    expect(readHttpUri('https://a.example/\\').hazards[0]?.fix).toBe('Remove the backslash.')
    expect(readHttpUri('ftp://a.example/').hazards[0]).not.toHaveProperty('fix')
  })
})

describe('readPath()', () => {
  it.each<[string, string[]]>([
    ['/a;b', ['path-parameter']],
    ['/a/;', ['path-parameter']],
    ['/a//b', ['empty-segment']],
    ['//a', ['empty-segment']],
    ['/%41/', ['encoded-unreserved']],
    ['/a%2Db', ['encoded-unreserved']],
    ['/a%7eb', ['encoded-unreserved']],
    ['/%20/', []],
    ['/caf%C3%A9', []],
    ['/%EF%BD%81', ['look-alike']],
    ['/%2f', ['encoded-separator']],
    ['/a%5Cb', ['encoded-separator']],
    ['/a%2eb', ['encoded-separator']],
    ['/%252e', ['encoded-separator']],
    ['/%252525', ['encoded-separator']],
    ['/%2541', []],
    ['/%EF%BC%8F', ['encoded-separator']],
    ['/%E2%80%A4', ['encoded-separator']],
    ['/%E2%80%A5', ['encoded-separator']],
    ['/%E2%80%A4a', ['look-alike']],
    ['/%41.', ['encoded-unreserved']],
    ['/.%41', ['encoded-unreserved']],
    ['/.a', []],
    ['/...', []],
    ['/{p}.a', []],
  ])('minds in a protected path, of %s: %o', (raw, want) => {
    const always: Hazard[] = []
    expect(readPath(raw, always)?.hazards.map(({ finding }) => finding)).toEqual(want)
    expect(always).toEqual([])
  })

  it.each<[string, Omit<UriPath, 'text' | 'hazards' | 'pieces'>]>([
    ['', { lateBound: '', stageVariables: false, placeholders: false }],
    ['/%41', { lateBound: '', stageVariables: false, placeholders: false }],
    ['/{a.b-c_d}', { lateBound: '{a.b-c_d}', stageVariables: false, placeholders: true }],
    [
      '/a/${stageVariables.azAZ09_}/b',
      { lateBound: '${stageVariables.azAZ09_}', stageVariables: true, placeholders: false },
    ],
    ['/a/{b}/${stageVariables.c}', { lateBound: '{b}', stageVariables: true, placeholders: true }],
  ])('knows what is filled in later in %s', (raw, want) => {
    expect(readPath(raw, [])).toMatchObject(want)
  })
})

describe('scanLateBound()', () => {
  it.each<[string, (string | { name: string })[], number]>([
    ['', [], -1],
    ['a', ['a'], -1],
    ['a{b}', ['a', { name: 'b' }], -1],
    ['{a}{b}', [{ name: 'a' }, { name: 'b' }], -1],
    ['{a}b', [{ name: 'a' }, 'b'], -1],
    ['a{b', [], 1],
    ['{a}}', [{ name: 'a' }], 3],
  ])('reads %s piece by piece, as far as it is well-formed', (text, pieces, malformedAt) => {
    expect(scanLateBound(text)).toMatchObject({ pieces, malformedAt })
  })
})
