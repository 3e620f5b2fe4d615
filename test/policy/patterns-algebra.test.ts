import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ParsedPattern,
  type Pattern,
  parseHost,
  parseName,
  parseParameter,
  parsePath,
  parseRole,
  rolePathOf,
} from '../../lib/policy/patterns/patterns.ts'
import { covers, meets } from '../../lib/policy/patterns/patterns-algebra.ts'

function must(parsed: ParsedPattern): Pattern {
  if (parsed.ok) return parsed.pattern
  throw new Error(parsed.message)
}

/** Every text of up to `most` of these pieces. */
function texts(pieces: readonly string[], separator: string, most: number): string[] {
  const all: string[][] = [[]]
  for (let from = 0, round = 0; round < most; round++) {
    const to = all.length
    for (; from < to; from++) all.push(...pieces.map((piece) => [...(all[from] ?? []), piece]))
  }
  return all.filter((parts) => parts.length > 0).map((parts) => parts.join(separator))
}

/** The wildcards of the contract as regular expressions: what the algebra must agree with, text by text. */
const KINDS = {
  name: {
    parse: parseName,
    piece: fc.constantFrom('a', 'b', '*'),
    separator: '',
    most: 3,
    regexp: (text: string) => new RegExp(`^${text.replaceAll('*', '.+')}$`),
    texts: texts(['a', 'b', 'c'], '', 6),
  },
  host: {
    parse: parseHost,
    piece: fc.constantFrom('a', 'b', '*', 'a*', '*a', 'a*b', '**'),
    separator: '.',
    most: 2,
    regexp: (text: string) => {
      const labels = text
        .split('.')
        .map((label) => (label === '**' ? '[^.]+(?:\\.[^.]+)*' : label.replaceAll('*', '[^.]+')))
      return new RegExp(`^${labels.join('\\.')}$`)
    },
    texts: texts(['a', 'b', 'c', 'aa', 'ab', 'aab', 'ca', 'acb', 'aca'], '.', 4),
  },
  path: {
    parse: parsePath,
    piece: fc.constantFrom('a', 'b', '*', 'a*', '**'),
    separator: '/',
    most: 3,
    regexp: (text: string) => {
      const segments = text
        .slice(1)
        .split('/')
        .map((part) => (part === '**' ? '[^/]*(?:/[^/]*)*' : part.replaceAll('*', '[^/]+')))
      return new RegExp(`^/${segments.join('/')}$`)
    },
    texts: texts(['a', 'b', 'ac', 'c', ''], '/', 5).map((text) => `/${text}`),
  },
} as const

describe.each(Object.entries(KINDS))('the algebra of %ss', (kind, { parse, piece, separator, most, regexp, texts }) => {
  const written = fc
    .array(piece, { minLength: 1, maxLength: most })
    .map((pieces) => (kind === 'path' ? '/' : '') + pieces.join(separator))
    .filter((text) => parse(text).ok)

  it('covers() says yes only where each text of the inner is one of the outer, and no only where one is not', () => {
    fc.assert(
      fc.property(written, written, (outer, inner) => {
        const [outside, inside] = [regexp(outer), regexp(inner)]
        const all = texts.every((text) => !inside.test(text) || outside.test(text))
        expect(covers(must(parse(outer)), must(parse(inner))), `${outer} ⊇ ${inner}`).toBe(all)
      }),
      { numRuns: 300 },
    )
  })

  it('meets() says yes exactly where the two have a text in common', () => {
    fc.assert(
      fc.property(written, written, (one, other) => {
        const [first, second] = [regexp(one), regexp(other)]
        const common = texts.some((text) => first.test(text) && second.test(text))
        expect(meets(must(parse(one)), must(parse(other))), `${one} ∩ ${other}`).toBe(common)
      }),
      { numRuns: 300 },
    )
  })

  it('orders patterns: each covers itself, covering carries on, and what is covered is met', () => {
    fc.assert(
      fc.property(written, written, written, (a, b, c) => {
        const [one, two, three] = [must(parse(a)), must(parse(b)), must(parse(c))]
        expect(covers(one, one)).toBe(true)
        if (covers(one, two) && covers(two, three)) expect(covers(one, three)).toBe(true)
        if (covers(one, two)) expect(meets(one, two)).toBe(true)
        expect(meets(one, two)).toBe(meets(two, one))
      }),
    )
  })
})

