import { describe, expect, it } from 'vitest'
import { parseIssuers } from '../../lib/identity/issuers.ts'

const good = { issuer: 'https://idp.acme.example', audience: 'https://gate.acme.example', algorithms: ['RS256'] }
const loopback = { ...good, insecureLoopback: true }

describe('parseIssuers()', () => {
  it('fills in what is safe to assume: an hour, five seconds, no roles', () => {
    expect(parseIssuers([good])).toEqual({
      ok: true,
      value: [
        {
          ...good,
          types: ['at+jwt', 'JWT'],
          maxLifetimeSeconds: 3600,
          clockToleranceSeconds: 5,
          roles: {},
          requiredClaims: [],
          insecureLoopback: false,
        },
      ],
    })
  })

  it.each<[string, unknown]>([
    ['several issuers', [good, { ...good, issuer: 'https://idp.acme.example/' }]],
    ['an issuer below a path', [{ ...good, issuer: 'https://idp.acme.example/realms/acme' }]],
    ['a place of the keys', [{ ...good, jwksUri: 'https://keys.acme.example/jwks?v=1' }]],
    ['roles', [{ ...good, roles: { admin: { claim: 'groups', anyOf: ['ops'] } } }]],
    ['plain http to the own machine where permitted', [{ ...loopback, issuer: 'http://127.0.0.1:8787/idp' }]],
    ['plain http for the keys alone', [{ ...loopback, jwksUri: 'http://[::1]:8787/jwks' }]],
  ])('takes %s', (_title, json) => {
    expect(parseIssuers(json)).toMatchObject({ ok: true })
  })

  it.each<[string, unknown, RegExp]>([
    ['nothing', [], /Too small/],
    ['something else', good, /expected array/],
    ['an unknown member', [{ ...good, algorithm: 'RS256' }], /algorithm/],
    ['an issuer twice', [good, good], /configured twice\s+→ at \[1\]\.issuer/],
    ['no algorithm list', [{ ...good, algorithms: undefined }], /algorithms/],
    ['an empty algorithm list', [{ ...good, algorithms: [] }], /algorithms/],
    ['HS256', [{ ...good, algorithms: ['RS256', 'HS256'] }], /algorithms\[1\]/],
    ['none', [{ ...good, algorithms: ['none'] }], /algorithms\[0\]/],
    ['no audience', [{ ...good, audience: '' }], /audience/],
    ['plain http', [{ ...good, issuer: 'http://idp.acme.example' }], /https/],
    ['plain http for the keys', [{ ...good, jwksUri: 'http://idp.acme.example/jwks' }], /jwksUri/],
    ['plain http to the own machine where not permitted', [{ ...good, issuer: 'http://127.0.0.1:8787' }], /https/],
    ['plain http elsewhere though loopback is permitted', [{ ...loopback, issuer: 'http://10.0.0.1' }], /https/],
    ['a name that merely starts like loopback', [{ ...loopback, issuer: 'http://127.0.0.1.nip.example' }], /https/],
    ['another scheme', [{ ...loopback, jwksUri: 'file:///etc/keys' }], /jwksUri/],
    ['userinfo', [{ ...good, issuer: 'https://idp.acme.example@evil.example' }], /issuer/],
    ['a query in the issuer', [{ ...good, issuer: 'https://idp.acme.example?x' }], /issuer/],
    ['a fragment', [{ ...good, jwksUri: 'https://idp.acme.example/jwks#' }], /jwksUri/],
    ['no URL', [{ ...good, issuer: 'accounts.acme.example' }], /issuer/],
    ['a lifetime of weeks', [{ ...good, maxLifetimeSeconds: 1_209_600 }], /maxLifetimeSeconds/],
    ['a tolerance of an hour', [{ ...good, clockToleranceSeconds: 3600 }], /clockToleranceSeconds/],
    ['an unknown role', [{ ...good, roles: { root: { claim: 'groups', anyOf: ['ops'] } } }], /roles/],
    ['a role for anybody', [{ ...good, roles: { admin: { claim: 'groups', anyOf: [] } } }], /anyOf/],
  ])('refuses %s', (_title, json, message) => {
    const parsed = parseIssuers(json)
    expect(parsed.ok ? 'accepted' : parsed.message).toMatch(message)
  })
})
