import { describe, expect, it } from 'vitest'
import { tokenFromHeaders } from '../../lib/identity/token-from-headers.ts'

const SIGNATURE =
  'AWS4-HMAC-SHA256 Credential=AKID/20261122/eu-west-1/apigateway/aws4_request, SignedHeaders=host;x-amz-date, Signature=ab12'
const AUTHORIZATION = 'Authorization'
const SESSION = 'X-Amz-Security-Token'

describe('tokenFromHeaders()', () => {
  it.each<[string, [string, string][], string]>([
    ['takes a bearer token', [[AUTHORIZATION, 'Bearer t.o.k']], 't.o.k'],
    ['takes the scheme in any case', [[AUTHORIZATION, 'bEaReR t.o.k']], 't.o.k'],
    ['takes more than one space after the scheme', [[AUTHORIZATION, 'Bearer   t.o.k']], 't.o.k'],
    ['takes the session token of an AWS client', [[SESSION, 't.o.k']], 't.o.k'],
    [
      "ignores an AWS client's signature",
      [
        [AUTHORIZATION, SIGNATURE],
        [SESSION, 't.o.k'],
      ],
      't.o.k',
    ],
    [
      'ignores other schemes',
      [
        [AUTHORIZATION, 'Basic dDpv'],
        [SESSION, 't.o.k'],
      ],
      't.o.k',
    ],
    [
      'takes one token sent both ways',
      [
        [AUTHORIZATION, 'Bearer t.o.k'],
        [SESSION, 't.o.k'],
      ],
      't.o.k',
    ],
    [
      'refuses two different tokens',
      [
        [AUTHORIZATION, 'Bearer t.o.k'],
        [SESSION, 'o.t.her'],
      ],
      'conflicting',
    ],
    [
      'refuses tokens that differ in case',
      [
        [AUTHORIZATION, 'Bearer t.o.k'],
        [SESSION, 'T.o.k'],
      ],
      'conflicting',
    ],
    [
      'refuses two bearer tokens',
      [
        [AUTHORIZATION, 'Bearer t.o.k'],
        [AUTHORIZATION, 'Bearer o.t.her'],
      ],
      'conflicting',
    ],
    [
      'refuses one bearer token twice',
      [
        [AUTHORIZATION, 'Bearer t.o.k'],
        [AUTHORIZATION, 'Bearer t.o.k'],
      ],
      'conflicting',
    ],
    ['refuses a bearer token before a signature', [[AUTHORIZATION, `Bearer t.o.k, ${SIGNATURE}`]], 'conflicting'],
    [
      'refuses a bearer token behind a signature',
      [
        [AUTHORIZATION, `${SIGNATURE},bearer t.o.k`],
        [SESSION, 't.o.k'],
      ],
      'conflicting',
    ],
    [
      'refuses two session tokens',
      [
        [SESSION, 't.o.k'],
        [SESSION, 'o.t.her'],
      ],
      'conflicting',
    ],
    ['refuses parameters behind a bearer token', [[AUTHORIZATION, 'Bearer t.o.k realm=x']], 'malformed'],
    ['misses a token where there is no header', [], 'missing'],
    ['misses a token where an AWS client has no session token', [[AUTHORIZATION, SIGNATURE]], 'missing'],
    ['misses a token behind the bare scheme', [[AUTHORIZATION, 'Bearer']], 'missing'],
    ['misses a token behind the scheme and a space', [[AUTHORIZATION, 'Bearer ']], 'missing'],
    ['misses a token in an empty header', [[SESSION, '']], 'missing'],
    ['does not take a scheme that only starts like it', [[AUTHORIZATION, 'Bearert.o.k']], 'missing'],
    ['does not take a token without scheme', [[AUTHORIZATION, 't.o.k']], 'missing'],
  ])('%s', (_title, headers, want) => {
    const found = tokenFromHeaders(new Headers(headers))
    expect(found.ok ? found.token : found.refusal.code).toBe(want)
  })

  it('tells whoever sent none how to send one, from curl and from an AWS client', () => {
    const found = tokenFromHeaders(new Headers())
    expect(!found.ok && found.refusal.message).toMatch(/Authorization: Bearer.*AWS_SESSION_TOKEN/)
  })
})