describe('covers()', () => {
  it.each([
    ['**.acme.internal', '*.payments.acme.internal', true],
    ['**.acme.internal', 'acme.internal', false],
    ['*.acme.internal', '*.payments.acme.internal', false],
    ['*.acme.internal', '**.acme.internal', false],
    ['*.**.internal', '**.*.internal', true],
    ['*.partner.example', 'api.partner.example', true],
    ['*.partner.example', 'api.partner.example.evil', false],
    ['pay-*.acme.example', 'pay-.acme.example', false],
  ])('host %s over %s: %s', (outer, inner, want) => {
    const [a, b] = [parseHost(outer), parseHost(inner)]
    expect(a.ok && b.ok && covers(a.pattern, b.pattern)).toBe(want)
  })

  it.each([
    ['/v1/**', '/v1/', true],
    ['/v1/**', '/v1', false],
    ['/v1/**', '/v1x', false],
    ['/v1/**', '/v1/a/*/b', true],
    ['/v1/*', '/v1/', false],
    ['/v1/*', '/v1/a/', false],
    ['/**', '/', true],
    ['/**', '/v1/**', true],
    ['/v1/**', '/**', false],
  ])('path %s over %s: %s', (outer, inner, want) => {
    expect(covers(must(parsePath(outer)), must(parsePath(inner)))).toBe(want)
  })

  it.each([
    ['context.*', 'context.authorizer.principalId', true],
    ['method.request.header.*', 'method.request.header.X-Tenant', true],
    ['method.request.header.x-tenant', 'method.request.header.X-Tenant', true],
    ['method.request.querystring.a', 'method.request.querystring.A', false],
    ['method.*.header.a', 'method.request.header.a', true],
    ['method.*.header.a', 'method.request.x.header.a', false],
    ['method.request.querystring.*', 'method.request.*', false],
    ['*', 'context.identity.sourceIp', true],
  ])('parameter %s over %s: %s', (outer, inner, want) => {
    expect(covers(must(parseParameter(outer)), must(parseParameter(inner)))).toBe(want)
  })

  it.each([
    ['{resourceId}', '{resourceId}', true],
    ['{resourceId}', '{restApiId}', false],
    ['payments-*', 'payments-{resourceId}', true],
    ['{resourceId}', 'a*', false],
    ['*', '{resourceId}', true],
  ])('namespace %s over %s: %s', (outer, inner, want) => {
    expect(covers(must(parseName(outer)), must(parseName(inner)))).toBe(want)
  })
})

describe('rolePathOf()', () => {
  const role = (resource: string) => `arn:aws:iam::111111111111:role/${resource}`
  it.each([
    ['/apigw/', 'apigw/payments-*', true],
    ['/apigw/', 'payments-*', false],
    ['/apigw/', 'apigw/x/payments', false],
    ['/apigw/', 'apigw/**', false],
    ['/apigw/**', 'apigw/**', true],
    ['/apigw/**', 'apigw/x/payments', true],
    ['/apigw/**', 'apigw/payments', true],
    ['/apigw/**', 'apigwx/payments', false],
    ['/apigw/**', '*/payments', false],
    ['/', 'payments', true],
    ['/', 'apigw/payments', false],
  ])('%s over a role %s: %s', (rolePath, resource, want) => {
    expect(covers(must(parsePath(rolePath)), rolePathOf(must(parseRole(role(resource)))))).toBe(want)
  })
})

describe('what is no pattern', () => {
  it.each([
    ['a host in upper case', parseHost('API.acme.example'), 'api.acme.example'],
    ['a URL for a host', parseHost('https://api.acme.example/v1'), 'api.acme.example'],
    ['a port beside a host', parseHost('api.acme.example:443'), 'api.acme.example'],
    ['a trailing dot', parseHost('api.acme.example.'), 'api.acme.example'],
    ['an address', parseHost('10.0.0.1'), undefined],
    ['an address in one number', parseHost('0x7f000001'), undefined],
    ['an empty label', parseHost('a..example'), undefined],
    ['an underscore in a label', parseHost('a_b.example'), undefined],
    ['a hyphen at the edge of a label', parseHost('-a.example'), undefined],
    ['** inside a label', parseHost('a**.example'), undefined],
    ['*** for labels', parseHost('***.example'), undefined],
    ['a path without its slash', parsePath('v1/**'), '/v1/**'],
    ['an empty inner segment', parsePath('/a//b'), undefined],
    ['a dot segment', parsePath('/a/../b'), undefined],
    ['an encoded dot', parsePath('/a/%2e%2e/b'), undefined],
    ['half an encoding', parsePath('/a%2/b'), undefined],
    ['a placeholder in a path', parsePath('/a/{id}'), undefined],
    ['a query in a path', parsePath('/a?b=c'), undefined],
    ['a parameter after a semicolon', parsePath('/a;b=c'), undefined],
    ['** inside a segment', parsePath('/a**'), undefined],
    ['a user for a role', parseRole('arn:aws:iam::111111111111:user/x'), undefined],
    ['eleven digits of account', parseRole('arn:aws:iam::11111111111:role/x'), undefined],
    ['an empty segment of a role', parseRole('arn:aws:iam::111111111111:role//x'), undefined],
    ['** in a name', parseName('payments-**'), 'payments-*'],
    ['a space in a name', parseName('payments x'), undefined],
  ])('%s', (_, parsed, nearest) => {
    expect(parsed).toMatchObject({ ok: false, ...(nearest !== undefined && { nearest }) })
    if (nearest === undefined) expect(parsed).not.toHaveProperty('nearest')
  })
})
